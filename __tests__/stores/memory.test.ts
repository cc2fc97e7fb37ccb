// What is particular to MemoryStore. What every store must do is in __tests__/testing/store-suite.test.ts.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChatKitError, NotFoundError } from '../../src/errors';
import { type Attachment, maxPageSize, type Order, type Page, type Thread, type ThreadItem } from '../../src/protocol';
import { MemoryStore } from '../../src/stores/memory';
import type { PageQuery } from '../../src/stores/store';

const createdAt = '2026-01-02T03:04:05.000Z';
const orders: Order[] = ['asc', 'desc'];

function makeThread(id: string, more: Partial<Thread> = {}): Thread {
  return { id, created_at: createdAt, status: { type: 'active' }, metadata: {}, ...more };
}

function makeItem(id: string, threadId: string, text = 'hello'): ThreadItem {
  return {
    id,
    thread_id: threadId,
    created_at: createdAt,
    type: 'assistant_message',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
}

function makeNote(id: string, threadId: string, content: unknown): ThreadItem {
  return { id, thread_id: threadId, created_at: createdAt, type: 'hidden_context_item', content };
}

function makeAttachment(id: string, name = 'notes.txt'): Attachment {
  return { id, name, mime_type: 'text/plain', type: 'file' };
}

function numbered(count: number, prefix = 'id'): string[] {
  return Array.from({ length: count }, (_row, index) => `${prefix}_${index}`);
}

function idsOf(page: Page<{ id: string }>): string[] {
  return page.data.map((row) => row.id);
}

function query(more: Partial<PageQuery> = {}): PageQuery {
  return { limit: 20, after: null, order: 'asc', ...more };
}

/** The two lists of a store, with two rows more than a page may have. */
const lists = {
  threads: async (store: MemoryStore) => {
    for (const id of numbered(maxPageSize + 2)) await store.saveThread(makeThread(id), {});
    return (page: PageQuery): Promise<Page<{ id: string }>> => store.loadThreads(page, {});
  },
  items: async (store: MemoryStore) => {
    await store.saveThread(makeThread('thr'), {});
    for (const id of numbered(maxPageSize + 2)) await store.addThreadItem('thr', makeItem(id, 'thr'), {});
    return (page: PageQuery): Promise<Page<{ id: string }>> => store.loadThreadItems('thr', page, {});
  },
};

test.each([
  [0, 1],
  [-5, 1],
  [Number.NaN, 1],
  [2.9, 2],
  [maxPageSize, maxPageSize],
  [maxPageSize + 1, maxPageSize],
  [9999, maxPageSize],
  [Number.POSITIVE_INFINITY, maxPageSize],
])('a limit of %d gives %d rows', async (limit, rows) => {
  for (const fill of Object.values(lists)) {
    const load = await fill(new MemoryStore());
    for (const order of orders) {
      const page = await load(query({ limit, order }));
      expect(page.data).toHaveLength(rows);
      expect(page.has_more).toBe(true);
    }
  }
});

test('the last page has no cursor, not even null', async () => {
  const store = new MemoryStore();
  expect(await store.loadThreads(query(), {})).toStrictEqual({ data: [], has_more: false });
  await store.saveThread(makeThread('t'), {});
  expect(await store.loadThreads(query(), {})).toStrictEqual({ data: [makeThread('t')], has_more: false });
  expect(await store.loadThreadItems('t', query(), {})).toStrictEqual({ data: [], has_more: false });
});

test('a deleted thread says which attachments it had', async () => {
  const store = new MemoryStore();
  await store.saveThread(makeThread('t'), {});
  for (const id of ['f', 'g']) await store.saveAttachment({ ...makeAttachment(id), thread_id: 't' }, {});
  await store.saveAttachment({ ...makeAttachment('elsewhere'), thread_id: 'u' }, {});
  expect(await store.deleteThread('t', {})).toEqual(['f', 'g']);
  expect(await store.deleteThread('never', {})).toEqual([]);
});

interface User {
  userId: string;
}
const ann: User = { userId: 'ann' };
const bob: User = { userId: 'bob' };

describe('owners', () => {
  /** Ann has the threads `t` and `u`, the items `i` and `j` in `t`, and the attachment `f`. Bob has the thread `b`. */
  async function makeOwned() {
    const store = new MemoryStore<User>({ owner: (context) => context.userId });
    for (const id of ['t', 'u']) await store.saveThread(makeThread(id, { title: 'of Ann' }), ann);
    for (const id of ['i', 'j']) await store.addThreadItem('t', makeItem(id, 't', 'of Ann'), ann);
    await store.saveAttachment(makeAttachment('f', 'of Ann'), ann);
    await store.saveThread(makeThread('b'), bob);
    return store;
  }

  const loads: Record<string, (store: MemoryStore<User>, user: User) => Promise<unknown>> = {
    loadThread: (store, user) => store.loadThread('t', user),
    'loadThreads after a cursor': (store, user) => store.loadThreads(query({ after: 't' }), user),
    loadThreadItems: (store, user) => store.loadThreadItems('t', query(), user),
    'loadThreadItems after a cursor': (store, user) => store.loadThreadItems('b', query({ after: 'i' }), user),
    'addThreadItem to a thread': (store, user) => store.addThreadItem('t', makeItem('mine', 't'), user),
    'addThreadItem of an item': (store, user) => store.addThreadItem('t', makeItem('i', 't', 'overwritten'), user),
    saveItem: (store, user) => store.saveItem('t', makeItem('i', 't', 'overwritten'), user),
    loadItem: (store, user) => store.loadItem('t', 'i', user),
    'loadItem through the own thread': (store, user) => store.loadItem('b', 'i', user),
    loadAttachment: (store, user) => store.loadAttachment('f', user),
  };

  it.each(Object.keys(loads))("say the same of another owner's ids as of unknown ones: %s", async (name) => {
    const store = await makeOwned();
    const answer = await loads[name]!(store, bob).catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(NotFoundError);
    const empty = new MemoryStore<User>({ owner: (context) => context.userId });
    await empty.saveThread(makeThread('b'), bob);
    const unknown = await loads[name]!(empty, bob).catch((error: unknown) => error);
    expect((answer as Error).message).toBe((unknown as Error).message);
  });

  it('may have names that an object could not have as keys', async () => {
    const store = new MemoryStore<User>({ owner: (context) => context.userId });
    const names = ['__proto__', 'constructor', ' ', 'a\u0000b', 'é', 'e\u0301', "'; DROP TABLE threads; --"];
    for (const userId of names) await store.saveThread(makeThread(userId), { userId });
    for (const userId of names) expect(idsOf(await store.loadThreads(query(), { userId }))).toEqual([userId]);
  });

  const calls: Record<string, (store: MemoryStore) => Promise<unknown>> = {
    loadThread: (store) => store.loadThread('t', {}),
    saveThread: (store) => store.saveThread(makeThread('t'), {}),
    loadThreads: (store) => store.loadThreads(query(), {}),
    deleteThread: (store) => store.deleteThread('t', {}),
    loadThreadItems: (store) => store.loadThreadItems('t', query(), {}),
    addThreadItem: (store) => store.addThreadItem('t', makeItem('i', 't'), {}),
    saveItem: (store) => store.saveItem('t', makeItem('i', 't'), {}),
    loadItem: (store) => store.loadItem('t', 'i', {}),
    deleteThreadItem: (store) => store.deleteThreadItem('t', 'i', {}),
    saveAttachment: (store) => store.saveAttachment(makeAttachment('f'), {}),
    loadAttachment: (store) => store.loadAttachment('f', {}),
    deleteAttachment: (store) => store.deleteAttachment('f', {}),
  };

  it.each(Object.keys(calls))('are required once there is an owner function: %s', async (name) => {
    for (const owner of [undefined, null, '', 0, 7, {}, ['ann'], Promise.resolve('ann')]) {
      const store = new MemoryStore({ owner: () => owner as string });
      const error = await calls[name]!(store).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ChatKitError);
      expect((error as ChatKitError).code).toBe('unauthorized');
    }
  });

  it('reject with what the owner function throws', async () => {
    const store = new MemoryStore({
      owner: () => {
        throw new ChatKitError('forbidden', 'The account is closed');
      },
    });
    for (const name of Object.keys(calls)) {
      await expect(calls[name]!(store)).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('share one space when there is no owner function', async () => {
    const store = new MemoryStore<User>();
    await store.saveThread(makeThread('t'), ann);
    expect(idsOf(await store.loadThreads(query(), bob))).toEqual(['t']);
  });
});

describe('copies', () => {
  /** Changes every object and array in `value`, however deep. */
  function spoil(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const child of Object.values(value) as unknown[]) spoil(child);
    if (Array.isArray(value)) value.push('spoilt');
    else (value as Record<string, unknown>)['spoilt'] = true;
  }
  const thread = () => makeThread('t', { metadata: { list: [{ deep: 1 }] }, allowed_image_domains: ['a.example'] });
  const item = () => makeNote('i', 't', { list: [{ deep: [1] }] });
  const attachment = (): Attachment => ({ ...makeAttachment('f'), metadata: { list: [{ deep: 1 }] } });

  async function expectUnspoilt(store: MemoryStore) {
    expect(await store.loadThread('t', {})).toStrictEqual(thread());
    expect((await store.loadThreads(query(), {})).data).toStrictEqual([thread()]);
    expect(await store.loadItem('t', 'i', {})).toStrictEqual(item());
    expect((await store.loadThreadItems('t', query(), {})).data).toStrictEqual([item()]);
    expect(await store.loadAttachment('f', {})).toStrictEqual(attachment());
  }

  it.each(['addThreadItem', 'saveItem'] as const)('are taken of what is given, at the call: %s', async (method) => {
    const store = new MemoryStore();
    const given = { thread: thread(), item: item(), attachment: attachment() };
    // Spoilt before the promises are awaited: the copy is the call's own, not a later turn's.
    const saves = [
      store.saveThread(given.thread, {}),
      store[method]('t', given.item, {}),
      store.saveAttachment(given.attachment, {}),
    ];
    spoil(given);
    await Promise.all(saves);
    await expectUnspoilt(store);
  });

  it('leave everything as it was when a value cannot be copied', async () => {
    const store = new MemoryStore();
    await store.saveThread(thread(), {});
    await store.addThreadItem('t', item(), {});
    await store.saveAttachment(attachment(), {});
    const bad = { metadata: { big: 1n } };
    await expect(store.saveThread(makeThread('t', bad), {})).rejects.toThrow(TypeError);
    await expect(store.saveThread(makeThread('new', bad), {})).rejects.toThrow(TypeError);
    await expect(store.saveItem('t', makeNote('i', 't', bad), {})).rejects.toThrow(TypeError);
    await expect(store.addThreadItem('t', makeNote('new', 't', bad), {})).rejects.toThrow(TypeError);
    await expect(store.saveAttachment({ ...makeAttachment('f'), ...bad }, {})).rejects.toThrow(TypeError);
    await expectUnspoilt(store);
  });
});

test('ids may be empty, or very long', async () => {
  const store = new MemoryStore();
  const ids = ['', 'x'.repeat(10_000)];
  for (const id of ids) {
    await store.saveThread(makeThread(id), {});
    await store.addThreadItem(id, makeItem(id, id), {});
    await store.saveAttachment(makeAttachment(id), {});
  }
  for (const id of ids) {
    expect(idsOf(await store.loadThreads(query({ after: id, order: 'desc', limit: 1 }), {}))).toHaveLength(id ? 1 : 0);
    expect(await store.loadItem(id, id, {})).toEqual(makeItem(id, id));
    expect((await store.loadAttachment(id, {})).id).toBe(id);
  }
});

describe('overlapping calls', () => {
  it('each take effect whole, in the order they were made', async () => {
    const store = new MemoryStore();
    await store.saveThread(makeThread('t'), {});
    const ids = numbered(50);
    await Promise.all(ids.map((id) => store.addThreadItem('t', makeItem(id, 't'), {})));
    expect(idsOf(await store.loadThreadItems('t', query({ limit: 100 }), {}))).toEqual(ids);
    const results = await Promise.allSettled([
      store.deleteThread('t', {}),
      store.addThreadItem('t', makeItem('late', 't'), {}),
      store.loadThread('t', {}),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  });
});

test('10,000 strange owners who only read leave nothing in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const store = new MemoryStore<{ user: string }>({ owner: ({ user }) => user });
  const ignore = () => undefined;
  const readAll = async (user: string) => {
    const context = { user };
    await store.loadThreads(query(), context);
    await store.loadThread('t', context).catch(ignore);
    await store.loadThreadItems('t', query(), context).catch(ignore);
    await store.loadItem('t', 'i', context).catch(ignore);
    await store.loadAttachment('a', context).catch(ignore);
    await store.addThreadItem('t', makeItem('i', 't'), context).catch(ignore);
    await store.attachToThread({ ...makeAttachment('a'), thread_id: 't' }, context).catch(ignore);
  };
  const deleteAll = async (user: string) => {
    const context = { user };
    await store.deleteThread('t', context);
    await store.deleteThreadItem('t', 'i', context);
    await store.deleteAttachment('a', context);
  };
  const grownBy = async (use: (user: string) => Promise<unknown>) => {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 10_000; count++) await use(Buffer.alloc(500, count.toString()).toString());
    collect();
    return process.memoryUsage().heapUsed - before;
  };
  await readAll('warm up');
  expect(await grownBy(readAll)).toBeLessThan(2_000_000);
  expect(await grownBy(deleteAll)).toBeLessThan(2_000_000);
  // The same owners, with something to keep.
  expect(await grownBy((user) => store.saveThread(makeThread('t'), { user }))).toBeGreaterThan(5_000_000);
});
