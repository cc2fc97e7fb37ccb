// ChatKitClient and a real endpoint: formats, networks that fail, Stop, pages, uploads and errors.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChatKitError, MemoryAttachmentStore, MemoryStore } from 'chatkit-express';
import { type AnswerStream, ChatKitClient, RequestError, type StreamEvent } from 'chatkit-express/client';
import { start, thread } from '../http/endpoint';
import { added, delta, done, steered } from '../http/hooks';
import { noRuns, until } from '../http/server-side';
import { startEndingProxy } from '../support/ending-proxy';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { Gate } from '../support/gate';
import { assistantMessage } from '../support/items';
import { slow } from '../support/slow-store';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  jest.restoreAllMocks();
});

async function behindProxy({
  port,
  path,
}: {
  port: number;
  path: string;
}): Promise<{ proxy: FaultyProxy; url: string }> {
  const proxy = await startFaultyProxy(port);
  closing.push(() => proxy.close());
  return { proxy, url: `http://127.0.0.1:${proxy.port}${path}` };
}

/** A server of another kind. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/chatkit`;
}

const message = (text = 'Hello') => ({
  content: [{ type: 'input_text' as const, text }],
  attachments: [],
  inference_options: {},
});
const ask = (client: ChatKitClient, text?: string, options?: Parameters<ChatKitClient['stream']>[2]) =>
  client.stream('threads.add_user_message', { thread_id: 'thr_1', input: message(text) }, options);

const textOf = (events: readonly StreamEvent[]) =>
  events
    .map((event) => (event.type === 'thread.item.updated' && 'delta' in event.update ? event.update.delta : ''))
    .join('');

/** Reads a stream, and lets a test wait for what has arrived. */
class Reading {
  readonly events: StreamEvent[] = [];
  readonly ended: Promise<void>;

  constructor(stream: AnswerStream) {
    this.ended = (async () => {
      for await (const event of stream) this.events.push(event);
    })();
    this.ended.catch(() => undefined);
  }

  get text() {
    return textOf(this.events);
  }

  get types() {
    return this.events.map(({ type }) => type);
  }

  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const wholeAnswer = [
  'thread.item.done',
  'stream_options',
  'thread.item.added',
  'thread.item.updated',
  'thread.item.updated',
  'thread.item.done',
];

describe.each(['sse', 'ndjson'] as const)('a stream as %s', (format) => {
  it('has every event, over a slow store', async () => {
    const store = slow(new MemoryStore());
    await store.saveThread(thread, {});
    const endpoint = await start({
      store,
      async *respond() {
        yield added();
        yield delta('one ');
        yield delta('two');
        yield done('one two');
      },
    });
    const reading = new Reading(ask(new ChatKitClient({ url: endpoint.url, format })));
    await reading.ended;
    expect(reading.types).toEqual(wholeAnswer);
    expect(reading.text).toBe('one two');
  });

  it('continues after its connection is cut', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const { proxy, url } = await behindProxy(endpoint);
    const reading = new Reading(ask(new ChatKitClient({ url, format })));
    hook.say(added(), delta('one '));
    await reading.until('one ');
    proxy.cut();
    hook.say(delta('two '));
    hook.say(delta('three'), done('one two three'));
    hook.end();
    await reading.ended;
    expect(reading.events.at(-1)).toMatchObject({ item: { content: [{ text: 'one two three' }] } });
    if (format === 'sse') expect(reading.text).toBe('one two three');
    await noRuns(endpoint);
    const stored = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    expect(stored.data.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
  });

  it('continues after a time without a byte', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond, heartbeatMs: 50 });
    const { proxy, url } = await behindProxy(endpoint);
    const reading = new Reading(ask(new ChatKitClient({ url, format, silenceMs: 300 })));
    hook.say(added(), delta('one '));
    await reading.until('one ');
    proxy.isDropping = true;
    hook.say(delta('two'), done('one two'));
    hook.end();
    await noRuns(endpoint);
    await new Promise((resolve) => setTimeout(resolve, 500)); // so that it is longer than `silenceMs`
    proxy.isDropping = false;
    await reading.ended;
    expect(reading.events.at(-1)).toMatchObject({ item: { content: [{ text: 'one two' }] } });
  });

  it('ends the answer on Stop, and at once for the reader', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const stream = ask(new ChatKitClient({ url: endpoint.url, format }));
    const reading = new Reading(stream);
    hook.say(added(), delta('one '));
    await reading.until('one ');
    await expect(stream.stop()).resolves.toBe(true);
    await reading.ended;
    expect((await hook.started).signal.aborted).toBe(true);
    await expect(stream.stop()).resolves.toBe(false); // it has ended
    await noRuns(endpoint);
  });
});

describe('a stream', () => {
  it('is whole behind a proxy that ends its responses cleanly', async () => {
    const endpoint = await start({
      async *respond() {
        yield added();
        yield delta('one ');
        yield delta('two');
        yield done('one two');
      },
    });
    const proxy = await startEndingProxy(new URL(endpoint.url).origin);
    closing.push(() => proxy.close());
    proxy.endAfter = 3;
    const reading = new Reading(ask(new ChatKitClient({ url: proxy.origin + endpoint.path })));
    await reading.ended;
    expect(reading.types).toEqual(wholeAnswer);
    expect(proxy.requests.length).toBeGreaterThan(1);
  });

  it('is stopped before its answer has begun: the run does not go on without a reader', async () => {
    const hook = steered();
    const store = slow(new MemoryStore());
    await store.saveThread(thread, {});
    const gate = new Gate();
    jest.spyOn(store, 'loadThread').mockImplementation(async () => {
      await gate.passed;
      return thread;
    });
    const endpoint = await start({ store, respond: hook.respond });
    const stream = ask(new ChatKitClient({ url: endpoint.url }));
    const reading = new Reading(stream);
    const stopped = stream.stop();
    await reading.ended;
    gate.open();
    await stopped;
    await noRuns(endpoint);
    expect((await hook.started).signal.aborted).toBe(true);
  });

  it('is left by `break`, and by a signal: the run continues and can be joined', async () => {
    const hook = steered();
    const endpoint = await start({ respond: hook.respond });
    const client = new ChatKitClient({ url: endpoint.url });
    hook.say(added(), delta('one '));
    for await (const event of ask(client)) if (event.type === 'thread.item.updated') break;
    const controller = new AbortController();
    const [run] = await client.openRuns('thr_1');
    expect(run).toMatchObject({ thread_id: 'thr_1', status: 'running' });
    const left = new Reading(client.join(run!, { signal: controller.signal }));
    await until(() => left.events.length > 2);
    controller.abort(new Error('left'));
    await expect(left.ended).rejects.toThrow('left');
    expect((await hook.started).signal.aborted).toBe(false);

    const joined = new Reading(client.join(run!));
    await until(() => joined.events.length > 2);
    hook.say(delta('two'), done('one two'));
    hook.end();
    await joined.ended;
    expect(joined.types.slice(0, 3)).toEqual(['stream_options', 'thread.item.done', 'thread.item.added']);
    expect(joined.events.at(-1)).toMatchObject({ item: { content: [{ text: 'one two' }] } });
    await expect(client.openRuns('thr_1')).resolves.toEqual([]);
  });

  it('of a run that is forgotten is empty', async () => {
    const endpoint = await start();
    await expect(new Reading(new ChatKitClient({ url: endpoint.url }).join({ id: 'run_x' })).ended).resolves.toBe(
      undefined,
    );
  });

  it('does not send its request with a signal that is aborted already', async () => {
    const endpoint = await start();
    const stream = ask(new ChatKitClient({ url: endpoint.url }), 'Hello', {
      signal: AbortSignal.abort(new Error('no')),
    });
    await expect(new Reading(stream).ended).rejects.toThrow('no');
    const stored = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    expect(stored.data).toEqual([]);
  });

  it('is posted again after a 5xx with the same key, so that the message is stored once', async () => {
    const endpoint = await start({
      async *respond() {
        yield done('Hi');
      },
    });
    const keys: (string | null)[] = [];
    const client = new ChatKitClient({
      url: endpoint.url,
      retryPausesMs: [0, 0],
      async fetch(url, init) {
        keys.push(new Headers(init!.headers).get('idempotency-key'));
        const response = await fetch(url, init);
        if (keys.length === 2) return response;
        await response.text(); // the answer is lost in a proxy
        return new Response('<h1>Gateway</h1>', { status: 504 });
      },
    });
    const retries: [number, number | undefined][] = [];
    const reading = new Reading(
      ask(client, 'Hello', { onRetry: (attempt, { status }) => retries.push([attempt, status]) }),
    );
    await reading.ended;
    expect(retries).toEqual([[2, 504]]);
    expect(new Set(keys).size).toBe(1);
    const stored = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    expect(stored.data.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
  });

  it('fails with the last answer when it was posted too often, and is not posted again once it is left', async () => {
    let posts = 0;
    const url = await serve((_request, response) => {
      posts++;
      response.writeHead(503, { 'retry-after': '0' }).end('{"message":"Busy"}');
    });
    const client = new ChatKitClient({ url, retryPausesMs: [0, 0] });
    await expect(new Reading(ask(client)).ended).rejects.toMatchObject({
      status: 503,
      message: 'Busy',
      retryAfterMs: 0,
    });
    expect(posts).toBe(3);
    const stream = ask(new ChatKitClient({ url, retryPausesMs: [60_000] }));
    const reading = new Reading(stream);
    await until(() => posts === 4);
    stream.leave();
    await reading.ended;
    expect(posts).toBe(4);
  });

  it('reports a frame that is not JSON, and goes on', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: [DONE]\n\n: comment\n\ndata: {"type":\ndata: "notice"}\r\n\r\n');
    });
    const frames: string[] = [];
    const reading = new Reading(ask(new ChatKitClient({ url }), 'Hello', { onBadFrame: (raw) => frames.push(raw) }));
    await reading.ended;
    expect(frames).toEqual(['[DONE]']);
    expect(reading.events).toEqual([{ type: 'notice' }]);
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    await new Reading(ask(new ChatKitClient({ url }))).ended;
    expect(warn.mock.calls).toEqual([[expect.stringContaining('[DONE]')]]);
  });

  it('passes on an error event, and ends', async () => {
    const endpoint = await start({
      // eslint-disable-next-line require-yield
      async *respond() {
        throw new Error('secret');
      },
    });
    const reading = new Reading(ask(new ChatKitClient({ url: endpoint.url })));
    await reading.ended;
    expect(reading.events.at(-1)).toMatchObject({ type: 'error', code: 'stream.error' });
    expect(endpoint.logger.take('error')).toHaveLength(1);
  });
});

describe('in a page of another origin', () => {
  beforeEach(() => void Object.assign(globalThis, { location: { origin: 'http://page.example' } }));
  afterEach(() => void Reflect.deleteProperty(globalThis, 'location'));

  it.each(['threads.create', 'threads.add_user_message'] as const)(
    'that cannot read the id of the run, Stop of %s names the thread',
    async (type) => {
      const hook = steered();
      const endpoint = await start({ respond: hook.respond });
      const client = new ChatKitClient({
        url: endpoint.url,
        async fetch(url, init) {
          const response = await fetch(url, init);
          const headers = new Headers(response.headers);
          headers.delete('chatkit-run-id');
          return new Response(response.body, { status: response.status, headers });
        },
      });
      const stream = type === 'threads.create' ? client.stream(type, { input: message() }) : ask(client);
      const reading = new Reading(stream);
      await until(() => reading.types.includes('stream_options'));
      await expect(stream.stop()).resolves.toBe(true);
      await reading.ended;
      await noRuns(endpoint);
      expect((await hook.started).signal.aborted).toBe(true);
    },
  );

  it('whose headers are not allowed, a client sends none of them and warns once', async () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    const endpoint = await start({
      async *respond() {
        yield done('Hi');
      },
    });
    let isDown = true;
    const client = new ChatKitClient({
      url: endpoint.url,
      async fetch(url, init) {
        if (isDown || new Headers(init!.headers).has('chatkit-run-control')) throw new TypeError('Failed to fetch');
        return fetch(url, init);
      },
    });
    await expect(new Reading(ask(client)).ended).rejects.toThrow('could not be reached');
    expect(warn).not.toHaveBeenCalled(); // nothing is known of a server that is down
    isDown = false;
    for (let round = 0; round < 2; round++) await new Reading(ask(client)).ended;
    expect(warn.mock.calls).toEqual([[expect.stringContaining('headers of runs')]]);
    await expect(client.openRuns('thr_1')).resolves.toEqual([]);
  });
});

describe('with a server of another kind', () => {
  it('a connection that breaks is an error, and Stop closes the connection', async () => {
    const closed = new Gate();
    const url = await serve((request, response) => {
      response.on('close', () => closed.open());
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"type":"notice"}\n\n');
      if (request.headers['x-break']) setTimeout(() => response.destroy(), 20);
    });
    const broken = new Reading(ask(new ChatKitClient({ url, headers: { 'x-break': '1' } })));
    await expect(broken.ended).rejects.toMatchObject({
      name: 'RequestError',
      message: 'The connection broke off',
      status: undefined,
    });
    const stream = ask(new ChatKitClient({ url }));
    const reading = new Reading(stream);
    await until(() => reading.events.length === 1);
    await expect(stream.stop()).resolves.toBe(false);
    await Promise.all([reading.ended, closed.passed]);
  });

  it('asks once for runs that are not there, and sends none of their headers with `runs: false`', async () => {
    const requests: [string, unknown][] = [];
    const url = await serve((request, response) => {
      requests.push([`${request.method} ${request.url}`, request.headers['chatkit-run-control']]);
      if (request.method === 'GET') response.writeHead(404).end('<h1>Not Found</h1>');
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"type":"notice"}\n\n');
    });
    const client = new ChatKitClient({ url });
    await expect(client.openRuns('thr_1')).resolves.toEqual([]);
    await expect(client.openRuns('thr_1')).resolves.toEqual([]);
    await new Reading(ask(client)).ended;
    const plain = new ChatKitClient({ url, runs: false });
    await expect(plain.openRuns('thr_1')).resolves.toEqual([]);
    await new Reading(ask(plain)).ended;
    expect(requests).toEqual([
      ['GET /chatkit/runs?thread_id=thr_1', undefined],
      ['POST /chatkit', '1'],
      ['POST /chatkit', undefined],
    ]);
  });

  it('asks again for the runs of an endpoint that does not know the thread', async () => {
    const endpoint = await start();
    const calls: string[] = [];
    const client = new ChatKitClient({
      url: endpoint.url,
      fetch: (url, init) => {
        calls.push(url as string);
        return fetch(url, init);
      },
    });
    await expect(client.openRuns('thr_unknown')).resolves.toEqual([]);
    await expect(client.openRuns('thr_1')).resolves.toEqual([]);
    expect(calls).toHaveLength(2);
  });
});

describe('errors', () => {
  it('name the field of a bad request', async () => {
    const endpoint = await start();
    const client = new ChatKitClient({ url: endpoint.url });
    const bad = { thread_id: 'thr_1', input: { ...message(), content: [{ type: 'input_text', text: 7 }] } } as never;
    const error = await new Reading(client.stream('threads.add_user_message', bad)).ended.catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RequestError);
    expect((error as Error).message).toMatch(/^params\.input\.content\.0\.text: /);
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_request',
      field: 'params.input.content.0.text',
    });
    await expect(client.request('threads.get_by_id', { thread_id: 'thr_x' })).rejects.toMatchObject({
      status: 404,
      code: 'not_found',
      field: undefined,
      issues: [],
    });
  });

  it('have the status of a refusal, and the time of `Retry-After`', async () => {
    const endpoint = await start({
      context() {
        throw new ChatKitError('too_many_requests', 'Slowly', { retryAfterMs: 3000 });
      },
    });
    const client = new ChatKitClient({ url: endpoint.url });
    const refusal = { status: 429, code: 'too_many_requests', message: 'Slowly', retryAfterMs: 3000 };
    await expect(client.request('threads.list', { order: 'desc' })).rejects.toMatchObject(refusal);
    await expect(new Reading(ask(client)).ended).rejects.toMatchObject(refusal);
    await expect(client.openRuns('thr_1')).rejects.toMatchObject(refusal);
  });

  it('tell a server that cannot be reached from a request that was aborted', async () => {
    const client = new ChatKitClient({ url: 'http://127.0.0.1:9/chatkit' });
    await expect(client.request('threads.list', { order: 'desc' })).rejects.toMatchObject({
      name: 'RequestError',
      status: undefined,
      cause: expect.anything() as unknown,
    });
    await expect(new Reading(ask(client)).ended).rejects.toBeInstanceOf(RequestError);
    const signal = AbortSignal.abort(new Error('left'));
    await expect(client.request('threads.list', { order: 'desc' }, { signal })).rejects.toThrow('left');
  });
});

describe('lists', () => {
  it('yield every row of every page, in order', async () => {
    const endpoint = await start();
    const ids = Array.from({ length: 250 }, (_, index) => `msg_${String(index).padStart(3, '0')}`);
    for (const id of ids) await endpoint.store.addThreadItem('thr_1', assistantMessage(thread, id, id), {});
    const client = new ChatKitClient({ url: endpoint.url });
    const collect = async (rows: AsyncIterable<{ id: string }>) => {
      const found: string[] = [];
      for await (const { id } of rows) found.push(id);
      return found;
    };
    expect(await collect(client.items('thr_1'))).toEqual(ids);
    expect(await collect(client.items('thr_1', { order: 'desc', pageSize: 7, after: 'msg_003' }))).toEqual(
      ids.slice(0, 3).reverse(),
    );
    expect(await collect(client.threads())).toEqual(['thr_1']);
  });

  it('end with a server that always says that there is more', async () => {
    const url = await serve((_request, response) => {
      response.end(JSON.stringify({ data: [{ id: 'thr_1' }], has_more: true }));
    });
    const found: string[] = [];
    for await (const { id } of new ChatKitClient({ url }).threads()) found.push(id);
    expect(found).toEqual(['thr_1', 'thr_1']);
  });
});

describe.each(['direct', 'two_phase'] as const)('an upload of the strategy %s', (strategy) => {
  const file = (size = 10) => new File(['x'.repeat(size)], 'note.txt', { type: 'text/plain' });
  const setUp = async () => {
    const attachmentStore = new MemoryAttachmentStore();
    const endpoint = await start({
      attachmentStore,
      uploads: { maxBytes: 1000 },
      async *respond({ input, thread: own }) {
        yield done(String(input?.attachments[0]?.name), 'msg_1', own);
      },
    });
    return { client: new ChatKitClient({ url: endpoint.url }), endpoint };
  };

  it('stores the file, so that a message can contain it', async () => {
    const { client } = await setUp();
    const progress: number[] = [];
    const attachment = await client.upload(file(), { strategy, onProgress: (sent) => progress.push(sent) });
    expect(attachment).toMatchObject({
      id: expect.any(String),
      name: 'note.txt',
      mime_type: 'text/plain',
      type: 'file',
    });
    expect(attachment).not.toHaveProperty('upload_descriptor');
    expect(progress.at(-1)).toBe(1);
    const input = { ...message(), attachments: [attachment.id] };
    const reading = new Reading(client.stream('threads.create', { input }));
    await reading.ended;
    expect(reading.events.at(-1)).toMatchObject({ item: { content: [{ text: 'note.txt' }] } });
  });

  it('is refused with the status of the server', async () => {
    const { client } = await setUp();
    await expect(client.upload(file(2000), { strategy })).rejects.toMatchObject({ status: 413, code: 'too_large' });
  });

  it('ends when it is aborted', async () => {
    const { client } = await setUp();
    const signal = AbortSignal.abort(new Error('removed'));
    await expect(client.upload(file(), { strategy, signal })).rejects.toThrow('removed');
  });
});
