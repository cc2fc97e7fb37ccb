// The store that docs/writing-a-store.md shows keeps the contract: it passes the suite, as the page says it does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storeSuite } from 'chatkit-express/testing';
import { SqlStore } from '../../docs/examples/custom-store';
import { startPglite } from '../support/pglite-pool';
import { examplesFolder } from './markdown';

const tables = readFileSync(join(examplesFolder, 'custom-store.sql'), 'utf8');
const pool = startPglite();
afterAll(() => pool.end());

/** With rows of Jest's own realm, as a driver in this process gives them. */
async function query(sql: string, values: unknown[]) {
  const { rows } = await pool.query(sql, values);
  return { rows: JSON.parse(JSON.stringify(rows)) as unknown[] };
}

storeSuite({
  name: 'SqlStore',
  async create() {
    // One statement a query, as is the rule for queries with values.
    for (const statement of ['drop schema public cascade', 'create schema public', ...tables.split(';')])
      if (statement.trim()) await pool.query(statement);
    return new SqlStore({ query });
  },
  test,
  expect,
});
