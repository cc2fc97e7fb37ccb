// Pages of MongoStore that are read while an answer is replaced, with the rows that a server may then return.
import { type MongoCollection, type MongoDatabase, MongoStore } from 'chatkit-express/mongodb';
import type { Store } from 'chatkit-express';
import { describeOnMongo } from '../support/mongo-server';
import { makeNote, makeThread } from './rows';

interface Row {
  position: number;
}

describeOnMongo('on a server', (on) => {
  let count = 0;
  const open = async (db: MongoDatabase): Promise<Store> => {
    const store = new MongoStore({ db, owner: () => 'ann' });
    await store.migrate();
    return store;
  };

  /**
   * A database whose first read of a page meets `happens`: the rows that it adds are passed over, and those that it
   * deletes are missing. With `joins` false, aggregations are refused.
   */
  function meeting(target: MongoCollection, { joins, happens }: { joins: boolean; happens: () => Promise<unknown> }) {
    let met = 0;
    const meet = async <Found>(read: () => Promise<Found[]>, rowOf: (found: Found) => Row | undefined) => {
      if (met++ > 0) return read();
      const before = await read();
      await happens();
      const after = await read();
      const kept = new Set(after.map((found) => rowOf(found)?.position));
      const left = before.filter((found) => kept.has(rowOf(found)?.position));
      return left.map((found) => ({ ...found, end: (after[0] as { end?: unknown }).end })); // the end is read last
    };
    const aggregate = (pipeline: object[]) => ({
      async toArray() {
        if (!joins) throw Object.assign(new Error('refused'), { code: 115 });
        const read = () => target.aggregate(pipeline).toArray() as Promise<{ page?: Row }[]>;
        return JSON.stringify(pipeline).includes('"as":"page"') ? meet(read, ({ page }) => page) : read();
      },
    });
    const find = (filter: object, options?: { limit?: number }) => ({
      async toArray() {
        const read = () => target.find(filter, options).toArray() as Promise<Row[]>;
        return 'gone' in filter && options?.limit ? meet(read, (row) => row) : read();
      },
    });
    const collection = new Proxy(target, {
      get(_target, key) {
        if (key === 'aggregate') return aggregate;
        if (key === 'find') return find;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return { collection, reads: () => met };
  }

  // One by one, the rows are read in the order of the page: forward, a row that is added at the end is not passed over.
  test.each([
    { joins: true, order: 'asc', after: null },
    { joins: true, order: 'desc', after: null },
    { joins: true, order: 'asc', after: 'a' },
    { joins: false, order: 'desc', after: null },
  ] as const)(
    'a page that is read while an answer is replaced has the old or the new answer: %j',
    async ({ joins, order, after }) => {
      const real = on.client.db(`pages_${++count}`);
      const other = await open(real);
      await other.createThread(makeThread('t'), makeNote('a'), {});
      for (const id of ['b', 'old']) await other.addThreadItem('t', makeNote(id), {});
      const happens = () => other.replaceItemsAfter('t', 'b', null, makeNote('new'), {});
      const rows = real.collection('chatkit_rows') as unknown as MongoCollection;
      const { collection, reads } = meeting(rows, { joins, happens });
      const store = await open({
        collection: (name) => (name === 'chatkit_rows' ? collection : real.collection(name)),
        command: (command) => real.command(command),
      });
      const { data } = await store.loadThreadItems('t', { limit: 10, after, order }, {});
      const ids = data.map(({ id }) => id);
      if (order === 'desc') ids.reverse();
      expect(ids).toEqual(after === null ? ['a', 'b', 'new'] : ['b', 'new']);
      expect(reads()).toBe(2);
      await real.dropDatabase();
    },
  );
});
