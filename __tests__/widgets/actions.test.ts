// The option `actions`, the helper of that name, and replaceWidget: what is refused and when, what reaches a handler, and
// what a client and the store get.
import {
  type ActionMap,
  type ActionTurn,
  actions,
  ChatKitError,
  type ChatKitOptions,
  defineAction,
  type HookEvents,
  replaceWidget,
  type ThreadStreamEvent,
  type WidgetRoot,
} from 'chatkit-express';
import { z } from 'zod';
import { ada, ask, askJson, type Context, openStream, readAll, refusal, serve, startThread } from '../support/core';
import { Gate, never } from '../support/gate';
import { assistantMessage, createdAt, done } from '../support/items';
import { customAction, syncAction } from '../support/requests';

const card = (value: string): WidgetRoot => ({ type: 'Card', children: [{ type: 'Text', id: 'body', value }] });
const failed: ThreadStreamEvent = { type: 'error', code: 'stream.error', allow_retry: true };

/** A thread with a widget `w_1` and these hooks. */
async function withWidget(hooks: object) {
  const core = serve({
    async *respond({ thread }) {
      yield done({ type: 'widget', id: 'w_1', thread_id: thread.id, created_at: createdAt, widget: card('old') });
    },
    ...hooks,
  });
  const { threadId } = await startThread(core);
  const send = (type: string, payload?: unknown) => ({
    thread_id: threadId,
    item_id: 'w_1',
    action: { type, payload },
  });
  const stored = () => core.store.loadItem(threadId, 'w_1', ada);
  return { core, threadId, send, stored };
}

let seen: unknown[];
beforeEach(() => (seen = []));

let checks: number;
beforeEach(() => (checks = 0));

const handlers: ActionMap<Context> = {
  add: defineAction({
    payload: z.object({ title: z.string().min(1), tags: z.array(z.string()).default([]) }).refine(() => ++checks > 0),
    async *handle({ thread, payload, context }) {
      seen.push(payload, context);
      yield done(assistantMessage(thread, 'm_1', payload.title));
    },
  }),
  rename: defineAction({
    payload: z.object({ title: z.string() }).refine(() => ++checks > 0),
    handle(turn) {
      seen.push(turn.payload);
      return replaceWidget(turn, card(turn.payload.title));
    },
  }),
  look: {
    async handle({ payload }) {
      seen.push(payload);
    },
  },
  taken: {
    payload: z.object({ name: z.string().refine(async (name) => Promise.resolve(name !== 'ada'), 'is taken') }),
    handle: () => undefined,
  },
  refuse: {
    handle() {
      throw new ChatKitError('not_found', 'There is no such todo');
    },
  },
  break: {
    handle() {
      throw new Error('the database is down');
    },
  },
};
const hooks = actions<Context>()(handlers);

/** Each way in which handlers can be given. */
const ways: [string, Partial<ChatKitOptions<Context>>][] = [
  ['the option', { actions: handlers }],
  ['the helper', hooks],
  [
    'hooks that wrap the helper',
    { action: (turn) => hooks.action(turn), syncAction: (turn) => hooks.syncAction(turn) },
  ],
  [
    'generators that wrap the helper',
    {
      async *action(turn) {
        await Promise.resolve();
        yield* hooks.action(turn);
      },
      syncAction: async (turn) => hooks.syncAction(turn),
    },
  ],
];

const requests = [
  ['threads.custom_action', customAction],
  ['threads.sync_custom_action', syncAction],
] as const;
const everyWay = ways.flatMap(([way, options]) =>
  requests.map(([type, request]) => [`${type}, ${way}`, request, options] as const),
);

describe.each(everyWay)('%s', (_way, request, hooks) => {
  test.each([
    ['an unknown type', 'nothing', {}, ['params.action.type']],
    ['a name that every object has', 'constructor', {}, ['params.action.type']],
    ['a name of the prototype', '__proto__', {}, ['params.action.type']],
    ['a missing field', 'add', {}, ['params.action.payload.title']],
    ['a wrong entry of a list', 'add', { title: 'x', tags: ['a', 1] }, ['params.action.payload.tags.1']],
    ['two faults', 'add', { title: '', tags: 7 }, ['params.action.payload.title', 'params.action.payload.tags']],
    ['no payload where there has to be one', 'rename', undefined, ['params.action.payload']],
    ['what only a look into a database can tell', 'taken', { name: 'ada' }, ['params.action.payload.name']],
  ])('with %s is refused before anything is said, naming the field', async (_what, type, payload, fields) => {
    const { core, send, stored } = await withWidget(hooks);
    expect(await refusal(core, request(send(type, payload)))).toMatchObject({ code: 'invalid_request', fields });
    expect(seen).toEqual([]);
    expect(await stored()).toMatchObject({ widget: card('old') });
  });

  test('takes no payload where there is no schema for it', async () => {
    const { core, send } = await withWidget(hooks);
    const answer = await core.server.process(request(send('look', { admin: true })), ada);
    if (answer.kind === 'stream') await readAll(answer.events);
    expect(seen).toEqual([undefined]);
  });

  test('puts another widget in the place of the old one', async () => {
    const { core, threadId, send, stored } = await withWidget(hooks);
    const item = { type: 'widget', id: 'w_1', thread_id: threadId, created_at: createdAt, widget: card('new') };
    const answer = await core.server.process(request(send('rename', { title: 'new', id: 1 })), ada);
    if (answer.kind === 'json') expect(answer.value).toEqual({ updated_item: item });
    else {
      const events = await readAll(answer.events);
      expect(events.slice(1)).toEqual([{ type: 'thread.item.replaced', item }]);
    }
    expect(await stored()).toEqual(item);
    expect(seen).toEqual([{ title: 'new' }]);
    expect(checks).toBe(1);
  });
});

describe('the option `actions` beside hooks', () => {
  const raw: Partial<ChatKitOptions<Context>> = {
    async *action({ thread, action }) {
      yield done(assistantMessage(thread, 'm_1', `raw: ${action.type}`));
    },
    syncAction: ({ action }) => void seen.push(`raw: ${action.type}`),
  };

  test('leaves the other types to them', async () => {
    const { core, send } = await withWidget({ actions: handlers, ...raw });
    const events = await ask(core, customAction(send('unheard')));
    expect(events.at(-1)).toMatchObject({ item: { content: [{ text: 'raw: unheard' }] } });
    expect(await askJson(core, syncAction(send('unheard')))).toEqual({});
    expect(seen).toEqual(['raw: unheard']);
  });

  test('handles its own types, and refuses their payloads', async () => {
    const { core, send } = await withWidget({ actions: handlers, ...raw });
    const events = await ask(core, customAction(send('add', { title: 'Milk' })));
    expect(events.at(-1)).toMatchObject({ item: { content: [{ text: 'Milk' }] } });
    for (const request of [customAction, syncAction]) {
      expect(await refusal(core, request(send('add', {})))).toMatchObject({ fields: ['params.action.payload.title'] });
    }
  });

  test('is refused at construction where the helper handles one of its types', () => {
    const { add, rename, ...others } = handlers;
    const both = { actions: { add: add! }, ...actions<Context>()({ add: add!, ...others }) };
    expect(() => serve(both)).toThrow('`actions` and `action` both handle "add"');
    expect(() => serve({ actions: { rename: rename! }, ...actions<Context>()(others) })).not.toThrow();
  });

  test.each([
    [7, '`actions` must be an object of handlers'],
    [{ go: {} }, '`actions` has no function `handle` for "go"'],
    [{ go: null }, '`actions` has no function `handle` for "go"'],
    [{ go: { handle() {}, payload: { n: 1 } } }, '`actions` has a payload for "go" that is not a zod schema'],
  ])('is refused at construction when it is %j', (given, message) => {
    expect(() => serve({ actions: given as never })).toThrow(message);
  });
});

describe('a hook that wraps the helper and does slow work first', () => {
  test('ends its stream in an error that names the field', async () => {
    const { core, send } = await withWidget({
      async *action(turn: ActionTurn<Context>) {
        // So that the hook takes longer than the response waits.
        await new Promise((resolve) => setTimeout(resolve, 400));
        yield* hooks.action(turn);
      },
    });
    const events = await ask(core, customAction(send('add')));
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'custom' });
    expect((events.at(-1) as { message: string }).message).toMatch(/^params\.action\.payload: /);
  });
});

describe('a stream', () => {
  test('carries what the handler yields, with defaults in the payload', async () => {
    const { core, send } = await withWidget(hooks);
    const events = await ask(core, customAction(send('add', { title: 'Milk' })));
    expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { content: [{ text: 'Milk' }] } });
    expect(seen).toEqual([{ title: 'Milk', tags: [] }, ada]);
  });

  test('tells what a handler refuses, and hides what it fails with', async () => {
    const { core, send } = await withWidget(hooks);
    expect(await ask(core, customAction(send('refuse')))).toContainEqual({
      type: 'error',
      code: 'custom',
      message: 'There is no such todo',
      allow_retry: false,
    });
    expect(await ask(core, customAction(send('break')))).toContainEqual(failed);
    expect(core.logger.take('error')).toMatchObject([{ fields: { err: { message: 'the database is down' } } }]);
  });
});

describe('an answer', () => {
  test('is refused for a handler that streams, of which nothing runs', async () => {
    const { core, send } = await withWidget(hooks);
    expect(await refusal(core, syncAction(send('add', { title: 'Milk' })))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('send threads.custom_action'),
      fields: ['params.action.type'],
    });
    expect(seen).toEqual([]);
  });

  test('is the refusal that a handler throws', async () => {
    const { core, send } = await withWidget(hooks);
    expect(await refusal(core, syncAction(send('refuse')))).toMatchObject({ code: 'not_found' });
    await expect(core.server.process(syncAction(send('break')), ada)).rejects.toThrow('the database is down');
  });
});

describe('replaceWidget', () => {
  /** An `action` hook that shows these states. */
  const showing = (states: () => AsyncIterable<WidgetRoot>) => ({
    action: (turn: ActionTurn<Context>): HookEvents => replaceWidget(turn, states()),
  });

  test('shows the states of a widget in its place, each by what changed, and stores the last', async () => {
    const { core, send, stored } = await withWidget(
      showing(async function* () {
        const state = { type: 'Card', children: [{ type: 'Text', id: 'body', value: 'old' }] };
        for (const value of ['old and', 'old and new']) {
          state.children[0]!.value = value; // the same object, again and again
          yield state;
        }
        yield card('done');
      }),
    );
    const events = await ask(core, customAction(send('go')));
    const item = { type: 'widget', id: 'w_1', widget: card('done') };
    const delta = (text: string) => ({ component_id: 'body', delta: text, done: true });
    expect(events.slice(1)).toMatchObject([
      { type: 'thread.item.updated', item_id: 'w_1', update: delta(' and') },
      { type: 'thread.item.updated', item_id: 'w_1', update: delta(' new') },
      { type: 'thread.item.updated', item_id: 'w_1', update: { type: 'widget.root.updated', widget: card('done') } },
      { type: 'thread.item.replaced', item },
    ]);
    expect(await stored()).toMatchObject(item);
  });

  test('shows states that an async handler returns, once it has looked something up', async () => {
    const { core, send, stored } = await withWidget(
      actions<Context>()({
        write: {
          async handle(turn) {
            await Promise.resolve();
            async function* states() {
              yield card('new');
            }
            return replaceWidget(turn, states());
          },
        },
      }),
    );
    const events = await ask(core, customAction(send('write')));
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['thread.item.updated', 'thread.item.replaced']);
    expect(await stored()).toMatchObject({ widget: card('new') });
    expect(await refusal(core, syncAction(send('write')))).toMatchObject({ fields: ['params.action.type'] });
  });

  test('leaves the old widget stored when the run is cancelled', async () => {
    const hanging = new Gate();
    const { core, send, stored } = await withWidget(
      showing(async function* () {
        yield card('half');
        hanging.open();
        await never;
      }),
    );
    const stream = await openStream(core, customAction(send('go')));
    await hanging.passed;
    await stream.cancel();
    expect(await stored()).toMatchObject({ widget: card('old') });
  });

  test('refuses an action that came from no widget', async () => {
    const { core, threadId } = await withWidget(hooks);
    const action = { type: 'rename', payload: { title: 'x' } };
    expect(await refusal(core, syncAction({ thread_id: threadId, action }))).toMatchObject({
      code: 'invalid_request',
      fields: ['params.item_id'],
    });
    const events = await ask(core, customAction({ thread_id: threadId, action }));
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'custom', message: expect.stringContaining('item_id') });
  });

  test('may be yielded among other events, and keeps what else the item has', async () => {
    const { core, threadId, send } = await withWidget({
      async *action(turn: ActionTurn<Context>) {
        turn.sender!.copy_text = 'copied';
        yield* replaceWidget(turn, card('new'));
        yield done(assistantMessage(turn.thread, 'm_1', 'Done.'));
      },
    });
    const events = await ask(core, customAction(send('go')));
    expect(events.map(({ type }) => type)).toEqual(['stream_options', 'thread.item.replaced', 'thread.item.done']);
    const opened = await askJson(core, { type: 'threads.get_by_id', params: { thread_id: threadId } });
    expect(opened.items.data[1]).toMatchObject({ copy_text: 'copied', widget: card('new') });
  });
});

test('a null of a template in a payload passes `nullish()`, and is refused by `optional()`', async () => {
  const handle = ({ payload }: { payload: unknown }) => void seen.push(payload);
  const { core, send } = await withWidget({
    actions: {
      loose: defineAction({ payload: z.object({ note: z.string().nullish() }), handle }),
      strict: defineAction({ payload: z.object({ note: z.string().optional() }), handle }),
    },
  });
  expect(await refusal(core, customAction(send('strict', { note: null })))).toMatchObject({
    code: 'invalid_request',
    fields: ['params.action.payload.note'],
  });
  await ask(core, customAction(send('loose', { note: null })));
  expect(seen).toEqual([{ note: null }]);
});
