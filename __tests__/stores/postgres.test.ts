// PostgresStore on a server, where it is more than the suite asks: migrations, roles, and connections that overlap.
import { Client, Pool, type PoolClient } from 'pg';
import { PostgresStore } from 'chatkit-express/postgres';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { allIds, everyCall, makeAttachment, makeNote, makeThread } from './rows';

interface User {
  userId: string;
}
const ann: User = { userId: 'ann' };
const owner = (user: User) => user.userId;

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'PostgresStore on a server' : `PostgresStore: ${noPostgres}`, () => {
  let server: PostgresServer;
  let pool: Pool;
  const pools: Pool[] = [];
  let schema: string;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
    pool = newPool();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(pools.map((each) => each.end()));
    await server?.stop();
  });
  beforeEach(() => {
    schema = `schema_${++schemas}`;
  });

  function newPool(user = 'postgres'): Pool {
    const url = Object.assign(new URL(server.url), { username: user });
    const made = new Pool({ connectionString: url.href, max: 4 });
    pools.push(made);
    return made;
  }
  async function start(given = pool, name = schema): Promise<PostgresStore<User>> {
    const store = new PostgresStore<User>({ pool: given, owner, schema: name });
    await store.migrate();
    return store;
  }
  const tables = async (name = schema) => {
    const sql = 'SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name';
    return (await pool.query<{ table_name: string }>(sql, [name])).rows.map((row) => row.table_name);
  };
  const everyTable = ['attachments', 'items', 'migrations', 'run_readers', 'runs', 'threads'].map(
    (name) => `chatkit_${name}`,
  );

  /** Waits until a connection waits for a lock of another. */
  async function untilSomebodyWaits(count = 1): Promise<void> {
    for (;;) {
      const { rows } = await pool.query('SELECT 1 FROM pg_locks WHERE NOT granted');
      if (rows.length >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  async function inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } finally {
      client.release();
    }
  }

  describe('migrate', () => {
    test('makes a schema of any name and its tables, and finds nothing left to do later', async () => {
      const name = `Chat_${schema}`;
      const store = await start(pool, name);
      expect(await tables(name)).toEqual(everyTable);
      await store.saveThread(makeThread('t'), ann);
      await store.migrate();
      expect(await (await start(newPool(), name)).loadThread('t', ann)).toEqual(makeThread('t'));
      expect((await pool.query(`SELECT version FROM "${name}".chatkit_migrations`)).rows).toEqual([
        { version: 0 },
        { version: 1 },
        { version: 2 },
        { version: 3 },
        { version: 4 },
      ]);
    });

    test('uses the schema `public` unless told otherwise', async () => {
      await new PostgresStore<User>({ pool, owner }).migrate();
      expect(await tables('public')).toEqual(everyTable);
    });

    test('can be called by ten instances at once', async () => {
      const stores = await Promise.all(Array.from({ length: 10 }, () => start(newPool())));
      expect(await tables()).toEqual(everyTable);
      await Promise.all(stores.map((store, index) => store.saveThread(makeThread(`t${index}`), ann)));
      expect(await allIds(stores[0]!, ann)).toHaveLength(10);
    });

    test('refuses a schema that is newer than it knows, and changes nothing', async () => {
      await start();
      await pool.query(`INSERT INTO ${schema}.chatkit_migrations (version) VALUES (99)`);
      const late = new PostgresStore<User>({ pool, owner, schema });
      const message = expect.stringMatching(/version 99, newer than version 4/);
      await expect(late.migrate()).rejects.toMatchObject({ code: 'internal', message });
      await expect(late.loadThread('t', ann)).rejects.toMatchObject({ code: 'internal' });
    });

    test('leaves nothing behind when it fails, and throws', async () => {
      await pool.query(`CREATE SCHEMA ${schema}`);
      await pool.query(`CREATE TABLE ${schema}.chatkit_items (of_somebody_else integer)`);
      await expect(start()).rejects.toThrow(/already exists/);
      expect(await tables()).toEqual(['chatkit_items']);
      await pool.query(`DROP TABLE ${schema}.chatkit_items`);
      await start();
      expect(await tables()).toEqual(everyTable);
    });

    test('throws when there is no server', async () => {
      const nowhere = new Pool({ host: '127.0.0.1', port: 1 });
      await expect(start(nowhere)).rejects.toThrow(/ECONNREFUSED/);
      await nowhere.end();
    });

    test('needs no right to create where nothing is left to do, and the methods none but to read and write', async () => {
      await start();
      const role = `role_${schema}`;
      await pool.query(`CREATE ROLE ${role} LOGIN`);
      await pool.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
      await pool.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
      const store = await start(newPool(role));
      for (const call of Object.values(everyCall)) await call(store, ann);
      await expect(start(newPool(role), `${schema}_other`)).rejects.toThrow(/permission denied/);
    });
  });

  test('stores documents in JSONB, where they can be queried', async () => {
    const store = await start();
    await store.saveThread(makeThread('t', { title: 'Soup' }), ann);
    await store.addThreadItem('t', makeNote('i', { is: ['here'] }), ann);
    await store.saveAttachment(makeAttachment('f', { thread_id: 't' }), ann);
    const thread = `SELECT owner, id, document->>'title' AS title FROM ${schema}.chatkit_threads`;
    expect((await pool.query(thread)).rows).toEqual([{ owner: 'ann', id: 't', title: 'Soup' }]);
    const items = `SELECT thread_id, id FROM ${schema}.chatkit_items WHERE document @> '{"content":{"is":["here"]}}'`;
    expect((await pool.query(items)).rows).toEqual([{ thread_id: 't', id: 'i' }]);
    const files = `SELECT id, document->>'thread_id' AS of, thread_id FROM ${schema}.chatkit_attachments`;
    expect((await pool.query(files)).rows).toEqual([{ id: 'f', of: 't', thread_id: 't' }]);
  });

  test('keeps texts that JSONB has no way to hold, and those that look like what it makes of them', async () => {
    const store = await start();
    const texts = ['\0', 'a\0b\0', '\ud800', 'x\udc00\ud83d', '\u001a', '\u001a0000', '\\u0000', '\\\\u0000', '\\\0'];
    texts.push('\\u001a0000', '\\\u001a', '\u001a\\u0000', '"\0"', '\ud83d\ude00', '\ufffd', '\u0001');
    const content = { texts, ...Object.fromEntries(texts.map((text, index) => [text, index])) };
    await store.saveThread(makeThread('t'), ann);
    await store.addThreadItem('t', makeNote('i', content), ann);
    expect(await store.loadItem('t', 'i', ann)).toEqual(makeNote('i', content));
  });

  test('keeps owners apart whose names a database would take for one, or would not take', async () => {
    const store = await start();
    const random = Array.from({ length: 5000 }, (_char, index) => String.fromCharCode(33 + ((index * 7919) % 5003)));
    const long = random.join('');
    const names = ['a', 'a\0', 'a\0b', '\ud800', '\udfff', '\ufffd', '\u001a0000', '\0', long, `${long}y`, 'A', ' a'];
    for (const userId of names) {
      await store.saveThread(makeThread(long, { title: userId }), { userId });
      await store.addThreadItem(long, makeNote(long, userId, long), { userId });
    }
    for (const userId of names) {
      expect((await store.loadThreads({ limit: 10, after: null, order: 'asc' }, { userId })).data).toEqual([
        makeThread(long, { title: userId }),
      ]);
      expect(await store.loadItem(long, long, { userId })).toEqual(makeNote(long, userId, long));
    }
  });

  test('gives each statement the owner', async () => {
    await start();
    const sent: { text: string; values: unknown[] | undefined }[] = [];
    const store = new PostgresStore<User>({
      pool: {
        connect: () => pool.connect(),
        query(text, values) {
          sent.push({ text, values });
          return pool.query(text, values);
        },
      },
      owner,
      schema,
    });
    await store.migrate();
    for (const call of Object.values(everyCall)) await call(store, ann);
    expect(sent.length).toBeGreaterThanOrEqual(Object.keys(everyCall).length);
    expect(sent.filter(({ values }) => values?.[0] !== 'ann')).toEqual([]);
    expect(sent.filter(({ text }) => !/\bowner\b.*\$1\b/.test(text))).toEqual([]);
  });

  test.each([
    ['before the planner has seen the tables', ''],
    ['once it has', 'ANALYZE'],
  ])('reads pages from an index, at the place of the cursor: %s', async (_when, prepare) => {
    const store = await start();
    // One owner with many threads and one thread with many items, among many with few.
    await pool.query(
      `INSERT INTO ${schema}.chatkit_threads (owner, id, document)
       SELECT CASE WHEN n % 2 = 0 THEN 'ann' ELSE 'o' || n END, 't' || n, jsonb_build_object('id', 't' || n)
       FROM generate_series(0, 9999) n`,
    );
    for (const [numbers, threads] of [
      ['1, 2', 'true'],
      ['3, 20000', "id = 't0'"],
    ]) {
      await pool.query(
        `INSERT INTO ${schema}.chatkit_items (owner, thread_id, thread, id, document)
         SELECT owner, id, position, 'i' || n, jsonb_build_object('id', 'i' || n)
         FROM ${schema}.chatkit_threads, generate_series(${numbers}) n WHERE ${threads}`,
      );
    }
    await pool.query(prepare);
    const plans: string[] = [];
    const explaining = new PostgresStore<User>({
      pool: {
        connect: () => pool.connect(),
        async query(text, values) {
          const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
          plans.push(JSON.stringify(rows));
          return pool.query(text, values);
        },
      },
      owner,
      schema,
    });
    await explaining.migrate();
    for (const order of ['asc', 'desc'] as const) {
      await explaining.loadThreads({ limit: 20, after: null, order }, ann);
      const threads = await explaining.loadThreads({ limit: 20, after: 't5000', order }, ann);
      expect(threads.data[0]?.id).toBe(order === 'asc' ? 't5002' : 't4998');
      await explaining.loadThreadItems('t0', { limit: 20, after: null, order }, ann);
      const items = await explaining.loadThreadItems('t0', { limit: 20, after: 'i10000', order }, ann);
      expect(items.data[0]?.id).toBe(order === 'asc' ? 'i10001' : 'i9999');
    }
    expect(plans).toHaveLength(8);
    for (const plan of plans) {
      expect(plan).toMatch(/"Index Name":"chatkit_(threads|items)_in_order"/);
      expect(plan).not.toMatch(/"Node Type":"(Incremental )?Sort"/);
      // Of the whole plan, which comes first: three look-ups, and the rows.
      const { Plan } = (JSON.parse(plan) as [{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }])[0]['QUERY PLAN'][0];
      expect(Plan['Shared Hit Blocks']! + Plan['Shared Read Blocks']!).toBeLessThan(60);
    }
    await store.deleteThread('t0', ann);
  });

  describe('connections that overlap', () => {
    test('add to a thread in one order: a reader who follows it never finds something before what it has seen', async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => start(newPool())));
      await stores[0]!.saveThread(makeThread('t'), ann);
      const names = stores.map((_store, index) => `w${index}`);
      let writing = true;
      const writers = Promise.all(
        stores.map(async (store, index) => {
          for (let n = 0; n < 40; n++) await store.addThreadItem('t', makeNote(`w${index}_${n}`), ann);
        }),
      ).finally(() => (writing = false));
      const reader = await start(newPool());
      const seen: string[] = [];
      for (let more = true; more;) {
        more = writing;
        const query = { limit: 100, after: seen.at(-1) ?? null, order: 'asc' as const };
        const page = await reader.loadThreadItems('t', query, ann);
        seen.push(...page.data.map(({ id }) => id));
        more ||= page.has_more;
      }
      await writers;
      expect(seen).toHaveLength(240);
      expect(seen).toEqual(await allIds(reader, ann, { threadId: 't' }));
      for (const name of names) {
        expect(seen.filter((id) => id.startsWith(`${name}_`))).toEqual(
          Array.from({ length: 40 }, (_, n) => `${name}_${n}`),
        );
      }
    });

    test('start threads in one order, for each owner', async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => start(newPool())));
      let writing = true;
      const writers = Promise.all(
        stores.map(async (store, index) => {
          for (let n = 0; n < 30; n++) await store.saveThread(makeThread(`w${index}_${n}`), ann);
        }),
      ).finally(() => (writing = false));
      const seen: string[] = [];
      for (let more = true; more;) {
        more = writing;
        const page = await stores[0]!.loadThreads({ limit: 100, after: seen.at(-1) ?? null, order: 'asc' }, ann);
        seen.push(...page.data.map(({ id }) => id));
        more ||= page.has_more;
      }
      await writers;
      expect(seen).toHaveLength(180);
      expect(seen).toEqual(await allIds(stores[0]!, ann));
    });

    test('give an item its position when its turn comes, and a new thread too', async () => {
      const store = await start();
      await store.saveThread(makeThread('t'), ann);
      const lastPosition = async (table: string) => {
        const sql = `SELECT last_value FROM pg_sequences WHERE schemaname = $1 AND sequencename = $2`;
        return (await pool.query(sql, [schema, `chatkit_${table}_position_seq`])).rows[0]?.last_value as unknown;
      };
      const adding = await inTransaction(async (client) => {
        await client.query(`SELECT 1 FROM ${schema}.chatkit_threads WHERE id = 't' FOR UPDATE`);
        const add = store.addThreadItem('t', makeNote('i'), ann);
        await untilSomebodyWaits();
        expect(await lastPosition('items')).toBeNull();
        return { add };
      });
      await adding.add;
      expect(await lastPosition('items')).toBe('1');
      const saving = await inTransaction(async (client) => {
        const lock = `chatkit-express threads ${schema} ann`;
        await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lock]);
        const save = store.saveThread(makeThread('u'), ann);
        await untilSomebodyWaits();
        expect(await lastPosition('threads')).toBe('1');
        await store.saveThread(makeThread('t', { title: 'renamed' }), ann); // waits for nobody
        await store.saveThread(makeThread('u'), { userId: 'bob' });
        return { save };
      });
      await saving.save;
      expect(await allIds(store, ann)).toEqual(['t', 'u']);
    });

    test.each(['addThreadItem', 'saveItem'] as const)(
      'do not bring a thread back that is deleted at the same moment: %s',
      async (method) => {
        const store = await start();
        await store.saveThread(makeThread('t'), ann);
        await store.addThreadItem('t', makeNote('i'), ann);
        const { answers } = await inTransaction(async (client) => {
          await client.query(`DELETE FROM ${schema}.chatkit_threads WHERE id = 't'`);
          const writes = Promise.allSettled(['i', 'new'].map((id) => store[method]('t', makeNote(id), ann)));
          await untilSomebodyWaits(2);
          return { answers: writes };
        });
        for (const answer of await answers) {
          expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
        }
        expect((await pool.query(`SELECT 1 FROM ${schema}.chatkit_items`)).rows).toEqual([]);
      },
    );

    test('lease and delete what no other transaction is changing, and do not wait for the rest', async () => {
      const store = await start();
      for (const id of ['a', 'b']) {
        await store.saveAttachment(makeAttachment(id), ann);
        await store.saveThread(makeThread(id), ann);
      }
      const query = { before: new Date('2100-01-01'), limit: 10, leaseMs: 60_000 };
      const { data } = await store.loadIdleThreads({ ...query, after: null });
      const leased = async () => (await store.leaseUnsentAttachments(query)).map(({ attachment: { id } }) => id);
      const deleted = (threadId: string) =>
        store.deleteIdleThread(data.find((thread) => thread.threadId === threadId)!);
      await inTransaction(async (client) => {
        for (const table of ['attachments', 'threads']) {
          await client.query(`SELECT 1 FROM ${schema}.chatkit_${table} WHERE id = 'a' FOR UPDATE`);
        }
        expect([await leased(), await deleted('a'), await deleted('b')]).toEqual([['b'], false, true]);
      });
      expect([await leased(), await deleted('a')]).toEqual([['a'], true]);
    }, 20_000);

    test('delete and add to threads all at once without a deadlock, and leave no item without its thread', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, () => start(newPool())));
      const ids = ['a', 'b', 'c'];
      const work = stores.map(async (store, index) => {
        for (let n = 0; n < 60; n++) {
          const id = ids[(n + index) % ids.length]!;
          await store.saveThread(makeThread(id), ann);
          await Promise.allSettled([
            store.addThreadItem(id, makeNote('i', 'note', id), ann),
            store.saveItem(id, makeNote(`j${index}`, 'note', id), ann),
            store.deleteThreadItem(id, 'i', ann),
          ]).then((answers) => {
            const failed = answers.filter((answer) => answer.status === 'rejected');
            for (const { reason } of failed) expect(reason).toMatchObject({ code: 'not_found' });
          });
          if (n % 3 === index % 3) await store.deleteThread(id, ann);
        }
      });
      await Promise.all(work);
      for (const id of ids) await stores[0]!.deleteThread(id, ann);
      expect((await pool.query(`SELECT 1 FROM ${schema}.chatkit_items`)).rows).toEqual([]);
    });
  });
});

test('the server of these tests is gone, with its data, when they have ended', async () => {
  if (!findPostgres()) return;
  const server = await startPostgres();
  await server.stop();
  await expect(new Client({ connectionString: server.url }).connect()).rejects.toThrow(/ECONNREFUSED/);
}, 120_000);
