// Locked and closed threads: the user cannot write there, and a run that waits for its client still ends.
import { AttachmentStore, MemoryStore, type StructuredInputItem, type Thread, type ThreadItem } from 'chatkit-express';
import { z } from 'zod';
import {
  ada,
  ask,
  askJson,
  type Context,
  type Core,
  refusal,
  serve,
  silently,
  startThread,
  storedNames,
} from '../support/core';
import { Gate } from '../support/gate';
import { assistantMessage, createdAt, done, toolCall } from '../support/items';
import {
  addMessage,
  createThread,
  customAction,
  deleteThread,
  getThread,
  renameThread,
  retryAfter,
  structuredInput,
  syncAction,
  toolOutput,
} from '../support/requests';

type Status = Thread['status'];
const locked: Status = { type: 'locked', reason: 'The oven is on.' };

const form = ({ id: thread_id }: { id: string }, id = 'form_1'): StructuredInputItem => ({
  id,
  thread_id,
  created_at: createdAt,
  type: 'structured_input',
  status: 'pending',
  inputs: [],
});

/** A server that answers each message with its number, and counts what it is asked. */
function counting(options: Parameters<typeof serve>[0] = {}) {
  const calls: string[] = [];
  const core = serve({
    async *respond({ thread, input, completed }) {
      calls.push('respond');
      const text = input?.content[0]?.text;
      if (text?.includes('call')) yield done(toolCall(thread, 'tc_1'));
      if (text?.includes('form')) yield done(form(thread));
      if (text?.includes('lock')) thread.status = locked;
      if (completed.length > 0) yield done(assistantMessage(thread, `after_${completed[0]?.type}`, 'Thanks'));
    },
    action: silently(() => calls.push('action')),
    syncAction() {
      calls.push('syncAction');
    },
    ...options,
  });
  return { core, calls };
}

const lock = (core: Core, threadId: string, status: Status) => core.store.updateThread(threadId, { status }, ada);

const requests: [string, (threadId: string, messageId: string) => object, called: string, kind: 'stream' | 'json'][] = [
  ['a message', (thread) => addMessage(thread), 'respond', 'stream'],
  ['a retry', retryAfter, 'respond', 'stream'],
  ['an action', (thread_id) => customAction({ thread_id }), 'action', 'stream'],
  ['a sync action', (thread_id) => syncAction({ thread_id }), 'syncAction', 'json'],
];

describe.each(requests)('%s', (_name, make, called, kind) => {
  const send = (core: Core, request: object) => (kind === 'stream' ? ask(core, request) : askJson(core, request));

  test.each<[Status, string]>([
    [locked, 'This conversation is locked: The oven is on.'],
    [{ type: 'closed' }, 'This conversation is closed'],
  ])('is refused in a thread with the status %j, and answered once it is active', async (status, message) => {
    const { core, calls } = counting();
    const { threadId, messageId } = await startThread(core);
    calls.length = 0;
    await lock(core, threadId, status);
    const before = await storedNames(core, threadId);
    expect(await refusal(core, make(threadId, messageId))).toMatchObject({ code: 'forbidden', message });
    expect(await storedNames(core, threadId)).toEqual(before);
    expect(calls).toEqual([]);
    await lock(core, threadId, { type: 'active' });
    await send(core, make(threadId, messageId));
    expect(calls).toEqual([called]);
  });

  test("is answered in a locked thread with `lockedThreads: 'allow'`", async () => {
    const { core, calls } = counting({ lockedThreads: 'allow' });
    const { threadId, messageId } = await startThread(core, 'lock');
    calls.length = 0;
    await send(core, make(threadId, messageId));
    expect(calls).toEqual([called]);
  });
});

test('what is not writing works in a locked thread', async () => {
  const { core } = counting();
  const { threadId } = await startThread(core, 'lock');
  expect(await askJson(core, renameThread(threadId, 'New'))).toMatchObject({ title: 'New', status: locked });
  expect(await askJson(core, getThread(threadId))).toMatchObject({ status: locked });
  const feedback = { type: 'items.feedback', params: { thread_id: threadId, item_ids: ['x'], kind: 'positive' } };
  expect(await askJson(core, feedback)).toEqual({});
  expect(await askJson(core, deleteThread(threadId))).toEqual({});
});

describe('the run that locked the thread', () => {
  test.each([
    ['a client tool', 'call lock', (id: string) => toolOutput(id, 1), 'after_client_tool_call'],
    ['a form', 'form lock', (id: string) => structuredInput(id, 'form_1', {}), 'after_structured_input'],
  ])('gets what it waits for: %s', async (_what, text, make, answer) => {
    const { core } = counting();
    const { threadId } = await startThread(core, text);
    expect(await core.store.loadThread(threadId, ada)).toMatchObject({ status: locked });
    await ask(core, make(threadId));
    expect(await storedNames(core, threadId)).toContain(answer);
    expect(await refusal(core, addMessage(threadId))).toMatchObject({ code: 'forbidden' });
  });

  test.each([
    ['a client tool', 'call', (id: string) => toolOutput(id, 1)],
    ['a form', 'form', (id: string) => structuredInput(id, 'form_1', {})],
  ])('does not let the client complete %s of an earlier turn', async (_what, text, make) => {
    const { core } = counting();
    const { threadId } = await startThread(core, text);
    await ask(core, addMessage(threadId, 'lock'));
    expect(await refusal(core, make(threadId))).toMatchObject({ code: 'forbidden' });
    await lock(core, threadId, { type: 'active' });
    await ask(core, make(threadId));
  });
});

/** Holds the first read with this name until the test lets it go on, and returns what was stored before. */
class Stale extends MemoryStore<Context> {
  readonly reached = new Gate();
  readonly release = new Gate();
  held: string | undefined;

  async #hold<T>(name: string, read: Promise<T>): Promise<T> {
    const value = await read;
    if (name !== this.held) return value;
    this.held = undefined;
    this.reached.open();
    await this.release.passed;
    return value;
  }
  override async loadThread(...args: Parameters<MemoryStore<Context>['loadThread']>) {
    return this.#hold('loadThread', super.loadThread(...args));
  }
  override async loadItem(...args: Parameters<MemoryStore<Context>['loadItem']>) {
    return this.#hold('loadItem', super.loadItem(...args));
  }
  override async loadItemAndEnd(...args: Parameters<MemoryStore<Context>['loadItemAndEnd']>) {
    return this.#hold('loadItemAndEnd', super.loadItemAndEnd(...args));
  }
}

const widget = (thread_id: string): ThreadItem => ({
  id: 'w_1',
  thread_id,
  created_at: createdAt,
  type: 'widget',
  widget: { type: 'Card', children: [] },
});

test.each<[string, string, (threadId: string, messageId: string) => object]>([
  ['a message', 'loadThread', (thread) => addMessage(thread)],
  ['a retry', 'loadItemAndEnd', retryAfter],
  ['an action', 'loadItem', (thread_id) => customAction({ thread_id, item_id: 'w_1' })],
  ['a sync action', 'loadItem', (thread_id) => syncAction({ thread_id, item_id: 'w_1' })],
])('%s is refused when the thread is locked after the first read', async (_name, held, make) => {
  const store = new Stale();
  const { core, calls } = counting({ store });
  const { threadId, messageId } = await startThread(core);
  await store.addThreadItem(threadId, widget(threadId), ada);
  const before = await storedNames(core, threadId);
  calls.length = 0;
  store.held = held;
  const refused = refusal(core, make(threadId, messageId));
  await store.reached.passed;
  await store.updateThread(threadId, { status: locked }, ada);
  store.release.open();
  expect(await refused).toMatchObject({ code: 'forbidden' });
  expect(await storedNames(core, threadId)).toEqual(before);
  expect(calls).toEqual([]);
});

test('an action is refused when the thread is locked while its payload is checked', async () => {
  const check = new Gate();
  const reached = new Gate();
  const handle = jest.fn();
  const payload = z.object({}).refine(async () => {
    reached.open();
    await check.passed;
    return true;
  });
  const { core } = counting({ action: undefined, actions: { go: { payload, handle } } });
  const { threadId } = await startThread(core);
  const refused = refusal(core, customAction({ thread_id: threadId, action: { type: 'go', payload: {} } }));
  await reached.passed;
  await lock(core, threadId, locked);
  check.open();
  expect(await refused).toMatchObject({ code: 'forbidden' });
  expect(handle).not.toHaveBeenCalled();
});

test('an attachment of a refused message stays free for another thread', async () => {
  class Elsewhere extends AttachmentStore<Context> {
    override async deleteAttachment() {}
  }
  const store = new Stale();
  const { core } = counting({ store, attachmentStore: new Elsewhere() });
  const { threadId } = await startThread(core);
  const { id } = await askJson(core, {
    type: 'attachments.create',
    params: { name: 'a.txt', size: 1, mime_type: 'text/plain' },
  });
  store.held = 'loadThread';
  const refused = refusal(core, addMessage(threadId, 'Look', { attachments: [id] }));
  await store.reached.passed;
  await store.updateThread(threadId, { status: locked }, ada);
  store.release.open();
  expect(await refused).toMatchObject({ code: 'forbidden' });
  expect((await store.loadAttachment(id, ada)).thread_id).toBeUndefined();
  await ask(core, createThread('Look', { attachments: [id] }));
});

test('a message that was stored before its thread was locked is answered again for the same Idempotency-Key', async () => {
  const { core, calls } = counting();
  const { threadId } = await startThread(core);
  const post = async () => {
    const answer = await core.server.process(addMessage(threadId, 'lock'), ada, { idempotencyKey: 'key_1' });
    if (answer.kind !== 'stream') throw new Error('answered with JSON');
    for await (const event of answer.events) if (event.type === 'thread.item.done') return event.item.id;
    return undefined;
  };
  const first = await post();
  expect(await post()).toBe(first);
  expect(calls).toEqual(['respond', 'respond']); // of the first message and of this one
});
