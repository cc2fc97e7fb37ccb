// How many statements a request costs on each store.
import Database from 'libsql';
import { MongoStore } from 'chatkit-express/mongodb';
import { type MySqlPool, MySqlStore } from 'chatkit-express/mysql';
import { PostgresStore, type PostgresPool } from 'chatkit-express/postgres';
import { type SqliteDatabase, SqliteStore } from 'chatkit-express/sqlite';
import type { Store } from 'chatkit-express';
import { MongoClient } from 'mongodb';
import type { Context } from '../support/core';
import { describeOnMariadb } from '../support/mariadb-server';
import { describeOnMongo } from '../support/mongo-server';
import { describeOnPostgres } from '../support/postgres-server';
import { counts, testStatements } from './statement-counts';

const owner = ({ user }: Context) => user;
type Stores = Record<'store' | 'other', Store<Context>>;

test.each(Object.entries(counts))('%s: MongoDB needs at most one statement more than SQL', (_name, count) => {
  const { mongodb, ...sql } = count;
  for (const at of [0, 1] as const) {
    expect(mongodb[at]).toBeLessThanOrEqual(Math.min(...Object.values(sql).map((each) => each[at])) + 1);
  }
});

describeOnPostgres('on PostgreSQL', (on) => {
  const statements: string[] = [];
  let stores: Stores;
  beforeAll(async () => {
    const pool: PostgresPool = {
      query(text, values) {
        statements.push(text);
        return on.pool.query(text, values);
      },
      connect: () => on.pool.connect(),
    };
    const [store, other] = [pool, on.pool].map((one) => new PostgresStore<Context>({ pool: one, owner }));
    await store!.migrate();
    await other!.migrate();
    stores = { store: store!, other: other! };
  });

  testStatements('postgres', statements, () => stores);
});

describe('on SQLite', () => {
  const statements: string[] = [];
  let stores: Stores;
  beforeAll(async () => {
    const database = new Database(':memory:');
    const counted: SqliteDatabase = {
      exec(sql) {
        statements.push(sql);
        return database.exec(sql);
      },
      prepare(sql) {
        const statement = database.prepare(sql);
        return {
          all(...values) {
            statements.push(sql);
            return statement.all(...values);
          },
        };
      },
    };
    const [store, other] = [counted, database].map((one) => new SqliteStore<Context>({ database: one, owner }));
    await store!.migrate();
    await other!.migrate();
    stores = { store: store!, other: other! };
  });

  testStatements('sqlite', statements, () => stores);
});

describeOnMariadb('on MariaDB', (on) => {
  const statements: string[] = [];
  let stores: Stores;
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
    const [store, other] = [pool, on.pool].map((one) => new MySqlStore<Context>({ pool: one, owner }));
    await store!.migrate();
    await other!.migrate();
    stores = { store: store!, other: other! };
  });

  testStatements('mariadb', statements, () => stores);
});

// The threads are those of another process, so that the store has no memory of them, or of the same process.
describeOnMongo('on MongoDB', (on) => {
  const commands: string[] = [];
  let client: MongoClient;
  let stores: Stores;
  beforeAll(async () => {
    client = new MongoClient(on.url, { monitorCommands: true });
    client.on('commandStarted', ({ commandName }) => void commands.push(commandName));
    const [store, other] = [client.db(), on.db].map((db) => new MongoStore<Context>({ db, owner }));
    await store!.migrate();
    await other!.migrate();
    stores = { store: store!, other: other! };
  });
  afterAll(() => client?.close());

  describe('in threads of another process', () => testStatements('mongodb', commands, () => stores));
  describe('in threads of this process', () =>
    testStatements('mongodb', commands, () => ({ store: stores.store, other: stores.store })));
});
