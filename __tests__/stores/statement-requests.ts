// The requests whose statements are counted, each in a thread that another process has made.
import type { Store } from 'chatkit-express';
import { ada, type Context, type Core, readAll, serve, startThread } from '../support/core';
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
  syncAction,
  toolOutput,
} from '../support/requests';
import { makeAttachment } from './rows';

/** Sends a request, and reads its answer to the end. */
type Send = (request: unknown, key?: string, user?: string) => Promise<void>;

/** Another process. */
interface Seeding {
  store: Store<Context>;
  send: Send;
  /** Starts a thread whose answer is what the text says: see {@link serveCounted}. */
  start(text?: string): Promise<{ threadId: string; messageId: string }>;
  /** Adds items to a thread. */
  add(threadId: string, count: number): Promise<void>;
}

/** Prepares a thread, and returns the function that sends the request to count. */
type Prepare = (seeding: Seeding) => Promise<(send: Send) => Promise<void>> | ((send: Send) => Promise<void>);

const attached = { attachments: ['f1', 'f2'] };
const saveFiles = async ({ store }: Seeding, thread_id?: string) => {
  for (const id of ['f1', 'f2']) await store.saveAttachment(makeAttachment(id, thread_id ? { thread_id } : {}), ada);
};
const items = (thread_id: string, more: object = {}) => ({ type: 'items.list', params: { thread_id, ...more } });
const threads = (more: object = {}) => ({ type: 'threads.list', params: more });

/** Starts a thread, and sends the request of the function for it. */
const inThread =
  (request: (threadId: string, messageId: string) => unknown, text?: string): Prepare =>
  async ({ start }) => {
    const { threadId, messageId } = await start(text);
    return (send) => send(request(threadId, messageId));
  };

const retry =
  (length: number, text?: string): Prepare =>
  async ({ start, add }) => {
    const { threadId, messageId } = await start(text);
    await add(threadId, length);
    return (send) => send(retryAfter(threadId, messageId));
  };

const emptied = async ({ start, store }: Seeding) => {
  const { threadId, messageId } = await start();
  await store.deleteItemsAfter(threadId, messageId, null, ada);
  await store.deleteThreadItem(threadId, messageId, ada);
  return threadId;
};

const requests = {
  'a new thread, three items': () => (send) => send(createThread('three')),
  'a new thread with a key': () => (send) => send(createThread(), 'new'),
  'a new thread with a key, again': async ({ send: before, store }) => {
    await before(createThread('three'), 'again');
    const { data } = await store.loadThreads({ limit: 1, after: null, order: 'desc' }, ada);
    await before(addMessage(data[0]!.id));
    return (send) => send(createThread('three'), 'again');
  },
  'a new thread with two files': async (seeding) => {
    await saveFiles(seeding);
    return (send) => send(createThread('Hello', attached));
  },
  'a message': inThread((id) => addMessage(id)),
  'a message with a key': async ({ start }) => {
    const { threadId } = await start();
    return (send) => send(addMessage(threadId), 'message');
  },
  'a message with a key, again': async ({ start, send: before }) => {
    const { threadId } = await start();
    await before(addMessage(threadId), 'repeated');
    await before(addMessage(threadId, 'Next'));
    return (send) => send(addMessage(threadId), 'repeated');
  },
  'a message with two files': async (seeding) => {
    const { threadId } = await seeding.start();
    await saveFiles(seeding);
    return (send) => send(addMessage(threadId, 'More', attached));
  },
  'a message whose answer locks the thread': inThread((id) => addMessage(id, 'lock')),
  'a retry of one item': retry(1),
  'a retry of 350 items': retry(350),
  'a retry with the id of an old item': retry(5, 'same'),
  'a retry without an answer': retry(5, 'nothing'),
  'a thread with its items': inThread(getThread),
  'a thread without items': async (seeding) => {
    const threadId = await emptied(seeding);
    return (send) => send(getThread(threadId));
  },
  'a page of threads': inThread(() => threads()),
  'a page of threads after a cursor': async ({ start }) => {
    const { threadId } = await start();
    await start();
    return (send) => send(threads({ after: threadId, order: 'asc' }));
  },
  'an empty page of threads': () => (send) => send(threads(), undefined, 'nobody'),
  'a page of items': inThread((id) => items(id)),
  'a page of items after a cursor': inThread((id, after) => items(id, { after, order: 'asc' })),
  'an empty page of items': async (seeding) => {
    const threadId = await emptied(seeding);
    return (send) => send(items(threadId));
  },
  'an empty page of items after a cursor': inThread((id, after) => items(id, { after, order: 'desc' })),
  'a rename': inThread((id) => renameThread(id, 'New')),
  'an action that changes metadata': inThread((id) => sendAction(id, {})),
  'a sync action that changes an item': inThread((id) => syncAction({ thread_id: id })),
  'the output of a client tool': inThread((id) => toolOutput(id, 1), 'call'),
  'the first output of two': inThread((id) => toolOutput(id, 1), 'calls'),
  'the last output of two': async ({ start, send: before }) => {
    const { threadId } = await start('calls');
    await before(toolOutput(threadId, 1), 'one');
    return (send) => send(toolOutput(threadId, 2), 'two');
  },
  'the last output of two, again': async ({ start, send: before }) => {
    const { threadId } = await start('calls');
    await before(toolOutput(threadId, 1), 'one');
    await before(toolOutput(threadId, 2), 'two');
    return (send) => send(toolOutput(threadId, 2), 'two');
  },
  'the answers to a form': inThread((id) => structuredInput(id, 'form_1', {}), 'form'),
  'a deletion': inThread(deleteThread),
  'a deletion with two files': async (seeding) => {
    const { threadId } = await seeding.start();
    await saveFiles(seeding, threadId);
    return (send) => send(deleteThread(threadId));
  },
  'a rating': inThread((thread_id, id) => ({
    type: 'items.feedback',
    params: { thread_id, item_ids: [id], kind: 'positive' },
  })),
} satisfies Record<string, Prepare>;

export type RequestName = keyof typeof requests;

/** Sends the request of the name, and resolves with the numbers of statements before a hook was called, and in all. */
export async function countRequest(
  name: RequestName,
  statements: string[],
  { store, other }: { store: Store<Context>; other: Store<Context> },
): Promise<[before: number, all: number]> {
  let before = 0;
  const core = serveCounted(store, () => (before = statements.length));
  const seeding = serveCounted(other, () => undefined);
  const round = ++rounds;
  const send = await requests[name]({
    store: other,
    send: sendTo(seeding, round),
    start: (text) => startThread(seeding, text),
    async add(threadId, count) {
      for (let n = 0; n < count; n++) {
        await other.addThreadItem(threadId, assistantMessage({ id: threadId }, `old_${n}`, '.'), ada);
      }
    },
  });
  statements.length = 0;
  await send(sendTo(core, round));
  return [before, statements.length];
}

let rounds = 0;

/** Sends requests with keys that are used in this round only. */
function sendTo(core: Core, round: number): Send {
  return async (request, key, user = ada.user) => {
    const idempotencyKey = key === undefined ? undefined : `${round} ${key}`;
    const answer = await core.server.process(request, { user }, { idempotencyKey });
    if (answer.kind === 'stream') await readAll(answer.events);
  };
}

/** A server whose answer depends on the text of the message. */
function serveCounted(store: Store<Context>, onHook: () => void): Core {
  let number = 0;
  return serve({
    store,
    async *respond({ thread, input }) {
      onHook();
      number++;
      const text = input?.content[0]?.text;
      const answer = (n: number) => done(assistantMessage(thread, `answer_${number}_${n}`, 'Hi'));

      if (text === 'lock') thread.status = { type: 'locked' };
      if (text === 'call' || text === 'calls') yield done(toolCall(thread, 'tc_1'));
      if (text === 'calls') yield done(toolCall(thread, 'tc_2'));
      if (text === 'form')
        yield done({ id: 'form_1', thread_id: thread.id, created_at: createdAt, type: 'structured_input', inputs: [] });
      if (text === 'same') yield done(assistantMessage(thread, 'same', 'Hi'));
      if (text === 'three') yield* [answer(1), answer(2), answer(3)];
      if (text === undefined || ['Hello', 'More', 'Next', 'lock'].includes(text)) yield answer(0);
    },
    async *action({ thread }) {
      onHook();
      thread.metadata['key'] = 1;
      yield progress('.');
    },
    async syncAction({ thread }) {
      onHook();
      return {
        updated_item: {
          ...assistantMessage(thread, 'widget'),
          type: 'widget',
          widget: { type: 'Card', children: [] },
        } as never,
      };
    },
    addFeedback: () => undefined,
  });
}
