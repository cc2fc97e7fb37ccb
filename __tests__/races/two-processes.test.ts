// The races in two processes, on one database of PostgreSQL, MariaDB and MongoDB, and on one SQLite file: W1 to W6, and their
// siblings.
import { join } from 'node:path';
import { describeOnMariadb } from '../support/mariadb-server';
import { sized } from '../support/sizes';
import { describeOnMongo } from '../support/mongo-server';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { temporaryFolder } from '../support/temporary-folder';
import { openStore } from './database';
import { cases, type Race, type Round, siblings } from './races';
import { startTwo, type TwoProcesses } from './two-processes';

jest.setTimeout(30 * 60_000);

/** The number of the first round in which the race was lost, and how. Null when it never was. */
async function firstLoss(race: Race, round: Round, rounds: number): Promise<{ round: number; error: unknown } | null> {
  for (let count = 1; count <= rounds; count++) {
    const error: unknown = await race(round).then(
      () => null,
      (failure: unknown) => failure,
    );
    if (error !== null) return { round: count, error };
  }
  return null;
}

function raceOn(url: () => string, rounds: number): void {
  let processes: TwoProcesses;
  let opened: Awaited<ReturnType<typeof openStore>>;
  beforeAll(async () => {
    opened = await openStore(url());
    processes = await startTwo(url());
  });
  afterAll(async () => {
    await processes?.stop();
    await opened?.close();
  });
  test.each(Object.entries({ ...cases, ...siblings }))(`%s, ${rounds} times`, async (_name, race) => {
    const { together } = processes;
    expect(await firstLoss(race, { store: opened.store, together }, rounds)).toBeNull();
  });
}

/** Shows that the races find writes that read first, and then write unconditionally. */
function raceIsLost(url: () => string): void {
  let processes: TwoProcesses;
  beforeAll(async () => {
    processes = await startTwo(url(), 'planted');
  });
  afterAll(() => processes?.stop());
  test.each(Object.entries(cases))('%s is lost within 50', async (_name, race) => {
    const { store, close } = await openStore(url());
    const loss = await firstLoss(race, { store, together: processes.together }, 50);
    await close();
    expect(loss?.round).toBeLessThanOrEqual(50);
  });
}

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'on PostgreSQL' : `on PostgreSQL, ${noPostgres}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  describe('with conditional writes', () => raceOn(() => server.url, sized(20, 1000)));

  describe('with unconditional writes', () => raceIsLost(() => server.url));
});

describeOnMariadb('on MariaDB', (on) => {
  describe('with conditional writes', () => raceOn(() => on.server.url, sized(10, 1000)));

  describe('with unconditional writes', () => raceIsLost(() => on.server.url));
});

describeOnMongo('on MongoDB', (on) => {
  raceOn(() => on.url, sized(6, 200));
});

describe('on SQLite', () => {
  const folder = temporaryFolder();
  raceOn(() => `file:${join(folder, 'chat.db')}`, sized(10, 200));
});
