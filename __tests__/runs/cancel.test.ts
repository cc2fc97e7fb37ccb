// A run whose client goes away ends at once, whatever its store and its hook are doing at that moment.
import type { HookEventInput, RespondTurn, ThreadItem } from 'chatkit-express';
import { ada, type Context, openStream, readAll, serve, silently, storedItems, storedNames } from '../support/core';
import { Gate, idle, never } from '../support/gate';
import { hangAfter, openFirst } from '../support/hanging';
import { HeldStore } from '../support/held-store';
import { added, assistantMessage, done, progress, textDelta } from '../support/items';
import { createThread } from '../support/requests';

describe('at an awkward moment', () => {
  test('during a write of the hook: the write finishes, and nothing is stored twice', async () => {
    const store = new HeldStore('m_1');
    const pending = new Gate<ThreadItem[]>();
    const core = serve({
      store,
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1'));
        yield textDelta('m_1', 'Hi');
        yield done(assistantMessage(thread, 'm_1', 'Hi.'));
        yield done(assistantMessage(thread, 'm_2', 'never'));
      },
      handleStreamCancelled: ({ pendingItems }) => pending.open(pendingItems),
    });
    const stream = await openFirst(core);
    await store.reached.passed;
    const cancelling = stream.cancel();
    expect(core.server.openRuns).toBe(1);
    store.release.open();
    await cancelling;
    expect(await pending.passed).toEqual([]);
    expect(store.added).toEqual(['user_message', 'm_1']);
    expect(await core.store.loadItem('thr_1', 'm_1', ada)).toMatchObject({ content: [{ text: 'Hi.' }] });
  });

  test('during a write that fails: what was said is kept as a partial answer', async () => {
    const store = new HeldStore('m_1');
    const core = serve({
      store,
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1'));
        yield textDelta('m_1', 'Hel');
        yield done(assistantMessage(thread, 'm_1', 'Hello'));
      },
    });
    const stream = await openFirst(core);
    await store.reached.passed;
    const cancelling = stream.cancel();
    store.release.fail(new Error('disk full'));
    await cancelling;
    expect(await storedItems(core, 'thr_1')).toMatchObject([
      { type: 'user_message' },
      { id: 'm_1', content: [{ text: 'Hel' }] },
      { type: 'sdk_hidden_context' },
    ]);
    expect(core.logger.take('error')).toMatchObject([
      { message: 'a cancelled run failed', fields: { err: { message: 'disk full' } } },
    ]);
  });

  test("while the user's message is stored, by close: the message is kept and the hook is not called", async () => {
    const store = new HeldStore('user_message');
    const respond = jest.fn(async function* () {});
    const core = serve({ store, respond });
    const opening = openStream(core, createThread());
    await store.reached.passed;
    const closing = core.server.close();
    store.release.open();
    await readAll(await opening);
    await closing;
    expect(respond).not.toHaveBeenCalled();
    expect(store.added).toEqual(['user_message', 'sdk_hidden_context']);
  });

  test('while the options are asked for', async () => {
    const asked = new Gate();
    const respond = jest.fn(async function* () {});
    const core = serve({
      respond,
      getStreamOptions: () => {
        asked.open();
        return never;
      },
    });
    const stream = await openFirst(core);
    await asked.passed;
    await stream.cancel();
    expect(respond).not.toHaveBeenCalled();
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'sdk_hidden_context']);
  });

  test('while the hook waits for a reader that never came', async () => {
    const cleaned = new Gate();
    let yielded = 0;
    const core = serve({
      maxQueuedEvents: 8,
      async *respond({ thread }) {
        try {
          yield added(assistantMessage(thread, 'm_1'));
          for (;;) {
            yielded++;
            yield textDelta('m_1', 'x');
          }
        } finally {
          cleaned.open();
        }
      },
    });
    const stream = await openFirst(core);
    await idle();
    expect(yielded).toBe(4);
    await stream.cancel();
    await cleaned.passed;
    expect(core.server.openRuns).toBe(0);
    expect(await storedItems(core, 'thr_1')).toMatchObject([{}, { id: 'm_1', content: [{ text: 'xxxx' }] }, {}]);
  });

  test('twice: both wait for the one end, and everything is kept once', async () => {
    const store = new HeldStore('sdk_hidden_context');
    const { respond, hanging } = hangAfter(({ thread }) => [added(assistantMessage(thread, 'm_1', 'Hi'))]);
    const stream = await openFirst(serve({ store, respond }));
    await hanging.passed;
    const first = stream.cancel();
    await store.reached.passed;
    const second = stream.cancel();
    store.release.open();
    await Promise.all([first, second]);
    expect(store.added).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
  });

  test('after the end: nothing happens', async () => {
    const handleStreamCancelled = jest.fn();
    const core = serve({ handleStreamCancelled });
    const stream = await openFirst(core);
    await readAll(stream);
    await stream.cancel();
    expect(handleStreamCancelled).not.toHaveBeenCalled();
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message']);
  });

  test('when the hook has ended and only the thread is left to save: it is saved, and nothing is cancelled', async () => {
    const saving = new Gate();
    const goOn = new Gate();
    const handleStreamCancelled = jest.fn();
    const core = serve({
      async *respond({ thread }) {
        yield progress('.');
        thread.title = 'Last';
      },
      handleStreamCancelled,
    });
    const stream = await openFirst(core);
    const { store } = core;
    const save = store.saveThread.bind(store);
    store.saveThread = async (...args) => {
      saving.open();
      await goOn.passed;
      await save(...args);
    };
    await saving.passed;
    const cancelling = stream.cancel();
    goOn.open();
    await cancelling;
    expect(handleStreamCancelled).not.toHaveBeenCalled();
    expect(await store.loadThread('thr_1', ada)).toMatchObject({ title: 'Last' });
  });
});

describe('the hook', () => {
  test('that never settles does not keep the run open', async () => {
    const { respond, hanging } = hangAfter(() => []);
    const core = serve({ respond });
    const stream = await openFirst(core);
    await hanging.passed;
    await stream.cancel();
    expect(core.server.openRuns).toBe(0);
  });

  test('has its signal aborted, also one that it asks for afterwards', async () => {
    const turns: RespondTurn<Context>[] = [];
    const hanging = new Gate();
    const core = serve({
      async *respond(turn) {
        turns.push(turn);
        yield progress('.');
        hanging.open();
        await never;
      },
    });
    core.store.generateThreadId = () => `thr_${turns.length + 1}`;
    const stream = await openStream(core, createThread());
    await hanging.passed;
    const { signal } = turns[0]!;
    expect(signal.aborted).toBe(false);
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await stream.cancel();
    await aborted;
    expect(turns[0]!.signal).toBe(signal);

    const second = await openStream(core, createThread());
    await second.cancel();
    for (const turn of turns) expect(turn.signal.aborted).toBe(true);
  });

  test('is closed at its next yield: its finally runs, and what it yields later is dropped', async () => {
    const hanging = new Gate();
    const goOn = new Gate();
    const cleaned = new Gate();
    const core = serve({
      async *respond({ thread }) {
        try {
          yield added(assistantMessage(thread, 'm_1', 'Hi'));
          hanging.open();
          await goOn.passed; // deaf to the signal
          yield done(assistantMessage(thread, 'm_late', 'too late'));
          throw new Error('a generator that was closed does not come here');
        } finally {
          thread.title = 'too late';
          cleaned.open();
        }
      },
    });
    const stream = await openFirst(core);
    await hanging.passed;
    await stream.cancel();
    goOn.open();
    await cleaned.passed;
    expect(stream.take()?.map(({ type }) => type)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.added',
    ]);
    expect(stream.done).toBe(true);
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
    expect(await core.store.loadThread('thr_1', ada)).not.toHaveProperty('title');
  });

  test.each([
    ['an iterator without return', undefined],
    ['an iterator whose return never settles', () => never],
  ])('%s does not keep the run open, and what it gives later is dropped', async (_what, close) => {
    const asked = new Gate();
    const late = new Gate<IteratorResult<HookEventInput, undefined>>();
    const core = serve({
      respond: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            asked.open();
            return late.passed;
          },
          ...(close && { return: close }),
        }),
      }),
    });
    const stream = await openFirst(core);
    await asked.passed;
    await stream.cancel();
    late.open({ done: false, value: done(assistantMessage({ id: 'thr_1' }, 'm_late', 'too late')) });
    await late.passed;
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'sdk_hidden_context']);
    expect(stream.take()?.at(-1)?.type).toBe('stream_options');
  });

  class APIUserAbortError extends Error {} // what the `openai` package throws; its name is that of any Error
  test.each<[string, (signal: AbortSignal) => unknown]>([
    ['the reason of its signal', (signal) => signal.reason],
    ["the error of a model's client", () => new APIUserAbortError('Request was aborted.')],
  ])('that ends with %s has done as it was told: no error is logged', async (_what, errorFor) => {
    const hanging = new Gate();
    const core = serve({
      respond: silently(async ({ signal }) => {
        hanging.open();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw errorFor(signal);
      }),
    });
    const stream = await openFirst(core);
    await hanging.passed;
    await stream.cancel();
    const line = await core.logger.next('a cancelled hook has stopped');
    expect(line).toMatchObject({ level: 'debug', fields: { hook: 'respond', thread_id: 'thr_1' } });
  });

  test('that fails otherwise after it was cancelled is logged', async () => {
    const hanging = new Gate();
    const goOn = new Gate();
    const core = serve({
      respond: silently(async () => {
        hanging.open();
        await goOn.passed;
        throw new Error('database is gone');
      }),
    });
    const stream = await openFirst(core);
    await hanging.passed;
    await stream.cancel();
    goOn.open();
    const line = await core.logger.next('a cancelled run failed');
    expect(line).toMatchObject({ level: 'error', fields: { err: { message: 'database is gone' }, hook: 'respond' } });
  });
});
