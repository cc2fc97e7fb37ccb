// MySqlStore on a server, where it is more than the suite asks: migrations, users, settings, and connections that overlap.
import type { RowDataPacket } from 'mysql2';
import type { Pool, PoolConnection, PoolOptions } from 'mysql2/promise';
import { chatkitMiddleware, type Store } from 'chatkit-express';
import { type MySqlPool, MySqlStore } from 'chatkit-express/mysql';
import { describeOnMariadb, openPool } from '../support/mariadb-server';
import { allIds, everyCall, makeAttachment, makeNote, makeThread } from './rows';

interface User {
  userId: string;
}
const ann: User = { userId: 'ann' };
const bob: User = { userId: 'bob' };
const owner = (user: User) => user.userId;

const everyTable = ['attachments', 'items', 'migrations', 'owner_locks', 'threads'].map((name) => `chatkit_${name}`);

describeOnMariadb('MySqlStore on a server', (on) => {
  let url: string;
  let pool: Pool;
  const pools: Pool[] = [];
  beforeEach(async () => {
    url = await on.server.createDatabase();
    pool = newPool();
  });
  afterEach(() => Promise.all(pools.splice(0).map((each) => each.end())));

  /** A pool whose connections execute some statements first. */
  function newPool(options: PoolOptions = {}, ...first: string[]): Pool {
    const made = openPool(url, { connectionLimit: 4, ...options });
    made.on('connection', (connection) => {
      for (const statement of first) void connection.query(statement);
    });
    pools.push(made);
    return made;
  }
  async function start(given: MySqlPool = pool): Promise<MySqlStore<User>> {
    const store = new MySqlStore<User>({ pool: given, owner });
    await store.migrate();
    return store;
  }
  const query = async (sql: string, values: unknown[] = [], on: Pool | PoolConnection = pool) => {
    const [rows] = await on.query<RowDataPacket[]>(sql, values);
    return rows;
  };
  const tables = async () => (await query('SHOW TABLES')).map((row) => Object.values(row)[0] as string).sort();

  /** Waits until so many transactions wait for a lock of another. */
  async function untilSomebodyWaits(count = 1): Promise<void> {
    const sql = "SELECT count(*) AS waiting FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
    while (Number((await query(sql))[0]?.['waiting']) < count) await new Promise((resolve) => setTimeout(resolve, 120));
  }
  async function inTransaction<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await pool.getConnection();
    try {
      await connection.beginTransaction();
      const result = await work(connection);
      await connection.commit();
      return result;
    } finally {
      connection.release();
    }
  }
  const lock = (connection: PoolConnection, id = 't') =>
    connection.query("SELECT 1 FROM chatkit_threads WHERE owner = 'ann' AND id = ? FOR UPDATE", [id]);

  describe('migrate', () => {
    test('makes the tables, and finds nothing left to do later', async () => {
      const store = await start();
      expect(await tables()).toEqual(everyTable);
      await store.saveThread(makeThread('t'), ann);
      await store.migrate();
      expect(await (await start(newPool())).loadThread('t', ann)).toEqual(makeThread('t'));
      expect(await store.pendingStatements()).toEqual([]);
      expect(
        (await query('SELECT version FROM chatkit_migrations ORDER BY version')).map((row) => row['version']),
      ).toEqual([0, 1, 2, 3]);
    });

    test('can be called by ten instances at once', async () => {
      const stores = await Promise.all(Array.from({ length: 10 }, () => start(newPool())));
      expect(await tables()).toEqual(everyTable);
      await Promise.all(stores.map((store, index) => store.saveThread(makeThread(`t${index}`), ann)));
      expect(await allIds(stores[0]!, ann)).toHaveLength(10);
    });

    test('refuses a schema that is newer than it knows', async () => {
      await start();
      await query('INSERT INTO chatkit_migrations (version) VALUES (99)');
      const late = new MySqlStore<User>({ pool, owner });
      const message = expect.stringMatching(/version 99, newer than version 3/);
      await expect(late.migrate()).rejects.toMatchObject({ code: 'internal', message });
      await expect(late.loadThread('t', ann)).rejects.toMatchObject({ code: 'internal' });
      await query('UPDATE chatkit_migrations SET works_with = 0 WHERE version = 99');
      await late.migrate();
    });

    test('continues after a process that died at any of its statements', async () => {
      for (let dieAt = 0, hasDied = true; hasDied; dieAt++) {
        url = await on.server.createDatabase();
        pool = newPool();
        let left = dieAt;
        hasDied = false;
        const dying: MySqlPool = {
          execute: (...given) => pool.execute(...given),
          async getConnection() {
            const connection = await pool.getConnection();
            return {
              execute: (...given) => connection.execute(...given),
              query(sql) {
                if (!/^(CREATE|INSERT)/.test(sql) || left-- > 0) return connection.query(sql);
                hasDied = true;
                return Promise.reject(new Error('killed'));
              },
              release: () => connection.release(),
              destroy: () => connection.destroy(),
            };
          },
        };
        await start(dying).catch((error: unknown) => expect(String(error)).toBe('Error: killed'));
        expect(hasDied).toBe(dieAt < 10);
        const store = await start();
        expect(await tables()).toEqual(everyTable);
        for (const call of Object.values(everyCall)) await call(store, ann);
      }
    });

    test('throws when there is no server', async () => {
      await expect(start(newPool({ uri: 'mysql://127.0.0.1:1/none' }))).rejects.toThrow(/ECONNREFUSED/);
    });

    test('needs no right to create where nothing is left to do, and the methods none but to read and write', async () => {
      await start();
      const name = `user_${Date.now() % 1e9}`;
      await query(`CREATE USER '${name}'@'%' IDENTIFIED BY 'pa55word'`);
      const database = new URL(url).pathname.slice(1);
      await query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${database}.* TO '${name}'@'%'`);
      const store = await start(newPool({ uri: withUser(url, name, 'pa55word') }));
      for (const call of Object.values(everyCall)) await call(store, ann);
      const other = await on.server.createDatabase();
      await query(`GRANT SELECT ON ${new URL(other).pathname.slice(1)}.* TO '${name}'@'%'`);
      await expect(start(newPool({ uri: withUser(other, name, 'pa55word') }))).rejects.toThrow(/denied/);
      await query(`DROP USER '${name}'@'%'`);
    });

    test.each<[string, PoolOptions, string[], RegExp]>([
      ['another character set', { charset: 'latin1_swedish_ci' }, [], /utf8mb4/],
      ['no database', { database: '' }, [], /must name a database/],
      ['no autocommit', {}, ['SET autocommit = 0'], /autocommit/],
      ['READ UNCOMMITTED', {}, ['SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED'], /READ UNCOMMITTED/],
    ])('refuses connections with %s', async (_what, options, first, message) => {
      const given = 'database' in options ? { uri: Object.assign(new URL(url), { pathname: '' }).href } : options;
      await expect(start(newPool(given, ...first))).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(message),
      });
      expect(await tables()).toEqual([]);
    });
  });

  describe('rows', () => {
    test('are documents of JSON, which can be queried', async () => {
      const store = await start();
      await store.saveThread(makeThread('t', { title: 'Soup 🥣' }), ann);
      await store.addThreadItem('t', makeNote('i', { is: ['here'] }), ann);
      await store.saveAttachment(makeAttachment('f', { thread_id: 't' }), ann);
      const text = (column: string) => `CONVERT(${column} USING utf8mb4) AS ${column}`;
      const threads = `SELECT ${text('owner')}, ${text('id')}, JSON_VALUE(document, '$.title') AS title FROM chatkit_threads`;
      expect(await query(threads)).toEqual([{ owner: 'ann', id: 't', title: 'Soup 🥣' }]);
      const items = `SELECT ${text('thread_id')}, ${text('id')} FROM chatkit_items WHERE JSON_VALUE(document, '$.content.is[0]') = 'here'`;
      expect(await query(items)).toEqual([{ thread_id: 't', id: 'i' }]);
      expect(await query(`SELECT ${text('thread_id')} FROM chatkit_attachments`)).toEqual([{ thread_id: 't' }]);
    });

    test('of owners are apart whose names a database would take for one, or would not take', async () => {
      const store = await start();
      const long = Array.from({ length: 5000 }, (_char, index) =>
        String.fromCharCode(33 + ((index * 7919) % 5003)),
      ).join('');
      const names = [
        'a',
        'A',
        'á',
        'a ',
        ' a',
        'a\0',
        'a\0b',
        '\ud800',
        '\udfff',
        '\ufffd',
        '\u001a0000',
        long,
        `${long}y`,
      ];
      for (const userId of names) {
        await store.saveThread(makeThread(long, { title: userId }), { userId });
        await store.addThreadItem(long, makeNote(long, userId, long), { userId });
        await store.saveAttachment(makeAttachment(long, { name: userId }), { userId });
      }
      for (const userId of names) {
        expect((await store.loadThreads({ limit: 10, after: null, order: 'asc' }, { userId })).data).toEqual([
          makeThread(long, { title: userId }),
        ]);
        expect(await store.loadItem(long, long, { userId })).toEqual(makeNote(long, userId, long));
        expect((await store.loadItemAndEnd(long, long, { userId })).end.lastItemId).toBe(long);
        expect(await store.loadAttachment(long, { userId })).toMatchObject({ name: userId });
      }
      // The leases and the idle threads of all owners lead back to each of them.
      const idle = await store.loadIdleThreads({ before: new Date(), limit: 100, after: null });
      expect(idle.data.map(({ threadId }) => threadId)).toEqual(names.map(() => long));
      for (const thread of idle.data) expect(await store.deleteIdleThread(thread)).toBe(true);
      const leased = await store.leaseUnsentAttachments({ before: new Date(Date.now() + 1000), limit: 100 });
      expect(leased.map(({ attachment }) => attachment.name).sort()).toEqual(names.toSorted());
      for (const lease of leased) {
        expect(await store.deleteLeasedAttachment({ owner: lease.owner, id: lease.attachment.id })).toBe(true);
      }
      expect(await query('SELECT 1 FROM chatkit_attachments')).toEqual([]);
    });

    test('deeper than the JSON functions of MariaDB read have a status and a date', async () => {
      const store = await start();
      const deep = JSON.parse(`${'[['.repeat(45)}${']]'.repeat(45)}`) as unknown;
      await store.saveThread({ ...makeThread('t'), metadata: { deep }, status: { type: 'locked' } }, ann);
      await expect(store.insertItemIfActive('t', makeNote('i'), ann)).rejects.toMatchObject({ code: 'forbidden' });
      await store.addThreadItem('t', makeNote('i', deep), ann);
      const { data } = await store.loadIdleThreads({ before: new Date(), limit: 10, after: null });
      expect(data.map(({ threadId }) => threadId)).toEqual(['t']);
    });

    test('of an idle thread are found by a newest item of any size', async () => {
      const store = await start();
      for (const [id, length] of Object.entries({ small: 1, almost: 65_000, large: 100_000, huge: 3_000_000 })) {
        await store.saveThread(makeThread(id), ann);
        await store.addThreadItem(id, makeNote('i', 'x'.repeat(length), id), ann);
      }
      await store.saveThread(makeThread('new'), ann);
      const created_at = new Date().toISOString();
      await store.addThreadItem('new', { ...makeNote('i', 'x'.repeat(100_000), 'new'), created_at }, ann);
      const before = new Date(Date.now() - 1000);
      const { data } = await store.loadIdleThreads({ before, limit: 10, after: null });
      expect(data.map(({ threadId }) => threadId)).toEqual(['small', 'almost', 'large', 'huge']);
    });

    test('are exported, erased and purged, and nothing of the owner is left in any table', async () => {
      const store = await start();
      const { server } = chatkitMiddleware<User>({
        store,
        context: () => ann,
        async *respond() {
          yield* [];
        },
      });
      for (const user of [ann, bob]) {
        await store.createThread(makeThread('t'), makeNote('i'), user);
        await store.addThreadItem('t', makeNote('j'), user);
        await store.saveAttachment(makeAttachment('f', { thread_id: 't' }), user);
        await store.saveAttachment(makeAttachment('unsent'), user);
      }
      const types: string[] = [];
      for await (const record of server.exportOwner(ann)) types.push(record.type);
      expect(types).toEqual(['thread', 'item', 'item', 'attachment', 'attachment']);
      expect(await server.eraseOwner(ann)).toEqual({ threads: 1, attachments: 2 });
      const counts = async (name: string) => {
        const rows = await Promise.all(
          ['threads', 'items', 'attachments'].map((table) =>
            query(`SELECT 1 FROM chatkit_${table} WHERE owner = ?`, [name]),
          ),
        );
        return rows.map(({ length }) => length);
      };
      expect([await counts('ann'), await counts('bob')]).toEqual([
        [0, 0, 0],
        [1, 2, 2],
      ]);
      expect(await server.purge({ olderThanMs: 1, dryRun: true })).toEqual({ threads: 1, attachments: 1 });
      expect(await server.purge({ olderThanMs: 1 })).toEqual({ threads: 1, attachments: 1 });
      expect(await counts('bob')).toEqual([0, 0, 1]);
    });

    test('larger than max_allowed_packet are refused with both sizes, and smaller ones are stored', async () => {
      const [{ size }] = (await query('SELECT @@global.max_allowed_packet AS size')) as [RowDataPacket];
      await query('SET GLOBAL max_allowed_packet = 1048576');
      try {
        const store = await start(newPool());
        await store.saveThread(makeThread('t'), ann);
        const message = /a write needs 20\d+ bytes, but the server's max_allowed_packet is 1048576 bytes/;
        await expect(store.addThreadItem('t', makeNote('i', 'ä'.repeat(1_000_000)), ann)).rejects.toThrow(message);
        await expect(store.createThread(makeThread('u'), makeNote('i', 'x'.repeat(2e6)), ann)).rejects.toThrow(/needs/);
        expect(await allIds(store, ann)).toEqual(['t']);
        expect(await allIds(store, ann, { threadId: 't' })).toEqual([]);
        const largest = makeNote('i', 'ä'.repeat(519_000));
        await store.addThreadItem('t', largest, ann);
        expect(await store.loadItem('t', 'i', ann)).toEqual(largest);
      } finally {
        await query(`SET GLOBAL max_allowed_packet = ${String(size)}`);
      }
    });

    test.each([
      ['first', false],
      ['next', true],
    ])('of a page are read in the index, at the place of the cursor: the %s page', async (_name, hasCursor) => {
      const store = await start(newPool({ connectionLimit: 1 }));
      const digits = '(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5)';
      // Other owners and threads around those of the test. 7,776 rows each.
      const rows = `(SELECT a.d + 6 * b.d + 36 * c.d + 216 * e.d + 1296 * f.d AS n FROM ${digits} AS a, ${digits} AS b, ${digits} AS c, ${digits} AS e, ${digits} AS f ORDER BY n) AS numbers`;
      await query(
        `INSERT INTO chatkit_threads (owner, id, document) SELECT IF(n % 2 = 0, 'ann', CONCAT('o', n)), CONCAT('t', n), CONCAT('{"id":"t', n, '"}') FROM ${rows}`,
      );
      await query(
        `INSERT INTO chatkit_items (owner, thread_id, thread, id, document) SELECT owner, id, position, CONCAT('i', n), CONCAT('{"id":"i', n, '"}') FROM chatkit_threads JOIN ${rows} WHERE id = 't4000'`,
      );
      const readRows = async () => {
        const status = await query("SHOW SESSION STATUS LIKE 'Handler_read%'", [], pools.at(-1));
        return status.reduce((sum, row) => sum + Number(row['Value']), 0);
      };
      for (const order of ['asc', 'desc'] as const) {
        const page = { limit: 20, order };
        const before = await readRows();
        const threads = await store.loadThreads({ ...page, after: hasCursor ? 't4000' : null }, ann);
        const items = await store.loadThreadItems('t4000', { ...page, after: hasCursor ? 'i4000' : null }, ann);
        expect((await readRows()) - before).toBeLessThan(120);
        const last = order === 'asc' ? ['t4002', 'i4001'] : ['t3998', 'i3999'];
        if (hasCursor) expect([threads.data[0]?.id, items.data[0]?.id]).toEqual(last);
      }
      const before = await readRows();
      await store.addThreadItem('t4000', makeNote('new', 'x', 't4000'), ann);
      await store.saveThread(makeThread('t4000'), ann);
      await store.loadItemAndEnd('t4000', 'i5', ann);
      await store.loadIdleThreads({ before: new Date(0), limit: 10, after: JSON.stringify(['ann', 3000]) });
      expect((await readRows()) - before).toBeLessThan(150);
    });
  });

  describe('on connections', () => {
    const levels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];

    test.each(levels)('of %s sees the newest state after a wait for a lock', async (level) => {
      const store = await start(newPool({}, `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`));
      await store.saveThread(makeThread('t'), ann);
      const call = { ...makeNote('call'), type: 'client_tool_call', status: 'pending' } as never;
      for (const item of [makeNote('question'), call]) await store.addThreadItem('t', item, ann);
      const done = { ...(call as object), status: 'completed' } as never;
      const waiting = await inTransaction(async (connection) => {
        await lock(connection);
        const answers = Promise.allSettled([
          store.insertItemIfActive('t', makeNote('message'), ann),
          store.completeItem('t', done, { attempt: 'one', turn: ['call'] }, ann),
          store.updateThread('t', { metadata: { set: { key: 1 } } }, ann),
        ]);
        await untilSomebodyWaits(3);
        const locked = JSON.stringify(makeThread('t', { status: { type: 'locked' }, metadata: { other: 2 } }));
        await connection.query('UPDATE chatkit_threads SET document = ?', [locked]);
        await connection.query("UPDATE chatkit_items SET document = ? WHERE id = 'call'", [JSON.stringify(done)]);
        return { answers };
      });
      expect(await waiting.answers).toMatchObject([
        { status: 'rejected', reason: { code: 'forbidden' } },
        { status: 'rejected', reason: { code: 'conflict' } },
        { status: 'fulfilled', value: { status: { type: 'locked' }, metadata: { other: 2, key: 1 } } },
      ]);
      const { end } = await store.loadItemAndEnd('t', 'question', ann);
      const replacing = await inTransaction(async (connection) => {
        await lock(connection);
        const replaced = store.replaceItemsAfter('t', 'question', null, makeNote('answer'), ann);
        await untilSomebodyWaits();
        const insert = 'INSERT INTO chatkit_items (owner, thread_id, thread, id, document)';
        await connection.query(`${insert} SELECT owner, id, position, 'late', '{"id":"late"}' FROM chatkit_threads`);
        return { replaced };
      });
      await replacing.replaced;
      expect(await allIds(store, ann, { threadId: 't' })).toEqual(['question', 'answer']);
      expect(end.lastItemId).toBe('call');
    });

    test('without strict mode and without FOUND_ROWS refuses and repeats the same', async () => {
      const store = await start(newPool({ flags: ['-FOUND_ROWS'] }, "SET SESSION sql_mode = ''"));
      const missing = { code: 'not_found' };
      await expect(store.addThreadItem('t', makeNote('i'), ann)).rejects.toMatchObject(missing);
      await expect(store.insertItem('t', makeNote('i'), ann)).rejects.toMatchObject(missing);
      const attachment = makeAttachment('f', { thread_id: 't' });
      await expect(store.attachToThread(attachment, ann)).rejects.toMatchObject(missing);
      for (let time = 0; time < 2; time++) {
        await store.saveThread(makeThread('t'), ann);
        await store.saveItem('t', makeNote('i'), ann);
        await store.saveAttachment(makeAttachment('f'), ann);
        await store.updateThread('t', { title: 'New' }, ann);
      }
      for (let time = 0; time < 2; time++) await store.attachToThread(attachment, ann);
      await store.saveThread(makeThread('t'), ann);
      expect([await allIds(store, ann), await allIds(store, ann, { threadId: 't' })]).toEqual([['t'], ['i']]);
      expect(await store.loadAttachment('f', ann)).toEqual(attachment);
    });

    test('that are the victim of a deadlock repeats its transaction', async () => {
      const store = await start(newPool());
      await store.saveThread(makeThread('t'), ann);
      const items = Array.from({ length: 50 }, (_, n) => ({ ...makeNote(`i${n}`), status: 'pending' }) as never);
      for (const item of items) await store.addThreadItem('t', item, ann);
      const sent = jest.fn();
      const seen: MySqlPool = {
        execute: (...given) => pool.execute(...given),
        async getConnection() {
          const connection = await pool.getConnection();
          return {
            execute: (...given) => connection.execute(...given),
            query: (sql) => (sent(sql), connection.query(sql)),
            release: () => connection.release(),
            destroy: () => connection.destroy(),
          };
        },
      };
      const victim = await start(seen);
      sent.mockClear();
      const { completed } = await inTransaction(async (connection) => {
        // The lighter transaction is the victim.
        await connection.query("UPDATE chatkit_items SET completed_by = 'x' WHERE id <> 'i0'");
        await connection.query("SELECT 1 FROM chatkit_items WHERE id = 'i0' FOR UPDATE");
        const completed = victim.completeItem('t', items[0]!, { attempt: 'one', turn: ['i0'] }, ann);
        await untilSomebodyWaits();
        await lock(connection);
        return { completed };
      });
      expect(await completed).toEqual({ pending: 0, repeated: false });
      expect(sent.mock.calls.flat().filter((sql) => /^(START|COMMIT|ROLLBACK)/.test(String(sql)))).toEqual([
        'START TRANSACTION',
        'ROLLBACK',
        'START TRANSACTION',
        'COMMIT',
      ]);
    });

    test('whose lock wait times out repeats its statement or transaction', async () => {
      const store = await start(newPool({}, 'SET SESSION innodb_lock_wait_timeout = 1'));
      await store.saveThread(makeThread('t'), ann);
      const { writes } = await inTransaction(async (connection) => {
        await lock(connection);
        const writes = Promise.all([
          store.addThreadItem('t', makeNote('i'), ann),
          store.updateThread('t', { title: 'New' }, ann),
        ]);
        await new Promise((resolve) => setTimeout(resolve, 1300)); // so that each lock wait times out
        return { writes };
      });
      await writes;
      expect(await allIds(store, ann, { threadId: 't' })).toEqual(['i']);
      expect(await store.loadThread('t', ann)).toMatchObject({ title: 'New' });
    });

    test('adds to a thread in one order: a reader who follows it never finds something before what it has seen', async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => start(newPool())));
      await stores[0]!.saveThread(makeThread('t'), ann);
      const seen = await followWriters(stores, 20, (store, id) => store.addThreadItem('t', makeNote(id), ann), 't');
      for (const index of stores.keys()) {
        const own = Array.from({ length: 20 }, (_, n) => `w${index}_${n}`);
        expect(seen.filter((id) => id.startsWith(`w${index}_`))).toEqual(own);
      }
    });

    test('starts threads in one order, for each owner', async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, () => start(newPool())));
      await followWriters(stores, 10, (store, id) => store.saveThread(makeThread(id), ann));
      await followWriters(stores, 10, (store, id) => store.createThread(makeThread(`${id}_`), makeNote('i'), ann));
    });

    /** Writes with all stores at once, while a reader follows the list. Resolves with the ids that the reader saw. */
    async function followWriters(
      stores: MySqlStore<User>[],
      count: number,
      write: (store: MySqlStore<User>, id: string) => Promise<void>,
      threadId?: string,
    ): Promise<string[]> {
      let writing = true;
      const reader = stores[0]!;
      const seen = await allIds(reader, ann, { threadId });
      const before = seen.length;
      const writers = Promise.all(
        stores.map(async (store, index) => {
          for (let n = 0; n < count; n++) await write(store, `w${index}_${n}`);
        }),
      ).finally(() => (writing = false));
      for (let more = true; more;) {
        more = writing;
        const page = { limit: 100, after: seen.at(-1) ?? null, order: 'asc' as const };
        const { data, has_more } = await (threadId === undefined
          ? reader.loadThreads(page, ann)
          : reader.loadThreadItems(threadId, page, ann));
        seen.push(...data.map(({ id }) => id));
        more ||= has_more;
      }
      await writers;
      expect(seen).toHaveLength(before + stores.length * count);
      expect(seen).toEqual(await allIds(reader, ann, { threadId }));
      return seen;
    }

    test('gives an item its position when its turn comes, and a new thread too', async () => {
      const store = await start(newPool({ connectionLimit: 10 }));
      await store.saveThread(makeThread('t'), ann);
      await store.saveThread(makeThread('other'), ann);
      const { add } = await inTransaction(async (connection) => {
        // A writer that took a shared lock as well would not wait, nor would two such writers for each other.
        await connection.query('SELECT 1 FROM chatkit_threads WHERE owner = ? AND id = ? LOCK IN SHARE MODE', [
          'ann',
          't',
        ]);
        const add = store.addThreadItem('t', makeNote('first'), ann);
        await untilSomebodyWaits();
        await store.addThreadItem('other', makeNote('i', 'x', 'other'), ann); // waits for nobody
        return { add };
      });
      await add;
      const positions = await query('SELECT CONVERT(id USING utf8mb4) AS id FROM chatkit_items ORDER BY position');
      expect(positions.map((row) => row['id'])).toEqual(['i', 'first']);
      const { saves } = await inTransaction(async (connection) => {
        await connection.query("SELECT 1 FROM chatkit_owner_locks WHERE slot = CRC32('ann') % 64 LOCK IN SHARE MODE");
        const saves = [
          store.saveThread(makeThread('u'), ann),
          store.createThread(makeThread('v'), makeNote('i', 'x', 'v'), ann),
        ];
        await untilSomebodyWaits(2);
        await store.saveThread(makeThread('t', { title: 'renamed' }), ann); // waits for nobody
        await store.saveThread(makeThread('w'), bob);
        return { saves };
      });
      await Promise.all(saves);
      const threads = await query('SELECT CONVERT(id USING utf8mb4) AS id FROM chatkit_threads ORDER BY position');
      expect(threads.map((row) => row['id'] as string).slice(0, 3)).toEqual(['t', 'other', 'w']);
    });

    test.each<[string, (store: Store<User>) => Promise<unknown>]>([
      ['addThreadItem of a known item', (store) => store.addThreadItem('t', makeNote('i'), ann)],
      ['saveItem of a new item', (store) => store.saveItem('t', makeNote('new'), ann)],
      ['insertItem', (store) => store.insertItem('t', makeNote('new'), ann)],
      ['insertItemIfActive', (store) => store.insertItemIfActive('t', makeNote('new'), ann)],
      ['updateThread', (store) => store.updateThread('t', { title: 'New' }, ann)],
      ['replaceItemsAfter', (store) => store.replaceItemsAfter('t', 'i', null, makeNote('new'), ann)],
    ])('brings no thread back that is deleted at the same moment: %s', async (_name, write) => {
      const store = await start();
      await store.saveThread(makeThread('t'), ann);
      await store.addThreadItem('t', makeNote('i'), ann);
      const { answer } = await inTransaction(async (connection) => {
        await connection.query("DELETE FROM chatkit_threads WHERE id = 't'");
        const written = Promise.allSettled([write(store)]);
        await untilSomebodyWaits();
        return { answer: written };
      });
      expect(await answer).toMatchObject([{ status: 'rejected', reason: { code: 'not_found' } }]);
      expect([
        ...(await query('SELECT 1 FROM chatkit_items')),
        ...(await query('SELECT 1 FROM chatkit_threads')),
      ]).toEqual([]);
    });

    test('completes no item that is deleted at the same moment', async () => {
      const store = await start();
      await store.saveThread(makeThread('t'), ann);
      const call = { ...makeNote('call'), type: 'client_tool_call', status: 'pending' } as never;
      await store.addThreadItem('t', call, ann);
      const { completed } = await inTransaction(async (connection) => {
        await connection.query('DELETE FROM chatkit_items');
        const completed = Promise.allSettled([store.completeItem('t', call, { attempt: 'one', turn: ['call'] }, ann)]);
        await untilSomebodyWaits();
        return { completed };
      });
      expect(await completed).toMatchObject([{ status: 'rejected', reason: { code: 'not_found' } }]);
    });

    test('deletes and adds to threads all at once, and leaves no item without its thread', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, () => start(newPool())));
      const ids = ['a', 'b', 'c'];
      const work = stores.map(async (store, index) => {
        for (let n = 0; n < 30; n++) {
          const id = ids[(n + index) % ids.length]!;
          await store.saveThread(makeThread(id), ann);
          await Promise.allSettled([
            store.addThreadItem(id, makeNote('i', 'note', id), ann),
            store.saveItem(id, makeNote(`j${index}`, 'note', id), ann),
            store.replaceItemsAfter(id, 'i', null, makeNote('k', 'note', id), ann),
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
      expect(await query('SELECT 1 FROM chatkit_items')).toEqual([]);
    });

    test('saves and leases attachments all at once: each is leased once, and a leased one is not saved', async () => {
      const stores = await Promise.all(Array.from({ length: 4 }, () => start(newPool())));
      const ids = Array.from({ length: 40 }, (_, n) => `f${n}`);
      await Promise.all(ids.map((id, n) => stores[n % 4]!.saveAttachment(makeAttachment(id), ann)));
      const before = new Date(Date.now() + 1000);
      const leases = await Promise.all(
        stores.flatMap((store) => [
          store.leaseUnsentAttachments({ before, limit: 10, leaseMs: 60_000 }),
          store.saveAttachment(makeAttachment('f0', { name: 'again' }), ann).then(
            () => [],
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'not_found' });
              return [];
            },
          ),
        ]),
      );
      const leased = leases.flat().map(({ attachment }) => attachment.id);
      expect(new Set(leased).size).toBe(leased.length);
      const rest = await stores[0]!.leaseUnsentAttachments({ before, limit: 100, leaseMs: 60_000 });
      expect([...leased, ...rest.map(({ attachment }) => attachment.id)].sort()).toEqual(ids.toSorted());
    });
  });
});

function withUser(url: string, username: string, password: string): string {
  return Object.assign(new URL(url), { username, password }).href;
}
