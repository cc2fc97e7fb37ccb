// The proxies of docs/frontend.md, with real streams through them.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { chatkitMiddleware, type ChatKitRouter, MemoryStore } from 'chatkit-express';
import express from 'express';
import { added, delta, done, steered } from '../http/hooks';
import { Gate } from '../support/gate';
import { thread } from '../http/endpoint';
import { addMessage } from '../support/requests';
import { startVite } from '../support/vite-server';

interface Proxy {
  origin: string;
  stop(): Promise<void>;
}

type Handler = (request: Request) => Promise<Response>;

const proxies: [string, (upstream: string) => Promise<Proxy>][] = [
  [
    'the proxy of Vite',
    (upstream) => startVite(['--config', 'docs/examples/vite-proxy.ts'], { CHATKIT_ORIGIN: upstream }),
  ],
  ['the route of Next.js', startNextRoute],
];

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const stopServer = async (server: Server) => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

/** Calls the handler as Next.js does: web requests in, web responses out, a signal for a client that leaves. */
async function startNextRoute(upstream: string): Promise<Proxy> {
  process.env['CHATKIT_URL'] = `${upstream}/chatkit`;
  // Each upstream has a route of its own.
  jest.resetModules();
  const route = await import('../../docs/examples/next-route');
  delete process.env['CHATKIT_URL'];
  const server = createServer((incoming, response) => {
    const { method = 'GET' } = incoming;
    const handler = (route as unknown as Record<string, Handler>)[method];
    if (handler) void answer(handler, incoming, response).catch(() => response.destroy());
    else response.writeHead(405).end();
  });
  return { origin: await listen(server), stop: () => stopServer(server) };
}

async function answer(handler: Handler, incoming: IncomingMessage, response: ServerResponse) {
  const left = new AbortController();
  response.on('close', () => left.abort());
  const { method = 'GET', url = '/', headers } = incoming;
  const hasBody = !['GET', 'HEAD'].includes(method);
  const {
    status,
    headers: sent,
    body,
  } = await handler(
    new Request(`http://${headers.host}${url}`, {
      method,
      headers: headers as Record<string, string>,
      body: hasBody ? (Readable.toWeb(incoming) as ReadableStream) : null,
      duplex: 'half',
      signal: left.signal,
    }),
  );
  const others = [...sent].filter(([name]) => name !== 'set-cookie');
  response.writeHead(status, { ...Object.fromEntries(others), 'set-cookie': sent.getSetCookie() });
  response.flushHeaders();
  if (body) await pipeline(Readable.fromWeb(body as never), response);
  else response.end();
}

describe.each(proxies)('%s', (_name, startProxy) => {
  let hook: ReturnType<typeof steered>;
  /** What the server was asked by the last request. */
  let asked: IncomingMessage['headers'];
  let chatkit: ChatKitRouter<unknown>;
  let upstream: Server;
  let proxy: Proxy;
  /** Opens when the first piece of an upload has come. */
  let firstPiece: Gate;

  beforeEach(() => {
    hook = steered();
    firstPiece = new Gate();
  });

  beforeAll(async () => {
    const store = new MemoryStore();
    await store.saveThread(thread, {});
    chatkit = chatkitMiddleware({ store, respond: (turn) => hook.respond(turn) });
    const app = express();
    app.set('trust proxy', 'loopback');
    app.use((request, response, next) => {
      asked = { ...request.headers, host: request.host };
      response.append('set-cookie', 'one=1; Path=/').append('set-cookie', 'two=2; Path=/');
      next();
    });
    app.post('/chatkit/upload', async (request, response) => {
      let bytes = 0;
      for await (const chunk of request) {
        bytes += (chunk as Buffer).length;
        firstPiece.open();
      }
      response.json({ bytes, type: request.get('content-type') });
    });
    app.use('/chatkit', chatkit);
    upstream = createServer(app);
    proxy = await startProxy(await listen(upstream));
  }, 60_000);

  afterAll(async () => {
    await proxy.stop();
    await chatkit.close();
    await stopServer(upstream);
  });

  const post = (init: RequestInit = {}) =>
    fetch(`${proxy.origin}/chatkit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'session=abc', 'chatkit-frame-instance-id': 'frame' },
      body: JSON.stringify(addMessage(thread.id)),
      ...init,
    });

  /** Reads the answer until a text is in what came, and gives what came. */
  async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
    const decoder = new TextDecoder();
    let come = '';
    while (!come.includes(text)) {
      const { value, done: ended } = await reader.read();
      if (ended) throw new Error(`The answer ended without ${text}: ${come}`);
      come += decoder.decode(value, { stream: true });
    }
    return come;
  }

  it('passes each event on before the next one is sent, and the end', async () => {
    const response = await post();
    const reader = response.body!.getReader();
    await readUntil(reader, 'user_message');
    for (const word of ['one', 'two', 'three']) {
      // Said only now, after all that was said before has come through.
      hook.say(...(word === 'one' ? [added()] : []), delta(word));
      expect(await readUntil(reader, `"${word}"`)).toContain('thread.item.updated');
    }
    hook.say(done('onetwothree'));
    await readUntil(reader, 'thread.item.done');
    hook.end();
    while (!(await reader.read()).done);
  });

  it('keeps the headers of both sides, the cookies among them', async () => {
    hook.end();
    const response = await post();
    await response.text();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(response.headers.getSetCookie()).toEqual(['one=1; Path=/', 'two=2; Path=/']);
    expect(asked).toMatchObject({ cookie: 'session=abc', 'chatkit-frame-instance-id': 'frame' });
    // Uploads are sent to an address that the server makes from these.
    expect(asked.host).toBe(new URL(proxy.origin).host);
    expect(asked['x-forwarded-proto']).toBe('http');
  });

  it('tells the server that the client left', async () => {
    const left = new AbortController();
    const response = await post({ signal: left.signal });
    hook.say(added());
    await readUntil(response.body!.getReader(), 'thread.item.added');
    const { signal } = await hook.started;
    expect(signal.aborted).toBe(false);
    left.abort();
    await hook.left;
    expect(signal.aborted).toBe(true);
  });

  it('passes on what is refused, as it is', async () => {
    const response = await post({ body: '{"type":"nothing"}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request' } });
  });

  it('answers GET with the health', async () => {
    const response = await fetch(`${proxy.origin}/chatkit`);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('passes an upload on piece by piece', async () => {
    async function* pieces() {
      yield Buffer.alloc(70_000, 'a');
      await firstPiece.passed;
      yield Buffer.alloc(30_000, 'b');
    }
    const response = await fetch(`${proxy.origin}/chatkit/upload?token=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Readable.toWeb(Readable.from(pieces())) as ReadableStream,
      duplex: 'half',
    });
    expect(await response.json()).toEqual({ bytes: 100_000, type: 'application/octet-stream' });
  });
});

it('the route of Next.js tells a server that is not there with 502, and in words', async () => {
  const route = await startNextRoute('http://127.0.0.1:1');
  const logged = jest.spyOn(console, 'error').mockReturnValue();
  const response = await fetch(`${route.origin}/chatkit`);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({ message: 'The chat cannot be reached just now.' });
  expect(logged).toHaveBeenCalledTimes(1);
  logged.mockRestore();
  await route.stop();
});
