// Processes that share their runs through Redis, and their threads through a file of SQLite.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from 'chatkit-express/sqlite';
import Database from 'libsql';
import { createClient } from 'redis';
import { childProgram } from '../support/child-program';
import { describeOnRedis } from '../support/redis-server';
import { isLong } from '../support/sizes';
import {
  answersIn,
  ask,
  follow,
  newUser,
  openRuns,
  pageAfter,
  type Stream,
  stopThread,
  threadOf,
  until,
  whole,
  words,
} from './cluster';
import type { Report } from './instance';
import type { RedisSettings } from './redis-instance';

jest.setTimeout(5 * 60_000);

/** A server in a process of its own. */
interface Instance {
  child: ChildProcess;
  reports: Report[];
  url: string;
  resumes: boolean;
  isAlive(): boolean;
  /** The times at which the signal of a hook was aborted. */
  aborts(): number[];
  called(name: 'respond' | 'resume'): number;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function startInstance(settings: RedisSettings): Promise<Instance> {
  const args = [childProgram(join(__dirname, 'redis-instance.ts')), JSON.stringify(settings)];
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, args, { cwd: join(__dirname, '..', '..'), stdio: [...stdio] });
  const reports: Report[] = [];
  child.on('message', (message: Report) => reports.push(message));
  const instance: Instance = {
    child,
    reports,
    url: '',
    resumes: settings.resumes,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    aborts: () => reports.flatMap((report) => ('aborted' in report ? [report.at] : [])),
    called: (name) => reports.filter((report) => 'called' in report && report.called === name).length,
    async end(signal) {
      if (!instance.isAlive()) return;
      const exited = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill(signal);
      await exited;
    },
  };
  await until('the server listens', () => reports.some((report) => 'port' in report), 90_000);
  const { port } = reports.find((report) => 'port' in report) as { port: number };
  return Object.assign(instance, { url: `http://127.0.0.1:${port}/chatkit` });
}

describeOnRedis('two processes on Redis', (on) => {
  let folder: string;
  let database: Database.Database;
  let store: SqliteStore<string>;
  let made: Instance[] = [];
  const connect = () => createClient({ url: on.server.url }).connect();
  const admin = async <Result>(
    use: (client: Awaited<ReturnType<typeof connect>>) => Promise<Result>,
  ): Promise<Result> => {
    const client = await connect();
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chatkit-express-redis-'));
    database = new Database(join(folder, 'threads.db'));
    database.exec('PRAGMA busy_timeout = 10000');
    store = new SqliteStore<string>({ database, owner: (user) => user });
    await store.migrate();
  });
  afterAll(async () => {
    await Promise.all(made.map((instance) => instance.end('SIGKILL')));
    database?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Returns two processes, one with each client. Starts those that do not run as they should. */
  const two = async ({ resumes = true } = {}) => {
    const common = { redis: on.server.url, file: join(folder, 'threads.db'), resumes };
    const times = { leaseMs: 1000, heartbeatMs: 200, keepEndedMs: 500 };
    const clients = ['redis', 'ioredis'] as const;
    made = await Promise.all(
      clients.map(async (client, index) => {
        const running = made[index];
        if (running?.isAlive() && running.resumes === resumes) return running;
        await running?.end('SIGKILL');
        return startInstance({ ...times, ...common, client });
      }),
    );
    for (const { reports } of made) reports.length = 0;
    return made as [Instance, Instance];
  };
  const stored = async (stream: Stream, user: string) =>
    (await store.loadThreadItems(threadOf(stream), { limit: 100, after: null, order: 'asc' }, user)).data;
  const ended = (instance: Instance, stream: Stream, user: string) =>
    until('no run is open', async () => (await openRuns(instance.url, threadOf(stream), user))?.length === 0);
  const isEmpty = () => until('Redis is empty', () => admin(async (client) => (await client.dbSize()) === 0));

  test('Stop, readers and keys reach the other process, and nothing is left in Redis', async () => {
    const [a, b] = await two();
    const user = newUser();
    const first = await ask(a.url, '400 25', user);
    await words(first, 5);
    const followers = [await follow(b.url, first.runId, user, 2), await follow(b.url, first.runId, user)];
    await words(first, 10);
    const pressedAt = Date.now();
    expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
    expect(a.aborts()[0]! - pressedAt).toBeLessThan(1000);
    await Promise.all([first, ...followers].map((stream) => stream.ended));
    const items = await stored(first, user);
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
    expect(answersIn(items)).toEqual(answersIn(pageAfter(first.events)));
    expect(followers[0]!.events).toEqual(first.events.slice(2));
    expect(answersIn(pageAfter(followers[1]!.events))).toEqual(answersIn(items));

    const key = { 'idempotency-key': newUser() };
    const asked = await ask(b.url, '20 25 10', user, key);
    await words(asked, 5);
    const again = await ask(a.url, '20 25 10', user, key);
    b.child.send('go on');
    await Promise.all([asked.ended, again.ended]);
    expect(again.runId).toBe(asked.runId);
    expect(again.events).toEqual(asked.events);
    expect(a.called('respond') + b.called('respond')).toBe(2);
    expect(answersIn(await stored(asked, user))).toEqual([whole(20)]);
    await isEmpty();
  });

  test('SIGSTOP, SIGCONT: a process that wakes up writes nothing', async () => {
    const [a, b] = await two();
    const user = newUser();
    const first = await ask(a.url, '60 25 20', user);
    b.child.send('go on');
    await words(first, 20);
    a.child.kill('SIGSTOP');
    await ended(b, first, user);
    const before = await stored(first, user);
    a.child.kill('SIGCONT');
    await until('it is told', () => a.aborts().length > 0);
    expect(await first.ended).toBe('ended');
    expect(first.events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    const second = await ask(a.url, '3 1', user);
    await second.ended;
    expect(answersIn(await stored(second, user))).toEqual([whole(3)]);
    expect(await stored(first, user)).toEqual(before);
    expect(answersIn(before)).toEqual([whole(60)]);
  });

  test('pub/sub dies: Stop works within a heartbeat, and signals come back', async () => {
    const [a, b] = await two();
    const user = newUser();
    const first = await ask(a.url, '400 25', user);
    await words(first, 5);
    const subscribers = () =>
      admin(async (client) => Number((await client.pubSubNumSub('{chatkit}:runs:signals'))['{chatkit}:runs:signals']));
    await until('both receive signals', async () => (await subscribers()) === 2);
    await admin((client) => client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']));
    const pressedAt = Date.now();
    expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
    expect(a.aborts()[0]! - pressedAt).toBeLessThan(1000);
    await until('both receive signals again', async () => (await subscribers()) === 2);
  });

  test('Redis restarts without its data: the answers of both processes are stored, and Stop works again', async () => {
    const [a, b] = await two();
    const user = newUser();
    const [first, second] = [await ask(a.url, '400 25', user), await ask(b.url, '8000 25', user)];
    await Promise.all([words(first, 5), words(second, 5)]);
    first.leave();
    await on.server.kill();
    // The begin of a further run cannot be recorded.
    expect((await ask(b.url, '1 1', user)).status).toBe(503);
    await on.server.start();
    await until('both runs are registered again', async () => {
      const open = [await openRuns(b.url, threadOf(first), user), await openRuns(a.url, threadOf(second), user)];
      return open.every((runs) => runs?.length === 1);
    });
    expect(await stopThread(a.url, threadOf(second), user)).toEqual({ stopped: 1 });
    await ended(b, first, user);
    const items = await stored(first, user);
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
    expect(answersIn(items)).toEqual([whole(400)]);
    await isEmpty();
  });

  test('kill -9 with `resume`: exactly one whole answer, which a reader at the other process sees', async () => {
    const [a, b] = await two();
    const user = newUser();
    const first = await ask(a.url, '80 25 30', user);
    await words(first, 20);
    const follower = await follow(b.url, first.runId, user);
    await until('it reads', () => follower.events.length > 2);
    b.child.send('go on');
    await a.end('SIGKILL');
    await ended(b, first, user);
    expect(b.called('resume')).toBe(1);
    const items = await stored(first, user);
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
    expect(answersIn(items)).toEqual([whole(80)]);
    expect(await follower.ended).toBe('ended');
    expect(answersIn(pageAfter(follower.events))).toEqual([whole(80)]);
    await isEmpty();
  });

  // The short run leaves this to the tests on PostgreSQL, because two more processes take seconds to start.
  if (isLong) {
    test('kill -9: the other process stores at least the snapshot, with a note, and nothing is left', async () => {
      const [a, b] = await two({ resumes: false });
      const user = newUser();
      const first = await ask(a.url, '400 25', user);
      await words(first, 30);
      await a.end('SIGKILL');
      await first.ended;
      await ended(b, first, user);
      const items = await stored(first, user);
      expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
      const [text = ''] = answersIn(items);
      expect(whole(400)).toContain(text);
      expect(text.split(' ').length).toBeGreaterThan(10);
      expect(JSON.stringify(items[2])).toContain('was cut off');
      await isEmpty();
    });
  }
});
