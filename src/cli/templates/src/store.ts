// Opens the store: an SQLite file.
import { SqliteStore } from 'chatkit-express/sqlite';
import Database from 'libsql';
import type { User } from './session';

const file = process.env['DATABASE_FILE'] || 'chat.sqlite';
const database = new Database(file);

export const store = new SqliteStore<User>({ database, owner: ({ userId }) => userId });
await store.migrate(); // creates the tables, or updates them to the installed version

/** The place of the threads, in the output of the server. */
export const place = `the file ${file}`;

/** Closes the store. Call it after the last request. */
export async function closeStore(): Promise<void> {
  database.close();
}
