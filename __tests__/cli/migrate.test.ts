// The command `chatkit-express migrate`, and the SQL files of the package.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { SqliteStore } from 'chatkit-express/sqlite';
import { Pool } from 'pg';
import { main } from '../../src/cli/main';
import { describeOnMariadb, openPool } from '../support/mariadb-server';
import { findPostgres, noPostgres, type PostgresServer, startPostgres } from '../support/postgres-server';
import { temporaryFolder } from '../support/temporary-folder';

const folder = temporaryFolder();
const root = join(__dirname, '..', '..');
const ddl = (name: string) => readFileSync(join(root, 'sql', name), 'utf8');
let files = 0;
const newFile = () => join(folder, `${++files}.db`);

async function run(args: string[], env: Record<string, string> = {}, cwd = root) {
  let [out, error] = ['', ''];
  const code = await main(args, { env, cwd, out: (text) => (out += text), error: (text) => (error += text) });
  return { code, out, error };
}

const upToDate = { code: 0, out: 'The schema is up to date.\n', error: '' };

describe('an SQLite file', () => {
  test('is migrated, and is then up to date', async () => {
    const file = newFile();
    expect(await run(['migrate', file])).toEqual({ code: 0, out: 'The schema has been updated.\n', error: '' });
    expect(await run(['migrate'], { DATABASE_URL: file })).toEqual(upToDate);
    expect((await run(['migrate', '--print', file])).out).toBe('-- The schema is up to date.\n');
  });

  test('is not created or changed by --print, which prints the file of the package', async () => {
    const file = newFile();
    expect(await run(['migrate', '--print', file])).toEqual({ code: 0, out: ddl('sqlite.sql'), error: '' });
    expect(existsSync(file)).toBe(false);
  });

  test('can be migrated by the printed SQL', async () => {
    const file = newFile();
    const database = new Database(file);
    database.exec(ddl('sqlite.sql'));
    const store = new SqliteStore({ database, owner: () => 'ann' });
    expect(await store.pendingStatements()).toEqual([]);
    await store.migrate();
    await store.saveThread({ id: 't', created_at: '2026-01-02T03:04:05Z', status: { type: 'active' } } as never, {});
    database.close();
    expect(await run(['migrate', file])).toEqual(upToDate);
  });

  test('whose folder does not exist is refused with the error of the driver', async () => {
    const { code, error } = await run(['migrate', join(folder, 'nowhere', 'a.db')]);
    expect([code, error]).toEqual([1, expect.stringMatching(/\S/)]);
  });
});

describe('arguments', () => {
  test.each([
    [['migrate'], 'Name a database, or set DATABASE_URL'],
    [['migrate', 'a.db', 'b.db'], 'Unexpected argument: b.db'],
    [['migrate', '--prin', 'a.db'], "Unknown option '--prin'"],
  ])('%j are refused with the usage', async (args, message) => {
    const { code, out, error } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
    expect(error).toContain('Usage: chatkit-express migrate');
  });

  test.each([
    [['migrate', 'redis://localhost/a'], 'The URL must begin with postgres://, postgresql:// or mysql://\n'],
    [['migrate', '--schema', 'x', 'a.db'], '--schema is for PostgreSQL only\n'],
    [['migrate', '--schema', 'x', 'mysql://localhost/a'], '--schema is for PostgreSQL only\n'],
  ])('%j are refused', async (args, message) => {
    expect(await run(args)).toEqual({ code: 1, out: '', error: message });
  });

  test('--help prints the usage', async () => {
    const usage = expect.stringContaining('Usage: chatkit-express migrate');
    expect(await run(['migrate', '--help'])).toEqual({ code: 0, out: usage, error: '' });
  });
});

const describeServer = findPostgres() ? describe : describe.skip;
describeServer(findPostgres() ? 'a PostgreSQL server' : noPostgres, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server?.stop());

  test('has the printed SQL, is migrated, and is then up to date', async () => {
    const env = { DATABASE_URL: server.url };
    expect(await run(['migrate', '--print'], env)).toEqual({ code: 0, out: ddl('postgres.sql'), error: '' });
    expect((await run(['migrate'], env)).out).toBe('The schema has been updated.\n');
    expect(await run(['migrate'], env)).toEqual(upToDate);
  });

  test('can be migrated by the printed SQL, in another schema', async () => {
    const args = ['--schema', 'Other', server.url];
    const { out } = await run(['migrate', '--print', ...args]);
    const pool = new Pool({ connectionString: server.url });
    await pool.query(out);
    await pool.end();
    expect(await run(['migrate', ...args])).toEqual(upToDate);
  });

  test('that cannot be reached is reported', async () => {
    const { code, error } = await run(['migrate', 'postgres://127.0.0.1:1/none']);
    expect(code).toBe(1);
    expect(error).toContain('ECONNREFUSED');
  });
});

describeOnMariadb('a MariaDB server', (on) => {
  test('has the printed SQL, is migrated, and is then up to date', async () => {
    const env = { DATABASE_URL: on.server.url };
    expect(await run(['migrate', '--print'], env)).toEqual({ code: 0, out: ddl('mysql.sql'), error: '' });
    expect((await run(['migrate'], env)).out).toBe('The schema has been updated.\n');
    expect(await run(['migrate'], env)).toEqual(upToDate);
    expect((await run(['migrate', '--print'], env)).out).toBe('-- The schema is up to date.\n');
  });

  test('can be migrated by the printed SQL', async () => {
    const url = await on.server.createDatabase();
    const pool = openPool(url, { multipleStatements: true });
    await pool.query(ddl('mysql.sql'));
    await pool.end();
    expect(await run(['migrate', url])).toEqual(upToDate);
  });

  test('that cannot be reached is reported', async () => {
    const { code, error } = await run(['migrate', 'mysql://127.0.0.1:1/none']);
    expect(code).toBe(1);
    expect(error).toContain('ECONNREFUSED');
  });

  test('without a name of a database is refused', async () => {
    const { code, error } = await run(['migrate', Object.assign(new URL(on.server.url), { pathname: '' }).href]);
    expect([code, error]).toEqual([1, 'MySqlStore: `pool` must name a database\n']);
  });
});
