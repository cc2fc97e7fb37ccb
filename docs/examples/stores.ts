import Database from 'libsql';
import { Pool } from 'pg';
import { type AttachmentStore, MemoryStore, type Store } from 'chatkit-express';
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

// #region retention
/** Deletes the threads of one owner that were created before a time, such as `2026-01-31T00:00:00Z`. */
export async function deleteThreadsBefore(time: string, store: Store<User>, files: AttachmentStore<User>, user: User) {
  for (;;) {
    const { data } = await store.loadThreads({ limit: 100, after: null, order: 'asc' }, user);
    const old = data.filter((thread) => Date.parse(thread.created_at) < Date.parse(time));
    for (const { id } of old) {
      for (const attachmentId of (await store.deleteThread(id, user)) ?? []) {
        await files.deleteAttachment(attachmentId, user); // the bytes
        await store.deleteAttachment(attachmentId, user); // their description
      }
    }
    if (old.length < 100) return;
  }
}
// #endregion
