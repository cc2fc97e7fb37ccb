// chatkit-express/mysql: a Store in MySQL (8 or later) or MariaDB (10.6 or later), for any number of processes. Imports
// no driver.
import { ChatKitError } from '../errors';
import { checkOptionNames } from '../known-options';
import type { ConditionalWrites, ThreadKey } from './sql/conditional';
import { isUnknown, type Migrations, pendingMigrations, worksWithQuery } from './sql/migrations';
import { type MySqlConnection, type MySqlPool, mysqlSession, type Session } from './sql/mysql-session';
import { type MySqlStep, mysqlSteps } from './sql/mysql-steps';
import { mysqlWrites } from './sql/mysql-writes';
import { type SqlBackend, SqlStore, type SqlValue } from './sql/sql-store';
import { isTransientOfMySql } from './sql/transient';

export type { MySqlConnection, MySqlPool } from './sql/mysql-session';

/** Options of {@link MySqlStore}. */
export interface MySqlStoreOptions<TContext> {
  /**
   * An open pool of `mysql2/promise` with its default character set, whose database has the tables. The application
   * sets its size, and ends the pool after the last request.
   */
  pool: MySqlPool;
  /**
   * Returns the owner of a request, such as `(context) => context.userId`. Called once for each call. Not async. When
   * it throws, the call rejects with that error. Use `() => 'shared'` for one space that all requests share.
   */
  owner: (context: TContext) => string;
}

/** The time that a migration waits for a lock on a table, in seconds. After it `migrate()` rejects. */
const lockTimeoutSeconds = 5;
/** The time that a migration waits for a migration in another process, in seconds: a year. */
const migrationTimeoutSeconds = 31_536_000;

/**
 * Keeps everything in MySQL or MariaDB, in InnoDB tables of the pool's database, whose names begin with `chatkit_`.
 *
 * - A write is committed when its call resolves. Its durability depends on the settings of the server.
 * - Each call is one statement, or one transaction, or one of them and a read. A lock on the row of the thread orders
 *   concurrent additions to a thread. A lock on a row for the owner orders new threads of an owner. Positions therefore
 *   become visible in order: a reader who has reached the end of a list finds later rows after that end, and never
 *   before it.
 * - A transaction that fails because of a deadlock or a lock wait timeout is repeated, for up to ten seconds.
 * - A document must be smaller than the server's `max_allowed_packet`. A write of a larger document rejects with an Error
 *   that names both sizes, and changes nothing.
 *
 * {@link SqlStore} describes the other errors.
 */
export class MySqlStore<TContext = unknown> extends SqlStore<TContext> {
  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options: MySqlStoreOptions<TContext>) {
    checkOptionNames('MySqlStore', options, ['pool', 'owner']);
    const { pool, owner } = options ?? {};
    // A pool with callbacks has the same methods, which return no promises, and `promise()`.
    if (typeof pool?.execute !== 'function' || typeof pool.getConnection !== 'function' || 'promise' in pool) {
      throw new ChatKitError(
        'invalid_request',
        'MySqlStore: `pool` must be a pool of connections with promises. Run `npm install mysql2`, and pass ' +
          '`createPool(url)` of `mysql2/promise`',
      );
    }
    super(new MySqlBackend(pool), owner);
  }
}

class MySqlBackend implements SqlBackend<MySqlStep> {
  readonly name = 'MySqlStore';
  readonly statements = mysqlSteps;
  readonly conditional: ConditionalWrites;
  readonly #pool: MySqlPool;
  readonly #session: Session;
  #maxPacketBytes: number | null = null;

  constructor(pool: MySqlPool) {
    this.#pool = pool;
    this.#session = mysqlSession(pool, () => this.#maxPacketBytes);
    this.conditional = mysqlWrites(this, this.#session);
  }

  async migrate(): Promise<void> {
    this.#maxPacketBytes = await this.#onConnection(async (connection) => {
      const { maxPacketBytes, lockWaitSeconds } = await readSettings(connection);
      // Allows one migration at a time in each database.
      const lock = "CONCAT('chatkit_migrate_', SHA1(DATABASE()))";
      const { locked } = await first(connection, `SELECT GET_LOCK(${lock}, ${migrationTimeoutSeconds}) AS locked`);
      if (Number(locked) !== 1) throw new ChatKitError('internal', 'MySqlStore: the lock for migrations was refused');
      // Requests must not wait for a migration that waits for a long transaction.
      await connection.query(`SET SESSION lock_wait_timeout = ${lockTimeoutSeconds}`);
      for (const statement of await pendingOf(connection)) await connection.query(statement);
      await connection.query(`SET SESSION lock_wait_timeout = ${lockWaitSeconds}`);
      await connection.query(`SELECT RELEASE_LOCK(${lock})`);
      return maxPacketBytes;
    });
  }

  async pendingStatements(): Promise<string[]> {
    return this.#onConnection(async (connection) => {
      await readSettings(connection);
      return pendingOf(connection);
    });
  }

  /** Closes the connection when `work` rejects, which also ends its locks and settings. */
  async #onConnection<Result>(work: (connection: MySqlConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#pool.getConnection();
    try {
      const result = await work(connection);
      connection.release();
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async execute(step: MySqlStep, values: SqlValue[]): Promise<unknown[]> {
    return step(this.#session, values);
  }

  async deleteIdleThread(thread: ThreadKey, position: number, lastItem: number): Promise<boolean> {
    return this.#session.transaction(async ({ read, write }) => {
      const key = 'WHERE owner = $1 AND id = $2 AND position = $3';
      const values = [...thread, position];
      const locked = await read(`SELECT 1 FROM chatkit_threads ${key} FOR UPDATE SKIP LOCKED`, values);
      if (locked.length === 0) return false;
      // This read sees every item that was added before the lock.
      const newest = 'SELECT coalesce(max(position), 0) AS last FROM chatkit_items WHERE thread = $1';
      const [row] = await read<{ last: number | string }>(newest, [position]);
      if (Number(row?.last) !== lastItem) return false;
      await write(`DELETE FROM chatkit_threads ${key}`, values);
      const lease = 'UPDATE chatkit_attachments SET thread_id = NULL, saved_at = 0, claimed_at = 0';
      await write(`${lease} WHERE owner = $1 AND thread_id = $2`, thread);
      return true;
    });
  }

  isTransient(error: unknown): boolean {
    return isTransientOfMySql(error);
  }

  toDocument(json: string): string {
    return json;
  }

  fromDocument(text: string): string {
    return text;
  }
}

async function first(connection: MySqlConnection, query: string): Promise<Record<string, unknown>> {
  const [rows] = await connection.query(query);
  return (rows as Record<string, unknown>[])[0] ?? {};
}

/**
 * @throws ChatKitError `invalid_request` for a server or a pool with which the store would lose data or fail later.
 */
async function readSettings(connection: MySqlConnection): Promise<{ maxPacketBytes: number; lockWaitSeconds: number }> {
  const { version, database, client, results, commits, packet, wait } = await first(
    connection,
    'SELECT VERSION() AS version, DATABASE() AS `database`, @@character_set_client AS client, ' +
      '@@character_set_results AS results, @@autocommit AS commits, @@max_allowed_packet AS packet, ' +
      '@@lock_wait_timeout AS wait',
  );
  const refuse = (message: string) => new ChatKitError('invalid_request', `MySqlStore: ${message}`);
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(String(version)) ?? [];
  const isMariaDb = /mariadb/i.test(String(version));
  const number = Number(major) * 1000 + Number(minor);
  if (!(number >= (isMariaDb ? 10_006 : 8000))) {
    throw refuse(`the server must be MySQL 8.0 or MariaDB 10.6, or later. Its version is ${String(version)}`);
  }
  if (database === null) throw refuse('`pool` must name a database');
  if (client !== 'utf8mb4' || results !== 'utf8mb4') {
    throw refuse('the character set of the connections must be utf8mb4. Leave out the option `charset` of the pool');
  }
  if (Number(commits) !== 1) throw refuse('the connections must have autocommit');
  // MySQL and MariaDB have different names for the variable.
  const { Value: isolation } = await first(
    connection,
    "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')",
  );
  if (isolation === 'READ-UNCOMMITTED')
    throw refuse('the isolation level READ UNCOMMITTED would show unfinished writes');
  return { maxPacketBytes: Number(packet), lockWaitSeconds: Number(wait) };
}

/** Returns only what is missing, so that a user without the right to create can start when nothing is missing. */
async function pendingOf(connection: MySqlConnection): Promise<string[]> {
  const table = 'chatkit_migrations';
  const { found } = await first(
    connection,
    'SELECT count(*) AS found FROM information_schema.tables ' +
      `WHERE table_schema = DATABASE() AND table_name = '${table}'`,
  );
  if (Number(found) === 0) {
    return [`CREATE TABLE ${table} ${columns('version INT PRIMARY KEY', 'works_with INT')}`].concat(
      pendingMigrations(migrations, { newest: null }, table),
    );
  }
  const newest = (await first(connection, `SELECT max(version) AS version FROM ${table}`))['version'] as number | null;
  const row = isUnknown(migrations, newest) ? await first(connection, worksWithQuery(migrations, table)) : {};
  const { works_with: worksWith } = row as { works_with?: number };
  return pendingMigrations(migrations, { newest, worksWith }, table);
}

/** Returns the columns and the settings of a table. */
function columns(...lines: string[]): string {
  const settings = 'ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
  return `(\n${lines.map((line) => `        ${line}`).join(',\n')}\n      ) ${settings}`;
}

// Compares keys by bytes. Every text collation of MariaDB ignores spaces at the end.
const key = 'VARBINARY(600)';

/** Each statement is committed by itself, so each must succeed when it is repeated. */
const migrations: Migrations = [
  [
    // Rows that new threads of an owner lock. An owner has the row of its checksum.
    `CREATE TABLE IF NOT EXISTS chatkit_owner_locks ${columns('slot INT PRIMARY KEY')}`,
    `INSERT IGNORE INTO chatkit_owner_locks (slot) VALUES ${Array.from({ length: 64 }, (_, slot) => `(${slot})`).join(', ')}`,
    `CREATE TABLE IF NOT EXISTS chatkit_threads ${columns(
      `owner ${key} NOT NULL`,
      `id ${key} NOT NULL`,
      'position BIGINT NOT NULL AUTO_INCREMENT',
      'document LONGTEXT NOT NULL',
      'PRIMARY KEY (owner, position)',
      'UNIQUE KEY chatkit_threads_by_id (owner, id)',
      'UNIQUE KEY chatkit_threads_by_position (position)',
    )}`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS chatkit_items ${columns(
      `owner ${key} NOT NULL`,
      `thread_id ${key} NOT NULL`,
      'thread BIGINT NOT NULL', // the position of the thread
      `id ${key} NOT NULL`,
      'position BIGINT NOT NULL AUTO_INCREMENT',
      'document LONGTEXT NOT NULL',
      `completed_by ${key}`, // the attempt that completed the item, by which a repetition is recognised
      'PRIMARY KEY (thread, position)',
      'UNIQUE KEY chatkit_items_by_id (owner, thread_id, id)',
      'UNIQUE KEY chatkit_items_by_position (position)',
      'FOREIGN KEY (thread) REFERENCES chatkit_threads (position) ON DELETE CASCADE',
    )}`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS chatkit_attachments ${columns(
      `owner ${key} NOT NULL`,
      `id ${key} NOT NULL`,
      `thread_id ${key}`,
      'document LONGTEXT NOT NULL',
      'saved_at BIGINT NOT NULL', // in milliseconds since 1970
      'claimed_at BIGINT',
      'PRIMARY KEY (owner, id)',
      'KEY chatkit_attachments_of_thread (owner, thread_id)',
      'KEY chatkit_attachments_unsent (thread_id, claimed_at, saved_at)',
    )}`,
  ],
  // The first version that records with which versions it works.
  [],
];
