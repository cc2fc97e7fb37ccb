// Processes that die or freeze, and a database that goes away, while answers are being made.
import { PostgresStore } from 'chatkit-express/postgres';
import { describeOnPostgres } from '../support/postgres-server';
import { isLong } from '../support/sizes';
import {
  answersIn,
  ask,
  follow,
  newUser,
  openRuns,
  pageAfter,
  type ServerProcess,
  startServers,
  type Stream,
  stopThread,
  threadOf,
  until,
  whole,
  words,
} from './cluster';

jest.setTimeout(5 * 60_000);

describeOnPostgres(
  'two processes',
  (on) => {
    /** Two pairs of processes, each with tables of its own. One cannot resume. The other one can, and does not listen. */
    let plain: ServerProcess[] = [];
    let resuming: ServerProcess[] = [];
    const stores = {} as Record<'plain' | 'resuming', PostgresStore<string>>;

    beforeAll(async () => {
      on.pool.on('error', () => undefined); // a restart of the server cuts the connections
      [plain, resuming] = await Promise.all([
        startServers(on.server.url, 2, { schema: 'plain' }),
        startServers(on.server.url, 2, { schema: 'resuming', resumes: true, listen: false }),
      ]);
      for (const schema of ['plain', 'resuming'] as const) {
        stores[schema] = new PostgresStore<string>({ pool: on.pool, owner: (user) => user, schema });
        await stores[schema].migrate();
      }
    });
    afterAll(() => Promise.all([...plain, ...resuming].map((server) => server.kill())));

    const stored = async (schema: 'plain' | 'resuming', stream: Stream, user: string) =>
      (await stores[schema].loadThreadItems(threadOf(stream), { limit: 100, after: null, order: 'asc' }, user)).data;
    const ended = (server: ServerProcess, stream: Stream, user: string) =>
      until('no run is open', async () => (await openRuns(server.url, threadOf(stream), user))?.length === 0);
    const pair = (schema: 'plain' | 'resuming') =>
      (schema === 'plain' ? plain : resuming) as [ServerProcess, ServerProcess];
    const aborts = ({ reports }: ServerProcess) =>
      reports.flatMap((report) => ('aborted' in report ? [report.at] : []));

    test('the connections that listen die: Stop works within a heartbeat', async () => {
      const [a, b] = pair('plain');
      const user = newUser();
      const first = await ask(a.url, '400 25', user);
      await words(first, 5);
      const kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'";
      expect((await on.pool.query(kill)).rows).toHaveLength(2);
      const pressedAt = Date.now();
      expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
      expect(aborts(a).at(-1)! - pressedAt).toBeLessThan(1000);
      expect(answersIn(await stored('plain', first, user))).toEqual(answersIn(pageAfter(first.events)));
    });

    test('without LISTEN, as behind a pooler: Stop works within a heartbeat, and a run can be followed', async () => {
      const [a, b] = pair('resuming');
      const user = newUser();
      const first = await ask(a.url, '400 25', user);
      await words(first, 5);
      const follower = await follow(b.url, first.runId, user);
      await until('it reads', () => follower.events.length > 2);
      const pressedAt = Date.now();
      expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
      expect(aborts(a).at(-1)! - pressedAt).toBeLessThan(1000);
      expect(await follower.ended).toBe('ended');
    });

    test.each(isLong ? (['fast', 'immediate'] as const) : (['immediate'] as const))(
      'PostgreSQL restarts (%s): the answer of a run is stored, and Stop works afterwards',
      async (mode) => {
        const [a, b] = pair('plain');
        const user = newUser();
        const first = await ask(a.url, '100 25', user);
        await words(first, 5);
        first.leave();
        await on.server.restart(mode);
        await ended(b, first, user);
        const items = await stored('plain', first, user);
        expect(answersIn(items)).toEqual([whole(100)]);
        expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
        const second = await ask(a.url, '400 25', user);
        await words(second, 2);
        expect(await stopThread(b.url, threadOf(second), user)).toEqual({ stopped: 1 });
      },
    );

    test.each(['plain', 'resuming'] as const)(
      'SIGSTOP, SIGCONT (%s): a process that wakes up writes nothing',
      async (schema) => {
        const [a, b] = pair(schema);
        const user = newUser();
        const first = await ask(a.url, '60 25 20', user);
        b.child.send('go on');
        await words(first, 20);
        const abortsBefore = aborts(a).length;
        a.child.kill('SIGSTOP');
        await ended(b, first, user);
        const before = await stored(schema, first, user);
        a.child.kill('SIGCONT');
        await until('it is told', () => aborts(a).length > abortsBefore);
        expect(await first.ended).toBe('ended');
        expect(first.events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
        // It serves further requests, whose answers are stored.
        const second = await ask(a.url, '3 1', user);
        await second.ended;
        expect(answersIn(await stored(schema, second, user))).toEqual([whole(3)]);
        expect(await stored(schema, first, user)).toEqual(before);
        if (schema === 'resuming') expect(answersIn(before)).toEqual([whole(60)]);
      },
    );

    test('kill -9: the other process stores at least the snapshot, with a note', async () => {
      const [a, b] = pair('plain');
      const user = newUser();
      const first = await ask(a.url, '400 25', user);
      await words(first, 30);
      await a.kill();
      await first.ended;
      await ended(b, first, user);
      const items = await stored('plain', first, user);
      expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
      const [text = ''] = answersIn(items);
      expect(whole(400)).toContain(text);
      // A snapshot is stored every 200 ms, which are eight words. A slow machine is given twice as much.
      expect(text.split(' ').length).toBeGreaterThan(14);
      expect(JSON.stringify(items[2])).toContain('was cut off');
    });

    test('kill -9 with `resume`: exactly one whole answer, which a reader at the other process sees', async () => {
      const [a, b] = pair('resuming');
      const user = newUser();
      const first = await ask(a.url, '80 25 40', user);
      await words(first, 30);
      const follower = await follow(b.url, first.runId, user);
      await until('it reads', () => follower.events.length > 2);
      const resumed = b.called('resume');
      b.child.send('go on');
      await a.kill();
      await ended(b, first, user);
      expect(b.called('resume')).toBe(resumed + 1);
      const items = await stored('resuming', first, user);
      expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
      expect(answersIn(items)).toEqual([whole(80)]);
      expect(await follower.ended).toBe('ended');
      expect(answersIn(pageAfter(follower.events))).toEqual([whole(80)]);
    });
  },
  { survivesCrash: true },
);
