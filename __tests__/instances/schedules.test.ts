// Random schedules of lost commits, proxies that give up, kills, and repetitions at the other process, with an
// Idempotency-Key: one thread, one message, one whole answer.
import { setTimeout } from 'node:timers/promises';
import { PostgresStore } from 'chatkit-express/postgres';
import { describeOnPostgres } from '../support/postgres-server';
import { sized } from '../support/sizes';
import { randomNumbers } from '../support/slow-store';
import { answersIn, ask, newUser, pageAfter, ServerProcess, type Stream, startServers, until, whole } from './cluster';

jest.setTimeout(20 * 60_000);

const seed = Number(process.env['CHATKIT_SEED'] ?? Date.now() % 2 ** 31);
const count = sized(24, 200);
const settings = { resumes: true, keepEndedMs: 2000 };

describeOnPostgres('two processes that are killed', (on) => {
  let servers: ServerProcess[] = [];
  let isOver = false;
  let kills = 0;
  beforeAll(async () => {
    servers = await startServers(on.server.url, 2, settings);
  });
  afterAll(() => Promise.all(servers.map((server) => server.kill())));

  /** Kills one of the processes again and again, and starts another one in its place. */
  async function killAgainAndAgain(random: () => number): Promise<void> {
    while (!isOver) {
      await setTimeout(kills === 0 ? 100 : 1000 + random() * 1500);
      if (isOver) return;
      const at = random() < 0.5 ? 0 : 1;
      await servers[at]!.kill();
      kills++;
      servers[at] = await new ServerProcess(on.server.url, settings).ready();
    }
  }

  /** Posts the message once. Resolves with the text of the answer that the client has seen, or with its failure. */
  async function post(at: number, user: string, more: Record<string, string>, patienceMs: number): Promise<string> {
    let stream: Stream | undefined;
    try {
      const opening = ask(servers[at]!.url, '6 5', user, { 'idempotency-key': 'key', ...more });
      opening.catch(() => undefined);
      stream = await Promise.race([opening, setTimeout(patienceMs, undefined)]);
      if (!stream) {
        void opening.then((late) => late.leave()).catch(() => undefined);
        return 'left';
      }
      if (stream.status !== 200) return String(stream.status);
      const { ended, leave } = stream;
      if ((await Promise.race([ended, setTimeout(patienceMs, 'left')])) === 'left') leave();
      return answersIn(pageAfter(stream.events)).join('|');
    } catch {
      return 'refused';
    }
  }

  async function runSchedule(user: string, random: () => number): Promise<void> {
    for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
      const lost: Record<string, string> = random() < 0.3 ? { 'x-lost': '1' } : {};
      const at = random() < 0.5 ? 0 : 1;
      const patienceMs = random() < 0.5 ? random() * 60 : 2000;
      const twice = random() < 0.3 ? [post(1 - at, user, {}, patienceMs)] : [];
      await Promise.all([post(at, user, lost, patienceMs), ...twice]);
    }
    // The client does not give up before it has seen the answer.
    let seen = '';
    await until(
      `${user} is answered`,
      async () => (seen = await post(random() < 0.5 ? 0 : 1, user, {}, 5000)) === whole(6),
      90_000,
    ).catch((error: unknown) => {
      throw new Error(`seed ${seed}: the client has last seen "${seen}"`, { cause: error });
    });
  }

  test('one message and one answer, however often and wherever it is posted', async () => {
    const store = new PostgresStore<string>({ pool: on.pool, owner: (user) => user });
    await store.migrate();
    const killing = killAgainAndAgain(randomNumbers(seed - 1));
    const next = Array.from({ length: count }, (_, index) => index).values();
    const worker = async () => {
      for (const index of next) {
        const user = newUser();
        await runSchedule(user, randomNumbers(seed + index));
        const { data: threads } = await store.loadThreads({ limit: 9, after: null, order: 'asc' }, user);
        const items = await Promise.all(
          threads.map(({ id }) => store.loadThreadItems(id, { limit: 9, after: null, order: 'asc' }, user)),
        );
        const label = `seed ${seed}, schedule ${index}`;
        expect([label, items.map(({ data }) => [data.map(({ type }) => type), answersIn(data)])]).toEqual([
          label,
          [[['user_message', 'assistant_message'], [whole(6)]]],
        ]);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker)).finally(() => (isOver = true));
    await killing;
    expect(kills).toBeGreaterThan(0);
  });
});
