import Database from 'libsql';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import { MemoryStore } from 'chatkit-express';
import { MongoStore } from 'chatkit-express/mongodb';
import { PostgresStore } from 'chatkit-express/postgres';
import { SqliteStore } from 'chatkit-express/sqlite';

interface User {
  userId: string;
}

export function memory() {
  // #region memory
  const store = new MemoryStore<User>({ owner: ({ userId }) => userId });
  // #endregion
  return store;
}

export async function sqlite() {
  // #region sqlite
  const database = new Database('chat.sqlite');
  const store = new SqliteStore<User>({ database, owner: ({ userId }) => userId });
  await store.migrate();
  // #endregion
  return store;
}

export async function postgres() {
  // #region postgres
  const pool = new Pool({ connectionString: process.env['DATABASE_URL'] });
  pool.on('error', (error) => console.warn('an idle connection broke', error));
  const store = new PostgresStore<User>({ pool, owner: ({ userId }) => userId });
  await store.migrate();
  // #endregion
  return store;
}

export function shared(pool: Pool) {
  // #region shared
  const store = new PostgresStore({ pool, owner: () => 'shared' });
  // #endregion
  return store;
}

export async function mongodb() {
  // #region mongodb
  const client = await MongoClient.connect(process.env['MONGODB_URL'] ?? '');
  const store = new MongoStore<User>({ db: client.db('chat'), owner: ({ userId }) => userId });
  await store.migrate();
  // #endregion
  return store;
}
