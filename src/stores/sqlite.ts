// chatkit-express/sqlite: a Store in an SQLite file, for one process or several on one machine. Imports no driver.
import { ChatKitError } from '../errors';
import { checkOptionNames } from '../known-options';
import type { ThreadKey } from './sql/conditional';
import { isUnknown, type Migrations, pendingMigrations, worksWithQuery } from './sql/migrations';
import { type SqlBackend, SqlStore, type SqlValue } from './sql/sql-store';
import { isTransientOfSqlite } from './sql/transient';
import { sqliteWrites } from './sql/sqlite-writes';
import { makeStatements } from './sql/statements';

/**
 * The methods of a driver that the store calls. `libsql` and `better-sqlite3` (`new Database(file)`) and `node:sqlite`
 * (`new DatabaseSync(file)`, Node 22.5 or later) have them.
 */
export interface SqliteDatabase {
  /** Executes statements without parameters. */
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement. */
export interface SqliteStatement {
  /** Executes the statement and returns its rows. */
  all(...values: SqlValue[]): unknown[];
}

/** Options of {@link SqliteStore}. */
export interface SqliteStoreOptions<TContext> {
  /**
   * An open database, for the store alone, because its statements must not run in a transaction of the application. The
   * application closes it after the last request. `migrate()` sets WAL, `synchronous = FULL`, foreign keys, and a busy
   * timeout of 5 seconds. Later changes of these settings stay.
   */
  database: SqliteDatabase;
  /**
   * Returns the owner of a request, such as `(context) => context.userId`. Called once for each call. Not async. When
   * it throws, the call rejects with that error. Use `() => 'shared'` for one space that all requests share.
   */
  owner: (context: TContext) => string;
}

/** The time that a writer waits for a writer in another process, in milliseconds. */
const busyTimeoutMs = 5000;

const statements = makeStatements({
  table: (name) => `chatkit_${name}`,
  documentIn: (value) => value,
  documentOut: 'document',
  idOut: (row) => `${row}.document -> '$.id'`,
  inOrder({ column, parent, cursor }, order) {
    const [after, direction] = order === 'desc' ? ['<', 'DESC'] : ['>', 'ASC'];
    const rest = cursor === null ? '' : ` AND position ${after} (SELECT position FROM ${cursor})`;
    return `WHERE ${column} = ${parent}${rest} ORDER BY position ${direction}`;
  },
  lockThread: '', // SQLite allows one writer at a time
  statusType: "json_extract(document, '$.status.type')",
  skipLocked: '',
  lockIdle: '',
  saveThread: (threads) =>
    `INSERT INTO ${threads} (owner, id, document) VALUES ($1, $2, $3) ` +
    'ON CONFLICT (owner, id) DO UPDATE SET document = excluded.document RETURNING id',
});

const migrations: Migrations = [
  [
    `CREATE TABLE chatkit_threads (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      owner TEXT NOT NULL,
      id TEXT NOT NULL,
      document TEXT NOT NULL,
      UNIQUE (owner, id)
    )`,
    'CREATE INDEX chatkit_threads_in_order ON chatkit_threads (owner, position)',
    `CREATE TABLE chatkit_items (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      owner TEXT NOT NULL,
      thread_id TEXT NOT NULL,
      thread INTEGER NOT NULL, -- the position of the thread
      id TEXT NOT NULL,
      document TEXT NOT NULL,
      UNIQUE (owner, thread_id, id),
      FOREIGN KEY (owner, thread_id) REFERENCES chatkit_threads (owner, id) ON DELETE CASCADE
    )`,
    'CREATE INDEX chatkit_items_in_order ON chatkit_items (thread, position)',
    `CREATE TABLE chatkit_attachments (
      owner TEXT NOT NULL,
      id TEXT NOT NULL,
      thread_id TEXT,
      document TEXT NOT NULL,
      PRIMARY KEY (owner, id)
    )`,
    'CREATE INDEX chatkit_attachments_of_thread ON chatkit_attachments (owner, thread_id)',
  ],
  [
    // In milliseconds since 1970. Attachments from before this migration have no time and are never swept.
    'ALTER TABLE chatkit_attachments ADD COLUMN saved_at INTEGER',
    'ALTER TABLE chatkit_attachments ADD COLUMN claimed_at INTEGER',
    'CREATE INDEX chatkit_attachments_unsent ON chatkit_attachments (saved_at) WHERE thread_id IS NULL',
  ],
  // The attempt that completed an item, by which a repetition is recognised.
  ['ALTER TABLE chatkit_items ADD COLUMN completed_by TEXT'],
  // The oldest version whose release works with a version.
  ['ALTER TABLE chatkit_migrations ADD COLUMN works_with INTEGER'],
];

/**
 * Keeps everything in an SQLite file. Several processes on one machine can share the file, each with its own store.
 *
 * - A write is on the disk when its call resolves, and survives `kill -9` and a power failure.
 * - Each call is one step. Writers wait for each other, so every reader sees concurrent additions in the same order.
 * - The driver is synchronous: a call blocks the event loop while it runs, and at most for the busy timeout while
 *   another process writes. After that timeout it rejects with the driver's error.
 *
 * {@link SqlStore} describes the errors.
 */
export class SqliteStore<TContext = unknown> extends SqlStore<TContext> {
  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options: SqliteStoreOptions<TContext>) {
    checkOptionNames('SqliteStore', options, ['database', 'owner']);
    const { database, owner } = options ?? {};
    if (typeof database?.prepare !== 'function' || typeof database.exec !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'SqliteStore: `database` must be an open SQLite database. Run `npm install libsql`, and pass ' +
          "`new Database('chat.db')` of `libsql`, or use `new DatabaseSync('chat.db')` of `node:sqlite`",
      );
    }
    super(new SqliteBackend(database), owner);
  }
}

class SqliteBackend implements SqlBackend<string> {
  readonly name = 'SqliteStore';
  readonly statements = statements;
  readonly conditional = sqliteWrites(this, (work) =>
    this.#transaction(() => work((statement, values) => this.#execute(statement, values))),
  );
  readonly #database: SqliteDatabase;
  readonly #prepared = new Map<string, { statement: SqliteStatement; order: number[] }>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async migrate(): Promise<void> {
    const database = this.#database;
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    await this.#useWal();
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    this.#transaction(() => {
      for (const statement of this.#pending()) database.exec(statement);
    });
  }

  async pendingStatements(): Promise<string[]> {
    return this.#pending();
  }

  #pending(): string[] {
    const table = 'chatkit_migrations';
    const first = (sql: string) => this.#database.prepare(sql).all()[0];
    if (!first(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${table}'`)) {
      const created = `CREATE TABLE ${table} (version INTEGER PRIMARY KEY)`;
      return [created, ...pendingMigrations(migrations, { newest: null }, table)];
    }
    const { version: newest } = first(`SELECT max(version) AS version FROM ${table}`) as { version: number | null };
    const row = isUnknown(migrations, newest) ? first(worksWithQuery(migrations, table)) : undefined;
    const { works_with: worksWith } = (row ?? {}) as { works_with?: number };
    return pendingMigrations(migrations, { newest, worksWith }, table);
  }

  async execute(statement: string, values: readonly SqlValue[]): Promise<unknown[]> {
    return this.#execute(statement, values);
  }

  #execute(statement: string, values: readonly SqlValue[]): unknown[] {
    const { statement: prepared, order } = this.#prepare(statement);
    return prepared.all(...order.map((index) => values[index] ?? null));
  }

  /**
   * Takes the write lock at the beginning, because a transaction that reads first cannot write after another process.
   */
  #transaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.#database.exec('ROLLBACK');
      } catch {
        // After some errors SQLite has already rolled back.
      }
      throw error;
    }
  }

  async deleteIdleThread(thread: ThreadKey, position: number, lastItem: number): Promise<boolean> {
    return this.#transaction(() => {
      if (this.#execute(statements.deleteIdle, [...thread, position, lastItem]).length === 0) return false;
      this.#execute(statements.leaseOfThread, thread);
      return true;
    });
  }

  isTransient(error: unknown): boolean {
    return isTransientOfSqlite(error);
  }

  toDocument(json: string): string {
    return json;
  }

  fromDocument(text: string): string {
    return text;
  }

  #prepare(statement: string) {
    const known = this.#prepared.get(statement);
    if (known) return known;
    // `?`, because drivers differ in their support of numbered parameters.
    const order: number[] = [];
    const sql = statement.replaceAll(/\$(\d)/g, (_match, number: string) => {
      order.push(Number(number) - 1);
      return '?';
    });
    const prepared = { statement: this.#database.prepare(sql), order };
    this.#prepared.set(statement, prepared);
    return prepared;
  }

  /** Sets the mode of the file. Tries again, because SQLite does not wait while another process sets the mode. */
  async #useWal(): Promise<void> {
    const giveUpAt = Date.now() + busyTimeoutMs;
    for (;;) {
      try {
        this.#database.exec('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (!/locked|busy/i.test(String(error)) || Date.now() > giveUpAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}
