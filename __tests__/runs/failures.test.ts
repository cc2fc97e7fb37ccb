// Hooks that fail: what the user is told, what only the log is told, and what stays stored.
import type { HookEvents, ThreadItem, ThreadStreamEvent } from 'chatkit-express';
import { ChatKitError, CustomStreamError, MemoryStore, NotFoundError, StreamError } from 'chatkit-express';
import { ada, ask, type Context, type Core, serve, startThread, storedItems, storedNames } from '../support/core';
import { Gate } from '../support/gate';
import { added, assistantMessage, done, progress, textDelta } from '../support/items';
import { addMessage, createThread } from '../support/requests';

const neutral: ThreadStreamEvent = { type: 'error', code: 'stream.error', allow_retry: true };
const afterOptions = (events: ThreadStreamEvent[]) => events.slice(3);

/** A server whose hook says one thing and then throws. */
const failingWith = (error: unknown) =>
  serve({
    async *respond({ thread }) {
      yield done(assistantMessage(thread, 'm_1', 'said before'));
      throw error;
    },
  });

async function eventsAfterThrowing(
  error: unknown,
): Promise<{ core: Core; threadId: string; events: ThreadStreamEvent[] }> {
  const core = failingWith(error);
  const { threadId, events } = await startThread(core);
  expect(afterOptions(events)[0]).toMatchObject({ type: 'thread.item.done' });
  return { core, threadId, events: afterOptions(events).slice(1) };
}

describe('an error that is meant for the user', () => {
  test.each([
    ['with a message', new CustomStreamError('Out of credits'), { message: 'Out of credits', allow_retry: false }],
    [
      'with a Retry button',
      new CustomStreamError('Busy', { allowRetry: true }),
      { message: 'Busy', allow_retry: true },
    ],
  ])('%s is sent as it is and not logged', async (_what, error, wanted) => {
    const { core, events } = await eventsAfterThrowing(error);
    expect(events).toEqual([{ type: 'error', code: 'custom', ...wanted }]);
    expect(core.logger.lines).toEqual([]);
  });

  test.each([
    ['may be retried', new StreamError(), true],
    ['may not be retried', new StreamError('stream.error', { allowRetry: false }), false],
  ])('with a code, that %s, is sent with its code and not logged', async (_what, error, allow_retry) => {
    const { core, events } = await eventsAfterThrowing(error);
    expect(events).toEqual([{ type: 'error', code: 'stream.error', allow_retry }]);
    expect(core.logger.lines).toEqual([]);
  });
});

test.each<[string, unknown]>([
  ['an Error', new Error('secret detail', { cause: new Error('deeper') })],
  ['a ChatKitError, which is for refusals', new ChatKitError('forbidden', 'secret detail')],
  ['a NotFoundError', new NotFoundError('secret detail')],
  ['an AbortError that nobody asked for', new DOMException('secret detail', 'AbortError')],
  ['a string', 'secret detail'],
  ['undefined', undefined],
  ['an object of an unlucky shape', { code: 'custom', message: 'secret detail', allowRetry: false }],
])('%s is told in neutral words and goes whole to the log', async (_what, error) => {
  const { core, threadId, events } = await eventsAfterThrowing(error);
  expect(events).toEqual([neutral]);
  const lines = core.logger.take('error');
  expect(lines).toEqual([
    { level: 'error', fields: { err: error, hook: 'respond', thread_id: threadId }, message: 'respond failed' },
  ]);
  expect(lines[0]?.fields['err']).toBe(error);
});

test('a thrown value that throws when it is read ends the run as any other', async () => {
  const unreadable = new Proxy(new Error('secret detail'), {
    get() {
      throw new Error('unreadable');
    },
  });
  const { core, events } = await eventsAfterThrowing(unreadable);
  expect(events).toEqual([neutral]);
  const [line] = core.logger.take('error');
  expect(line?.message).toBe('respond failed');
  expect(line?.fields['err'] === unreadable).toBe(true);
});

test('what was said before a failure stays, with a note for the model, and the thread goes on', async () => {
  let calls = 0;
  const core = serve({
    async *respond({ thread }) {
      if (calls++ > 0) return;
      yield done(assistantMessage(thread, 'm_1', 'said before'));
      yield added(assistantMessage(thread, 'm_2'));
      yield textDelta('m_2', 'half');
      throw new Error('down');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(core.logger.take('error')).toHaveLength(1);
  const kept = ['user_message', 'm_1', 'm_2', 'sdk_hidden_context'];
  expect(await storedNames(core, threadId)).toEqual(kept);
  const [, , message, note] = await storedItems(core, threadId);
  expect(message).toMatchObject({ content: [{ text: 'half' }] });
  expect(note).toMatchObject({ content: expect.stringContaining('because of an error') });
  expect(events.slice(-2)).toEqual([{ type: 'thread.item.done', item: message }, neutral]);
  await ask(core, addMessage(threadId));
  expect(await storedNames(core, threadId)).toEqual([...kept, 'user_message']);
  expect(core.server.openRuns).toBe(0);
});

test('a hook that throws before it returns anything fails in the stream', async () => {
  const error = new Error('not even started');
  const core = serve({
    respond: () => {
      throw error;
    },
  });
  const { events } = await startThread(core);
  expect(afterOptions(events)).toEqual([neutral]);
  expect(core.logger.take('error')).toMatchObject([{ fields: { err: error } }]);
});

test.each<[string, () => unknown]>([
  ['nothing', () => undefined],
  ['null', () => null],
  ['an array', () => [progress('x')]],
  ['a generator that is not async', function* () {}],
  ['a promise of a generator', async () => (async function* () {})()],
  ['an iterable of nothing', () => ({ [Symbol.asyncIterator]: () => undefined })],
])('a hook that returns %s is named in the log with what to write', async (_what, respond) => {
  const core = serve({ respond: respond as () => HookEvents });
  const { events } = await startThread(core);
  expect(afterOptions(events)).toEqual([neutral]);
  const [line] = core.logger.take('error');
  expect(line?.fields['err']).toBeInstanceOf(TypeError);
  expect((line?.fields['err'] as Error).message).toBe(
    'respond must return an async iterable: write it as async function*',
  );
});

test('a hook without the star that throws is told of by what it threw, and the process lives on', async () => {
  const error = new Error('down');
  const core = serve({ respond: (async () => Promise.reject(error)) as unknown as () => HookEvents });
  expect(afterOptions((await startThread(core)).events)).toEqual([neutral]);
  expect(core.logger.take('error')).toMatchObject([{ fields: { err: error } }]);
});

test('a title set before a malformed event is kept', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.title = 'Kept';
      yield { type: 'no such event' } as never;
    },
  });
  const { threadId, events } = await startThread(core);
  expect(afterOptions(events)).toMatchObject([neutral, { type: 'thread.updated', thread: { title: 'Kept' } }]);
  expect(await core.store.loadThread(threadId, ada)).toMatchObject({ title: 'Kept' });
  expect(core.logger.take('error')).toHaveLength(1);
});

test('an iterator that breaks its contract fails in the stream', async () => {
  const core = serve({
    respond: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined as never }) }),
  });
  expect(afterOptions((await startThread(core)).events)).toEqual([neutral]);
  expect(core.logger.take('error')).toMatchObject([{ message: 'respond failed', fields: { hook: 'respond' } }]);
});

test('a respond that fails after getStreamOptions is logged by its own name', async () => {
  const core = serve({
    getStreamOptions: () => ({ allow_cancel: false }),
    async *respond() {
      yield* [];
      throw new Error('no model');
    },
  });
  await startThread(core);
  expect(core.logger.take('error')).toMatchObject([{ message: 'respond failed', fields: { hook: 'respond' } }]);
});

test.each<[string, () => never]>([
  [
    'throws',
    () => {
      throw new Error('no options');
    },
  ],
  ['answers with what they are not', () => ({ allow_cancel: 'yes' }) as never],
])('a getStreamOptions that %s fails in the stream, and the hook is not called', async (_what, getStreamOptions) => {
  const respond = jest.fn(async function* () {});
  const core = serve({ getStreamOptions, respond });
  const { events, threadId } = await startThread(core);
  expect(events.slice(2)).toEqual([neutral]);
  expect(respond).not.toHaveBeenCalled();
  expect(core.logger.take('error')).toHaveLength(1);
  expect(await storedNames(core, threadId)).toEqual(['user_message']);
});

describe('a store that fails', () => {
  class FailingStore extends MemoryStore<Context> {
    failsOn: string | undefined;

    override async addThreadItem(threadId: string, item: ThreadItem, context: Context): Promise<void> {
      if (item.type === this.failsOn) throw new Error('disk full');
      await super.addThreadItem(threadId, item, context);
    }
  }

  test("at the hook's item: the client is not told of the item, and the hook is closed", async () => {
    const store = new FailingStore();
    store.failsOn = 'assistant_message';
    const closed = new Gate();
    const core = serve({
      store,
      async *respond({ thread }) {
        try {
          yield done(assistantMessage(thread, 'm_1', 'lost'));
        } finally {
          closed.open();
        }
      },
    });
    const { events } = await startThread(core);
    expect(afterOptions(events)).toEqual([neutral]);
    await closed.passed;
    expect(core.logger.take('error')).toMatchObject([{ fields: { err: { message: 'disk full' } } }]);
  });

  test('at the first message of a new thread: refused before the stream starts, and no thread is left', async () => {
    const store = new FailingStore();
    store.failsOn = 'user_message';
    const core = serve({ store });
    await expect(core.server.process(createThread(), ada)).rejects.toThrow('disk full');
    expect((await store.loadThreads({ limit: 9, after: null, order: 'asc' }, ada)).data).toEqual([]);
    expect(core.server.openRuns).toBe(0);
  });

  test('at a message to a thread: refused before the stream starts, so that it can be posted again', async () => {
    const store = new FailingStore();
    const core = serve({ store });
    const { threadId } = await startThread(core);
    store.failsOn = 'user_message';
    await expect(core.server.process(addMessage(threadId), { user: 'ada' })).rejects.toThrow('disk full');
    expect(await storedNames(core, threadId)).toEqual(['user_message']);
    expect(core.server.openRuns).toBe(0);
  });
});

test('a hook whose cleanup fails is logged, and the stream ends as usual', async () => {
  const error = new Error('cleanup failed');
  const core = serve({
    async *respond() {
      try {
        yield { type: 'nonsense' } as never;
      } finally {
        throw error; // eslint-disable-line no-unsafe-finally
      }
    },
  });
  const { events } = await startThread(core);
  expect(afterOptions(events)).toEqual([neutral]);
  const line = await core.logger.next('a hook failed while it was closed');
  expect(line.fields['err']).toBe(error);
  expect(core.logger.take('error')).toMatchObject([{ message: 'respond failed' }]);
});

test('an iterator whose return throws at once is logged, and the stream ends as usual', async () => {
  const core = serve({
    respond: () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: { type: 'nonsense' } as never }),
        return: () => {
          throw new Error('no return');
        },
      }),
    }),
  });
  expect(afterOptions((await startThread(core)).events)).toEqual([neutral]);
  expect(core.logger.take('error').map(({ message }) => message)).toEqual([
    'respond failed',
    'a hook failed while it was closed',
  ]);
});
