// What two processes can do to one thread at the same moment, and what must be true afterwards.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { NotFoundError, type Store, type Thread, type ThreadItem, type ThreadItemInput } from 'chatkit-express';
import {
  addMessage,
  deleteThread,
  renameThread,
  retryAfter,
  sendAction,
  structuredInput,
  toolOutput,
} from '../support/requests';
import type { Together } from './two-processes';

export interface Round {
  store: Store;
  together: Together;
}

/** Fails when the race was lost. */
export type Race = (round: Round) => Promise<void>;

const createdAt = '2026-01-02T03:04:05.678Z';
const query = { limit: 100, after: null, order: 'asc' as const };

/** A new thread with a message and these items after it. */
async function startThread(store: Store, items: ThreadItemInput[] = []): Promise<Thread> {
  const thread: Thread = { id: `thr_${randomUUID()}`, created_at: createdAt, status: { type: 'active' }, metadata: {} };
  const base = { thread_id: thread.id, created_at: createdAt };
  const message = { ...base, id: 'question', type: 'user_message' as const, content: [], attachments: [] };
  await store.saveThread(thread, {});
  await store.addThreadItem(thread.id, { ...message, inference_options: {} }, {});
  for (const item of items) await store.addThreadItem(thread.id, { ...item, ...base } as ThreadItem, {});
  return thread;
}

const call = { id: 'call', type: 'client_tool_call', status: 'pending', call_id: 'c', name: 'pay', arguments: {} };
const form = {
  id: 'form',
  type: 'structured_input',
  status: 'pending',
  inputs: [{ type: 'freeform', id: 'name', question: 'Name?' }],
};

async function isGone(store: Store, id: string): Promise<void> {
  await assert.rejects(store.loadThread(id, {}), (error) => error instanceof NotFoundError);
}

const itemsOf = async (store: Store, id: string) => (await store.loadThreadItems(id, query, {})).data;

/** The answers in a thread, each as its parts, in order. */
async function answersOf(store: Store, id: string): Promise<string[][]> {
  const answers = new Map<string, string[]>();
  for (const item of await itemsOf(store, id)) {
    if (item.type !== 'assistant_message') continue;
    const [name = '', ...part] = item.content[0]!.text.split(' ');
    answers.set(name, [...(answers.get(name) ?? []), part.join(' ')]);
  }
  return [...answers.values()];
}

const whole = ['1 of 3', '2 of 3', '3 of 3'];

/** The rows of the list of cases. */
export const cases: Record<string, Race> = {
  'W1: a rename and the deletion of the thread': async ({ store, together }) => {
    const { id } = await startThread(store);
    const [, deleted] = await together(renameThread(id, 'New'), deleteThread(id));
    assert.equal(deleted.outcome, 'ok');
    await isGone(store, id);
  },
  'W2: a hook that changes metadata and the deletion of the thread': async ({ store, together }) => {
    const { id } = await startThread(store);
    await together(sendAction(id, { key: 1 }), deleteThread(id));
    await isGone(store, id);
  },
  'W3: the output of a client tool twice': async ({ store, together }) => {
    const { id } = await startThread(store, [call as ThreadItemInput]);
    const reports = await together(toolOutput(id, 'paid'), toolOutput(id, 'paid'));
    assert.deepEqual(reports.map(({ outcome }) => outcome).sort(), ['conflict', 'ok']);
    assert.equal(reports[0].calls + reports[1].calls, 1);
    assert.deepEqual(await answersOf(store, id), [whole]);
  },
  'W4: the answers to a form twice': async ({ store, together }) => {
    const { id } = await startThread(store, [form as ThreadItemInput]);
    const answers = structuredInput(id, 'form', { name: { values: ['Ada'], skipped: false } });
    const reports = await together(answers, answers);
    assert.deepEqual(reports.map(({ outcome }) => outcome).sort(), ['conflict', 'ok']);
    assert.equal(reports[0].calls + reports[1].calls, 1);
  },
  'W5: a rename and a hook that changes metadata': async ({ store, together }) => {
    const { id } = await startThread(store);
    const reports = await together(renameThread(id, 'New'), sendAction(id, { key: 1 }));
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
    const { title, metadata } = await store.loadThread(id, {});
    assert.deepEqual({ title, metadata }, { title: 'New', metadata: { key: 1 } });
  },
  'W6: two hooks that set two keys of the metadata': async ({ store, together }) => {
    const { id } = await startThread(store);
    await together(sendAction(id, { one: 1 }), sendAction(id, { two: 2 }));
    assert.deepEqual((await store.loadThread(id, {})).metadata, { one: 1, two: 2 });
  },
};

const oldAnswer = [1, 2, 3].map((part) => ({
  id: `old_${part}`,
  type: 'assistant_message' as const,
  content: [{ text: `old ${part} of 3` }],
}));

/** What else two processes can do to a thread. */
export const siblings: Record<string, Race> = {
  'two retries of one message': async ({ store, together }) => {
    const { id } = await startThread(store, oldAnswer as ThreadItemInput[]);
    await together(retryAfter(id, 'question'), retryAfter(id, 'question'));
    assert.ok((await answersOf(store, id)).some((answer) => isDeepStrictEqual(answer, whole)));
    assert.ok(!(await itemsOf(store, id)).some((item) => item.id.startsWith('old_')));
  },
  'a retry and a message': async ({ store, together }) => {
    const { id } = await startThread(store, oldAnswer as ThreadItemInput[]);
    const reports = await together(retryAfter(id, 'question'), addMessage(id, 'More'));
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
    assert.ok((await answersOf(store, id)).some((answer) => isDeepStrictEqual(answer, whole)));
    assert.ok(!(await itemsOf(store, id)).some((item) => item.id.startsWith('old_')));
  },
  'a retry and the deletion of the thread': async ({ store, together }) => {
    const { id } = await startThread(store, oldAnswer as ThreadItemInput[]);
    await together(retryAfter(id, 'question'), deleteThread(id));
    await isGone(store, id);
  },
  'a message and the deletion of the thread': async ({ store, together }) => {
    const { id } = await startThread(store);
    await together(addMessage(id, 'More'), deleteThread(id));
    await isGone(store, id);
  },
  'a rename and another rename': async ({ store, together }) => {
    const { id } = await startThread(store);
    await together(renameThread(id, 'One'), renameThread(id, 'Two'));
    assert.match((await store.loadThread(id, {})).title ?? '', /^(One|Two)$/);
  },
  'the output of a client tool and the deletion of the thread': async ({ store, together }) => {
    const { id } = await startThread(store, [call as ThreadItemInput]);
    await together(toolOutput(id, 'paid'), deleteThread(id));
    await isGone(store, id);
  },
  'two deletions of the thread': async ({ store, together }) => {
    const { id } = await startThread(store);
    const reports = await together(deleteThread(id), deleteThread(id));
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    );
    await isGone(store, id);
  },
};
