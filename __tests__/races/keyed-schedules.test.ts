// Random schedules of lost commits, proxies that give up and repetitions with an Idempotency-Key, on two processes that
// share a database: one thread, one message, one answer.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PostgresStore } from 'chatkit-express/postgres';
import { Pool } from 'pg';
import { childProgram } from '../support/child-program';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { createThread } from '../support/requests';
import { sized } from '../support/sizes';
import type { KeyedPost, KeyedReport } from './keyed-process';

jest.setTimeout(10 * 60_000);

const seed = Number(process.env['CHATKIT_SEED'] ?? Date.now() % 2 ** 31);

/** A generator of numbers below 1 that repeats itself for a seed. */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'on PostgreSQL' : `on PostgreSQL, ${noPostgres}`, () => {
  let database: PostgresServer;
  let pool: Pool;
  let store: PostgresStore<string>;
  let children: ChildProcess[] = [];
  const calls = new Map<string, number>();
  const waiting = new Map<number, (outcome: string) => void>();
  let posts = 0;

  beforeAll(async () => {
    database = await startPostgres();
    pool = new Pool({ connectionString: database.url, max: 4 });
    store = new PostgresStore<string>({ pool, owner: (user) => user });
    await store.migrate();
    children = [1, 2].map(() =>
      spawn(process.execPath, [childProgram(join(__dirname, 'keyed-process.ts')), database.url], {
        cwd: join(__dirname, '..', '..'),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    );
    await Promise.all(children.map((child) => once(child, 'message')));
    for (const child of children) {
      child.on('message', (report: KeyedReport) => {
        if ('called' in report) calls.set(report.called, (calls.get(report.called) ?? 0) + 1);
        else waiting.get(report.id)?.(report.outcome);
      });
    }
  });
  afterAll(async () => {
    for (const child of children) {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    }
    await pool?.end();
    await database?.stop();
  });

  function post(at: number, given: Omit<KeyedPost, 'id' | 'request'>): Promise<string> {
    const id = ++posts;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      children[at]!.send({ id, request: createThread(), ...given } satisfies KeyedPost);
    });
  }

  async function runSchedule(user: string, random: () => number): Promise<Map<string, number>> {
    const outcomes: string[] = [];
    const fates = ['fine', 'lost', 'left'] as const;
    for (let left = 1 + Math.floor(random() * 5); left > 0; left--) {
      const given = { user, fate: fates[Math.floor(random() * 3)]!, patienceMs: 1 + Math.floor(random() * 40) };
      const at = random() < 0.5 ? 0 : 1;
      const both = random() < 0.3 ? [post(1 - at, given)] : [];
      outcomes.push(...(await Promise.all([post(at, given), ...both])));
    }
    // The client does not give up until one of the processes has answered.
    for (const at of [0, 1]) outcomes.push(await post(at, { user, fate: 'fine', patienceMs: 500 }));
    const counts = new Map<string, number>();
    for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    return counts;
  }

  async function storedTypes(user: string): Promise<string[][]> {
    const { data } = await store.loadThreads({ limit: 9, after: null, order: 'asc' }, user);
    const items = data.map(({ id }) => store.loadThreadItems(id, { limit: 9, after: null, order: 'asc' }, user));
    return (await Promise.all(items)).map((page) => page.data.map(({ type }) => type));
  }

  test('one message and one answer, however often and wherever it is posted', async () => {
    const count = sized(200, 2000);
    const totals = new Map<string, number>();
    const next = Array.from({ length: count }, (_, index) => index).values();
    const worker = async () => {
      for (const index of next) {
        const user = `user_${index}`;
        const outcomes = await runSchedule(user, randomOf(seed + index));
        for (const [outcome, times] of outcomes) totals.set(outcome, (totals.get(outcome) ?? 0) + times);
        const label = `seed ${seed}, schedule ${index}: ${JSON.stringify([...outcomes])}`;
        while (calls.get(user) === 1 && (await storedTypes(user))[0]?.length !== 2) await setTimeout(5); // it ends by itself
        expect([label, await storedTypes(user), calls.get(user)]).toEqual([
          label,
          [['user_message', 'assistant_message']],
          1,
        ]);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    expect([...totals.keys()]).toEqual(expect.arrayContaining(['answered', 'left', 'Error: the connection was lost']));
  });
});
