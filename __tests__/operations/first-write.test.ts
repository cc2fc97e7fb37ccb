// The moment before anything is stored: a client that has left, and a store that cannot be reached.
import { MemoryStore } from 'chatkit-express';
import { ada, type Context, type CoreOptions, serve, silently, startThread, storedNames } from '../support/core';
import { assistantMessage, createdAt, done, toolCall } from '../support/items';
import {
  addMessage,
  createThread,
  getThread,
  renameThread,
  retryAfter,
  sendAction,
  structuredInput,
  toolOutput,
} from '../support/requests';

const requests: [string, (threadId: string, messageId: string) => object][] = [
  ['a new thread', () => createThread()],
  ['a message', (id) => addMessage(id)],
  ['the output of a client tool', (id) => toolOutput(id, 1)],
  ['the answers to a form', (id) => structuredInput(id, 'form', {})],
  ['a retry', (id, message) => retryAfter(id, message)],
  ['an action', (id) => sendAction(id, {})],
];

/** A thread with something to complete, and hooks that count their calls from then on. */
async function prepared(options: CoreOptions = {}) {
  let calls = 0;
  let isReady = false;
  const core = serve({
    ...options,
    async *respond({ thread }) {
      if (isReady) calls++;
      else {
        yield done(toolCall(thread, 'call'));
        const base = { thread_id: thread.id, created_at: createdAt };
        yield done({ ...base, id: 'form', type: 'structured_input', inputs: [] });
        yield done(assistantMessage(thread, 'old', 'Hi'));
      }
    },
    action: silently(() => calls++),
  });
  const { threadId, messageId } = await startThread(core);
  isReady = true;
  const everything = async () => {
    const threads = (await core.store.loadThreads({ limit: 9, after: null, order: 'asc' }, ada)).data;
    const page = await core.store.loadThreadItems(threadId, { limit: 99, after: null, order: 'asc' }, ada);
    return [threads, page];
  };
  return { core, threadId, messageId, everything, calls: () => calls };
}

describe('a client that left before the first write', () => {
  test.each(requests)('of %s leaves no trace, and no hook is called', async (_what, request) => {
    const { core, threadId, messageId, everything, calls } = await prepared();
    const before = await everything();
    const left = new AbortController();
    const asking = core.server.process(request(threadId, messageId), ada, { signal: left.signal });
    left.abort(); // during the first read, or before the first write
    await expect(asking).rejects.toBe(left.signal.reason);
    expect(await everything()).toEqual(before);
    expect(calls()).toBe(0);
    expect(core.server.openRuns).toBe(0);
  });

  test.each(requests)('of %s, with one that stays: it is answered', async (_what, request) => {
    const { core, threadId, messageId, calls } = await prepared();
    const answer = await core.server.process(request(threadId, messageId), ada, {
      signal: new AbortController().signal,
    });
    if (answer.kind !== 'stream') throw new Error('answered with JSON');
    for await (const event of answer.events) expect(event.type).not.toBe('error');
    expect(calls()).toBe(1);
  });
});

class Away extends MemoryStore<Context> {
  isAway = false;
  failure: Error = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
  override isTransient(error: unknown): boolean {
    return (error as { code?: unknown }).code === 'ECONNREFUSED';
  }
  #check(): void {
    if (this.isAway) throw this.failure;
  }
  override async loadThread(...args: Parameters<MemoryStore<Context>['loadThread']>) {
    this.#check();
    return super.loadThread(...args);
  }
  override async createThread(...args: Parameters<MemoryStore<Context>['createThread']>) {
    this.#check();
    return super.createThread(...args);
  }
  override async updateThread(...args: Parameters<MemoryStore<Context>['updateThread']>) {
    this.#check();
    return super.updateThread(...args);
  }
}

describe('a store that cannot be reached', () => {
  const all: typeof requests = [
    ...requests,
    ['a thread to open', (id) => getThread(id)],
    ['a rename', (id) => renameThread(id, 'New')],
  ];

  test.each(all)('refuses %s with 503, and names itself in the log', async (_what, request) => {
    const store = new Away();
    const { core, threadId, messageId, everything, calls } = await prepared({ store });
    const before = await everything();
    store.isAway = true;
    const refused = { code: 'unavailable', retryAfterMs: 1000, message: 'The server cannot reach its database' };
    await expect(core.server.process(request(threadId, messageId), ada)).rejects.toMatchObject(refused);
    expect(core.logger.take('error')).toMatchObject([{ fields: { store: 'Away', err: store.failure } }]);
    store.isAway = false;
    expect(await everything()).toEqual(before);
    expect(calls()).toBe(0);
    await core.server.process(request(threadId, messageId), ada); // the client's repetition
  });

  test('whose error is not transient is a failure of the server', async () => {
    const store = new Away();
    const { core, threadId } = await prepared({ store });
    store.isAway = true;
    store.failure = new Error('syntax error');
    await expect(core.server.process(addMessage(threadId), ada)).rejects.toBe(store.failure);
    store.isAway = false;
    expect(await storedNames(core, threadId)).toHaveLength(4);
  });
});
