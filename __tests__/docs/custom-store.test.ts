// The store that docs/writing-a-store.md shows keeps the contract: it passes the suite, as the page says it does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeSuite } from 'chatkit-express/testing';
import { SqlStore } from '../../docs/examples/custom-store';
import { describeOnPostgres } from '../support/postgres-server';
import { examplesFolder } from './markdown';

const tables = readFileSync(join(examplesFolder, 'custom-store.sql'), 'utf8');

describeOnPostgres('on PostgreSQL', (on) => {
  storeSuite({
    name: 'SqlStore',
    async create() {
      // A query without values may have several statements.
      await on.pool.query(`drop schema public cascade; create schema public; ${tables}`);
      return new SqlStore(on.pool);
    },
    test,
    expect,
  });
});
