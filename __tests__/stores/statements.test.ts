// How many statements a request costs on PostgreSQL and on MariaDB.
import { type MySqlPool, MySqlStore } from 'chatkit-express/mysql';
import { PostgresStore, type PostgresPool } from 'chatkit-express/postgres';
import type { Store } from 'chatkit-express';
import type { Context } from '../support/core';
import { describeOnMariadb } from '../support/mariadb-server';
import { startPglite } from '../support/pglite-pool';
import { testStatements } from './statement-counts';

const owner = ({ user }: Context) => user;

describe('on PostgreSQL', () => {
  const database = startPglite();
  const statements: string[] = [];
  let store: Store<Context>;
  beforeAll(async () => {
    const pool: PostgresPool = {
      query(text, values) {
        statements.push(text);
        return database.query(text, values);
      },
      connect: () => database.connect(),
    };
    const made = new PostgresStore<Context>({ pool, owner });
    await made.migrate();
    store = made;
  });
  afterAll(() => database.end());

  testStatements(() => store, statements, {
    newThread: { before: 1, all: 4 },
    message: { before: 2, all: 3 },
    retry: { before: 2, all: 9 },
    thread: 2,
    list: 1,
    rename: 1,
    action: { before: 1, all: 6 },
    output: { before: 8, all: 9 },
    deletion: 3,
  });
});

describeOnMariadb('on MariaDB', (on) => {
  const statements: string[] = [];
  let store: Store<Context>;
  beforeAll(async () => {
    const counted = <Result>(sql: string, run: () => Result): Result => {
      statements.push(sql);
      return run();
    };
    const pool: MySqlPool = {
      execute: (sql, values) => counted(sql, () => on.pool.execute(sql, values)),
      async getConnection() {
        const connection = await on.pool.getConnection();
        return {
          execute: (sql, values) => counted(sql, () => connection.execute(sql, values)),
          query: (sql) => counted(sql, () => connection.query(sql)),
          release: () => connection.release(),
          destroy: () => connection.destroy(),
        };
      },
    };
    const made = new MySqlStore<Context>({ pool, owner });
    await made.migrate();
    store = made;
  });

  // The statements that begin and end a transaction count as well: three of them.
  testStatements(() => store, statements, {
    newThread: { before: 5, all: 8 },
    message: { before: 6, all: 7 },
    retry: { before: 2, all: 9 },
    thread: 2,
    list: 1,
    rename: 5,
    action: { before: 1, all: 6 },
    output: { before: 8, all: 9 },
    deletion: 3,
  });
});
