// Readers that are slower than the hook: they slow the hook down, and nothing piles up meanwhile.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { HookEventInput } from 'chatkit-express';
import compression from 'compression';
import type { RequestHandler } from 'express';
import { Gate } from '../support/gate';
import { addMessage } from '../support/requests';
import { type Endpoint, expressVersions, start } from './endpoint';
import { framesOf } from './frames';
import { delta, done, steered } from './hooks';
import { heldUp, turnOfTheLoop, watched } from './server-side';

/** Posts, and reads nothing but the headers. */
async function unread(endpoint: Endpoint): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const headers = { 'content-type': 'application/json' };
  const request = httpRequest(endpoint.url, { method: 'POST', headers, agent: false });
  request.on('error', () => undefined); // destroyed by the test
  request.end(JSON.stringify(addMessage('thr_1')));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return { request, response };
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A hook that talks without waiting for anything, and how much it has said. */
function talkative(count: number, bytes: number) {
  const hook = {
    produced: 0,
    left: new Gate(),
    async *respond(): AsyncGenerator<HookEventInput> {
      try {
        while (hook.produced < count) {
          hook.produced++;
          yield delta('x'.repeat(bytes));
        }
      } finally {
        hook.left.open();
      }
    },
    /** Settles when it has said nothing for many turns of the event loop. */
    async paused() {
      for (let before = -1; before !== hook.produced;) {
        before = hook.produced;
        for (let turn = 0; turn < 100; turn++) await turnOfTheLoop();
      }
    },
  };
  return hook;
}

const wrapsWrite: RequestHandler = (_request, response, next) => {
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  response.write = ((...args: unknown[]) => write(...args)) as never;
  next();
};
const responsesThat: [string, RequestHandler[]][] = [
  ['is unmodified', []],
  ['has a `write` that was wrapped', [wrapsWrite]],
  ['`compression()` has changed', [compression()]],
];

describe.each(expressVersions)('on Express %i', (version) => {
  it.each(responsesThat)(
    'pauses the hook while nobody reads a response that %s, and loses nothing',
    async (_name, more) => {
      const bytes = 16_384;
      const { responses, before } = watched();
      const hook = talkative(4_000, bytes);
      const all = () => [...before(), ...more];
      const endpoint = await start({ version, before: all, respond: hook.respond, maxQueuedEvents: 8 });

      const { response } = await unread(endpoint);
      await hook.paused();

      const paused = hook.produced;
      expect(paused).toBeLessThan(4_000);
      // What is in memory is one batch that is being written; eight more events wait in the queue.
      expect(responses[0]!.writableLength).toBeLessThan(10 * (bytes + 200));

      const events = framesOf(await read(response));
      expect(hook.produced).toBe(4_000);
      expect(events.filter((event) => event.update?.delta === 'x'.repeat(bytes))).toHaveLength(4_000);
      expect(events).toHaveLength(4_002);
    },
  );
});

it('holds no more events than `maxQueuedEvents` for a reader that waits', async () => {
  const { responses, before } = watched();
  const hook = talkative(50_000, 1_000);
  const endpoint = await start({ before, respond: hook.respond, maxQueuedEvents: 5 });
  const { request } = await unread(endpoint);
  await hook.paused();
  const socket = responses[0]!.socket!;
  const write = jest.spyOn(socket, 'write');
  const paused = hook.produced;

  // The reader takes a little: what waited is written at once, and the hook says as much again.
  socket.emit('drain');
  await hook.paused();

  const text = write.mock.calls.map(([chunk]) => String(chunk).replace(/^[\da-f]+\r\n|\r\n$/g, '')).join('');
  expect(framesOf(text)).toHaveLength(5);
  expect(hook.produced - paused).toBe(5);
  request.destroy();
  await hook.left.passed;
});

it('closes a paused hook when its reader leaves', async () => {
  const hook = talkative(10_000, 16_384);
  const endpoint = await start({ respond: hook.respond });
  const { request } = await unread(endpoint);
  await hook.paused();
  const paused = hook.produced;
  expect(endpoint.chatkit.server.openRuns).toBe(1);

  request.destroy();
  await hook.left.passed;

  expect(hook.produced).toBe(paused);
});

describe('a reader that has stopped reading', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  it('gets no heartbeat: it has bytes to read', async () => {
    const { responses, before } = watched();
    const hook = talkative(10_000, 16_384);
    const endpoint = await start({ before, respond: hook.respond, heartbeatMs: 1_000 });
    const { request } = await unread(endpoint);
    await hook.paused();
    const write = jest.spyOn(responses[0]!, 'write');

    jest.advanceTimersByTime(1_500);

    expect(write).not.toHaveBeenCalled();
    request.destroy();
    await hook.left.passed;
  });

  it('gets no heartbeat after the last event either', async () => {
    const { responses, before } = watched();
    const hook = steered();
    const endpoint = await start({ before, heartbeatMs: 1_000, respond: hook.respond });
    const { response } = await unread(endpoint);
    await hook.started;
    const written = responses[0]!;
    const { socket } = written;
    const release = heldUp(socket!);
    hook.say(done('the end'));
    hook.end();
    await hook.left;
    await turnOfTheLoop();
    expect([written.writableEnded, written.writableFinished]).toEqual([true, false]);

    jest.advanceTimersByTime(1_500);
    await turnOfTheLoop();

    release();
    expect(framesOf(await read(response)).at(-1).item.content[0].text).toBe('the end');
  });
});
