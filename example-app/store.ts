// Opens the store that DATABASE_URL selects: an SQLite file in this folder, PostgreSQL, MongoDB, or
// memory.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryStore, type Store } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import { MongoStore } from 'chatkit-express/mongodb';
import { PostgresStore } from 'chatkit-express/postgres';
import { SqliteStore } from 'chatkit-express/sqlite';
import Database from 'libsql';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import type { DemoContext } from './demo-turn';

export interface OpenStore {
  store: Store<DemoContext>;
  /** The location of the threads, for the log. Without the password. */
  place: string;
  /** Call it when the last request has ended. */
  close: () => unknown;
}

/** Separates the threads of each owner in all stores. */
const owner = ({ userId }: DemoContext) => userId;

/** Keeps the files that users send. @param directory Default: `uploads` in this folder. */
export function openAttachmentStore(directory = fileURLToPath(new URL('uploads', import.meta.url))) {
  return new DiskAttachmentStore({ directory, owner });
}

/**
 * Opens the store, and brings its tables up to date.
 *
 * @param url `postgres://…`, `mongodb://…`, `memory:`, or `file:` and the path of an SQLite file. Default: `chatkit.sqlite` in this
 * folder.
 */
export async function openStore(url: string | undefined): Promise<OpenStore> {
  if (!url) return openSqlite(fileURLToPath(new URL('chatkit.sqlite', import.meta.url)));
  if (url.startsWith('file:')) return openSqlite(url.slice('file:'.length));
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url);
  if (/^mongodb(\+srv)?:/.test(url)) return openMongo(url);
  if (url === 'memory:') {
    return { store: new MemoryStore({ owner }), place: 'memory, until it stops', close: () => undefined };
  }
  throw new Error(
    'DATABASE_URL must be postgres://…, mongodb://…, file:… or memory:, or be left out for an SQLite file',
  );
}

async function openSqlite(path: string): Promise<OpenStore> {
  const database = new Database(path);
  const store = new SqliteStore({ database, owner });
  await store.migrate();
  return { store, place: `the SQLite file ${relative('', path)}`, close: () => database.close() };
}

async function openPostgres(connectionString: string): Promise<OpenStore> {
  const pool = new Pool({ connectionString });
  // An idle connection that breaks is replaced by the pool. Without a listener the error would end the process.
  pool.on('error', ({ message }) => console.warn(`PostgreSQL: ${message}`));
  const store = new PostgresStore({ pool, owner });
  await store.migrate();
  const { host, pathname } = new URL(connectionString);
  return { store, place: `PostgreSQL at ${host}${pathname}`, close: () => pool.end() };
}

async function openMongo(url: string): Promise<OpenStore> {
  const client = await MongoClient.connect(url);
  const db = client.db(); // the database of the URL, or `test`
  const store = new MongoStore({ db, owner });
  await store.migrate();
  const { host } = new URL(url);
  return { store, place: `MongoDB at ${host}/${db.databaseName}`, close: () => client.close() };
}
