// The stores of the races: on one database, in any process. A planted fault makes the writes unconditional.
import Database from 'libsql';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import { Store } from 'chatkit-express';
import { MongoStore } from 'chatkit-express/mongodb';
import { PostgresStore } from 'chatkit-express/postgres';
import { SqliteStore } from 'chatkit-express/sqlite';

export type Mode = 'right' | 'planted';

const operations = ['updateThread', 'createThread', 'completeItem', 'deleteItemsAfter', 'replaceItemsAfter'] as const;

/** Opens a store on `postgres://…`, on `mongodb://…` or on the file of `file:…`. Planted: reads, and then writes unconditionally. */
export async function openStore(url: string, mode: Mode = 'right'): Promise<{ store: Store; close(): Promise<void> }> {
  const owner = () => 'ann';
  const [store, close] = open(url, owner);
  await store.migrate();
  if (mode === 'planted') {
    for (const name of operations) Object.assign(store, { [name]: Store.prototype[name] });
  }
  return { store, close };
}

function open(url: string, owner: () => string): [SqliteStore | PostgresStore | MongoStore, () => Promise<void>] {
  if (url.startsWith('file:')) return sqlite(url.slice('file:'.length), owner);
  return url.startsWith('mongodb:') ? mongo(url, owner) : postgres(url, owner);
}

function mongo(url: string, owner: () => string): [MongoStore, () => Promise<void>] {
  const client = new MongoClient(url);
  return [new MongoStore({ db: client.db(), owner }), () => client.close()];
}

function sqlite(file: string, owner: () => string): [SqliteStore, () => Promise<void>] {
  const database = new Database(file);
  return [new SqliteStore({ database, owner }), async () => void database.close()];
}

function postgres(url: string, owner: () => string): [PostgresStore, () => Promise<void>] {
  const pool = new Pool({ connectionString: url, max: 10 });
  pool.on('error', () => undefined); // an idle connection that the end of the server cuts
  return [new PostgresStore({ pool, owner }), () => pool.end()];
}
