// The shared suite on PostgresStore: with pg on a real server, and with PGlite in this process.
import { PostgresStore, type PostgresPool } from 'chatkit-express/postgres';
import { storeSuite, type SuiteUser } from 'chatkit-express/testing';
import { startPglite } from '../support/pglite-pool';
import { describeOnPostgres } from '../support/postgres-server';

/** The suite's stores, each in a schema of its own. */
function runSuite(name: string, pool: () => PostgresPool): void {
  const schemas = new Map<unknown, string>();
  let count = 0;
  storeSuite({
    name,
    async create() {
      const schema = `suite_${++count}`;
      const store = new PostgresStore<SuiteUser>({ pool: pool(), owner: ({ userId }) => userId, schema });
      await store.migrate();
      schemas.set(store, schema);
      return store;
    },
    async destroy(store) {
      await pool().query(`DROP SCHEMA ${schemas.get(store)!} CASCADE`);
      schemas.delete(store);
    },
    test,
    expect,
  });
}

describeOnPostgres('on a server', (on) => {
  runSuite('PostgresStore (pg)', () => on.pool);
});

describe('in process', () => {
  let pool: ReturnType<typeof startPglite>;
  beforeAll(() => {
    pool = startPglite();
  });
  afterAll(() => pool.end());
  runSuite('PostgresStore (PGlite)', () => pool);
});
