// MongoStore, where it is more than the suite asks: migrations, and calls that end between two of their writes.
import { type MongoCollection, MongoStore, type MongoDatabase } from 'chatkit-express/mongodb';
import type { Store, ThreadItem } from 'chatkit-express';
import { isTransientOfMongo } from '../../src/stores/mongo/driver';
import { describeOnMongo } from '../support/mongo-server';
import { allIds, everyCall, makeAttachment, makeNote, makeThread } from './rows';

const owner = () => 'ann';
const old = '2026-01-01T00:00:00.000Z';
const query = { limit: 100, after: null, order: 'asc' as const };
const writes = ['insertMany', 'updateOne', 'updateMany', 'bulkWrite', 'findOneAndUpdate', 'deleteOne', 'deleteMany'];

/**
 * A database and the moment at which the process that uses it ends: with so many more writes. The last of them is
 * carried out, or not. Everything after it fails. A command of several updates can end between two of them.
 */
function dying(db: MongoDatabase) {
  const death = { left: Infinity, isLastDone: true };
  const ended = () => new Error('the process has ended');
  const call = async (name: string, act: () => unknown): Promise<unknown> => {
    if (death.left <= 0) throw ended();
    const isLast = writes.includes(name) && --death.left === 0;
    if (isLast && !death.isLastDone) throw ended();
    const result = await act();
    if (isLast) throw ended();
    return result;
  };
  const wrap = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_target, key) {
        const method = Reflect.get(target, key, target) as ((...args: unknown[]) => unknown) | undefined;
        if (typeof method !== 'function') return method;
        if (key === 'find' || key === 'aggregate')
          return (...args: unknown[]) => wrap(method.apply(target, args) as object);
        if (key === 'bulkWrite') {
          return async (operations: object[]) => {
            const sum = { matchedCount: 0, upsertedCount: 0 };
            for (const operation of operations) {
              const act = () => method.call(target, [operation]);
              const { matchedCount, upsertedCount } = (await call('bulkWrite', act).catch((error: unknown) => {
                throw Object.assign(error as Error, { matchedCount: sum.matchedCount });
              })) as typeof sum;
              sum.matchedCount += matchedCount;
              sum.upsertedCount += upsertedCount;
            }
            return sum;
          };
        }
        return (...args: unknown[]) => call(String(key), () => method.apply(target, args));
      },
    });
  const wrapped: MongoDatabase = {
    collection: (name) => wrap(db.collection(name)),
    command: (command) => db.command(command),
  };
  return { db: wrapped, death };
}

test.each<[string, unknown, boolean]>([
  ['a lost connection', Object.assign(new Error('x'), { name: 'MongoNetworkError' }), true],
  ['a server that cannot be reached', Object.assign(new Error('x'), { name: 'MongoServerSelectionError' }), true],
  ['a primary that steps down', Object.assign(new Error('x'), { name: 'MongoServerError', code: 189 }), true],
  ['a shutdown', Object.assign(new Error('x'), { name: 'MongoServerError', code: 11_600 }), true],
  ['a duplicate key', Object.assign(new Error('x'), { name: 'MongoServerError', code: 11_000 }), false],
  ['a document that is too large', Object.assign(new Error('x'), { name: 'MongoServerError', code: 10_334 }), false],
  ['a TypeError', new TypeError('x'), false],
  ['nothing', undefined, false],
])('%s is an error that may not occur again, or not', (_what, error, expected) => {
  expect(isTransientOfMongo(error)).toBe(expected);
});

describe('the options', () => {
  const silent = {} as MongoDatabase;
  test('name what is missing', () => {
    expect(() => new MongoStore({ db: silent, owner })).toThrow(/`db` must be a database.*npm install mongodb/);
    const db: MongoDatabase = { collection: () => silent as never, command: async () => ({}) };
    expect(() => new MongoStore({ db, owner: undefined as never })).toThrow(/`owner` must be a function/);
    expect(() => new MongoStore({ db, owner })).not.toThrow();
  });

  test.each(Object.keys(everyCall))('%s says what is missing before migrate()', async (name) => {
    const db: MongoDatabase = { collection: () => silent as never, command: async () => ({}) };
    const answer = everyCall[name]!(new MongoStore({ db, owner }), {});
    const message = expect.stringContaining('await store.migrate()');
    await expect(answer).rejects.toMatchObject({ code: 'internal', message });
  });
});

describeOnMongo('on a server', (on) => {
  let name = '';
  let count = 0;
  beforeEach(() => (name = `mongo_${++count}`));
  afterEach(() => on.client.db(name).dropDatabase());

  async function open(db: MongoDatabase = on.client.db(name)): Promise<MongoStore> {
    const store = new MongoStore({ db, owner });
    await store.migrate();
    return store;
  }

  test('migrate can be called by ten instances at once, and again', async () => {
    const stores = await Promise.all(Array.from({ length: 10 }, () => open()));
    await Promise.all(stores.map((store, index) => store.saveThread(makeThread(`t${index}`), {})));
    await stores[0]!.migrate();
    expect(await allIds(stores[1]!, {})).toHaveLength(10);
  });

  test('migrate refuses a schema that is newer than it knows', async () => {
    await open();
    await on.client.db(name).collection<{ _id: number }>('chatkit_migrations').insertOne({ _id: 99 });
    const late = new MongoStore({ db: on.client.db(name), owner });
    const message = expect.stringMatching(/version 99, newer than version 0/);
    await expect(late.migrate()).rejects.toMatchObject({ code: 'internal', message });
    await expect(late.loadThread('t', {})).rejects.toMatchObject({ code: 'internal' });
  });

  test('a deleted thread leaves no text, no id and no owner', async () => {
    const store = await open();
    await store.createThread(
      makeThread('secret_t', { title: 'secret' }),
      makeNote('secret_i', 'secret', 'secret_t'),
      {},
    );
    await store.addThreadItem('secret_t', makeNote('secret_j', 'secret', 'secret_t'), {});
    await store.deleteThread('secret_t', {});
    const left = await on.client.db(name).collection('chatkit_rows').find({}).toArray();
    expect(left.length).toBeGreaterThan(0); // their positions stay taken
    expect(JSON.stringify(left)).not.toMatch(/secret|ann/);
  });

  test('migrate removes what a thread that was deleted two days ago has left, and nothing else', async () => {
    const store = await open();
    for (const id of ['old', 'new', 'kept']) await store.createThread(makeThread(id), makeNote('i', id, id), {});
    for (const id of ['old', 'new']) await store.deleteThread(id, {});
    const rows = on.client.db(name).collection('chatkit_rows');
    const [first] = await rows.find({ ended_at: { $exists: true } }).toArray();
    await rows.updateOne({ _id: first!._id }, { $set: { ended_at: Date.now() - 2 * 24 * 3_600_000 } });
    const before = await rows.countDocuments({});
    await store.migrate();
    expect(await rows.countDocuments({ list: first!['list'] as string })).toBe(0);
    expect(await rows.countDocuments({})).toBe(before - 2);
    expect(await store.loadItem('kept', 'i', {})).toEqual(makeNote('i', 'kept', 'kept'));
  });

  test('a position is not given again: a stale end deletes nothing that was added later', async () => {
    const [store, other] = [await open(), await open()];
    await store.createThread(makeThread('t'), makeNote('a'), {});
    await store.addThreadItem('t', makeNote('b'), {});
    const { end } = await store.loadItemAndEnd('t', 'a', {});
    await other.deleteThreadItem('t', 'b', {});
    await other.addThreadItem('t', makeNote('c'), {});
    await store.deleteItemsAfter('t', 'a', end, {});
    expect(await allIds(store, {}, { threadId: 't' })).toEqual(['a', 'c']);
    await other.deleteThread('t', {});
    await other.createThread(makeThread('t'), makeNote('a'), {});
    await other.addThreadItem('t', makeNote('d'), {});
    await store.deleteItemsAfter('t', 'a', end, {});
    expect(await allIds(store, {}, { threadId: 't' })).toEqual(['a', 'd']);
  });

  describe('a server that cannot join', () => {
    /** A database whose aggregations fail with this code, and the number of those that were tried. */
    function refusing(code: number) {
      const tried = { count: 0 };
      const db: MongoDatabase = {
        collection(collection) {
          const target = on.client.db(name).collection(collection) as unknown as MongoCollection;
          return new Proxy(target, {
            get(_target, key) {
              const value: unknown = Reflect.get(target, key, target);
              if (key !== 'aggregate') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
              return () => {
                tried.count++;
                return { toArray: async () => Promise.reject(Object.assign(new Error('refused'), { code })) };
              };
            },
          });
        },
        command: async () => ({}),
      };
      return { db, tried };
    }

    async function useStore(store: Store): Promise<void> {
      await store.createThread(makeThread('t'), makeNote('a'), {});
      await store.createThread(makeThread('t'), makeNote('a'), {});
      const other = store.createThread(makeThread('t'), makeNote('b'), {});
      await expect(other).rejects.toMatchObject({ code: 'conflict' });
      for (const id of ['b', 'c', 'd']) await store.insertItemIfActive('t', makeNote(id), {});
      await store.createThread(makeThread('u'), makeNote('a', 'x', 'u'), {});
      for (const order of ['asc', 'desc'] as const) {
        const ids = order === 'asc' ? ['a', 'b', 'c', 'd'] : ['d', 'c', 'b', 'a'];
        expect(await allIds(store, {}, { threadId: 't', order, limit: 1 })).toEqual(ids);
        expect(await allIds(store, {}, { order, limit: 1 })).toEqual(order === 'asc' ? ['t', 'u'] : ['u', 't']);
      }
      await expect(allIds(store, {}, { threadId: 'nowhere' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(store.loadThreads({ ...query, after: 'x' }, {})).rejects.toMatchObject({ code: 'not_found' });
      await expect(store.loadThreadItems('t', { ...query, after: 'x' }, {})).rejects.toMatchObject({
        code: 'not_found',
      });
      const { end, item, thread } = await store.loadItemAndEnd('t', 'a', {});
      expect([item, end.lastItemId, thread]).toEqual([makeNote('a'), 'd', makeThread('t')]);
      await store.replaceItemsAfter('t', 'a', end, makeNote('e'), {});
      await store.updateThread('t', { status: { type: 'locked' } }, {});
      const late = store.insertItemIfActive('t', makeNote('f'), {});
      await expect(late).rejects.toMatchObject({ code: 'forbidden' });
      expect(await allIds(store, {}, { threadId: 't' })).toEqual(['a', 'e']);
      await expect(store.loadItem('t', 'b', {})).rejects.toMatchObject({ code: 'not_found' });
    }

    test.each([115, 238, 304, 40_324])('the error %i is not asked for again', async (code) => {
      const { db, tried } = refusing(code);
      await useStore(await open(db));
      expect(tried.count).toBe(1);
    });

    test.each([4568, 10_334, 17_419])('rows that are too large are read one by one: %i', async (code) => {
      const { db, tried } = refusing(code);
      await useStore(await open(db));
      expect(tried.count).toBeGreaterThan(20);
    });

    test.each([50, 11_600])('the error %i is thrown', async (code) => {
      const { db } = refusing(code);
      await expect((await open(db)).loadThread('t', {})).rejects.toMatchObject({ code });
    });
  });

  describe('a process that ends between two writes', () => {
    /** The threads and their items, as another process reads them. Every other item is not found. */
    async function everything(store: Store): Promise<Record<string, unknown>> {
      const threads = (await store.loadThreads(query, {})).data;
      const entries = threads.map(async (thread) => {
        const ids = (await store.loadThreadItems(thread.id, query, {})).data.map(({ id }) => id);
        for (const id of ['a', 'b', 'c', 'new', 'i']) {
          const found = await store.loadItem(thread.id, id, {}).then(
            () => true,
            () => false,
          );
          expect([id, found]).toEqual([id, ids.includes(id)]);
        }
        return [thread.id, [thread.title, ids]];
      });
      return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>;
    }

    async function seed(): Promise<Store> {
      const store = await open();
      await store.createThread(makeThread('t', { created_at: old }), makeNote('a'), {});
      for (const id of ['b', 'c']) await store.addThreadItem('t', makeNote(id), {});
      await store.saveAttachment(makeAttachment('f', { thread_id: 't' }), {});
      return store;
    }

    const calls: Record<string, (store: Store) => Promise<unknown>> = {
      createThread: (store) => store.createThread(makeThread('new'), makeNote('i', 'x', 'new'), {}),
      replaceItemsAfter: (store) => store.replaceItemsAfter('t', 'a', null, makeNote('new'), {}),
      'replaceItemsAfter with an old id': (store) => store.replaceItemsAfter('t', 'a', null, makeNote('c'), {}),
      deleteItemsAfter: (store) => store.deleteItemsAfter('t', 'a', null, {}),
      deleteThreadItem: (store) => store.deleteThreadItem('t', 'b', {}),
      deleteThread: async (store) => store.deleteThread('t', {}),
      updateThread: (store) => store.updateThread('t', { title: 'new', status: { type: 'locked' } }, {}),
      saveThread: (store) => store.saveThread(makeThread('t', { title: 'new', status: { type: 'closed' } }), {}),
      insertItem: (store) => store.insertItem('t', makeNote('new'), {}),
      deleteIdleThread: async (store) => {
        const { data } = await store.loadIdleThreads({ before: new Date(), limit: 10, after: null });
        for (const thread of data) await store.deleteIdleThread(thread);
      },
    };

    test.each(Object.entries(calls))(
      '%s: all of it or nothing is seen, and a repetition does the rest',
      async (_name, call) => {
        const untouched = await everything(await seed());
        await call(await open());
        const whole = await everything(await open());
        const seen = [untouched, whole].map((state) => JSON.stringify(state));
        for (const isLastDone of [true, false]) {
          for (let ends = 1; ; ends++) {
            await on.client.db(name).dropDatabase();
            await seed();
            const { db, death } = dying(on.client.db(name));
            const dead = await open(db);
            Object.assign(death, { left: ends, isLastDone });
            const outcome = await call(dead).then(
              () => 'resolved',
              () => 'rejected',
            );
            const other = await open();
            const after = await everything(other);
            expect(seen).toContain(JSON.stringify(after));
            await call(other);
            expect(await everything(await open())).toEqual(whole);
            if (outcome === 'resolved') break;
          }
        }
      },
    );
    test('completeItem: the result is stored once, and exactly one of the calls of a turn is the last', async () => {
      const call = (id: string, status: string) =>
        ({ ...makeNote(id), type: 'client_tool_call', status }) as ThreadItem;
      const turn = ['p', 'q'];
      for (const isLastDone of [true, false]) {
        for (let ends = 1; ; ends++) {
          await on.client.db(name).dropDatabase();
          const store = await seed();
          for (const id of turn) await store.addThreadItem('t', call(id, 'pending'), {});
          const { db, death } = dying(on.client.db(name));
          const dead = await open(db);
          Object.assign(death, { left: ends, isLastDone });
          const complete = (by: Store, id: string) =>
            by.completeItem('t', call(id, 'completed'), { attempt: `of ${id}`, turn }, {});
          const first = await complete(dead, 'p').catch(() => undefined);
          const second = await complete(store, 'q');
          const again = await complete(store, 'p');
          expect(again.repeated).toBe(first !== undefined || isLastDone || ends > 1);
          // The call that was repeated is the last one, unless it had been counted before the other.
          expect([second.pending, again.pending]).toEqual(first ? [0, 0] : [expect.any(Number), 0]);
          expect(await store.loadItem('t', 'p', {})).toEqual(call('p', 'completed'));
          if (first) {
            expect(first).toEqual({ pending: 1, repeated: false });
            break;
          }
        }
      }
    });
  });
});
