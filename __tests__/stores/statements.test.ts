// How many statements a request costs on PostgreSQL, none of which depends on the length of a thread.
import { PostgresStore, type PostgresPool } from 'chatkit-express/postgres';
import type { Store, ThreadItemInput } from 'chatkit-express';
import { ada, ask, askJson, type Context, serve, startThread } from '../support/core';
import { assistantMessage, createdAt, done, progress, toolCall } from '../support/items';
import { startPglite } from '../support/pglite-pool';
import {
  addMessage,
  createThread,
  deleteThread,
  getThread,
  renameThread,
  retryAfter,
  sendAction,
  structuredInput,
  toolOutput,
} from '../support/requests';

const database = startPglite();
const statements: string[] = [];
const pool: PostgresPool = {
  query(text, values) {
    statements.push(text);
    return database.query(text, values);
  },
  connect: () => database.connect(),
};
let store: Store<Context>;
beforeAll(async () => {
  const made = new PostgresStore<Context>({ pool, owner: ({ user }) => user });
  await made.migrate();
  store = made;
});
afterAll(() => database.end());

const form = (thread_id: string): ThreadItemInput => ({
  id: 'form_1',
  thread_id,
  created_at: createdAt,
  type: 'structured_input',
  inputs: [],
});

/** How many statements there were before `respond` was called, and in all. */
interface Counted {
  before: number;
  all: number;
}

/** A server whose answers are these many items. Counts from the last `count()` on. */
function counting(items = 1) {
  let before = 0;
  let number = 0;
  const core = serve({
    store,
    async *respond({ thread, input }) {
      before = statements.length;
      const text = input?.content[0]?.text;
      if (text === 'call') yield done(toolCall(thread, 'tc_1'));
      else if (text === 'form') yield done(form(thread.id));
      else {
        number++;
        for (let n = 0; n < items; n++) yield done(assistantMessage(thread, `answer_${number}_${n}`, 'Hi'));
      }
    },
    async *action({ thread }) {
      before = statements.length;
      thread.metadata['key'] = 1;
      yield progress('.');
    },
  });
  async function count(act: () => Promise<unknown>): Promise<Counted> {
    statements.length = 0;
    await act();
    return { before, all: statements.length };
  }
  return { core, count };
}

test('a new thread: one before respond, one for each item', async () => {
  const { core, count } = counting(3);
  expect(await count(() => ask(core, createThread()))).toEqual({ before: 1, all: 4 });
});

test('a message: two before respond', async () => {
  const { core, count } = counting();
  const { threadId } = await startThread(core);
  expect(await count(() => ask(core, addMessage(threadId)))).toEqual({ before: 2, all: 3 });
});

test.each([1, 350])('a retry of an answer of %i items: two before respond, and three in all', async (length) => {
  const { core, count } = counting();
  const { threadId, messageId } = await startThread(core);
  for (let n = 0; n < length; n++) {
    await store.addThreadItem(threadId, assistantMessage({ id: threadId }, `old_${n}`, '.'), ada);
  }
  expect(await count(() => ask(core, retryAfter(threadId, messageId)))).toEqual({ before: 2, all: 3 });
  expect((await store.loadThreadItems(threadId, { limit: 9, after: null, order: 'asc' }, ada)).data).toHaveLength(2);
});

test('a thread with its items: two, also when it has none', async () => {
  const { core, count } = counting();
  const { threadId, messageId } = await startThread(core);
  expect((await count(() => askJson(core, getThread(threadId)))).all).toBe(2);
  await store.deleteItemsAfter(threadId, messageId, null, ada);
  await store.deleteThreadItem(threadId, messageId, ada);
  expect((await count(() => askJson(core, getThread(threadId)))).all).toBe(2);
});

test('a list: one, of threads and of items, also when it is empty', async () => {
  const { core, count } = counting();
  const { threadId, messageId } = await startThread(core);
  const items = { type: 'items.list', params: { thread_id: threadId } };
  expect((await count(() => askJson(core, { type: 'threads.list', params: {} }))).all).toBe(1);
  expect((await count(() => askJson(core, { type: 'threads.list', params: {} }, { user: 'nobody' }))).all).toBe(1);
  expect((await count(() => askJson(core, items))).all).toBe(1);
  await store.deleteItemsAfter(threadId, messageId, null, ada);
  await store.deleteThreadItem(threadId, messageId, ada);
  expect((await count(() => askJson(core, items))).all).toBe(1);
});

test('a rename: one. An action that changes metadata: one before its hook, and one', async () => {
  const { core, count } = counting();
  const { threadId } = await startThread(core);
  expect((await count(() => askJson(core, renameThread(threadId, 'New')))).all).toBe(1);
  expect(await count(() => ask(core, sendAction(threadId, {})))).toEqual({ before: 1, all: 2 });
});

test('the output of a client tool and the answers to a form: three before respond', async () => {
  const { core, count } = counting();
  const called = await startThread(core, 'call');
  expect(await count(() => ask(core, toolOutput(called.threadId, 1)))).toEqual({ before: 3, all: 4 });
  const asked = await startThread(core, 'form');
  expect(await count(() => ask(core, structuredInput(asked.threadId, 'form_1', {})))).toEqual({ before: 3, all: 4 });
});

test('a deletion: three, to see the thread, for the thread and for the attachments that are left', async () => {
  const { core, count } = counting();
  const { threadId } = await startThread(core);
  expect((await count(() => askJson(core, deleteThread(threadId)))).all).toBe(3);
});
