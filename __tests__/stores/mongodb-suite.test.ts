// The shared suite on MongoStore: in one process, and as by two processes whose memory of a thread is out of date.
import { MongoStore } from 'chatkit-express/mongodb';
import { storeSuite, type SuiteUser } from 'chatkit-express/testing';
import { MongoClient } from 'mongodb7';
import { describeOnMongo } from '../support/mongo-server';
import { isLong } from '../support/sizes';

const owner = ({ userId }: SuiteUser) => userId;
let count = 0;

/** A store whose calls go to each of the stores in turn. */
function alternating(stores: MongoStore<SuiteUser>[]): MongoStore<SuiteUser> {
  let calls = 0;
  return new Proxy(stores[0]!, {
    get(_store, name) {
      const store = stores[calls++ % stores.length]!;
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === 'function' ? (value.bind(store) as unknown) : value;
    },
  });
}

describeOnMongo('on a server', (on) => {
  const drop = () => on.client.db(`suite_${count}`).dropDatabase();

  describe('with mongodb 6 and mongodb 7, whose calls alternate', () => {
    let client: MongoClient | undefined;
    afterAll(() => client?.close());
    storeSuite({
      name: 'MongoStore',
      async create() {
        client ??= await MongoClient.connect(on.url);
        const name = `suite_${++count}`;
        const stores = [on.client.db(name), client.db(name)].map((db) => new MongoStore({ db, owner }));
        for (const store of stores) await store.migrate();
        return alternating(stores);
      },
      destroy: drop,
      test,
      expect,
    });
  });

  const describeIfLong = isLong ? describe : () => undefined;
  describeIfLong('with mongodb 6', () => {
    storeSuite({
      name: 'MongoStore (mongodb 6)',
      async create() {
        const store = new MongoStore({ db: on.client.db(`suite_${++count}`), owner });
        await store.migrate();
        return store;
      },
      destroy: drop,
      test,
      expect,
    });
  });
});
