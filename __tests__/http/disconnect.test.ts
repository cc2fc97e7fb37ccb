// Clients that go away: half way through an answer, a request, or the preparation between the two.
import type { Request } from 'express';
import type { HookEventInput, RespondTurn, ThreadItem } from 'chatkit-express';
import { Gate } from '../support/gate';
import { progress } from '../support/items';
import { addMessage, createThread } from '../support/requests';
import { type Endpoint, expressVersions, start } from './endpoint';
import { added, delta, done, steered } from './hooks';
import { post, RawClient, requestBytes } from './raw-client';
import { noRuns, turnOfTheLoop, until } from './server-side';

async function stored({ store }: Endpoint): Promise<ThreadItem[]> {
  return (await store.loadThreadItems('thr_1', { limit: 100, after: null, order: 'asc' }, {})).data;
}

const ways: [string, (client: RawClient) => void][] = [
  ['closes', (client) => client.socket.destroy()],
  ['resets', (client) => client.socket.resetAndDestroy()],
  ['ends its side of', (client) => client.socket.end()],
];

describe.each(expressVersions)('on Express %i', (version) => {
  describe.each(ways)('a client that %s the connection in mid-answer', (_way, leave) => {
    it('leaves what was said so far, and a note for the model', async () => {
      const hook = steered();
      const endpoint = await start({ version, respond: hook.respond });
      const client = await post(endpoint, addMessage('thr_1'));
      hook.say(done('whole', 'msg_0'), added(), delta('so '), delta('far'));
      await client.bodyUpTo('"delta":"far"}}\n\n');

      leave(client);
      const turn = await hook.started;
      await hook.left;
      await noRuns(endpoint);

      expect(turn.signal.aborted).toBe(true);
      const items = await stored(endpoint);
      expect(items.map(({ type }) => type)).toEqual([
        'user_message',
        'assistant_message',
        'assistant_message',
        'sdk_hidden_context',
      ]);
      expect(items.slice(1, 3)).toMatchObject([
        { id: 'msg_0', content: [{ text: 'whole' }] },
        { id: 'msg_1', content: [{ text: 'so far' }] },
      ]);
    });

    it('stops a hook that goes on after its signal: nothing it yields is stored', async () => {
      const left = new Gate();
      const endpoint = await start({
        version,
        async *respond({ signal }) {
          try {
            yield progress('x');
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            yield done('too late');
            yield done('much too late', 'msg_2');
          } finally {
            left.open();
          }
        },
      });
      const client = await post(endpoint, addMessage('thr_1'));
      await client.bodyUpTo('"x"}\n\n');

      leave(client);
      await left.passed;
      await noRuns(endpoint);

      expect((await stored(endpoint)).map(({ type }) => type)).toEqual(['user_message', 'sdk_hidden_context']);
    });

    it('ends the run of a hook that ignores its signal and never settles', async () => {
      const returned = jest.fn();
      const endpoint = await start({
        version,
        respond: () => ({
          [Symbol.asyncIterator]: () => {
            const events = [added(), delta('so far')].values();
            return {
              async next(): Promise<IteratorResult<HookEventInput>> {
                const { value, done: over } = events.next();
                return over ? new Promise(() => undefined) : { done: false, value };
              },
              return: () => {
                returned();
                return new Promise(() => undefined);
              },
            };
          },
        }),
      });
      const client = await post(endpoint, addMessage('thr_1'));
      await client.bodyUpTo('"so far"}}\n\n');

      leave(client);
      await until(() => returned.mock.calls.length > 0);
      await noRuns(endpoint);

      expect(await stored(endpoint)).toMatchObject([
        { type: 'user_message' },
        { type: 'assistant_message', content: [{ text: 'so far' }] },
        { type: 'sdk_hidden_context' },
      ]);
    });
  });

  it('hands what was said to `handleStreamCancelled`, once', async () => {
    const hook = steered();
    const cancelled = new Gate<{ reason: string; pendingItems: ThreadItem[] }>();
    const handle = jest.fn(cancelled.open);
    const endpoint = await start({ version, respond: hook.respond, handleStreamCancelled: handle });
    const client = await post(endpoint, addMessage('thr_1'));
    hook.say(added(), delta('so far'));
    await client.bodyUpTo('"so far"}}\n\n');

    client.socket.destroy();

    expect(await cancelled.passed).toMatchObject({
      reason: 'disconnected',
      thread: { id: 'thr_1' },
      pendingItems: [{ id: 'msg_1', content: [{ text: 'so far' }] }],
    });
    await noRuns(endpoint);
    expect(handle).toHaveBeenCalledTimes(1);
    expect((await stored(endpoint)).map(({ type }) => type)).toEqual(['user_message']);
  });

  it('does nothing for a client that leaves after the last event', async () => {
    const handle = jest.fn();
    const endpoint = await start({ version, handleStreamCancelled: handle });
    const client = await post(endpoint, addMessage('thr_1'));
    await client.response();
    client.socket.destroy();
    await noRuns(endpoint);
    expect(handle).not.toHaveBeenCalled();
  });

  describe('a client that leaves half way through its request', () => {
    const bytes = (endpoint: Endpoint) => requestBytes(endpoint, { body: addMessage('thr_1', 'x'.repeat(10_000)) });

    it('is not answered, and nothing is stored', async () => {
      const respond = jest.fn();
      const asked = new Gate();
      const endpoint = await start({ version, respond, context: () => asked.open() });
      const client = await RawClient.open(endpoint);
      client.write(bytes(endpoint).subarray(0, 5_000));
      await asked.passed;

      client.socket.destroy();

      const { fields } = await endpoint.logger.next('a request was refused');
      expect(fields).toMatchObject({ err: { code: 'invalid_request' } });
      expect(respond).not.toHaveBeenCalled();
      expect(await stored(endpoint)).toEqual([]);
    });

    it('is given up when another middleware destroys the request', async () => {
      const requests: Request[] = [];
      const endpoint = await start({ version, context: (request) => requests.push(request) });
      const client = await RawClient.open(endpoint);
      client.write(bytes(endpoint).subarray(0, 5_000));
      await until(() => requests.length === 1);
      await turnOfTheLoop();

      requests[0]!.destroy();

      const { fields } = await endpoint.logger.next('a request was refused');
      expect(fields).toMatchObject({ err: { code: 'invalid_request' } });
    });

    it('while its context is made, is not waited for', async () => {
      const [asked, made] = [new Gate(), new Gate()];
      const endpoint = await start({
        version,
        context: async () => {
          asked.open();
          await made.passed;
        },
      });
      const gone = new Promise((resolve) =>
        endpoint.server.once('connection', (socket) => socket.once('close', resolve)),
      );
      const client = await RawClient.open(endpoint);
      client.write(bytes(endpoint).subarray(0, 5_000));
      await asked.passed;

      client.socket.destroy();
      await gone;
      made.open();

      const { fields } = await endpoint.logger.next('a request was refused');
      expect(fields).toMatchObject({ err: { code: 'invalid_request' } });
      expect(await stored(endpoint)).toEqual([]);
    });
  });

  it.each([
    ['threads.create', createThread(), 'saveThread' as const],
    ['threads.add_user_message', addMessage('thr_1'), 'addThreadItem' as const],
  ])('ends the run of a client that left while %s was prepared', async (_type, body, method) => {
    const [asked, prepared] = [new Gate(), new Gate()];
    const turns: RespondTurn<unknown>[] = [];
    const endpoint = await start({
      version,
      async *respond(turn) {
        turns.push(turn);
        yield progress('x');
        await new Promise(() => undefined);
      },
    });
    const save = endpoint.store[method].bind(endpoint.store) as (...args: unknown[]) => Promise<void>;
    jest.spyOn(endpoint.store, method).mockImplementationOnce(async (...args: unknown[]) => {
      asked.open();
      await prepared.passed;
      await save(...args);
    });
    const gone = new Promise((resolve) =>
      endpoint.server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const client = await post(endpoint, body);
    await asked.passed;

    client.socket.destroy();
    await gone;
    const runs = jest.spyOn(endpoint.store, 'generateItemId');
    prepared.open();
    await until(() => runs.mock.calls.some(([type]) => type === 'sdk_hidden_context'));
    await noRuns(endpoint);

    expect(turns.every(({ signal }) => signal.aborted)).toBe(true);
    // What the user said is kept, with a note that it was not answered.
    const [latest] = (await endpoint.store.loadThreads({ limit: 1, after: null, order: 'desc' }, {})).data;
    const items = await endpoint.store.loadThreadItems(latest!.id, { limit: 10, after: null, order: 'asc' }, {});
    expect(items.data.map(({ type }) => type)).toEqual(['user_message', 'sdk_hidden_context']);
  });
});

it('ends the runs of requests that wait behind another on the connection, when it closes', async () => {
  const signals: AbortSignal[] = [];
  const endpoint = await start({
    heartbeatMs: 5, // Node tells nothing of the connection to a response whose turn has not come
    async *respond({ signal }) {
      signals.push(signal);
      await new Promise(() => undefined);
      yield progress('never');
    },
  });
  const client = await RawClient.open(endpoint);
  const bytes = requestBytes(endpoint, { body: addMessage('thr_1') });
  client.write(Buffer.concat([bytes, bytes, bytes]));
  await until(() => signals.length === 3);

  client.socket.destroy();

  await noRuns(endpoint);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});
