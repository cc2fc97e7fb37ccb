// How many statements the registry of PostgreSQL executes.
import { MemoryStore } from 'chatkit-express';
import { PostgresStore, type PostgresPool } from 'chatkit-express/postgres';
import { setTimeout } from 'node:timers/promises';
import { ask, type Context, serve } from '../support/core';
import { added, assistantMessage, done, textDelta } from '../support/items';
import { describeOnPostgres } from '../support/postgres-server';
import { createThread } from '../support/requests';

describeOnPostgres('on PostgreSQL', (on) => {
  /** A server whose registry executes its statements on a pool that counts them. */
  async function counting(options: { snapshotMs?: number }, words = 1, pauseMs = 0) {
    const statements: string[] = [];
    const pool: PostgresPool = {
      connect: () => on.pool.connect(),
      query(text, values) {
        statements.push(text);
        return on.pool.query(text, values);
      },
    };
    const owned = new PostgresStore({ pool, owner: () => 'ann' });
    await owned.migrate();
    const registry = owned.runRegistry({ leaseMs: 60_000, heartbeatMs: 20_000, ...options });
    const core = serve({
      store: new MemoryStore<Context>(), // so that only the statements of the registry are counted
      runs: { registry },
      async *respond({ thread, generateId }) {
        const id = generateId('message');
        yield added(assistantMessage(thread, id, ''));
        for (let word = 0; word < words; word++) {
          if (pauseMs > 0) await setTimeout(pauseMs);
          yield textDelta(id, 'word ');
        }
        yield done(assistantMessage(thread, id, 'word '.repeat(words)));
      },
    });
    const beats = () => statements.filter((text) => text.startsWith('WITH given AS')).length;
    while (beats() === 0) await setTimeout(5); // the first heartbeat
    return { core, registry, statements, beats };
  }

  test('two for each run, its begin and its end', async () => {
    const { core, registry, statements } = await counting({});
    statements.splice(0);
    for (let times = 0; times < 5; times++) await ask(core, createThread());
    expect(statements.map((text) => (text.includes('chatkit_begin_run') ? 'begin' : 'end'))).toEqual(
      Array(5).fill(['begin', 'end']).flat(),
    );
    await core.server.close();
    await registry.close();
  });

  test('one for the snapshots of all runs, at most one in each interval, and none while no text grows', async () => {
    const snapshotMs = 200;
    const { core, statements, beats } = await counting({ snapshotMs }, 20, 50);
    statements.splice(0);
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: 25 }, () => ask(core, createThread())));
    const ms = performance.now() - beganAt;
    expect(statements).toHaveLength(2 * 25 + beats());
    expect(beats()).toBeGreaterThan(1);
    expect(beats()).toBeLessThanOrEqual(Math.ceil(ms / snapshotMs));
    await setTimeout(snapshotMs); // so that a heartbeat that had begun is over
    statements.splice(0);
    await setTimeout(3 * snapshotMs); // so that there is time for three heartbeats
    expect(statements).toEqual([]);
    await core.server.close();
  });
});
