// Runs that are followed, continued and stopped through another process than the one that makes their answer.
import { PostgresStore } from 'chatkit-express/postgres';
import { describeOnPostgres } from '../support/postgres-server';
import { deleteThread } from '../support/requests';
import { sized } from '../support/sizes';
import {
  answersIn,
  ask,
  follow,
  headersOf,
  newUser,
  openRuns,
  pageAfter,
  post,
  type ServerProcess,
  startServers,
  stopThread,
  threadOf,
  until,
  whole,
  words,
} from './cluster';

jest.setTimeout(5 * 60_000);

describeOnPostgres('two processes', (on) => {
  let a: ServerProcess;
  let b: ServerProcess;
  let store: PostgresStore<string>;
  beforeAll(async () => {
    // A machine with much to do may delay a heartbeat or a follower: no run is taken over or removed too early here.
    [a, b] = (await startServers(on.server.url, 2, { leaseMs: 10_000, keepEndedMs: 5000 })) as [
      ServerProcess,
      ServerProcess,
    ];
    store = new PostgresStore<string>({ pool: on.pool, owner: (user) => user });
    await store.migrate();
  });
  afterAll(() => Promise.all([a?.kill(), b?.kill()]));

  const stored = async (threadId: string, user: string) =>
    (await store.loadThreadItems(threadId, { limit: 100, after: null, order: 'asc' }, user)).data;
  const rows = async () => {
    const { rows: counts } = await on.pool.query(
      'SELECT (SELECT count(*) FROM chatkit_runs) + (SELECT count(*) FROM chatkit_run_readers) AS count',
    );
    return Number((counts[0] as { count: string }).count);
  };

  test.each([10, 50, 90])('a reload at %i %%: the whole answer once, without a note', async (percent) => {
    const user = newUser();
    const shown = (40 * percent) / 100;
    const first = await ask(a.url, `40 25 ${shown}`, user);
    await words(first, shown);
    first.leave();
    const threadId = threadOf(first);
    const [run] = (await openRuns(b.url, threadId, user)) ?? [];
    expect(run).toMatchObject({ id: first.runId, status: 'running' });
    const joined = await follow(b.url, run!.id, user);
    a.child.send('go on');
    expect(await joined.ended).toBe('ended');
    expect(answersIn(pageAfter(joined.events))).toEqual([whole(40)]);
    const items = await stored(threadId, user);
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
    expect(answersIn(items)).toEqual([whole(40)]);
  });

  test('what was said so far is shown by the other process', async () => {
    const user = newUser();
    const first = await ask(a.url, '400 25', user);
    await words(first, 5);
    const request = { type: 'threads.get_by_id', params: { thread_id: threadOf(first) } };
    await until('it is shown', async () => {
      const thread = (await post(b.url, request, user)) as { items: { data: never[] } };
      return (answersIn(thread.items.data)[0] ?? '').startsWith('w0 w1 ');
    });
    expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
  });

  test('Stop through the other process aborts the signal within a second, and keeps the text as it is shown', async () => {
    const user = newUser();
    const first = await ask(a.url, '400 25', user);
    await words(first, 10);
    const pressedAt = Date.now();
    const abortsBefore = a.reports.filter((report) => 'aborted' in report).length;
    expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
    const aborts = a.reports.flatMap((report) => ('aborted' in report ? [report.at] : []));
    expect(aborts).toHaveLength(abortsBefore + 1);
    expect(aborts.at(-1)! - pressedAt).toBeLessThan(1000);
    await first.ended;
    const items = await stored(threadOf(first), user);
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
    expect(JSON.stringify(items[2])).toContain('The user stopped this answer');
    expect(answersIn(items)).toEqual(answersIn(pageAfter(first.events)));
    expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 0 });
  });

  test('two tabs, at two processes, follow one run and see the same', async () => {
    const user = newUser();
    const first = await ask(a.url, '30 25 10', user);
    await words(first, 5);
    const tabs = await Promise.all([follow(a.url, first.runId, user, 2), follow(b.url, first.runId, user, 2)]);
    a.child.send('go on');
    await Promise.all([first.ended, ...tabs.map(({ ended }) => ended)]);
    expect(tabs[0].events).toEqual(first.events.slice(2));
    expect(tabs[1].events).toEqual(first.events.slice(2));
    expect(tabs.map(({ lastId }) => lastId)).toEqual([first.lastId, first.lastId]);
  });

  test('the runs of another owner are a 404 at either process', async () => {
    const user = newUser();
    const first = await ask(a.url, '400 25', user);
    await words(first, 1);
    for (const { url } of [a, b]) {
      expect((await follow(url, first.runId, 'eve')).status).toBe(404);
      const list = await fetch(`${url}/runs?thread_id=${threadOf(first)}`, { headers: headersOf('eve') });
      expect(list.status).toBe(404);
      for (const body of [{ run_id: first.runId }, { thread_id: threadOf(first) }]) {
        const init = { method: 'POST', headers: headersOf('eve'), body: JSON.stringify(body) };
        expect((await fetch(`${url}/runs/stop`, init)).status).toBe(404);
      }
    }
    expect(await openRuns(b.url, threadOf(first), user)).toHaveLength(1);
    expect(await stopThread(b.url, threadOf(first), user)).toEqual({ stopped: 1 });
  });

  test('a thread that is deleted through the other process ends its run, and nothing comes back', async () => {
    const user = newUser();
    const first = await ask(a.url, '400 25', user);
    await words(first, 3);
    first.leave();
    const threadId = threadOf(first);
    expect(await post(b.url, deleteThread(threadId), user)).toEqual({});
    await until('no run is open', async () => {
      const { rows: open } = await on.pool.query("SELECT id FROM chatkit_runs WHERE id = $1 AND status <> 'ended'", [
        first.runId,
      ]);
      return open.length === 0;
    });
    await expect(store.loadThread(threadId, user)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a connection that is cut at random offsets is continued at the other process: as if it was not cut', async () => {
    const cuts = sized(6, 20);
    for (let cut = 0; cut < cuts; cut++) {
      const user = newUser();
      const first = await ask(a.url, '30 5', user);
      const at = 1 + Math.floor(Math.random() * 30);
      await until('it can be cut', () => first.events.length >= at);
      first.leave();
      await first.ended;
      const rest = await follow(b.url, first.runId, user, first.lastId);
      expect(await rest.ended).toBe('ended');
      const page = pageAfter([...first.events, ...rest.events]);
      expect(answersIn(page)).toEqual([whole(30)]);
      const items = await stored(threadOf(first), user);
      expect(page).toEqual(items);
      expect([...first.events, ...rest.events].filter(({ type }) => type === 'error')).toEqual([]);
    }
  });

  test('after many runs that continue without a connection nothing is left', async () => {
    const count = sized(100, 1000);
    const user = newUser();
    const next = Array.from({ length: count }, (_, index) => index).values();
    const worker = async () => {
      for (const index of next) {
        const stream = await ask(index % 2 ? a.url : b.url, '3 10', `${user}_${index}`);
        stream.leave();
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    await until(
      'every answer is stored',
      async () => {
        const { rows: found } = await on.pool.query(
          "SELECT count(*) AS count FROM chatkit_items WHERE owner LIKE $1 AND document ->> 'type' = 'assistant_message'",
          [`${user}\\_%`],
        );
        return Number((found[0] as { count: string }).count) === count;
      },
      120_000,
    );
    await until('no row is left', async () => (await rows()) === 0);
    expect(await rows()).toBe(0);
  });
});
