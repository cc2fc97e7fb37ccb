// Which errors of a database may not occur again a moment later.
import { MemoryStore } from 'chatkit-express';
import { MySqlStore } from 'chatkit-express/mysql';
import { PostgresStore } from 'chatkit-express/postgres';
import { SqliteStore } from 'chatkit-express/sqlite';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { temporaryFolder } from '../support/temporary-folder';
import { openDatabase } from './sqlite-drivers';
import { join } from 'node:path';
import { makeThread } from './rows';

const owner = () => 'ann';
const coded = (code: string) => Object.assign(new Error('x'), { code });
const pool = {
  query: async () => ({ rows: [] }),
  connect: async () => ({ query: async () => ({ rows: [] }), release() {} }),
};
const postgres = new PostgresStore({ pool, owner });
const folder = temporaryFolder();

test.each<[string, unknown, boolean]>([
  ['a refused connection', coded('ECONNREFUSED'), true],
  ['a reset connection', coded('ECONNRESET'), true],
  ['a shutdown', coded('57P01'), true],
  ['a crash', coded('57P02'), true],
  ['a start', coded('57P03'), true],
  ['a broken connection', coded('08006'), true],
  ['too many connections', coded('53300'), true],
  ['a deadlock', coded('40P01'), true],
  ['a serialization failure', coded('40001'), true],
  ['what pg says of a lost connection', new Error('Connection terminated unexpectedly'), true],
  ['what pg says of a full pool', new Error('timeout exceeded when trying to connect'), true],
  ['a unique violation', coded('23505'), false],
  ['a missing table', coded('42P01'), false],
  ['a text that is too long', coded('22001'), false],
  ['a cancelled query', coded('57014'), false],
  ['a TypeError', new TypeError('x is not a function'), false],
  ['nothing', undefined, false],
  ['a text', 'Connection terminated unexpectedly', false],
])('PostgresStore: %s', (_what, error, expected) => {
  expect(postgres.isTransient(error)).toBe(expected);
});

test('PostgresStore: the error of a server that is not there', async () => {
  const nowhere = new PostgresStore({ pool: new Pool({ host: 'localhost', port: 1 }), owner });
  const error: unknown = await nowhere.migrate().catch((thrown: unknown) => thrown);
  expect(nowhere.isTransient(error)).toBe(true);
});

const mysqlPool = createPool('mysql://127.0.0.1:1/none');
const mysql = new MySqlStore({ pool: mysqlPool, owner });
afterAll(() => mysqlPool.end());

test.each<[string, unknown, boolean]>([
  ['a refused connection', coded('ECONNREFUSED'), true],
  ['a lost connection', coded('PROTOCOL_CONNECTION_LOST'), true],
  ['a server that answers no new connection', coded('ETIMEDOUT'), true],
  ['a shutdown', coded('ER_SERVER_SHUTDOWN'), true],
  ['a killed connection', coded('ER_CONNECTION_KILLED'), true],
  ['too many connections', coded('ER_CON_COUNT_ERROR'), true],
  ['a deadlock', coded('ER_LOCK_DEADLOCK'), true],
  ['a lock wait timeout', coded('ER_LOCK_WAIT_TIMEOUT'), true],
  ['a replica that is read-only', coded('ER_OPTION_PREVENTS_STATEMENT'), true],
  [
    'what mysql2 says of a closed connection',
    new Error("Can't add new command when connection is in closed state"),
    true,
  ],
  ['what mysql2 says of a full pool', new Error('No connections available.'), true],
  ['a duplicate', coded('ER_DUP_ENTRY'), false],
  ['a missing table', coded('ER_NO_SUCH_TABLE'), false],
  ['a wrong password', coded('ER_ACCESS_DENIED_ERROR'), false],
  ['a pool that was closed', new Error('Pool is closed.'), false],
  ['a TypeError', new TypeError('x is not a function'), false],
  ['nothing', undefined, false],
  ['a text', 'No connections available.', false],
])('MySqlStore: %s', (_what, error, expected) => {
  expect(mysql.isTransient(error)).toBe(expected);
});

test('MySqlStore: the error of a server that is not there', async () => {
  const error: unknown = await mysql.migrate().catch((thrown: unknown) => thrown);
  expect(mysql.isTransient(error)).toBe(true);
});

test('SqliteStore: a file that another connection has locked, and no other error', async () => {
  const file = join(folder, 'locked.db');
  const [database, other] = [openDatabase('libsql', file), openDatabase('libsql', file)];
  const store = new SqliteStore({ database, owner });
  await store.migrate();
  database.exec('PRAGMA busy_timeout = 1');
  other.exec('BEGIN IMMEDIATE');
  const error: unknown = await store.saveThread(makeThread('t'), {}).catch((thrown: unknown) => thrown);
  other.exec('ROLLBACK');
  expect(store.isTransient(error)).toBe(true);
  await store.saveThread(makeThread('t'), {});
  expect(store.isTransient(Object.assign(new Error('x'), { errcode: 261 }))).toBe(true); // node:sqlite, SQLITE_BUSY_RECOVERY
  expect(store.isTransient(Object.assign(new Error('x'), { errcode: 19 }))).toBe(false);
  expect(store.isTransient(coded('SQLITE_CONSTRAINT'))).toBe(false);
  for (const each of [database, other]) each.close();
});

test('MemoryStore: none', () => {
  expect(new MemoryStore().isTransient(coded('ECONNREFUSED'))).toBe(false);
});
