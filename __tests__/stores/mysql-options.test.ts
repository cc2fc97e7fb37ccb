// MySqlStore without a server: its options, what it says before migrate(), conflicts, and connections that break.
import { ChatKitError } from 'chatkit-express';
import { type MySqlConnection, type MySqlPool, MySqlStore } from 'chatkit-express/mysql';
import { createPool as createCallbackPool } from 'mysql2';
import { createPool } from 'mysql2/promise';
import { everyCall, makeNote, makeThread } from './rows';

const owner = () => 'shared';
const silent: MySqlPool = {
  execute: () => Promise.resolve([[], []]),
  getConnection: () => Promise.reject(new Error('not expected')),
};

describe('the options', () => {
  test.each([[undefined], [null], ['mysql://localhost'], [{}], [{ execute: () => undefined }]])(
    'must have a pool: %p',
    (given) => {
      const construct = () => new MySqlStore({ pool: given as unknown as MySqlPool, owner });
      expect(construct).toThrow(ChatKitError);
      expect(construct).toThrow(/npm install mysql2/);
    },
  );

  test('must have a pool with promises, which is the one of mysql2/promise', async () => {
    const callbacks = createCallbackPool('mysql://127.0.0.1:1/none');
    expect(() => new MySqlStore({ pool: callbacks as unknown as MySqlPool, owner })).toThrow(/`mysql2\/promise`/);
    expect(() => new MySqlStore({ pool: callbacks.promise(), owner })).not.toThrow();
    const pool = createPool('mysql://127.0.0.1:1/none');
    expect(() => new MySqlStore({ pool, owner })).not.toThrow();
    await pool.end();
    await callbacks.promise().end();
  });

  test.each([[undefined], [null], ['shared']])('must have an owner function: %p', (given) => {
    const construct = () => new MySqlStore({ pool: silent, owner: given as unknown as () => string });
    expect(construct).toThrow(ChatKitError);
    expect(construct).toThrow(/owner: \(\) => 'shared'/);
  });

  test('must be there at all', () => {
    const Untyped = MySqlStore as unknown as new (options?: object) => unknown;
    expect(() => new Untyped()).toThrow(/npm install mysql2/);
  });
});

test.each(Object.keys(everyCall))('says what is missing before migrate(): %s', async (name) => {
  await expect(everyCall[name]!(new MySqlStore({ pool: silent, owner }), {})).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('await store.migrate()'),
  });
});

/** The settings of a server that the store accepts. */
const settings = {
  version: '10.11.6-MariaDB',
  database: 'chat',
  client: 'utf8mb4',
  results: 'utf8mb4',
  commits: 1,
  packet: 100_000,
  wait: 86_400,
};

type Fault = (sql: string) => Error | undefined;

/** A pool without a database. `fault` makes statements fail, `rowsOf` gives them rows. */
function fakePool(fault: Fault, rowsOf: (sql: string) => unknown[] | undefined = () => undefined, given = {}) {
  const sent: string[] = [];
  const ends: ('released' | 'destroyed')[] = [];
  const execute = (sql: string): Promise<[unknown, unknown]> => {
    sent.push(sql);
    const error = fault(sql);
    if (error) return Promise.reject(error);
    if (sql.includes('VERSION()')) return Promise.resolve([[{ ...settings, ...given }], []]);
    if (sql.includes('GET_LOCK')) return Promise.resolve([[{ locked: 1 }], []]);
    const rows = rowsOf(sql) ?? (/^(SELECT|SHOW)/.test(sql) ? [] : { affectedRows: 1 });
    return Promise.resolve([rows, []]);
  };
  const connection: MySqlConnection = {
    execute,
    query: execute,
    release: () => void ends.push('released'),
    destroy: () => void ends.push('destroyed'),
  };
  const pool: MySqlPool = { execute, getConnection: () => Promise.resolve(connection) };
  return { sent, ends, pool };
}

const coded = (code: string) => Object.assign(new Error(code), { code });
const failing =
  (...patterns: RegExp[]): Fault =>
  (sql) =>
    patterns.some((pattern) => pattern.test(sql)) ? new Error(`failed: ${sql}`) : undefined;
const never: Fault = () => undefined;

describe('the server and the pool', () => {
  test.each([
    ['8.0.36', true],
    ['9.4.0', true],
    ['10.6.0-MariaDB', true],
    ['11.8.2-MariaDB-ubu2404', true],
    ['5.7.44-log', false],
    ['10.5.29-MariaDB', false],
    ['unknown', false],
  ])('version %s', async (version, isAccepted) => {
    const migrated = new MySqlStore({ pool: fakePool(never, undefined, { version }).pool, owner }).migrate();
    if (isAccepted) await migrated;
    else
      await expect(migrated).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(/MySQL 8\.0 or MariaDB 10\.6/),
      });
  });

  test('which refuse the lock for migrations are not migrated', async () => {
    const { pool, sent } = fakePool(never, undefined);
    const refused: MySqlPool = {
      ...pool,
      async getConnection() {
        const connection = await pool.getConnection();
        const query = (sql: string) =>
          sql.includes('GET_LOCK')
            ? Promise.resolve<[unknown, unknown]>([[{ locked: null }], []])
            : connection.query(sql);
        return { ...connection, query };
      },
    };
    await expect(new MySqlStore({ pool: refused, owner }).migrate()).rejects.toThrow(/lock for migrations/);
    expect(sent.filter((sql) => sql.startsWith('CREATE'))).toEqual([]);
  });
});

describe('the connection of migrate()', () => {
  test('waits for a lock for 5 seconds at most, and is given back as it was', async () => {
    const { pool, sent, ends } = fakePool(never);
    await new MySqlStore({ pool, owner }).migrate();
    expect(ends).toEqual(['released']);
    const at = (pattern: RegExp) => sent.findIndex((sql) => pattern.test(sql));
    const steps = [
      /GET_LOCK/,
      /lock_wait_timeout = 5$/,
      /information_schema/,
      /^CREATE/,
      /timeout = 86400$/,
      /RELEASE/,
    ];
    const order = steps.map(at);
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });

  test('is closed when a statement failed, which ends its lock', async () => {
    const { pool, ends } = fakePool(failing(/CREATE TABLE IF NOT EXISTS chatkit_items/));
    await expect(new MySqlStore({ pool, owner }).migrate()).rejects.toThrow(/failed: CREATE TABLE/);
    expect(ends).toEqual(['destroyed']);
  });
});

describe('the connection of a transaction', () => {
  const change = async (fault: Fault) => {
    let isReady = false;
    const fake = fakePool(
      (sql) => (isReady ? fault(sql) : undefined),
      (sql) => (sql.includes('chatkit_threads') ? [{ document: JSON.stringify(makeThread('t')) }] : undefined),
    );
    const store = new MySqlStore({ pool: fake.pool, owner });
    await store.migrate();
    isReady = true;
    fake.ends.length = fake.sent.length = 0;
    const result = await store.updateThread('t', { title: 'New' }, {}).catch((error: unknown) => error);
    return { ...fake, store, result };
  };

  test('is given back when it is well', async () => {
    const { ends, sent, result } = await change(never);
    expect(result).toMatchObject({ title: 'New' });
    expect(ends).toEqual(['released']);
    expect(sent.at(0)).toBe('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
    expect(sent.at(-1)).toBe('COMMIT');
  });

  test('is given back, rolled back, when a statement failed', async () => {
    const { ends, sent, result } = await change(failing(/^UPDATE/));
    expect(String(result)).toMatch(/failed: UPDATE/);
    expect(ends).toEqual(['released']);
    expect(sent.slice(-1)).toEqual(['ROLLBACK']);
  });

  test.each([
    ['the rollback', failing(/^UPDATE/, /^ROLLBACK/)],
    ['the commit and the rollback', failing(/^COMMIT/, /^ROLLBACK/)],
    ['the beginning', failing(/^START/)],
  ])('is closed when %s failed', async (_what, fault) => {
    const { ends, result } = await change(fault);
    expect(String(result)).toMatch(/failed/);
    expect(ends).toEqual(['destroyed']);
  });

  test.each(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'])('is used again after %s', async (code) => {
    let failures = 3;
    const { ends, sent, result } = await change((sql) =>
      sql.startsWith('UPDATE') && failures-- > 0 ? coded(code) : undefined,
    );
    expect(result).toMatchObject({ title: 'New' });
    expect(ends).toEqual(Array.from({ length: 4 }, () => 'released'));
    expect(sent.filter((sql) => sql === 'ROLLBACK')).toHaveLength(3);
    expect(sent.filter((sql) => sql === 'COMMIT')).toHaveLength(1);
  });

  test('is not used again after another error, nor for ever', async () => {
    const other = await change((sql) => (sql.startsWith('UPDATE') ? coded('ER_NO_SUCH_TABLE') : undefined));
    expect(other.sent.filter((sql) => sql.startsWith('UPDATE'))).toHaveLength(1);
    const always = await change((sql) => (sql.startsWith('UPDATE') ? coded('ER_LOCK_DEADLOCK') : undefined));
    expect(always.sent.filter((sql) => sql.startsWith('UPDATE'))).toHaveLength(20);
    expect(always.store.isTransient(always.result)).toBe(true);
  });
});

test('a single statement is repeated after a conflict as well', async () => {
  let failures = 3;
  const { pool, sent } = fakePool((sql) =>
    sql.startsWith('INSERT INTO chatkit_items') && failures-- > 0 ? coded('ER_LOCK_DEADLOCK') : undefined,
  );
  const store = new MySqlStore({ pool, owner });
  await store.migrate();
  await store.addThreadItem('t', makeNote('i'), {});
  expect(sent.filter((sql) => sql.startsWith('INSERT INTO chatkit_items'))).toHaveLength(4);
});
