// MemoryStore: pages, replacement, owners, copies, odd ids, and random operations against a naive model.
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

/** Follows the cursors to the end and gives each page's ids. */
async function walk(load: (query: PageQuery) => Promise<Page<{ id: string }>>, limit: number, order: Order) {
  const pages: string[][] = [];
  for (let after: string | null = null; ;) {
    const page = await load({ limit, after, order });
    pages.push(idsOf(page));
    if (!page.has_more) return pages;
    if (pages.length > 100) throw new Error(`The cursors lead in circles: ${pages.join(' | ')}`);
    after = page.after ?? null;
  }
}

/** The two lists of a store behind one face, since both page alike. */
const lists = [
  {
    name: 'threads',
    make: () => {
      const store = new MemoryStore();
      return Promise.resolve({
        add: (id: string) => store.saveThread(makeThread(id), {}),
        remove: (id: string) => store.deleteThread(id, {}),
        load: (page: PageQuery): Promise<Page<{ id: string }>> => store.loadThreads(page, {}),
      });
    },
  },
  {
    name: 'items',
    make: async () => {
      const store = new MemoryStore();
      await store.saveThread(makeThread('thr'), {});
      return {
        add: (id: string) => store.addThreadItem('thr', makeItem(id, 'thr'), {}),
        remove: (id: string) => store.deleteThreadItem('thr', id, {}),
        load: (page: PageQuery): Promise<Page<{ id: string }>> => store.loadThreadItems('thr', page, {}),
      };
    },
  },
];

describe.each(lists)('pages of $name', ({ make }) => {
  it.each(orders)('give every row once, in order of insertion, at every limit: %s', async (order) => {
    const { add, load } = await make();
    const ids = numbered(7);
    // Neither the alphabet nor created_at says the order.
    const shuffled = [3, 0, 6, 1, 5, 2, 4].map((index) => ids[index]!);
    for (const id of shuffled) await add(id);
    const expected = order === 'asc' ? shuffled : shuffled.toReversed();
    for (let limit = 1; limit <= 9; limit++) {
      const pages = await walk(load, limit, order);
      expect(pages.flat()).toEqual(expected);
      expect(pages).toHaveLength(Math.ceil(7 / limit));
    }
  });

  it.each(orders)('have a cursor only when more rows follow: %s', async (order) => {
    const { add, load } = await make();
    for (const id of ['a', 'b', 'c']) await add(id);
    const middle = await load({ limit: 2, after: null, order });
    expect(middle).toEqual({ data: middle.data, has_more: true, after: 'b' });
    const full = await load({ limit: 3, after: null, order });
    expect(full.has_more).toBe(false);
    expect(full).not.toHaveProperty('after');
    const end = await load({ limit: 3, after: order === 'asc' ? 'c' : 'a', order });
    expect(end).toStrictEqual({ data: [], has_more: false });
  });

  it('are empty when there is nothing', async () => {
    const { load } = await make();
    for (const order of orders) expect(await load(query({ order }))).toStrictEqual({ data: [], has_more: false });
  });

  it.each([
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [2.9, 2],
    [maxPageSize, maxPageSize],
    [maxPageSize + 1, maxPageSize],
    [9999, maxPageSize],
    [Number.POSITIVE_INFINITY, maxPageSize],
  ])('clamp a limit of %d to %d', async (limit, rows) => {
    const { add, load } = await make();
    for (const id of numbered(maxPageSize + 2)) await add(id);
    for (const order of orders) {
      const page = await load(query({ limit, order }));
      expect(page.data).toHaveLength(rows);
      expect(page.has_more).toBe(true);
    }
  });

  it.each(orders)('refuse a cursor that is unknown, or was deleted in between: %s', async (order) => {
    const { add, remove, load } = await make();
    for (const id of ['a', 'b', 'c', 'd']) await add(id);
    const page = await load({ limit: 2, after: null, order });
    const cursor = page.after!;
    await remove(cursor);
    await expect(load({ limit: 2, after: cursor, order })).rejects.toThrow(NotFoundError);
    await expect(load({ limit: 2, after: 'never', order })).rejects.toThrow(NotFoundError);
    await expect(load({ limit: 2, after: '', order })).rejects.toThrow(NotFoundError);
  });

  it('go on after rows that were deleted and added between two pages', async () => {
    const { add, remove, load } = await make();
    for (const id of ['a', 'b', 'c', 'd']) await add(id);
    expect((await load(query({ limit: 2 }))).after).toBe('b');
    for (const id of ['a', 'c']) await remove(id);
    await add('e');
    expect(idsOf(await load(query({ after: 'b' })))).toEqual(['d', 'e']);
    expect(idsOf(await load(query({ after: 'b', order: 'desc' })))).toEqual([]);
  });

  it('close the gap when the first, the last, or the only row is deleted', async () => {
    const { add, remove, load } = await make();
    const both = async () => [idsOf(await load(query())), idsOf(await load(query({ order: 'desc' })))];
    for (const id of ['a', 'b', 'c']) await add(id);
    await remove('a');
    expect(await both()).toEqual([
      ['b', 'c'],
      ['c', 'b'],
    ]);
    await remove('c');
    expect(await both()).toEqual([['b'], ['b']]);
    await remove('b');
    expect(await both()).toEqual([[], []]);
    await add('a');
    expect(await both()).toEqual([['a'], ['a']]);
  });

  it('put a row that was deleted and added again at the end', async () => {
    const { add, remove, load } = await make();
    for (const id of ['a', 'b']) await add(id);
    await remove('a');
    await add('a');
    expect(idsOf(await load(query()))).toEqual(['b', 'a']);
  });
});

describe('threads', () => {
  it('are replaced in their place, and keep their items', async () => {
    const store = new MemoryStore();
    for (const id of ['a', 'b', 'c']) await store.saveThread(makeThread(id, { title: 'old' }), {});
    await store.addThreadItem('b', makeItem('i', 'b'), {});
    await store.saveThread(makeThread('b'), {});
    expect(idsOf(await store.loadThreads(query(), {}))).toEqual(['a', 'b', 'c']);
    expect(await store.loadThread('b', {})).toStrictEqual(makeThread('b'));
    expect(idsOf(await store.loadThreadItems('b', query(), {}))).toEqual(['i']);
  });

  it('are not found before they are saved and after they are deleted', async () => {
    const store = new MemoryStore();
    await expect(store.loadThread('a', {})).rejects.toThrow(NotFoundError);
    await store.saveThread(makeThread('a'), {});
    await store.deleteThread('a', {});
    await store.deleteThread('a', {});
    await expect(store.loadThread('a', {})).rejects.toThrow(NotFoundError);
  });

  it('take their items with them, so a thread made again with the id is empty', async () => {
    const store = new MemoryStore();
    await store.saveThread(makeThread('a'), {});
    await store.addThreadItem('a', makeItem('i', 'a'), {});
    await store.deleteThread('a', {});
    await expect(store.loadItem('a', 'i', {})).rejects.toThrow(NotFoundError);
    await store.saveThread(makeThread('a'), {});
    expect(await store.loadThreadItems('a', query(), {})).toStrictEqual({ data: [], has_more: false });
    await expect(store.loadItem('a', 'i', {})).rejects.toThrow(NotFoundError);
  });
});

describe('items', () => {
  it.each(['addThreadItem', 'saveItem'] as const)(
    'are added at the end by %s, and replaced in their place',
    async (method) => {
      const store = new MemoryStore();
      await store.saveThread(makeThread('a'), {});
      for (const id of ['x', 'y', 'z']) await store[method]('a', makeItem(id, 'a', 'old'), {});
      await store[method]('a', makeItem('y', 'a', 'new'), {});
      expect((await store.loadThreadItems('a', query(), {})).data).toEqual([
        makeItem('x', 'a', 'old'),
        makeItem('y', 'a', 'new'),
        makeItem('z', 'a', 'old'),
      ]);
      expect(await store.loadItem('a', 'y', {})).toEqual(makeItem('y', 'a', 'new'));
    },
  );

  it('do not bring a deleted thread back', async () => {
    const store = new MemoryStore();
    await store.saveThread(makeThread('a'), {});
    await store.deleteThread('a', {});
    await expect(store.addThreadItem('a', makeItem('i', 'a'), {})).rejects.toThrow(NotFoundError);
    await expect(store.saveItem('a', makeItem('i', 'a'), {})).rejects.toThrow(NotFoundError);
    await expect(store.loadThreadItems('a', query(), {})).rejects.toThrow(NotFoundError);
    await expect(store.loadThread('a', {})).rejects.toThrow(NotFoundError);
    expect((await store.loadThreads(query(), {})).data).toEqual([]);
  });

  it('belong to one thread: the same id in another is another item', async () => {
    const store = new MemoryStore();
    for (const id of ['a', 'b']) await store.saveThread(makeThread(id), {});
    await store.addThreadItem('a', makeItem('i', 'a', 'in a'), {});
    await expect(store.loadItem('b', 'i', {})).rejects.toThrow(NotFoundError);
    await expect(store.loadThreadItems('b', query({ after: 'i' }), {})).rejects.toThrow(NotFoundError);
    await store.addThreadItem('b', makeItem('i', 'b', 'in b'), {});
    await store.deleteThreadItem('b', 'i', {});
    expect(await store.loadItem('a', 'i', {})).toEqual(makeItem('i', 'a', 'in a'));
  });

  it('are deleted, or the call does nothing when they or their thread are not there', async () => {
    const store = new MemoryStore();
    await store.deleteThreadItem('a', 'i', {});
    await store.saveThread(makeThread('a'), {});
    await store.deleteThreadItem('a', 'i', {});
    await store.addThreadItem('a', makeItem('i', 'a'), {});
    await store.deleteThreadItem('a', 'i', {});
    await store.deleteThreadItem('a', 'i', {});
    await expect(store.loadItem('a', 'i', {})).rejects.toThrow(NotFoundError);
  });

  it('that are hidden are in the pages', async () => {
    const store = new MemoryStore();
    await store.saveThread(makeThread('a'), {});
    await store.addThreadItem('a', makeNote('n', 'a', { secret: true }), {});
    expect((await store.loadThreadItems('a', query(), {})).data).toEqual([makeNote('n', 'a', { secret: true })]);
  });
});

describe('attachments', () => {
  it('are saved, replaced, loaded and deleted', async () => {
    const store = new MemoryStore();
    await expect(store.loadAttachment('a', {})).rejects.toThrow(NotFoundError);
    await store.saveAttachment(makeAttachment('a', 'old'), {});
    await store.saveAttachment(makeAttachment('a', 'new'), {});
    expect(await store.loadAttachment('a', {})).toStrictEqual(makeAttachment('a', 'new'));
    await store.deleteAttachment('a', {});
    await store.deleteAttachment('a', {});
    await expect(store.loadAttachment('a', {})).rejects.toThrow(NotFoundError);
  });

  it('outlive the thread they were sent in', async () => {
    const store = new MemoryStore();
    await store.saveThread(makeThread('a'), {});
    await store.saveAttachment({ ...makeAttachment('f'), thread_id: 'a' }, {});
    await store.deleteThread('a', {});
    expect((await store.loadAttachment('f', {})).id).toBe('f');
  });
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

  async function expectAnnUntouched(store: MemoryStore<User>) {
    expect((await store.loadThreads(query(), ann)).data).toEqual([
      makeThread('t', { title: 'of Ann' }),
      makeThread('u', { title: 'of Ann' }),
    ]);
    expect((await store.loadThreadItems('t', query(), ann)).data).toEqual([
      makeItem('i', 't', 'of Ann'),
      makeItem('j', 't', 'of Ann'),
    ]);
    expect(await store.loadItem('t', 'i', ann)).toEqual(makeItem('i', 't', 'of Ann'));
    expect(await store.loadAttachment('f', ann)).toEqual(makeAttachment('f', 'of Ann'));
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

  it.each(Object.keys(loads))("answer not_found for another owner's ids, as for unknown ones: %s", async (name) => {
    const store = await makeOwned();
    const answer = await loads[name]!(store, bob).catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(NotFoundError);
    const empty = new MemoryStore<User>({ owner: (context) => context.userId });
    await empty.saveThread(makeThread('b'), bob);
    const unknown = await loads[name]!(empty, bob).catch((error: unknown) => error);
    expect((answer as Error).message).toBe((unknown as Error).message);
    await expectAnnUntouched(store);
  });

  const deletes: Record<string, (store: MemoryStore<User>, user: User) => Promise<void>> = {
    deleteThread: (store, user) => store.deleteThread('t', user),
    deleteThreadItem: (store, user) => store.deleteThreadItem('t', 'i', user),
    'deleteThreadItem through the own thread': (store, user) => store.deleteThreadItem('b', 'i', user),
    deleteAttachment: (store, user) => store.deleteAttachment('f', user),
  };

  it.each(Object.keys(deletes))("do nothing to another owner's rows: %s", async (name) => {
    const store = await makeOwned();
    await expect(deletes[name]!(store, bob)).resolves.toBeUndefined();
    await expectAnnUntouched(store);
  });

  it('list only their own threads', async () => {
    const store = await makeOwned();
    for (const order of orders) {
      expect(await walk((page) => store.loadThreads(page, bob), 1, order)).toEqual([['b']]);
      expect(await store.loadThreads(query({ order }), { userId: 'new' })).toEqual({ data: [], has_more: false });
    }
  });

  it("can save an id that another owner has, without overwriting or seeing the other's", async () => {
    const store = await makeOwned();
    await store.saveThread(makeThread('t', { title: 'of Bob' }), bob);
    await store.saveAttachment(makeAttachment('f', 'of Bob'), bob);
    expect((await store.loadThread('t', bob)).title).toBe('of Bob');
    expect((await store.loadThreadItems('t', query(), bob)).data).toEqual([]);
    expect((await store.loadAttachment('f', bob)).name).toBe('of Bob');
    expect(idsOf(await store.loadThreads(query(), bob))).toEqual(['b', 't']);
    await expectAnnUntouched(store);
    await store.addThreadItem('t', makeItem('i', 't', 'of Bob'), bob);
    await expectAnnUntouched(store);
    await store.deleteThread('t', bob);
    await store.deleteAttachment('f', bob);
    await expectAnnUntouched(store);
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

  it('are given of what is stored', async () => {
    const store = new MemoryStore();
    await store.saveThread(thread(), {});
    await store.addThreadItem('t', item(), {});
    await store.saveAttachment(attachment(), {});
    const pages = [await store.loadThreads(query(), {}), await store.loadThreadItems('t', query(), {})];
    spoil(pages);
    spoil(await store.loadThread('t', {}));
    spoil(await store.loadItem('t', 'i', {}));
    spoil(await store.loadAttachment('f', {}));
    await expectUnspoilt(store);
  });

  it('are given even of what is frozen', async () => {
    const store = new MemoryStore();
    await store.saveThread(Object.freeze(makeThread('t')), {});
    const loaded = await store.loadThread('t', {});
    loaded.title = 'mine';
    expect(await store.loadThread('t', {})).toStrictEqual(makeThread('t'));
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

describe('odd data', () => {
  const oddIds = [
    "'; DROP TABLE threads; --",
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '',
    ' ',
    '0',
    '-1',
    'null',
    '%_',
    '../../etc/passwd',
    'a\u0000b',
    'line\nbreak',
    'é',
    'e\u0301',
    '日本語',
    '👩‍👩‍👧',
    '\ud800',
    'Id',
    'id',
    'x'.repeat(10_000),
  ];

  it('of ids is kept apart, byte for byte', async () => {
    const store = new MemoryStore();
    for (const id of oddIds) {
      await store.saveThread(makeThread(id, { title: `thread ${id}` }), {});
      await store.saveAttachment(makeAttachment(id, `file ${id}`), {});
    }
    for (const id of oddIds) await store.addThreadItem('id', makeItem(id, 'id', `item ${id}`), {});
    for (const order of orders) {
      const expected = order === 'asc' ? oddIds : oddIds.toReversed();
      expect((await walk((page) => store.loadThreads(page, {}), 1, order)).flat()).toEqual(expected);
      expect((await walk((page) => store.loadThreadItems('id', page, {}), 1, order)).flat()).toEqual(expected);
    }
    for (const id of oddIds) {
      expect((await store.loadThread(id, {})).title).toBe(`thread ${id}`);
      expect((await store.loadAttachment(id, {})).name).toBe(`file ${id}`);
      expect(await store.loadItem('id', id, {})).toEqual(makeItem(id, 'id', `item ${id}`));
      await store.deleteThreadItem('id', id, {});
      await store.deleteAttachment(id, {});
    }
    expect((await store.loadThreadItems('id', query(), {})).data).toEqual([]);
    for (const id of oddIds) await store.deleteThread(id, {});
    expect((await store.loadThreads(query(), {})).data).toEqual([]);
  });

  it('of keys named __proto__ survives and pollutes nothing', async () => {
    const store = new MemoryStore();
    const metadata = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as Record<string, unknown>;
    await store.saveThread(makeThread('t', { metadata }), {});
    await store.addThreadItem('t', makeNote('i', 't', metadata), {});
    await store.saveAttachment({ ...makeAttachment('f'), metadata }, {});
    const expected = JSON.stringify(metadata);
    const [listed] = (await store.loadThreads(query(), {})).data;
    expect(JSON.stringify(listed?.metadata)).toBe(expected);
    expect(JSON.stringify((await store.loadThread('t', {})).metadata)).toBe(expected);
    expect(JSON.stringify((await store.loadAttachment('f', {})).metadata)).toBe(expected);
    expect(await store.loadItem('t', 'i', {})).toEqual(makeNote('i', 't', metadata));
    expect(Object.getPrototypeOf((await store.loadThread('t', {})).metadata)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('of fields that this version does not know survives', async () => {
    const store = new MemoryStore();
    const later = { from_a_later_version: { list: [1, 'two', null, { three: 3 }] }, none: null };
    await store.saveThread({ ...makeThread('t'), ...later }, {});
    await store.addThreadItem('t', { ...makeItem('i', 't'), ...later }, {});
    await store.addThreadItem('t', { ...later, id: 'j', type: 'of_a_later_version' } as unknown as ThreadItem, {});
    await store.saveAttachment({ ...makeAttachment('f'), ...later }, {});
    expect(await store.loadThread('t', {})).toStrictEqual({ ...makeThread('t'), ...later });
    expect((await store.loadThreadItems('t', query(), {})).data).toStrictEqual([
      { ...makeItem('i', 't'), ...later },
      { ...later, id: 'j', type: 'of_a_later_version' },
    ]);
    expect(await store.loadAttachment('f', {})).toStrictEqual({ ...makeAttachment('f'), ...later });
  });
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

describe('random operations', () => {
  /** Mulberry32: the same numbers from 0 to 1 for the same seed. */
  function makeRandom(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** The contract in plain arrays: `undefined` stands for NotFoundError. */
  class Model {
    threads: { thread: Thread; items: ThreadItem[] }[] = [];
    attachments: Attachment[] = [];

    find(threadId: string) {
      return this.threads.find(({ thread }) => thread.id === threadId);
    }

    static put<Row extends { id: string }>(rows: Row[], row: Row): void {
      const index = rows.findIndex(({ id }) => id === row.id);
      if (index < 0) rows.push(row);
      else rows[index] = row;
    }

    static page<Row extends { id: string }>(rows: Row[], { limit, after, order }: PageQuery): Page<Row> | undefined {
      const ordered = order === 'asc' ? rows : rows.toReversed();
      const seen = ordered.findIndex(({ id }) => id === after);
      if (after !== null && seen < 0) return undefined;
      const rest = ordered.slice(seen + 1);
      const data = rest.slice(0, limit);
      return data.length < rest.length ? { data, has_more: true, after: data.at(-1)!.id } : { data, has_more: false };
    }
  }

  /** One random call, made on the store and on the model: what each answered. */
  function step(store: MemoryStore<User>, models: Record<string, Model>, random: () => number, count: number) {
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
    const user = pick([ann, bob]);
    const model = models[user.userId]!;
    const threadId = pick(numbered(6, 'thr'));
    const itemId = pick(numbered(8, 'msg'));
    const attachmentId = pick(numbered(3, 'atc'));
    const found = model.find(threadId);
    const page = (ids: string[]): PageQuery => ({
      limit: 1 + Math.floor(random() * 9),
      after: random() < 0.5 ? null : pick(ids),
      order: pick(orders),
    });
    const call = pick([
      'loadThread',
      'saveThread',
      'saveThread',
      'loadThreads',
      'loadThreads',
      'deleteThread',
      'loadThreadItems',
      'loadThreadItems',
      'addThreadItem',
      'addThreadItem',
      'addThreadItem',
      'saveItem',
      'loadItem',
      'deleteThreadItem',
      'saveAttachment',
      'loadAttachment',
      'deleteAttachment',
    ] as const);
    switch (call) {
      case 'loadThread':
        return { call, actual: store.loadThread(threadId, user), expected: found?.thread };
      case 'saveThread': {
        const thread = makeThread(threadId, { title: `version ${count}` });
        if (found) found.thread = thread;
        else model.threads.push({ thread, items: [] });
        return { call, actual: store.saveThread(thread, user), expected: null };
      }
      case 'loadThreads': {
        const query = page(numbered(6, 'thr'));
        const threads = model.threads.map(({ thread }) => thread);
        return { call, actual: store.loadThreads(query, user), expected: Model.page(threads, query) };
      }
      case 'deleteThread':
        model.threads = model.threads.filter((other) => other !== found);
        return { call, actual: store.deleteThread(threadId, user), expected: null };
      case 'loadThreadItems': {
        const query = page(numbered(8, 'msg'));
        const expected = found && Model.page(found.items, query);
        return { call, actual: store.loadThreadItems(threadId, query, user), expected };
      }
      case 'addThreadItem':
      case 'saveItem': {
        const item = makeItem(itemId, threadId, `version ${count}`);
        if (found) Model.put(found.items, item);
        return { call, actual: store[call](threadId, item, user), expected: found ? null : undefined };
      }
      case 'loadItem': {
        const expected = found?.items.find(({ id }) => id === itemId);
        return { call, actual: store.loadItem(threadId, itemId, user), expected };
      }
      case 'deleteThreadItem':
        if (found) found.items = found.items.filter(({ id }) => id !== itemId);
        return { call, actual: store.deleteThreadItem(threadId, itemId, user), expected: null };
      case 'saveAttachment': {
        const attachment = makeAttachment(attachmentId, `version ${count}`);
        Model.put(model.attachments, attachment);
        return { call, actual: store.saveAttachment(attachment, user), expected: null };
      }
      case 'loadAttachment': {
        const expected = model.attachments.find(({ id }) => id === attachmentId);
        return { call, actual: store.loadAttachment(attachmentId, user), expected };
      }
      case 'deleteAttachment':
        model.attachments = model.attachments.filter(({ id }) => id !== attachmentId);
        return { call, actual: store.deleteAttachment(attachmentId, user), expected: null };
    }
  }

  /** Void as null and NotFoundError as undefined, as the model has them. */
  async function settle(actual: Promise<unknown>): Promise<unknown> {
    try {
      return (await actual) ?? null;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  it.each([1, 2, 3, 4, Date.now() % 2 ** 31])('answer as a naive model does: 1,000 of them, seed %d', async (seed) => {
    const random = makeRandom(seed);
    const store = new MemoryStore<User>({ owner: (context) => context.userId });
    const models = { ann: new Model(), bob: new Model() };
    for (let count = 0; count < 1000; count++) {
      const { call, actual, expected } = step(store, models, random, count);
      // The seed and the step stand on both sides, so that a failure prints them.
      const answered = { seed, count, call, answer: await settle(actual) };
      expect(answered).toStrictEqual({ seed, count, call, answer: expected });
    }
  });
});
