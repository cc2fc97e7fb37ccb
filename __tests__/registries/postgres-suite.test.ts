// The suite of registries, over a real PostgreSQL: with signals, and without them.
import { PostgresStore } from 'chatkit-express/postgres';
import { runRegistrySuite } from 'chatkit-express/testing';
import { describeOnPostgres } from '../support/postgres-server';

describeOnPostgres('on PostgreSQL', (on) => {
  const create = async (listen: boolean, times: { leaseMs: number; heartbeatMs: number }) => {
    const store = new PostgresStore({ pool: on.pool, owner: () => 'ann' });
    await store.migrate();
    return store.runRegistry({ ...times, listen });
  };
  for (const listen of [true, false]) {
    const name = `PostgresRunRegistry ${listen ? 'with signals' : 'without signals'}`;
    runRegistrySuite({ name, create: (times) => create(listen, times), test });
  }
});
