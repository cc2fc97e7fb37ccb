// PostgreSQL or MariaDB restarts under many streaming clients: the answers go on, and what was told is there.
import { setTimeout } from 'node:timers/promises';
import { chatkitMiddleware, type Store, type ThreadItem } from 'chatkit-express';
import { MySqlStore } from 'chatkit-express/mysql';
import { PostgresStore } from 'chatkit-express/postgres';
import type { RowDataPacket } from 'mysql2/promise';
import { Pool } from 'pg';
import { hasMariadb, type MariadbServer, noMariadb, openPool, startMariadb } from '../support/mariadb-server';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { RecordingLogger } from '../support/recording-logger';
import { createThread } from '../support/requests';

jest.setTimeout(120_000);

const clients = 60;

type Restart = 'fast' | 'immediate';

/** A store whose server can be restarted. */
interface Restartable {
  store: Store;
  restart(mode: Restart): Promise<void>;
  /** The ids of all stored items. */
  storedIds(): Promise<string[]>;
  close(): Promise<void>;
}

/** Restarts the server of the store under many clients, and checks that no answer breaks and nothing told is lost. */
async function restartUnderClients({ store, restart, storedIds, close }: Restartable, mode: Restart): Promise<void> {
  const { server } = chatkitMiddleware({
    store,
    logger: new RecordingLogger(),
    async *respond({ thread, generateId }) {
      for (let part = 1; part <= 4; part++) {
        await setTimeout(10 + Math.random() * 60); // a model that thinks
        const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
        yield {
          type: 'thread.item.done',
          item: { ...base, type: 'assistant_message', content: [{ text: `${part}` }] },
        };
      }
    },
  });
  const told: ThreadItem[] = [];
  const ends = { whole: 0, broken: 0, refused: 0 };
  let isRestarting = true;
  const talk = async () => {
    while (isRestarting || ends.whole < clients) {
      try {
        const answer = await server.process(createThread(), {});
        if (answer.kind !== 'stream') throw new Error('answered with JSON');
        let isBroken = false;
        for await (const event of answer.events) {
          if (event.type === 'thread.item.done') told.push(event.item);
          if (event.type === 'error') isBroken = true;
        }
        ends[isBroken ? 'broken' : 'whole']++;
      } catch (error) {
        // Nothing was stored, or the reply was lost: the client posts again.
        expect(error).toMatchObject({ code: 'unavailable' });
        ends.refused++;
        await setTimeout(50);
      }
    }
  };
  const talking = Promise.all(Array.from({ length: clients }, talk));
  await setTimeout(200); // so that every client is in the middle of an answer
  await restart(mode);
  isRestarting = false;
  await talking;
  const stored = new Set(await storedIds());
  await close();
  expect(told.filter(({ id }) => !stored.has(id))).toEqual([]);
  expect(ends.broken).toBe(0);
  expect(ends.whole).toBeGreaterThanOrEqual(clients);
  console.info(`${mode} restart: ${ends.whole} whole, ${ends.broken} broken, ${ends.refused} refused with 503`);
}

const title = '%s, under 60 clients: no answer breaks, and nothing told is lost';
const modes: Restart[] = ['fast', 'immediate'];

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'a restart of PostgreSQL' : noPostgres, () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres({ survivesCrash: true });
  });
  afterAll(() => postgres?.stop());

  test.each(modes)(title, async (mode) => {
    const pool = new Pool({ connectionString: postgres.url, max: 20 });
    pool.on('error', () => undefined); // an idle connection that the restart cuts
    const store = new PostgresStore({ pool, owner: () => mode });
    await store.migrate();
    const storedIds = async () => {
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM chatkit_items WHERE owner = $1', [mode]);
      return rows.map(({ id }) => id);
    };
    await restartUnderClients({ store, restart: postgres.restart, storedIds, close: () => pool.end() }, mode);
  });
});

// Its own server in any case, because the one of MYSQL_URL is not for restarts.
const describeMariadb = hasMariadb() ? describe : describe.skip;
describeMariadb(hasMariadb() ? 'a restart of MariaDB' : noMariadb, () => {
  let mariadb: MariadbServer;
  beforeAll(async () => {
    mariadb = await startMariadb({ own: true });
  });
  afterAll(() => mariadb?.stop());

  test.each(modes)(title, async (mode) => {
    const pool = openPool(mariadb.url, { connectionLimit: 20 });
    const store = new MySqlStore({ pool, owner: () => mode });
    await store.migrate();
    const storedIds = async () => {
      const [rows] = await pool.query<RowDataPacket[]>('SELECT id FROM chatkit_items WHERE owner = ?', [mode]);
      return rows.map(({ id }) => String(id));
    };
    await restartUnderClients({ store, restart: mariadb.restart, storedIds, close: () => pool.end() }, mode);
  });
});
