// The command `chatkit-express migrate`: updates the schema of a database, or prints the statements for that.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type MySqlPool, MySqlStore } from '../stores/mysql';
import { type PostgresPool, PostgresStore } from '../stores/postgres';
import { type SqliteDatabase, SqliteStore } from '../stores/sqlite';
import { type CliIo, messageOf } from './io';
import { type DatabaseKind, migrationScript } from './migration-script';

const usage = `Usage: chatkit-express migrate [--print] [--schema <name>] [<database>]

Updates the tables of SqliteStore, PostgresStore or MySqlStore to this version of chatkit-express.

<database>       An SQLite file, or a URL that begins with postgres://, postgresql:// or mysql://.
                 Default: the environment variable DATABASE_URL.
--print          Prints the SQL for the update, and changes nothing.
--schema <name>  The schema of the tables in PostgreSQL. Default: public.

SQLite needs the package libsql or better-sqlite3, or Node.js 22.5. PostgreSQL needs the package pg. MySQL and MariaDB
need the package mysql2.
`;

/** A store to migrate, and the function that closes its connection. */
interface Target {
  store: { migrate(): Promise<void>; pendingStatements(): Promise<string[]> };
  kind: DatabaseKind;
  close(): unknown;
}

/** Runs the command. Resolves with the exit code: 0, 1 for a failure, 2 for wrong arguments. */
export async function migrate(args: string[], io: CliIo): Promise<number> {
  let given: ReturnType<typeof parse>;
  try {
    given = parse(args);
  } catch (error) {
    io.error(`${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  const { database = io.env['DATABASE_URL'], print, schema, help } = given;
  if (help) {
    io.out(usage);
    return 0;
  }
  if (!database) {
    io.error(`Name a database, or set DATABASE_URL\n\n${usage}`);
    return 2;
  }
  try {
    const target = open(database, schema, print, io);
    try {
      await run(target, print, io);
    } finally {
      await target.close();
    }
    return 0;
  } catch (error) {
    io.error(`${messageOf(error)}\n`);
    return 1;
  }
}

function parse(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      print: { type: 'boolean', default: false },
      schema: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [database, ...more] = positionals;
  if (more.length > 0) throw new Error(`Unexpected argument: ${more[0]}`);
  return { database, ...values };
}

async function run({ store, kind }: Target, print: boolean, io: CliIo): Promise<void> {
  const pending = await store.pendingStatements();
  if (print) {
    io.out(pending.length === 0 ? '-- The schema is up to date.\n' : migrationScript(pending, kind));
    return;
  }
  await store.migrate();
  io.out(pending.length === 0 ? 'The schema is up to date.\n' : 'The schema has been updated.\n');
}

function open(database: string, schema: string | undefined, print: boolean, { cwd }: CliIo): Target {
  const owner = () => 'migrate'; // no row is read or written
  if (/^postgres(?:ql)?:\/\//.test(database)) {
    const { Pool } = load(['pg'], cwd) as PgModule;
    const pool = new Pool({ connectionString: database, max: 1 });
    return { store: new PostgresStore({ pool, owner, schema }), kind: 'postgres', close: () => pool.end() };
  }
  const isMySql = database.startsWith('mysql://');
  if (!isMySql && /^[a-z][a-z0-9+.-]+:\/\//i.test(database))
    throw new Error('The URL must begin with postgres://, postgresql:// or mysql://');
  if (schema !== undefined) throw new Error('--schema is for PostgreSQL only');
  if (isMySql) {
    const { createPool } = load(['mysql2/promise'], cwd) as MySqlModule;
    const pool = createPool({ uri: database, connectionLimit: 1 });
    return { store: new MySqlStore({ pool, owner }), kind: 'mysql', close: () => pool.end() };
  }
  const driver = load(['libsql', 'better-sqlite3', 'node:sqlite'], cwd) as SqliteDriver;
  const Database = 'DatabaseSync' in driver ? driver.DatabaseSync : driver;
  // Printing must not create the file.
  const path = print && !existsSync(database) ? ':memory:' : database;
  const opened = new Database(path);
  return { store: new SqliteStore({ database: opened, owner }), kind: 'sqlite', close: () => opened.close() };
}

type PgModule = { Pool: new (options: object) => PostgresPool & { end(): Promise<void> } };
type MySqlModule = { createPool: (options: object) => MySqlPool & { end(): Promise<void> } };
type SqliteConstructor = new (path: string) => SqliteDatabase & { close(): void };
type SqliteDriver = SqliteConstructor | { DatabaseSync: SqliteConstructor };

/** Loads the first of the modules whose package the application has installed. */
function load(names: string[], cwd: string): unknown {
  for (const folder of [cwd, __dirname]) {
    const requireFrom = createRequire(join(folder, 'package.json'));
    for (const name of names) {
      try {
        requireFrom.resolve(name);
      } catch {
        continue;
      }
      return requireFrom(name);
    }
  }
  throw new Error(`Install ${names.length > 1 ? 'a driver' : 'the driver'}: npm install ${names[0]?.split('/')[0]}`);
}
