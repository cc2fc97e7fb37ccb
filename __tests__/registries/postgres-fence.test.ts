// The writes of a run are conditional on its lease, in the statement itself.
import { MemoryStore, type Store, type ThreadItem } from 'chatkit-express';
import { PostgresStore } from 'chatkit-express/postgres';
import { PostgresRunBackend } from '../../src/registries/postgres';
import type { RunLease } from '../../src/runs/registry';
import { guardedStore } from '../../src/runs/guarded-store';
import { describeOnPostgres } from '../support/postgres-server';
import { createdAt } from '../support/items';

const thread = { id: 'thr_1', created_at: createdAt, status: { type: 'active' as const }, metadata: {} };
const item = (id: string): ThreadItem => ({
  type: 'assistant_message',
  id,
  thread_id: 'thr_1',
  created_at: createdAt,
  content: [{ type: 'output_text', text: id, annotations: [] }],
});

describeOnPostgres('on PostgreSQL', (on) => {
  let store: PostgresStore;
  let runs = 0;
  beforeAll(async () => {
    store = new PostgresStore({ pool: on.pool, owner: () => 'ann' });
    await store.migrate();
    await store.saveThread(thread, {});
  });

  async function begin(): Promise<RunLease> {
    const lease = await store.runRegistry().begin({ id: `run_${++runs}`, thread_id: 'thr_1', policy: 'allow' });
    if ('joins' in lease) throw new Error('it joins');
    return lease;
  }
  const takeOver = (lease: RunLease) =>
    on.pool.query('UPDATE chatkit_runs SET token = token + 1 WHERE id = $1', [lease.id]);

  const writes: [string, (to: Store) => Promise<unknown>][] = [
    ['addThreadItem', (to) => to.addThreadItem('thr_1', item('new'), {})],
    ['insertItem', (to) => to.insertItem('thr_1', item('new'), {})],
    ['insertItemIfActive', (to) => to.insertItemIfActive('thr_1', item('new'), {})],
    ['saveItem', (to) => to.saveItem('thr_1', item('new'), {})],
    ['updateThread', (to) => to.updateThread('thr_1', { title: 'new' }, {})],
    ['saveThread', (to) => to.saveThread({ ...thread, title: 'new' }, {})],
    ['createThread', (to) => to.createThread({ ...thread, id: 'thr_2' }, { ...item('new'), thread_id: 'thr_2' }, {})],
    ['replaceItemsAfter', (to) => to.replaceItemsAfter('thr_1', 'first', null, item('new'), {})],
    ['deleteItemsAfter', (to) => to.deleteItemsAfter('thr_1', 'first', null, {})],
    ['deleteThreadItem', (to) => to.deleteThreadItem('thr_1', 'second', {})],
  ];

  async function state(): Promise<unknown> {
    const { rows } = await on.pool.query(
      'SELECT id, document FROM chatkit_threads UNION ALL SELECT id, document FROM chatkit_items ORDER BY id',
    );
    return rows;
  }

  test.each(writes)(
    '%s: refused for an old token, also a moment after a heartbeat, and done for a lease',
    async (_name, write) => {
      await store.deleteThread('thr_2', {});
      await store.saveThread(thread, {});
      for (const id of ['new', 'first', 'second']) await store.deleteThreadItem('thr_1', id, {});
      for (const id of ['first', 'second']) await store.addThreadItem('thr_1', item(id), {});
      const [lost, held] = [await begin(), await begin()];
      await takeOver(lost);
      const before = await state();
      await expect(write(guardedStore(store, lost))).rejects.toMatchObject({ code: 'conflict' });
      expect(await state()).toEqual(before);
      await write(guardedStore(store, held));
      expect(await state()).not.toEqual(before);
    },
  );

  test('the condition is that of the lease, not of other calls, and not of another database', async () => {
    const lost = await begin();
    await takeOver(lost);
    const other = new MemoryStore();
    await other.saveThread(thread, {});
    await lost.guard?.(() => other.addThreadItem('thr_1', item('other'), {}));
    await Promise.all([
      expect(lost.guard?.(() => store.addThreadItem('thr_1', item('refused'), {}))).rejects.toThrow('Another process'),
      store.addThreadItem('thr_1', item('beside'), {}),
    ]);
  });

  test('a hook may write after the end of its run, whose row is gone', async () => {
    const lease = await begin();
    await lease.end(0);
    await guardedStore(store, lease).addThreadItem('thr_1', item('late'), {});
    expect((await store.loadItem('thr_1', 'late', {})).id).toBe('late');
  });

  test('a run is not taken over during a write', async () => {
    const lease = await begin();
    await on.pool.query("UPDATE chatkit_runs SET expires_at = now() - interval '1 hour' WHERE id = $1", [lease.id]);
    const client = await on.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT chatkit_check_run($1, 1)', [lease.id]);
      expect(await takenBy('other')).not.toContain(lease.id);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    expect(await takenBy('other')).toContain(lease.id);
  });

  /** Takes over the dead runs as an instance does, and returns their ids. */
  async function takenBy(instance: string): Promise<string[]> {
    const backend = new PostgresRunBackend(on.pool, 'public', false);
    const beat = { instance, leaseMs: 1000, runs: [], maxTaken: 100, needsCounts: false };
    return (await backend.beat(beat)).taken.map(({ id }) => id);
  }
});
