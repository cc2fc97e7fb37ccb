import { readFileSync } from 'node:fs';
import { Pool } from 'pg';
import { storeSuite } from 'chatkit-express/testing';
import { SqlStore } from './custom-store';

// #region suite
const pool = new Pool({ connectionString: process.env['TEST_DATABASE_URL'] });
const tables = readFileSync('tables.sql', 'utf8');

storeSuite({
  name: 'SqlStore',
  async create() {
    await pool.query(`drop schema public cascade; create schema public; ${tables}`);
    return new SqlStore(pool);
  },
  test,
  expect,
});

afterAll(() => pool.end());
// #endregion
