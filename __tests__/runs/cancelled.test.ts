// What is kept of an answer that was cut off: by default, and by a hook of the application's own.
import type { ChatKitOptions, HookEventInput, RespondTurn, ThreadItem, ThreadItemInput } from 'chatkit-express';
import { ada, type Context, serve, startThread, storedItems, storedNames } from '../support/core';
import { Gate } from '../support/gate';
import { hangAfter, openFirst } from '../support/hanging';
import { HeldStore } from '../support/held-store';
import { added, assistantMessage, createdAt, done, progress, textDelta } from '../support/items';

type Cancelled = Parameters<NonNullable<ChatKitOptions<Context>['handleStreamCancelled']>>[0];

type End = 'the client leaves' | 'the server closes';

/** Returns the items that are stored when a run that has yielded the events is cancelled. */
async function storedAfterCancelling(
  events: (turn: RespondTurn<Context>) => HookEventInput[],
  end: End = 'the client leaves',
): Promise<ThreadItem[]> {
  const { respond, hanging } = hangAfter(events);
  const core = serve({ respond });
  const stream = await openFirst(core);
  await hanging.passed;
  if (end === 'the server closes') await core.server.close();
  else await stream.cancel();
  expect(core.server.openRuns).toBe(0);
  return storedItems(core, 'thr_1');
}

describe('without a hook of its own', () => {
  test('keeps the messages that have text, as far as they came, and a note to the model', async () => {
    const stored = await storedAfterCancelling(({ thread }) => [
      added(assistantMessage(thread, 'm_1')),
      textDelta('m_1', 'Hello, '),
      added(assistantMessage(thread, 'm_2', 'Second')),
      textDelta('m_1', 'wor'),
    ]);
    expect(stored).toMatchObject([
      { type: 'user_message' },
      { id: 'm_1', content: [{ text: 'Hello, wor' }] },
      { id: 'm_2', content: [{ text: 'Second' }] },
      { type: 'sdk_hidden_context', thread_id: 'thr_1', content: expect.stringContaining('was cut off') },
    ]);
    expect(stored.at(-1)?.id).toMatch(/^shcx_/);
  });

  test.each<End>(['the client leaves', 'the server closes'])(
    'keeps widgets and workflows with a task, and drops what shows nothing, when %s',
    async (end) => {
      const stored = await storedAfterCancelling(({ thread }) => {
        const base = { thread_id: thread.id, created_at: createdAt };
        const task = { type: 'custom' as const, title: 'Look', status_indicator: 'loading' as const };
        const other: ThreadItemInput[] = [
          { ...base, type: 'workflow', id: 'wf_1', workflow: { type: 'custom', tasks: [] } },
          { ...base, type: 'workflow', id: 'wf_2', workflow: { type: 'custom', tasks: [task] } },
          { ...base, type: 'widget', id: 'w_1', widget: { type: 'Card' } },
          { ...base, type: 'generated_image', id: 'img_1' },
        ];
        return [
          ...other.map(added),
          added(assistantMessage(thread, 'm_1')),
          added(assistantMessage(thread, 'm_2', ' \n\t')),
          textDelta('m_1', '  '),
        ];
      }, end);
      expect(stored).toMatchObject([
        { type: 'user_message' },
        { id: 'wf_2', workflow: { tasks: [{ title: 'Look', status_indicator: 'complete' }] } },
        { id: 'w_1', widget: { type: 'Card' } },
        { type: 'sdk_hidden_context' },
      ]);
    },
  );

  test('keeps a message that is done only once', async () => {
    const { respond, hanging } = hangAfter(({ thread }) => [
      added(assistantMessage(thread, 'm_1')),
      textDelta('m_1', 'Hi'),
      done(assistantMessage(thread, 'm_1', 'Hi')),
    ]);
    const store = new HeldStore('nothing');
    const stream = await openFirst(serve({ store, respond }));
    await hanging.passed;
    await stream.cancel();
    expect(store.added).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
  });
});

describe('with a hook of its own', () => {
  test('gives it what was pending and the reason, and keeps nothing itself', async () => {
    const given = new Gate<Cancelled>();
    const { respond, hanging } = hangAfter(({ thread }) => [
      added(assistantMessage(thread, 'm_1')),
      textDelta('m_1', 'Hel'),
    ]);
    const core = serve({ respond, handleStreamCancelled: (cancelled) => given.open(cancelled) });
    const stream = await openFirst(core);
    await hanging.passed;
    await stream.cancel();
    const { thread, pendingItems, context, store, reason } = await given.passed;
    expect(thread).toMatchObject({ id: 'thr_1' });
    expect(pendingItems).toMatchObject([{ id: 'm_1', content: [{ text: 'Hel' }] }]);
    expect(context).toBe(ada);
    expect(store).toBe(core.store);
    expect(reason).toBe('disconnected');
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message']);
  });

  test('waits for it before the cancellation is done, and saves what it changes in the thread', async () => {
    const called = new Gate();
    const goOn = new Gate();
    const { respond, hanging } = hangAfter(() => []);
    const core = serve({
      respond,
      async handleStreamCancelled({ thread }) {
        called.open();
        await goOn.passed;
        thread.title = 'Cut short';
      },
    });
    const stream = await openFirst(core);
    await hanging.passed;
    const cancelling = stream.cancel();
    await called.passed;
    expect(core.server.openRuns).toBe(1);
    goOn.open();
    await cancelling;
    expect(core.server.openRuns).toBe(0);
    expect(await core.store.loadThread('thr_1', ada)).toMatchObject({ title: 'Cut short' });
  });

  test.each<[string, () => Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('cannot keep');
      },
    ],
    ['rejects', () => Promise.reject(new Error('cannot keep'))],
  ])('logs that it %s, and the run ends all the same', async (_what, handleStreamCancelled) => {
    const { respond, hanging } = hangAfter(() => []);
    const core = serve({ respond, handleStreamCancelled });
    const stream = await openFirst(core);
    await hanging.passed;
    await stream.cancel();
    expect(core.server.openRuns).toBe(0);
    expect(core.logger.take('error')).toEqual([
      {
        level: 'error',
        fields: { err: new Error('cannot keep'), hook: 'respond', thread_id: 'thr_1' },
        message: 'what a cancelled run had said could not be kept',
      },
    ]);
  });
});

test('nothing is sent to a client that went away, not even an error', async () => {
  const { respond, hanging } = hangAfter(() => [progress('.')]);
  const core = serve({ respond });
  const stream = await openFirst(core);
  await hanging.passed;
  await stream.cancel();
  expect(stream.take()?.at(-1)).toEqual(progress('.'));
  expect(stream.take()).toBeNull();
  expect(stream.done).toBe(true);
});

test('the next run finds the thread as it was left', async () => {
  const { respond, hanging } = hangAfter(({ thread }) => [added(assistantMessage(thread, 'm_1', 'half'))]);
  const core = serve({ respond });
  const stream = await openFirst(core);
  await hanging.passed;
  await stream.cancel();
  core.store.generateThreadId = () => 'thr_2';
  const again = serve({ store: core.store });
  const { threadId } = await startThread(again);
  expect(threadId).toBe('thr_2');
  expect(await storedNames(again, 'thr_1')).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
});
