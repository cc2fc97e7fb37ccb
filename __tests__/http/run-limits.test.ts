// The limits of runs over HTTP: what a client is answered by a full server, and a client that stops reading.
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { ChatKitError, type HookEventInput } from 'chatkit-express';
import compression from 'compression';
import type { RequestHandler } from 'express';
import { Gate } from '../support/gate';
import { addMessage, createThread, getThread } from '../support/requests';
import { type Endpoint, expressVersions, start } from './endpoint';
import { framesOf } from './frames';
import { delta } from './hooks';

const json = { 'content-type': 'application/json' };
const page = { ...json, 'chatkit-frame-instance-id': '9f0d', accept: 'text/event-stream' };

const post = (endpoint: Endpoint, body: unknown, headers: Record<string, string> = json) =>
  fetch(endpoint.url, { method: 'POST', headers, body: JSON.stringify(body) });

/** Posts, and reads nothing but the headers. */
async function unread(endpoint: Endpoint): Promise<IncomingMessage> {
  const request = httpRequest(endpoint.url, { method: 'POST', headers: json, agent: false });
  request.on('error', () => undefined); // the server closes the connection
  request.end(JSON.stringify(addMessage('thr_1')));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

async function* endless(): AsyncGenerator<HookEventInput> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    yield delta('x'.repeat(65_536));
  }
}

const wrapsWrite: RequestHandler = (_request, response, next) => {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  response.write = ((...args: unknown[]) => write(...args)) as never;
  next();
};

describe.each(expressVersions)('on Express %i', (version) => {
  describe('a full server', () => {
    async function full(more: object = {}) {
      const gate = new Gate();
      const endpoint = await start({
        version,
        limits: { maxRuns: 1 },
        async *respond() {
          yield* [];
          await gate.passed;
        },
        ...more,
      });
      const open = await post(endpoint, addMessage('thr_1'));
      const finish = async () => {
        gate.open();
        await open.text();
      };
      return { endpoint, finish };
    }
    const threads = async ({ store }: Endpoint) =>
      (await store.loadThreads({ limit: 10, after: null, order: 'asc' }, {})).data.length;

    it('answers 429 with Retry-After, stores nothing, and answers the next request when there is room', async () => {
      const { endpoint, finish } = await full();
      const refused = await post(endpoint, createThread());
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
      expect(await refused.json()).toMatchObject({ error: { code: 'too_many_requests' } });
      expect((await post(endpoint, getThread('thr_1'))).status).toBe(200);
      expect(await threads(endpoint)).toBe(1);
      await finish();
      const answered = await post(endpoint, createThread());
      expect([answered.status, framesOf(await answered.text())[0]]).toMatchObject([200, { type: 'thread.created' }]);
    });

    it('answers the official page with an error in the stream that offers Retry', async () => {
      const { endpoint, finish } = await full();
      for (const headers of [page, { ...page, accept: '*/*' }]) {
        const refused = await post(endpoint, createThread(), headers);
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([200, '5']);
        expect(framesOf(await refused.text())).toEqual([
          { type: 'error', code: 'custom', message: 'The server is busy. Try again in a moment', allow_retry: true },
        ]);
      }
      expect(await threads(endpoint)).toBe(1);
      await finish();
      expect(framesOf(await (await post(endpoint, createThread(), page)).text())[0]).toMatchObject({
        type: 'thread.created',
      });
    });

    it("answers the official page 429 with `refusals: 'status'`", async () => {
      const { endpoint, finish } = await full({ refusals: 'status' });
      expect((await post(endpoint, createThread(), page)).status).toBe(429);
      await finish();
    });

    it('answers 503 once it is closing', async () => {
      const { endpoint, finish } = await full();
      const closing = endpoint.chatkit.close({ drainMs: 60_000 });
      const refused = await post(endpoint, createThread());
      expect(refused.status).toBe(503);
      await finish();
      await closing;
    });
  });

  it('keeps the status of a 429 that `admit` throws', async () => {
    const admit = () => {
      throw new ChatKitError('too_many_requests', 'Wait', { retryAfterMs: 60_000 });
    };
    const endpoint = await start({ version, admit });
    for (const headers of [json, page]) {
      const refused = await post(endpoint, createThread(), headers);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    }
  });

  describe('a client that stops reading', () => {
    const message = 'a client that had stopped reading was disconnected';
    const responses: [string, RequestHandler[]][] = [
      ['is unmodified', []],
      ['has a `write` that was wrapped', [wrapsWrite]],
      ['`compression()` has changed', [compression({ threshold: 0, level: 0 })]],
    ];

    it.each(responses)('is disconnected when its response %s, and its run ends', async (_name, before) => {
      const left = new Gate<string>();
      const endpoint = await start({
        version,
        before: () => before,
        limits: { stalledReaderMs: 50 },
        respond: endless,
        handleStreamCancelled: ({ reason }) => left.open(reason),
      });
      const response = await unread(endpoint);
      await endpoint.logger.next(message);
      expect(await left.passed).toBe('disconnected');
      response.destroy();
    });

    it('stays connected while it reads, however slowly', async () => {
      const endpoint = await start({ version, limits: { stalledReaderMs: 1000 }, respond: endless });
      const response = await unread(endpoint);
      const startedAt = performance.now();
      let bytes = 0;
      for await (const chunk of response) {
        bytes += (chunk as Buffer).length;
        if (performance.now() - startedAt > 1500) break;
        await new Promise((resolve) => setTimeout(resolve, 10)); // so that the response waits for the reader
      }
      expect(performance.now() - startedAt).toBeGreaterThan(1500);
      expect(bytes).toBeGreaterThan(1_000_000);
      expect(endpoint.logger.lines.filter((line) => line.message === message)).toEqual([]);
    });

    it('stays connected without the limit, and the timeout of its connection is as before', async () => {
      const endpoint = await start({ version, respond: endless });
      const sockets: { timeout?: number }[] = [];
      endpoint.server.on('connection', (socket) => sockets.push(socket));
      const response = await unread(endpoint);
      await new Promise((resolve) => setTimeout(resolve, 150)); // so that a limit as above would have passed
      expect(endpoint.chatkit.server.openRuns).toBe(1);
      expect(sockets.map(({ timeout = 0 }) => timeout)).toEqual([0]);
      response.destroy();
    });
  });
});
