// The suite of registries, over a real PostgreSQL: with signals, and without them.
import { AsyncLocalStorage } from 'node:async_hooks';
import { PostgresStore } from 'chatkit-express/postgres';
import { runRegistrySuite } from 'chatkit-express/testing';
import { Pool } from 'pg';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';

const isInstalled = findPostgres() !== undefined;
const schemas = new AsyncLocalStorage<string>();

describe(isInstalled ? 'on PostgreSQL' : noPostgres, () => {
  // Not in `beforeAll`, which tests that run at the same time do not wait for.
  let started: Promise<{ server: PostgresServer; pool: Pool }> | undefined;
  const start = async () => {
    const server = await startPostgres();
    return { server, pool: new Pool({ connectionString: server.url, max: 40 }) };
  };
  afterAll(async () => {
    const { server, pool } = (await started) ?? {};
    await pool?.end();
    await server?.stop();
  });

  let count = 0;
  for (const listen of [true, false]) {
    runRegistrySuite({
      name: `PostgresRunRegistry ${listen ? 'with signals' : 'without signals'}`,
      async create(times) {
        const { pool } = await (started ??= start());
        const store = new PostgresStore({ pool, owner: () => 'ann', schema: schemas.getStore() });
        await store.migrate();
        return store.runRegistry({ ...times, listen });
      },
      test(says, run, timeoutMs) {
        if (!isInstalled) test.skip(says, run);
        // At the same time, because most of the time is spent waiting. In a schema of its own, so that no test takes over
        // the runs of another.
        else test.concurrent(says, () => schemas.run(`suite_${++count}`, run), timeoutMs);
      },
    });
  }
});
