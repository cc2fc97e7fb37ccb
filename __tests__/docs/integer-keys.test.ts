// The store on tables with integer keys that docs/writing-a-store.md shows passes the suite.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeSuite } from 'chatkit-express/testing';
import { IntegerKeyStore } from '../../docs/examples/integer-keys';
import { describeOnPostgres } from '../support/postgres-server';
import { isLong } from '../support/sizes';
import { examplesFolder } from './markdown';

const tables = readFileSync(join(examplesFolder, 'integer-keys.sql'), 'utf8');

const users = new Map<string, number>();
function keyOf(userId: string): number {
  if (!users.has(userId)) users.set(userId, users.size + 1);
  return users.get(userId)!;
}

// A short run tries every fourth test, because the statements differ little from those of the other example.
let registered = 0;
function testSome(...args: Parameters<typeof test>): void {
  if (registered++ % 4 === 0 || isLong) test(...args);
}

describeOnPostgres('on PostgreSQL', (on) => {
  storeSuite({
    name: 'IntegerKeyStore',
    async create() {
      const users = 'insert into users select generate_series(1, 100)';
      // A query without values may have several statements.
      await on.pool.query(`drop schema public cascade; create schema public; ${tables}; ${users}`);
      return new IntegerKeyStore(on.pool);
    },
    context: (userId) => ({ userId: keyOf(userId) }),
    test: testSome,
    expect,
  });
});
