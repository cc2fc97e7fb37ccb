// A release before the newest migration works on the migrated database, because its instances run during an update.
import Database from 'libsql';
import type { Attachment, Store, ThreadItem } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { SqliteStore } from 'chatkit-express/sqlite';
import { describeOnPostgres } from '../support/postgres-server';

interface User {
  user: string;
}
type Migrated<S> = S & { migrate(): Promise<void> };
/** The stores of 0.1.0, whose newest migration has the version 1. */
const release = jest.requireActual<{ SqliteStore: typeof SqliteStore; PostgresStore: typeof PostgresStore }>(
  './release-0.1.0.cjs',
);

const owner = ({ user }: User) => user;
const ann: User = { user: 'ann' };
const created_at = '2026-01-02T03:04:05.000Z';
const thread = (id: string) => ({ id, created_at, status: { type: 'active' as const }, metadata: {} });
const item = (id: string, threadId = 't'): ThreadItem => ({
  id,
  thread_id: threadId,
  created_at,
  type: 'hidden_context_item',
  content: id,
});
const file = (id: string, more = {}): Attachment => ({ id, name: 'a', mime_type: 'text/plain', type: 'file', ...more });

/** The methods of the old store, which had other names for leases. */
type OldStore = Omit<Store<User>, 'claimUnsentAttachments' | 'deleteClaimedAttachment'> & {
  claimUnsentAttachments(query: { before: Date; limit: number }): Promise<{ owner: string; attachment: Attachment }[]>;
  deleteClaimedAttachment(claimed: { owner: string; id: string }): Promise<void>;
};

async function itemsOf(store: Pick<Store<User>, 'loadThreadItems'>, threadId = 't') {
  const { data } = await store.loadThreadItems(threadId, { limit: 100, after: null, order: 'asc' }, ann);
  return data.map(({ id }) => id);
}

/** Runs the old store beside the new one, on a database that the new one has migrated. */
async function workBeside(old: OldStore, current: Migrated<Store<User>>): Promise<void> {
  await old.saveThread(thread('t'), ann);
  await old.addThreadItem('t', item('before'), ann);
  await old.saveAttachment(file('before'), ann);
  await current.migrate();

  await old.saveThread({ ...thread('t'), title: 'renamed' }, ann);
  await old.saveThread(thread('u'), ann);
  await old.addThreadItem('t', item('old'), ann);
  await current.addThreadItem('t', item('new'), ann);
  await old.saveItem('t', item('old again'), ann);
  await old.deleteThreadItem('t', 'before', ann);
  for (const store of [old, current]) {
    expect(await itemsOf(store)).toEqual(['old', 'new', 'old again']);
    expect(await store.loadThread('t', ann)).toMatchObject({ title: 'renamed' });
    expect(await store.loadItem('t', 'new', ann)).toEqual(item('new'));
    const { data } = await store.loadThreads({ limit: 10, after: null, order: 'desc' }, ann);
    expect(data.map(({ id }) => id)).toEqual(['u', 't']);
  }

  await old.saveAttachment(file('sent', { thread_id: 't' }), ann);
  await current.saveAttachment(file('unsent'), ann);
  const before = new Date(Date.now() + 60_000);
  const claimed = await old.claimUnsentAttachments({ before, limit: 10 });
  expect(claimed.map(({ attachment }) => attachment.id).sort()).toEqual(['before', 'unsent']);
  await expect(current.loadAttachment('unsent', ann)).rejects.toMatchObject({ code: 'not_found' });
  for (const { owner: of, attachment } of claimed) await old.deleteClaimedAttachment({ owner: of, id: attachment.id });
  expect((await current.loadAttachments({ limit: 10, after: null }, ann)).data).toEqual([
    file('sent', { thread_id: 't' }),
  ]);

  // An item of the old release counts for a purge, and the old release does not find a purged thread.
  const [idle] = (await current.loadIdleThreads({ before, limit: 10, after: null })).data.filter(
    ({ threadId }) => threadId === 't',
  );
  await old.addThreadItem('t', item('meanwhile'), ann);
  expect(await current.deleteIdleThread(idle!)).toBe(false);
  const [again] = (await current.loadIdleThreads({ before, limit: 10, after: null })).data.filter(
    ({ threadId }) => threadId === 't',
  );
  expect(await current.deleteIdleThread(again!)).toBe(true);
  await expect(old.addThreadItem('t', item('late'), ann)).rejects.toMatchObject({ code: 'not_found' });
  expect(await old.deleteThread('u', ann)).toEqual([]);
  await expect(current.loadThread('u', ann)).rejects.toMatchObject({ code: 'not_found' });
}

/** Records a version that this release does not know. */
const recordVersion = (table: string, version: number, worksWith: number | null) =>
  `INSERT INTO ${table} (version, works_with) VALUES (${version}, ${worksWith ?? 'NULL'})`;

describe('SqliteStore', () => {
  test('0.1.0 works on the migrated file', async () => {
    const database = new Database(':memory:');
    const old = new release.SqliteStore({ database, owner });
    await old.migrate();
    await workBeside(old as unknown as OldStore, new SqliteStore({ database, owner }));
  });

  test('starts on a newer schema that works with this release, and refuses another', async () => {
    const database = new Database(':memory:');
    await new SqliteStore({ database, owner }).migrate();
    database.exec(recordVersion('chatkit_migrations', 4, 3));
    const store = new SqliteStore({ database, owner });
    await store.migrate();
    await store.saveThread(thread('t'), ann);
    database.exec(recordVersion('chatkit_migrations', 5, 4));
    await expect(new SqliteStore({ database, owner }).migrate()).rejects.toThrow('newer than version 3');
    database.exec('UPDATE chatkit_migrations SET works_with = NULL WHERE version > 3');
    await expect(new SqliteStore({ database, owner }).migrate()).rejects.toThrow('newer than version 3');
  });
});

describeOnPostgres('PostgresStore on a server', (on) => {
  test('0.1.0 works on the migrated schema', async () => {
    const old = new release.PostgresStore({ pool: on.pool, owner, schema: 'old' });
    await old.migrate();
    await workBeside(old as unknown as OldStore, new PostgresStore({ pool: on.pool, owner, schema: 'old' }));
  });

  test('starts on a newer schema that works with this release, and refuses another', async () => {
    const start = () => new PostgresStore({ pool: on.pool, owner, schema: 'newer' }).migrate();
    await start();
    await on.pool.query(recordVersion('newer.chatkit_migrations', 5, 4));
    await start();
    await on.pool.query(recordVersion('newer.chatkit_migrations', 6, 5));
    await expect(start()).rejects.toThrow('newer than version 4');
  });

  test('a migration that waits for a long transaction gives up, and changes nothing', async () => {
    const old = new release.PostgresStore({ pool: on.pool, owner, schema: 'busy' });
    await old.migrate();
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT * FROM busy.chatkit_items'); // holds a lock until the transaction ends
      const store = new PostgresStore({ pool: on.pool, owner, schema: 'busy' });
      await expect(store.migrate()).rejects.toMatchObject({ code: '55P03' });
      await client.query('COMMIT');
      await store.migrate();
      await store.saveThread(thread('t'), ann);
    } finally {
      client.release();
    }
    const { rows } = await on.pool.query('SELECT version FROM busy.chatkit_migrations ORDER BY version');
    expect(rows.map(({ version }) => version)).toEqual([0, 1, 2, 3, 4]);
  }, 30_000);

  test('a thread whose transaction adds an item is not deleted', async () => {
    const store = new PostgresStore({ pool: on.pool, owner, schema: 'locked' });
    await store.migrate();
    await store.saveThread(thread('t'), ann);
    const { data } = await store.loadIdleThreads({ before: new Date(), limit: 10, after: null });
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query("SELECT id FROM locked.chatkit_threads WHERE id = 't' FOR NO KEY UPDATE");
      expect(await store.deleteIdleThread(data[0]!)).toBe(false);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
    expect(await store.deleteIdleThread(data[0]!)).toBe(true);
  });
});
