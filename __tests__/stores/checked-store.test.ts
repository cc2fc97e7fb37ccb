// What a store gives is checked: the log says which method is wrong and what it should have given.
import { type ChatKitOptions, type ItemAndEnd, MemoryStore, type Page, Store, type Thread } from 'chatkit-express';
import { ada, ask, askJson, type Context, type Core, refusal, serve, startThread, storedNames } from '../support/core';
import { assistantMessage, createdAt, done } from '../support/items';
import {
  addMessage,
  createThread,
  getThread,
  renameThread,
  retryAfter,
  sendAction,
  toolOutput,
} from '../support/requests';

const right: Thread = { id: 'thr_1', created_at: createdAt, status: { type: 'active' }, metadata: {} };
const page = (data: unknown[], has_more: unknown = false) => ({ data, has_more });
const listThreads = { type: 'threads.list', params: {} };

/** A server whose store has one thread, and methods that give what they should not. */
async function serveWrong(methods: Record<string, (...args: never[]) => unknown>): Promise<Core> {
  const store = new MemoryStore<Context>();
  await store.saveThread(right, ada);
  await store.addThreadItem('thr_1', assistantMessage(right, 'i', 'Hi'), ada);
  return serve({ store: Object.assign(store, methods) });
}

/** The message with which a request fails that the client can do nothing about. */
const failure = (core: Core, request: object) =>
  core.server.process(request, ada).then(
    () => 'answered',
    (error: unknown) => (error instanceof TypeError ? error.message : String(error)),
  );

const message = assistantMessage(right, 'i', 'Hi');

test.each<[string, string, object, unknown, RegExp]>([
  [
    'an id that is a number',
    'loadThread',
    getThread('thr_1'),
    { ...right, id: 7 },
    /`id` .* not empty.* 7 \(a number\)/,
  ],
  [
    'a date since 1970',
    'loadThread',
    getThread('thr_1'),
    { ...right, created_at: 0 },
    /`created_at` .*ISO 8601.* 0 \(a number\)/,
  ],
  [
    'a date without an offset',
    'loadThread',
    getThread('thr_1'),
    { ...right, created_at: '2026-01-02 03:04' },
    /`created_at`/,
  ],
  [
    'a status of no known type',
    'loadThread',
    getThread('thr_1'),
    { ...right, status: { type: 'asleep' } },
    /`status.type`/,
  ],
  ['a text for a thread', 'loadThread', getThread('thr_1'), 'thread', /a thread, and returned 'thread'/],
  ['true for a thread', 'loadThread', getThread('thr_1'), true, /a thread, and returned true \(a boolean\)/],
  [
    'an array for a page',
    'loadThreads',
    listThreads,
    [right],
    /a page `\{ data, has_more, after \}`, and returned an array/,
  ],
  ['a page without has_more', 'loadThreads', listThreads, { data: [right] }, /`has_more` .* received undefined/],
  ['a page without data', 'loadThreads', listThreads, { has_more: false }, /`data` to be an array/],
  ['a row that is null', 'loadThreads', listThreads, page([right, null]), /`data.1` to be a thread, and received null/],
  [
    'an item without its thread',
    'loadThreadItems',
    getThread('thr_1'),
    page([{ ...message, thread_id: null }]),
    /`data.0.thread_id`/,
  ],
  [
    'a part of no known type',
    'loadThreadItems',
    getThread('thr_1'),
    page([{ ...message, content: [{ type: 'text' }] }]),
    /`data.0.content.0/,
  ],
  [
    'an item with a number for its date',
    'loadItem',
    sendAction('thr_1', {}),
    { ...message, created_at: 1 },
    /`created_at`/,
  ],
  ['an item without its end', 'loadItemAndEnd', retryAfter('thr_1', 'i'), { item: message }, /`end` to be an object/],
  [
    'an item with a thread that is nothing',
    'loadItemAndEnd',
    retryAfter('thr_1', 'i'),
    { item: message, end: { lastItemId: 'i' }, thread: null },
    /`thread` to be a thread, and received null/,
  ],
  [
    'a thread that is nothing',
    'updateThread',
    renameThread('thr_1', 'x'),
    undefined,
    /a thread, and returned undefined/,
  ],
  [
    'ids that are numbers',
    'deleteThread',
    { type: 'threads.delete', params: { thread_id: 'thr_1' } },
    [1],
    /`0` .* 1 \(a number\)/,
  ],
])('%s is told by the name of the method %s', async (_what, method, request, given, wanted) => {
  const asked =
    method === 'loadItem'
      ? { ...request, params: { ...(request as { params: object }).params, item_id: 'i' } }
      : request;
  const core = await serveWrong({ [method]: async () => given });
  const told = await failure(core, asked);
  expect(told).toMatch(new RegExp(`^store\\.${method} must return `));
  expect(told).toMatch(wanted);
});

test.each([
  ['loadThread', getThread('thr_1')],
  ['loadThreadItems', getThread('thr_1')],
  ['loadItem', { type: 'threads.custom_action', params: { thread_id: 'thr_1', item_id: 'i', action: { type: 'go' } } }],
  ['loadAttachment', { type: 'attachments.get_preview', params: { attachment_id: 'a' } }],
])('null from %s is not found, and is logged', async (method, request) => {
  for (const given of [null, undefined]) {
    const core = await serveWrong({ [method]: async () => given });
    expect(await refusal(core, request)).toMatchObject({ code: 'not_found' });
    expect(core.logger.take('warn')).toMatchObject([
      { fields: { method }, message: expect.stringContaining('must throw NotFoundError') },
    ]);
  }
});

test.each(['generateThreadId', 'generateItemId'])(
  'an async %s is refused by its name, and nothing is stored',
  async (name) => {
    const core = await serveWrong({ [name]: async () => 'thr_2' });
    expect(await failure(core, createThread())).toMatch(new RegExp(`^store.${name} must return .* must not be async$`));
    expect((await core.store.loadThreads({ limit: 9, after: null, order: 'asc' }, ada)).data).toEqual([right]);
  },
);

test.each<[string, unknown]>([
  ['nulls for what is left out', { ...right, title: null, allowed_image_domains: null, status: null, metadata: null }],
  ['a date with another offset', { ...right, created_at: '2026-01-02T03:04:05+02:00' }],
  ['fields of a later version', { ...right, later: { x: [1] } }],
])('%s in a thread is accepted', async (_what, given) => {
  const core = await serveWrong({ loadThread: async () => given });
  expect(await askJson(core, getThread('thr_1'))).toMatchObject({ id: 'thr_1', items: { data: [{ id: 'i' }] } });
});

test('items of a type that a later version has added are accepted', async () => {
  const later = { id: 'later', thread_id: 'thr_1', created_at: createdAt, type: 'hologram', depth: 3 };
  const core = await serveWrong({ loadThreadItems: async () => page([message, later]) });
  expect(await askJson(core, getThread('thr_1'))).toMatchObject({ items: { data: [{ id: 'i' }, later] } });
});

describe('in production', () => {
  const { NODE_ENV } = process.env;
  beforeEach(() => (process.env['NODE_ENV'] = 'production'));
  afterEach(() => (process.env['NODE_ENV'] = NODE_ENV));
  const odd = { ...right, status: { type: 'asleep' } };

  test('the first result of a method is checked whole, and later ones by shape, ids and dates', async () => {
    const results: unknown[] = [odd, right, odd, { ...right, id: 7 }];
    const core = await serveWrong({ loadThread: async () => results.shift() });
    expect(await failure(core, getThread('thr_1'))).toMatch(/`status.type`/);
    expect(await failure(core, getThread('thr_1'))).toBe('answered');
    expect(await failure(core, getThread('thr_1'))).toBe('answered');
    expect(await failure(core, getThread('thr_1'))).toMatch(/`id`/);
  });
});

/** A store that extends nothing and has the required methods only, as a JavaScript project may have one. */
function plainStore(): Store<Context> {
  const store = new MemoryStore<Context>();
  const names = [
    ...(['loadThread', 'saveThread', 'loadThreads', 'deleteThread', 'loadThreadItems', 'addThreadItem'] as const),
    ...(['saveItem', 'loadItem', 'deleteThreadItem', 'saveAttachment', 'loadAttachment', 'deleteAttachment'] as const),
  ];
  const methods = names.map((name) => [name, (store[name] as () => unknown).bind(store)]);
  return Object.fromEntries(methods) as Store<Context>;
}

describe('a store that is no subclass', () => {
  test('is served with the defaults: create, add, rename, metadata, tool output and retry', async () => {
    let calls = 0;
    const core = serve({
      store: plainStore(),
      async *respond({ thread, store, context, input }) {
        calls++;
        await store.updateThread(thread.id, { metadata: { set: { [`call_${calls}`]: 1 } } }, context);
        if (input?.content[0]?.text === 'call') {
          yield done({ ...message, id: 'tc', type: 'client_tool_call', call_id: 'c', name: 'n', thread_id: thread.id });
        } else yield done(assistantMessage(thread, `answer_${calls}`, 'Hi'));
      },
      async *action({ thread }) {
        thread.metadata['acted'] = true;
        yield* [];
      },
    });
    const { threadId, messageId } = await startThread(core, 'call');
    await ask(core, toolOutput(threadId, 1));
    expect(await refusal(core, toolOutput(threadId, 2))).toMatchObject({ code: 'conflict' });
    await askJson(core, renameThread(threadId, 'Named'));
    await ask(core, sendAction(threadId, {}));
    await ask(core, addMessage(threadId));
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'tc', 'answer_2', 'user_message', 'answer_3']);
    await ask(core, retryAfter(threadId, messageId));
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'tc']);
    expect(await core.store.loadThread(threadId, ada)).toMatchObject({
      title: 'Named',
      metadata: { call_1: 1, call_4: 1, acted: true },
    });
  });

  test('hides the old answer from the hook of a retry', async () => {
    const seen: unknown[] = [];
    const core = serve({
      store: plainStore(),
      async *respond({ thread, store, context, input }) {
        const items: Page<{ id: string }> = await store.loadThreadItems(
          thread.id,
          { limit: 10, after: null, order: 'desc' },
          context,
        );
        seen.push(items.data.map(({ id }) => (id === input?.id ? 'question' : id)));
        seen.push(await store.loadItem(thread.id, 'answer', context).catch((error: unknown) => (error as Error).name));
        yield done(assistantMessage(thread, 'answer', 'Hi'));
      },
    });
    const { threadId, messageId } = await startThread(core);
    await ask(core, retryAfter(threadId, messageId));
    expect(seen).toEqual([['question'], 'NotFoundError', ['question'], 'NotFoundError']);
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'answer']);
  });
});

describe('a class that overrides a write and inherits what is made of it', () => {
  test('sees every write', async () => {
    const written: string[] = [];
    class Audited extends MemoryStore<Context> {
      override async saveThread(...args: Parameters<MemoryStore<Context>['saveThread']>): Promise<void> {
        written.push('thread');
        await super.saveThread(...args);
      }
      override async addThreadItem(...args: Parameters<MemoryStore<Context>['addThreadItem']>): Promise<void> {
        written.push(args[1].type);
        await super.addThreadItem(...args);
      }
    }
    const core = serve({
      store: new Audited(),
      async *respond({ thread }) {
        thread.title = 'New';
        yield done(assistantMessage(thread, 'answer', 'Hi'));
      },
    });
    const { threadId, messageId } = await startThread(core);
    expect(written.splice(0)).toEqual(['thread', 'user_message', 'assistant_message', 'thread']);
    await ask(core, retryAfter(threadId, messageId));
    expect(written.splice(0)).toEqual(['assistant_message']);
    await askJson(core, renameThread(threadId, 'Newer'));
    expect(written).toEqual(['thread']);
  });
});

describe('a store that loads the thread with the message of a retry', () => {
  class Joined extends MemoryStore<Context> {
    loads = 0;
    override async loadThread(...args: Parameters<MemoryStore<Context>['loadThread']>): Promise<Thread> {
      this.loads++;
      return super.loadThread(...args);
    }
    override async loadItemAndEnd(threadId: string, itemId: string, context: Context): Promise<ItemAndEnd> {
      const { item, end } = await super.loadItemAndEnd(threadId, itemId, context);
      return { item, end, thread: await super.loadThread(threadId, context) };
    }
  }
  const title = 'of the store';
  const respond: ChatKitOptions<Context>['respond'] = async function* ({ thread }) {
    yield done(assistantMessage(thread, 'answer', thread.title ?? 'none'));
  };

  test('is not asked for it again', async () => {
    const store = new Joined();
    const core = serve({ store, respond });
    const { threadId, messageId } = await startThread(core);
    await askJson(core, renameThread(threadId, title));
    store.loads = 0;
    const events = await ask(core, retryAfter(threadId, messageId));
    expect(store.loads).toBe(0);
    expect(JSON.stringify(events)).toContain(title);
  });

  test('refuses a retry in a locked thread', async () => {
    const store = new Joined();
    const core = serve({ store, respond });
    const { threadId, messageId } = await startThread(core);
    await store.updateThread(threadId, { status: { type: 'locked' } }, ada);
    expect(await refusal(core, retryAfter(threadId, messageId))).toMatchObject({ code: 'forbidden' });
  });

  test('is asked for it if a class overrides how threads are loaded', async () => {
    class Renaming extends Joined {
      override async loadThread(...args: Parameters<MemoryStore<Context>['loadThread']>): Promise<Thread> {
        return { ...(await super.loadThread(...args)), title: 'of the class' };
      }
    }
    const core = serve({ store: new Renaming(), respond });
    const { threadId, messageId } = await startThread(core);
    expect(JSON.stringify(await ask(core, retryAfter(threadId, messageId)))).toContain('of the class');
  });
});
