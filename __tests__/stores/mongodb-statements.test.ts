// How many commands a request costs on MongoDB, none of which depends on the length of a thread: see
// statements.test.ts for the same requests on PostgreSQL.
import { MongoStore } from 'chatkit-express/mongodb';
import type { Store, ThreadItemInput } from 'chatkit-express';
import { MongoClient } from 'mongodb';
import { ada, ask, askJson, type Context, serve, startThread } from '../support/core';
import { assistantMessage, createdAt, done, progress, toolCall } from '../support/items';
import { describeOnMongo } from '../support/mongo-server';
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

const form = (thread_id: string): ThreadItemInput => ({
  id: 'form_1',
  thread_id,
  created_at: createdAt,
  type: 'structured_input',
  inputs: [],
});

describeOnMongo('on a server', (on) => {
  const commands: string[] = [];
  let client: MongoClient;
  /** The store of the server, and that of another process. */
  let store: Store<Context>;
  let other: Store<Context>;
  beforeAll(async () => {
    client = new MongoClient(on.url, { monitorCommands: true });
    client.on('commandStarted', ({ commandName }) => void commands.push(commandName));
    const [made, second] = [client.db(), on.db].map((db) => new MongoStore<Context>({ db, owner: ({ user }) => user }));
    await Promise.all([made!.migrate(), second!.migrate()]);
    [store, other] = [made!, second!];
  });
  afterAll(() => client?.close());

  /** A server whose answers are these many items. Counts from the last `count()` on. */
  function counting(items = 1) {
    let before = 0;
    let number = 0;
    const core = serve({
      store,
      async *respond({ thread, input }) {
        before = commands.length;
        const text = input?.content[0]?.text;
        if (text === 'call') yield done(toolCall(thread, 'tc_1'));
        else if (text === 'form') yield done(form(thread.id));
        else {
          number++;
          for (let n = 0; n < items; n++) yield done(assistantMessage(thread, `answer_${number}_${n}`, 'Hi'));
        }
      },
      async *action({ thread }) {
        before = commands.length;
        thread.metadata['key'] = 1;
        yield progress('.');
      },
    });
    async function count(act: () => Promise<unknown>) {
      commands.length = 0;
      await act();
      return { before, all: commands.length };
    }
    return { core, count };
  }

  test('a new thread: two before respond, one for each item', async () => {
    const { core, count } = counting(3);
    expect(await count(() => ask(core, createThread()))).toEqual({ before: 2, all: 5 });
  });

  test('a message: two before respond', async () => {
    const { core, count } = counting();
    const { threadId } = await startThread(core);
    expect(await count(() => ask(core, addMessage(threadId)))).toEqual({ before: 2, all: 3 });
  });

  test('a message in a thread that this process has not seen: three before respond', async () => {
    const { core, count } = counting();
    const thread = { id: 'elsewhere', created_at: createdAt, status: { type: 'active' as const }, metadata: {} };
    await other.createThread(thread, assistantMessage(thread, 'first', 'Hi'), ada);
    expect(await count(() => ask(core, addMessage('elsewhere')))).toEqual({ before: 3, all: 4 });
  });

  test('in a thread that this process has not seen, a page, a tool output and a deletion cost one more', async () => {
    const { core, count } = counting();
    const thread = (id: string) => ({ id, created_at: createdAt, status: { type: 'active' as const }, metadata: {} });
    for (const id of ['page', 'tool', 'deleted']) await other.createThread(thread(id), toolCall({ id }, 'tc_1'), ada);
    const items = { type: 'items.list', params: { thread_id: 'page' } };
    expect((await count(() => askJson(core, items))).all).toBe(3);
    expect(await count(() => ask(core, toolOutput('tool', 1)))).toEqual({ before: 4, all: 5 });
    expect((await count(() => askJson(core, deleteThread('deleted')))).all).toBe(5);
  });

  test('a page after a cursor: two of threads, and three of items', async () => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    await startThread(core);
    const items = { type: 'items.list', params: { thread_id: threadId, after: messageId, order: 'asc' } };
    expect((await count(() => askJson(core, items))).all).toBe(3);
    const threads = { type: 'threads.list', params: { after: threadId, order: 'asc' } };
    expect((await count(() => askJson(core, threads))).all).toBe(2);
  });

  test.each([1, 350])('a retry of an answer of %i items', async (length) => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    for (let n = 0; n < length; n++) {
      await store.addThreadItem(threadId, assistantMessage({ id: threadId }, `old_${n}`, '.'), ada);
    }
    expect(await count(() => ask(core, retryAfter(threadId, messageId)))).toEqual({ before: 3, all: 6 });
    expect((await store.loadThreadItems(threadId, { limit: 9, after: null, order: 'asc' }, ada)).data).toHaveLength(2);
  });

  test('a thread with its items: three, also when it has none', async () => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    expect((await count(() => askJson(core, getThread(threadId)))).all).toBe(3);
    await store.deleteItemsAfter(threadId, messageId, null, ada);
    await store.deleteThreadItem(threadId, messageId, ada);
    expect((await count(() => askJson(core, getThread(threadId)))).all).toBe(3);
  });

  test('a list: one of threads, and two of items, also when it is empty', async () => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    const items = { type: 'items.list', params: { thread_id: threadId } };
    expect((await count(() => askJson(core, { type: 'threads.list', params: {} }))).all).toBe(1);
    expect((await count(() => askJson(core, { type: 'threads.list', params: {} }, { user: 'nobody' }))).all).toBe(1);
    expect((await count(() => askJson(core, items))).all).toBe(2);
    await store.deleteItemsAfter(threadId, messageId, null, ada);
    await store.deleteThreadItem(threadId, messageId, ada);
    expect((await count(() => askJson(core, items))).all).toBe(2);
  });

  test('a rename: two. An action that changes metadata: one before its hook, and two', async () => {
    const { core, count } = counting();
    const { threadId } = await startThread(core);
    expect((await count(() => askJson(core, renameThread(threadId, 'New')))).all).toBe(2);
    expect(await count(() => ask(core, sendAction(threadId, {})))).toEqual({ before: 1, all: 3 });
  });

  test('the output of a client tool and the answers to a form: four before respond', async () => {
    const { core, count } = counting();
    const called = await startThread(core, 'call');
    expect(await count(() => ask(core, toolOutput(called.threadId, 1)))).toEqual({ before: 4, all: 5 });
    const asked = await startThread(core, 'form');
    expect(await count(() => ask(core, structuredInput(asked.threadId, 'form_1', {})))).toEqual({ before: 4, all: 5 });
  });

  test('a deletion: four, to see the thread, for the thread, for its items, and for the attachments', async () => {
    const { core, count } = counting();
    const { threadId } = await startThread(core);
    expect((await count(() => askJson(core, deleteThread(threadId)))).all).toBe(4);
  });
});
