// Random schedules of what can happen to each call of a store: its commit is lost, its reply is late, the process dies.
import { setImmediate } from 'node:timers/promises';
import { ChatKitError, MemoryStore, type Store, type Thread, type ThreadItem } from 'chatkit-express';
import fc from 'fast-check';
import { resolveOptions } from '../../src/options';
import { createServer } from '../../src/server';
import { ada, type Context } from '../support/core';
import { assistantMessage, createdAt, done, toolCall } from '../support/items';
import { sized } from '../support/sizes';
import { RecordingLogger } from '../support/recording-logger';
import { addMessage, createThread, renameThread, retryAfter, sendAction, toolOutput } from '../support/requests';

jest.setTimeout(10 * 60_000);

/** `lost`: the call was carried out, and rejects. `failed`: it was not. `killed`: it and all later ones never settle. */
type Fate = 'fine' | 'late' | 'lost' | 'failed' | 'killed';
const fates = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Fate>('fine') },
    { weight: 3, arbitrary: fc.constant<Fate>('late') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('lost', 'failed', 'killed') },
  ),
  { maxLength: 12 },
);
const runs = { numRuns: sized(150, 2000) };

/** The store with these fates for its first calls, and a promise of its death. */
function withFates(store: MemoryStore<Context>, schedule: readonly Fate[]) {
  let calls = 0;
  let die!: () => void;
  const died = new Promise<'killed'>((resolve) => (die = () => resolve('killed')));
  let isDead = false;
  const faulty: Store<Context> = new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') return value;
      if (/^(?:generate|isTransient|ownerOf)/.test(String(key))) return value.bind(target) as unknown;
      return async (...args: unknown[]) => {
        const fate = schedule[calls++] ?? 'fine';
        if (fate === 'late') for (let ticks = 0; ticks < 3; ticks++) await setImmediate();
        if (fate === 'killed') {
          isDead = true;
          die();
        }
        if (isDead) return new Promise(() => undefined);
        if (fate === 'failed') throw new Error('the connection was refused');
        const result: unknown = await value.apply(target, args);
        if (isDead) return new Promise(() => undefined);
        if (fate === 'lost') throw new Error('the connection was lost');
        return result;
      };
    },
  });
  return { faulty, died };
}

const newParts = ['new_1', 'new_2', 'new_3'];
const oldParts = ['old_1', 'old_2'];

/** A server over the store. Its answers are {@link newParts}; an action sets its payload as metadata. */
function serverOver(store: Store<Context>, onRespond: () => void = () => undefined) {
  return createServer(
    resolveOptions<Context>({
      store,
      logger: new RecordingLogger(),
      async *respond({ thread }) {
        onRespond();
        for (const id of newParts) yield done(assistantMessage(thread, id, id));
      },
      async *action({ thread, action }) {
        Object.assign(thread.metadata, action.payload);
        yield* [];
      },
    }),
  );
}

/** How a request ends, and the ids of the items that its client was told of. */
async function send(store: Store<Context>, request: object, onRespond?: () => void) {
  const told: string[] = [];
  try {
    const answer = await serverOver(store, onRespond).process(request, ada);
    if (answer.kind === 'json') return { outcome: 'ok', told };
    let outcome = 'ok';
    for await (const event of answer.events) {
      if (event.type === 'error') outcome = 'stream.error';
      if (event.type === 'thread.item.done') told.push(event.item.id);
    }
    return { outcome, told };
  } catch (error) {
    return { outcome: error instanceof ChatKitError ? error.code : 'failed', told };
  }
}

const thread: Thread = { id: 'thr_1', created_at: createdAt, status: { type: 'active' }, metadata: {} };
const question: ThreadItem = {
  id: 'question',
  thread_id: 'thr_1',
  created_at: createdAt,
  type: 'user_message',
  content: [],
  attachments: [],
  inference_options: {},
};

async function conversation(items: ThreadItem[]): Promise<MemoryStore<Context>> {
  const store = new MemoryStore<Context>();
  await store.createThread(thread, question, ada);
  for (const item of items) await store.addThreadItem('thr_1', item, ada);
  return store;
}

const idsIn = async (store: Store<Context>, threadId = 'thr_1') =>
  (await store.loadThreadItems(threadId, { limit: 100, after: null, order: 'asc' }, ada)).data.map(({ id }) => id);

test('a retry leaves the old answer whole, or items of the new one, and what the client was told of is there', async () => {
  await fc.assert(
    fc.asyncProperty(fates, async (schedule) => {
      const store = await conversation(oldParts.map((id) => assistantMessage(thread, id, id)));
      const { faulty, died } = withFates(store, schedule);
      const told: string[] = [];
      await Promise.race([send(faulty, retryAfter('thr_1', 'question')).then((sent) => told.push(...sent.told)), died]);
      const [first, ...after] = await idsIn(store);
      const parts = after.filter((id) => !id.startsWith('shcx_'));
      expect(first).toBe('question');
      expect([oldParts, newParts.slice(0, 1), newParts.slice(0, 2), newParts]).toContainEqual(parts);
      expect(after).toEqual(expect.arrayContaining(told));
      await send(store, retryAfter('thr_1', 'question'));
      expect(await idsIn(store)).toEqual(['question', ...newParts]);
    }),
    runs,
  );
});

test('of two outputs for one call at most one is accepted, and its hook is called once', async () => {
  await fc.assert(
    fc.asyncProperty(fates, async (schedule) => {
      const store = await conversation([toolCall(thread, 'call')]);
      const { faulty, died } = withFates(store, schedule);
      let calls = 0;
      const posts = ['one', 'two'].map((output) => send(faulty, toolOutput('thr_1', output), () => calls++));
      const ends = await Promise.race([Promise.all(posts), died]);
      expect(calls).toBeLessThanOrEqual(1);
      if (ends === 'killed') return;
      expect(ends.filter(({ outcome }) => outcome === 'ok').length).toBeLessThanOrEqual(1);
      const call = (await store.loadItem('thr_1', 'call', ada)) as { status: string };
      if (calls > 0) expect(call.status).toBe('completed');
    }),
    runs,
  );
});

test('a title and keys of metadata that were accepted are all there', async () => {
  await fc.assert(
    fc.asyncProperty(fates, async (schedule) => {
      const store = await conversation([]);
      const { faulty, died } = withFates(store, schedule);
      const accepted: object[] = [];
      const changes: [object, object][] = [
        [{ title: 'New' }, renameThread('thr_1', 'New')],
        ...['a', 'b', 'c'].map((key): [object, object] => [
          { metadata: { [key]: 1 } },
          sendAction('thr_1', { [key]: 1 }),
        ]),
      ];
      const sending = changes.map(async ([wanted, request]) => {
        if ((await send(faulty, request)).outcome === 'ok') accepted.push(wanted);
      });
      await Promise.race([Promise.all(sending), died]);
      for (const wanted of accepted) expect(await store.loadThread('thr_1', ada)).toMatchObject(wanted);
    }),
    runs,
  );
});

test('a new thread is never without its message', async () => {
  await fc.assert(
    fc.asyncProperty(fates, async (schedule) => {
      const store = new MemoryStore<Context>();
      const { faulty, died } = withFates(store, schedule);
      await Promise.race([send(faulty, createThread()), died]);
      for (const { id } of (await store.loadThreads({ limit: 9, after: null, order: 'asc' }, ada)).data) {
        expect((await idsIn(store, id)).length).toBeGreaterThan(0);
      }
    }),
    runs,
  );
});

test('a thread that was deleted meanwhile stays deleted', async () => {
  await fc.assert(
    fc.asyncProperty(fates, fc.nat(6), async (schedule, ticks) => {
      const store = await conversation([toolCall(thread, 'call')]);
      const { faulty, died } = withFates(store, schedule);
      const requests = [
        renameThread('thr_1', 'New'),
        sendAction('thr_1', { a: 1 }),
        addMessage('thr_1'),
        retryAfter('thr_1', 'question'),
        toolOutput('thr_1', 1),
      ];
      const sending = Promise.all(requests.map((request) => send(faulty, request)));
      for (let tick = 0; tick < ticks; tick++) await setImmediate();
      await store.deleteThread('thr_1', ada);
      await Promise.race([sending, died]);
      await expect(store.loadThread('thr_1', ada)).rejects.toMatchObject({ code: 'not_found' });
    }),
    runs,
  );
});

describe('a conditional operation that is repeated after its reply was lost', () => {
  const call = { ...toolCall(thread, 'call'), status: 'completed' as const, output: 1 };
  const fresh = { ...thread, id: 'thr_2' };
  const operations: Record<string, (store: Store<Context>) => Promise<unknown>> = {
    updateThread: (store) =>
      store.updateThread('thr_1', { title: 'New', metadata: { set: { a: 1 }, remove: ['b'] } }, ada),
    createThread: (store) => store.createThread(fresh, { ...question, thread_id: 'thr_2' }, ada),
    completeItem: (store) => store.completeItem('thr_1', call, { attempt: 'one', turn: ['call'] }, ada),
    deleteItemsAfter: (store) => store.deleteItemsAfter('thr_1', 'question', null, ada),
    replaceItemsAfter: (store) =>
      store.replaceItemsAfter('thr_1', 'question', null, assistantMessage(thread, 'new_1', 'Hi'), ada),
  };
  const everything = async (store: Store<Context>) => {
    const threads = (await store.loadThreads({ limit: 9, after: null, order: 'asc' }, ada)).data;
    return Promise.all(threads.map(async ({ id }) => [await store.loadThread(id, ada), await idsIn(store, id)]));
  };

  test.each(Object.entries(operations))('%s succeeds, and has been carried out once', async (_name, operation) => {
    const once = await conversation([toolCall(thread, 'call')]);
    await operation(once);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Fate>('lost', 'failed', 'late'), { maxLength: 4 }),
        async (schedule) => {
          const store = await conversation([toolCall(thread, 'call')]);
          const { faulty } = withFates(store, schedule);
          for (let attempt = 0; attempt <= schedule.length; attempt++) await operation(faulty).catch(() => undefined);
          await operation(faulty);
          expect(await everything(store)).toEqual(await everything(once));
        },
      ),
      { numRuns: 50 },
    );
  });
});
