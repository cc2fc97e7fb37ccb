// threads.custom_action and threads.sync_custom_action: what the hooks are given, what they may answer, what is refused.
import type { ActionTurn, ThreadItemInput } from 'chatkit-express';
import { InvalidEventError } from '../../src/runs/check';
import {
  ada,
  ask,
  askJson,
  type Context,
  type CoreOptions,
  openStream,
  refusal,
  serve,
  startThread,
  silently,
} from '../support/core';
import { Gate, idle, never } from '../support/gate';
import { added, assistantMessage, createdAt, done, hiddenNote, progress, textDelta } from '../support/items';
import { customAction, syncAction } from '../support/requests';

const card = (value: string) => ({ type: 'Card', children: [{ type: 'Text', id: 'body', value }] });

/** A thread with a widget `w_1`. */
async function withWidget(options: CoreOptions) {
  const core = serve({
    async *respond({ thread }) {
      yield done({ type: 'widget', id: 'w_1', thread_id: thread.id, created_at: createdAt, widget: card('Hello') });
      yield done(hiddenNote(thread, 'h_1'));
    },
    ...options,
  });
  return { core, ...(await startThread(core)) };
}

describe.each([
  ['threads.custom_action', customAction],
  ['threads.sync_custom_action', syncAction],
])('%s', (_type, request) => {
  const hooks: CoreOptions = { async *action() {}, syncAction() {} };

  test.each([
    ['an unknown thread', { thread_id: 'thr_nowhere' }, { code: 'not_found', message: 'There is no such thread' }],
    ['an unknown item', { item_id: 'w_nowhere' }, { code: 'not_found', message: 'There is no such item' }],
    ['an item that is no widget', { item_id: 'h_1' }, { code: 'invalid_request', fields: ['params.item_id'] }],
    ['an action without a type', { action: {} }, { code: 'invalid_request', fields: ['params.action.type'] }],
    [
      'an action with an empty type',
      { action: { type: '' } },
      { code: 'invalid_request', fields: ['params.action.type'] },
    ],
    ['no action', { action: null }, { code: 'invalid_request', fields: ['params.action'] }],
  ])('with %s is refused before the hook is called', async (_what, params, wanted) => {
    const { core, threadId } = await withWidget(hooks);
    expect(await refusal(core, request({ thread_id: threadId, ...params }))).toMatchObject(wanted);
  });

  test.each([{ thread_id: 'thr_nowhere' }, { item_id: 'w_nowhere' }])(
    'keeps the error of the store as the cause of its refusal: %j',
    async (params) => {
      const { core, threadId } = await withWidget(hooks);
      const refused = core.server.process(request({ thread_id: threadId, ...params }), ada);
      const cause = expect.objectContaining({ message: expect.stringContaining('nowhere') as string }) as Error;
      await expect(refused).rejects.toMatchObject({ code: 'not_found', cause });
    },
  );

  test('gives the hook the action, the widget it came from, and the rest of a turn', async () => {
    const turns: ActionTurn<Context>[] = [];
    const { core, threadId } = await withWidget({
      action: silently((turn) => turns.push(turn)),
      syncAction: (turn) => void turns.push(turn),
    });
    const action = { type: 'go', payload: { list: [1, null] } };
    await core.server.process(request({ thread_id: threadId, item_id: 'w_1', action }), ada);
    await idle();
    const [turn] = turns;
    expect(turn).toMatchObject({
      action,
      sender: { type: 'widget', id: 'w_1', widget: card('Hello') },
      thread: { id: threadId },
      context: ada,
    });
    expect(turn?.store).toBe(core.store);
    expect(turn?.signal.aborted).toBe(false);
    expect(turn?.generateId('message')).toMatch(/^msg_/);
  });

  test('has no sender without an item, and drops what does not belong to the action', async () => {
    const turns: unknown[] = [];
    const { core, threadId } = await withWidget({
      action: silently(({ action, sender }) => turns.push({ action, sender })),
      syncAction: ({ action, sender }) => void turns.push({ action, sender }),
    });
    const action = { type: 'go', handler: 'server', loadingBehavior: 'auto' };
    await core.server.process(request({ thread_id: threadId, action }), ada);
    await core.server.process(request({ thread_id: threadId, action, item_id: null as never }), ada);
    await idle();
    expect(turns).toEqual(Array(2).fill({ action: { type: 'go' }, sender: null }));
  });
});

describe('custom_action', () => {
  test('streams what the hook says and stores its items', async () => {
    const { core, threadId } = await withWidget({
      async *action({ thread }) {
        yield { type: 'client_effect', name: 'toast' };
        yield done(assistantMessage(thread, 'm_1', 'did it'));
        thread.title = 'Clicked';
      },
    });
    const events = await ask(core, customAction({ thread_id: threadId }));
    expect(events.map(({ type }) => type)).toEqual([
      'stream_options',
      'client_effect',
      'thread.item.done',
      'thread.updated',
    ]);
    expect(await core.store.loadItem(threadId, 'm_1', ada)).toMatchObject({ content: [{ text: 'did it' }] });
  });

  test('is cancelled like any run', async () => {
    const hanging = new Gate();
    const { core, threadId } = await withWidget({
      async *action({ thread }) {
        yield added(assistantMessage(thread, 'm_1'));
        yield textDelta('m_1', 'half');
        hanging.open();
        await never;
      },
    });
    const stream = await openStream(core, customAction({ thread_id: threadId }));
    await hanging.passed;
    await stream.cancel();
    expect(await core.store.loadItem(threadId, 'm_1', ada)).toMatchObject({ content: [{ text: 'half' }] });
  });

  test('names its hook where that fails', async () => {
    const { core, threadId } = await withWidget({
      action: silently(async () => {
        throw new Error('down');
      }),
    });
    await ask(core, customAction({ thread_id: threadId }));
    expect(core.logger.take('error')).toMatchObject([{ message: 'action failed', fields: { hook: 'action' } }]);
  });

  test('without a hook ends in an error that is not to be retried, and the log says what to add', async () => {
    const { core, threadId } = await withWidget({});
    const events = await ask(core, customAction({ thread_id: threadId, action: { type: 'buy' } }));
    expect(events).toEqual([
      { type: 'stream_options', stream_options: { allow_cancel: true } },
      { type: 'error', code: 'stream.error', allow_retry: false },
    ]);
    expect(core.logger.take('error')).toEqual([
      {
        level: 'error',
        fields: { thread_id: threadId, action_type: 'buy' },
        message: 'a custom action arrived, but there is no hook for it: add `action` to the options',
      },
    ]);
  });
});

describe('sync_custom_action', () => {
  test.each<[string, unknown, unknown]>([
    ['the item itself', { type: 'widget', id: 'w_1' }, ['type', 'id']],
    ['a misspelt key', { updatedItem: {} }, ['updatedItem']],
    ['a text', 'done', 'a string'],
    ['a number', 5, 'a number'],
  ])('warns about %s, which the page does not receive', async (_what, given, returned) => {
    const { core, threadId } = await withWidget({ syncAction: (() => given) as never });
    expect(await askJson(core, syncAction({ thread_id: threadId, action: { type: 'x' } }))).toEqual({});
    expect(core.logger.take('warn')).toMatchObject([
      { message: expect.stringContaining('without `updated_item`'), fields: { returned, action_type: 'x' } },
    ]);
  });

  test('warns about the same values of a handler in `actions`', async () => {
    const handle = (() => ({ updatedItem: {} })) as never;
    const { core, threadId } = await withWidget({ actions: { x: { handle } } });
    expect(await askJson(core, syncAction({ thread_id: threadId, action: { type: 'x' } }))).toEqual({});
    expect(core.logger.take('warn')).toMatchObject([{ fields: { returned: ['updatedItem'] } }]);
  });

  test.each([undefined, null, {}, { updated_item: null }, { updated_item: undefined }])(
    'accepts %j without a warning',
    async (given) => {
      const { core, threadId } = await withWidget({ syncAction: (() => given) as never });
      expect(await askJson(core, syncAction({ thread_id: threadId, action: { type: 'x' } }))).toEqual({});
      expect(core.logger.lines).toEqual([]);
    },
  );

  const clicked = (item: Partial<ThreadItemInput> = {}): CoreOptions => ({
    syncAction: ({ sender }) => ({ updated_item: { ...sender!, widget: card('Clicked'), ...item } as ThreadItemInput }),
  });

  test('answers with the updated item and stores it in its place', async () => {
    const { core, threadId } = await withWidget(clicked());
    const answer = await askJson(core, syncAction({ thread_id: threadId, item_id: 'w_1' }));
    const item = { type: 'widget', id: 'w_1', thread_id: threadId, created_at: createdAt, widget: card('Clicked') };
    expect(answer).toEqual({ updated_item: item });
    expect(await core.store.loadItem(threadId, 'w_1', ada)).toEqual(item);
  });

  test.each<[string, CoreOptions['syncAction']]>([
    ['nothing', () => undefined],
    ['a promise of nothing', async () => {}],
    ['an empty answer', () => ({})],
    ['no item', async () => ({ updated_item: null })],
  ])('answers {} where the hook returns %s', async (_what, hook) => {
    const { core, threadId } = await withWidget({ syncAction: hook });
    expect(await askJson(core, syncAction({ thread_id: threadId, item_id: 'w_1' }))).toEqual({});
    expect(await core.store.loadItem(threadId, 'w_1', ada)).toMatchObject({ widget: card('Hello') });
  });

  test('saves what the hook changes in the thread', async () => {
    const { core, threadId } = await withWidget({
      syncAction({ thread }) {
        thread.title = 'Clicked';
        thread.metadata['clicks'] = 1;
      },
    });
    await askJson(core, syncAction({ thread_id: threadId }));
    expect(await core.store.loadThread(threadId, ada)).toMatchObject({ title: 'Clicked', metadata: { clicks: 1 } });
  });

  test('fills in the defaults of the item', async () => {
    const { core, threadId } = await withWidget({
      syncAction: ({ thread }) => ({
        updated_item: {
          type: 'assistant_message',
          id: 'm_1',
          thread_id: thread.id,
          created_at: createdAt,
          content: [{ text: 'new' }],
        },
      }),
    });
    const answer = await askJson(core, syncAction({ thread_id: threadId }));
    expect(answer.updated_item.content).toEqual([{ type: 'output_text', text: 'new', annotations: [] }]);
  });

  test('stores a hidden item and does not show it', async () => {
    const { core, threadId } = await withWidget({
      syncAction: ({ thread }) => ({ updated_item: hiddenNote(thread, 'h_2') }),
    });
    expect(await askJson(core, syncAction({ thread_id: threadId }))).toEqual({});
    expect(await core.store.loadItem(threadId, 'h_2', ada)).toMatchObject({ type: 'hidden_context_item' });
  });

  test('corrects an item that names another thread, with a warning', async () => {
    const { core, threadId } = await withWidget(clicked({ thread_id: 'thr_other' }));
    const answer = await askJson(core, syncAction({ thread_id: threadId, item_id: 'w_1' }));
    expect(answer.updated_item).toMatchObject({ thread_id: threadId });
    expect(await core.store.loadItem(threadId, 'w_1', ada)).toMatchObject({ thread_id: threadId });
    expect(core.logger.take('warn')).toMatchObject([
      { fields: { thread_id: threadId, item_id: 'w_1', item_thread_id: 'thr_other' } },
    ]);
  });

  test('fails where the item is malformed, and stores nothing', async () => {
    const { core, threadId } = await withWidget(clicked({ widget: { children: [] } as never }));
    const error: unknown = await core.server
      .process(syncAction({ thread_id: threadId, item_id: 'w_1' }), ada)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidEventError);
    expect((error as Error).message).toContain('widget.type');
    expect(await core.store.loadItem(threadId, 'w_1', ada)).toMatchObject({ widget: card('Hello') });
  });

  test('saves no change of the thread where the item is malformed', async () => {
    const { core, threadId } = await withWidget({
      syncAction: ({ thread }) => {
        thread.title = 'Never';
        return { updated_item: {} as never };
      },
    });
    await expect(core.server.process(syncAction({ thread_id: threadId }), ada)).rejects.toBeInstanceOf(
      InvalidEventError,
    );
    expect(await core.store.loadThread(threadId, ada)).not.toHaveProperty('title');
  });

  test.each<[string, () => never]>([
    [
      'at once',
      () => {
        throw new Error('down');
      },
    ],
    ['later', () => Promise.reject(new Error('down')) as never],
  ])('fails with what the hook throws %s', async (_what, hook) => {
    const { core, threadId } = await withWidget({ syncAction: hook });
    await expect(core.server.process(syncAction({ thread_id: threadId }), ada)).rejects.toThrow('down');
  });

  test('without a hook is not implemented, and the log says what to add', async () => {
    const { core, threadId } = await withWidget({});
    expect(await refusal(core, syncAction({ thread_id: threadId }))).toMatchObject({ code: 'not_implemented' });
    expect(core.logger.take('error')).toMatchObject([
      { fields: { thread_id: threadId, action_type: 'go' }, message: expect.stringContaining('add `syncAction`') },
    ]);
  });
});

test('an action of one thread cannot name a widget of another', async () => {
  const { core } = await withWidget({
    async *action() {
      yield progress('.');
    },
  });
  core.store.generateThreadId = () => 'thr_2';
  await core.store.saveThread({ id: 'thr_2', created_at: createdAt, status: { type: 'active' }, metadata: {} }, ada);
  expect(await refusal(core, customAction({ thread_id: 'thr_2', item_id: 'w_1' }))).toMatchObject({
    code: 'not_found',
  });
});
