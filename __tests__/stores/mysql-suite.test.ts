// The shared suite on MySqlStore, with mysql2 on a real server.
import { MySqlStore } from 'chatkit-express/mysql';
import { storeSuite, type SuiteUser } from 'chatkit-express/testing';
import { describeOnMariadb } from '../support/mariadb-server';

describeOnMariadb('on a server', (on) => {
  storeSuite({
    name: 'MySqlStore (mysql2)',
    async create() {
      const store = new MySqlStore<SuiteUser>({ pool: on.pool, owner: ({ userId }) => userId });
      await store.migrate();
      return store;
    },
    async destroy() {
      for (const table of ['threads', 'attachments']) await on.pool.query(`DELETE FROM chatkit_${table}`);
    },
    test,
    expect,
  });
});
