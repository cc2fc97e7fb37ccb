// Opens the store: MySQL or MariaDB at DATABASE_URL. Without the URL it is memory, so that you can try the app first.
import { MemoryStore } from 'chatkit-express';
import { MySqlStore } from 'chatkit-express/mysql';
import { createPool } from 'mysql2/promise';
import type { User } from './session';

const url = process.env['DATABASE_URL'];
if (!url && process.env['NODE_ENV'] === 'production') throw new Error('Set DATABASE_URL');

const owner = ({ userId }: User) => userId;
const pool = url ? createPool(url) : undefined;

export const store = pool ? new MySqlStore<User>({ pool, owner }) : new MemoryStore<User>({ owner });
if (store instanceof MySqlStore) await store.migrate(); // creates the tables, or updates them

/** The place of the threads, in the output of the server. */
export const place = pool ? 'MySQL' : 'memory, until the server stops. Set DATABASE_URL to keep them in MySQL';

/** Closes the store. Call it after the last request. */
export async function closeStore(): Promise<void> {
  await pool?.end();
}
