// How many statements a request costs, none of which depends on the length of a thread. Each store has its own counts.
import type { Store, ThreadItemInput } from 'chatkit-express';
import { ada, ask, askJson, type Context, serve, startThread } from '../support/core';
import { assistantMessage, createdAt, done, progress, toolCall } from '../support/items';
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

/** How many statements there were before a hook was called, and in all. */
interface Counted {
  before: number;
  all: number;
}

/** The counts of a store for each request. */
export interface Expected {
  /** An answer of three items in a new thread. */
  newThread: Counted;
  message: Counted;
  retry: Counted;
  thread: number;
  list: number;
  rename: number;
  /** An action that changes metadata. */
  action: Counted;
  /** The output of a client tool, and the answers to a form. */
  output: Counted;
  deletion: number;
}

/** Registers a test for each request. `statements` are those that the store has sent since the list was emptied. */
export function testStatements(given: () => Store<Context>, statements: string[], expected: Expected): void {
  let store: Store<Context>;
  beforeAll(() => {
    store = given();
  });

  const form = (thread_id: string): ThreadItemInput => ({
    id: 'form_1',
    thread_id,
    created_at: createdAt,
    type: 'structured_input',
    inputs: [],
  });

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

  test('a new thread', async () => {
    const { core, count } = counting(3);
    expect(await count(() => ask(core, createThread()))).toEqual(expected.newThread);
  });

  test('a message', async () => {
    const { core, count } = counting();
    const { threadId } = await startThread(core);
    expect(await count(() => ask(core, addMessage(threadId)))).toEqual(expected.message);
  });

  test.each([1, 350])('a retry of an answer of %i items', async (length) => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    for (let n = 0; n < length; n++) {
      await store.addThreadItem(threadId, assistantMessage({ id: threadId }, `old_${n}`, '.'), ada);
    }
    expect(await count(() => ask(core, retryAfter(threadId, messageId)))).toEqual(expected.retry);
    expect((await store.loadThreadItems(threadId, { limit: 9, after: null, order: 'asc' }, ada)).data).toHaveLength(2);
  });

  test('a thread with its items, also when it has none', async () => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    expect((await count(() => askJson(core, getThread(threadId)))).all).toBe(expected.thread);
    await store.deleteItemsAfter(threadId, messageId, null, ada);
    await store.deleteThreadItem(threadId, messageId, ada);
    expect((await count(() => askJson(core, getThread(threadId)))).all).toBe(expected.thread);
  });

  test('a list of threads and of items, also when it is empty', async () => {
    const { core, count } = counting();
    const { threadId, messageId } = await startThread(core);
    const items = { type: 'items.list', params: { thread_id: threadId } };
    expect((await count(() => askJson(core, { type: 'threads.list', params: {} }))).all).toBe(expected.list);
    expect((await count(() => askJson(core, { type: 'threads.list', params: {} }, { user: 'nobody' }))).all).toBe(
      expected.list,
    );
    expect((await count(() => askJson(core, items))).all).toBe(expected.list);
    await store.deleteItemsAfter(threadId, messageId, null, ada);
    await store.deleteThreadItem(threadId, messageId, ada);
    expect((await count(() => askJson(core, items))).all).toBe(expected.list);
  });

  test('a rename, and an action that changes metadata', async () => {
    const { core, count } = counting();
    const { threadId } = await startThread(core);
    expect((await count(() => askJson(core, renameThread(threadId, 'New')))).all).toBe(expected.rename);
    expect(await count(() => ask(core, sendAction(threadId, {})))).toEqual(expected.action);
  });

  test('the output of a client tool and the answers to a form', async () => {
    const { core, count } = counting();
    const called = await startThread(core, 'call');
    expect(await count(() => ask(core, toolOutput(called.threadId, 1)))).toEqual(expected.output);
    const asked = await startThread(core, 'form');
    expect(await count(() => ask(core, structuredInput(asked.threadId, 'form_1', {})))).toEqual(expected.output);
  });

  test('a deletion: to see the thread, for the thread and for the attachments that are left', async () => {
    const { core, count } = counting();
    const { threadId } = await startThread(core);
    expect((await count(() => askJson(core, deleteThread(threadId)))).all).toBe(expected.deletion);
  });
}
