// Opens the store: PostgreSQL at DATABASE_URL. Without the URL it is memory, so that you can try the app first.
import { MemoryStore } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';
import type { User } from './session';

const connectionString = process.env['DATABASE_URL'];
if (!connectionString && process.env['NODE_ENV'] === 'production') throw new Error('Set DATABASE_URL');

const owner = ({ userId }: User) => userId;
const pool = connectionString ? new Pool({ connectionString }) : undefined;
// An idle connection that breaks is replaced by the pool. Without a listener the error would end the process.
pool?.on('error', ({ message }) => console.warn(`PostgreSQL: ${message}`));

export const store = pool ? new PostgresStore<User>({ pool, owner }) : new MemoryStore<User>({ owner });
if (store instanceof PostgresStore) await store.migrate(); // creates the tables, or updates them

/** The place of the threads, in the output of the server. */
export const place = pool
  ? 'PostgreSQL'
  : 'memory, until the server stops. Set DATABASE_URL to keep them in PostgreSQL';

/** Closes the store. Call it after the last request. */
export async function closeStore(): Promise<void> {
  await pool?.end();
}
