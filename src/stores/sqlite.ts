// chatkit-express/sqlite: a Store in an SQLite file, for one process or several on one machine. Imports no driver.
import { ChatKitError } from '../errors';
import { type Migrations, pendingMigrations } from './sql/migrations';
import { type SqlBackend, SqlStore, type SqlValue } from './sql/sql-store';
import { isTransientOfSqlite } from './sql/transient';
import { sqliteWrites } from './sql/sqlite-writes';
import { makeStatements } from './sql/statements';

/**
 * What is called of a driver: that of `libsql` (`new Database(file)`), `better-sqlite3` (the same) and `node:sqlite`
 * (`new DatabaseSync(file)`, Node 22.5 or later).
 */
export interface SqliteDatabase {
  /** Runs statements without values. */
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement. */
export interface SqliteStatement {
  /** Runs it and gives its rows. */
  all(...values: SqlValue[]): unknown[];
}

/** Options of {@link SqliteStore}. */
export interface SqliteStoreOptions<TContext> {
  /**
   * An open database, for the store alone: its statements must not end up in a transaction of yours. Yours to close,
   * once the requests have ended. `migrate()` sets it up: WAL, `synchronous = FULL`, foreign keys, and a busy timeout of
   * 5 seconds. What you change after that stays.
   */
  database: SqliteDatabase;
  /**
   * Names the owner of a request, such as `(context) => context.userId`. Called once for each call; not async.
   * What it throws, the call rejects with. `() => 'shared'` for one space that everybody sees.
   */
  owner: (context: TContext) => string;
}

/** How long a writer waits for one in another process, in milliseconds. */
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
  lockThread: '', // one writer at a time
  skipLocked: '',
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
      thread INTEGER NOT NULL, -- its position
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
    // In milliseconds since 1970. What was saved before has none, and is never swept.
    'ALTER TABLE chatkit_attachments ADD COLUMN saved_at INTEGER',
    'ALTER TABLE chatkit_attachments ADD COLUMN claimed_at INTEGER',
    'CREATE INDEX chatkit_attachments_unsent ON chatkit_attachments (saved_at) WHERE thread_id IS NULL',
  ],
  // The attempt that completed an item, so that its repetition is known.
  ['ALTER TABLE chatkit_items ADD COLUMN completed_by TEXT'],
];

/**
 * Keeps everything in an SQLite file. Several processes on one machine can share the file, each with a store of its own.
 *
 * - A write is on the disk when its call resolves: neither `kill -9` nor a power cut takes it back.
 * - Each call is one step. Writers wait for each other, so whatever is added at once keeps one order, which every reader sees.
 * - The driver is synchronous: a call holds up the event loop while it runs, and at most the busy timeout while a
 *   writer in another process is at work. After that it rejects with the driver's error.
 *
 * The other errors are told at {@link SqlStore}.
 */
export class SqliteStore<TContext = unknown> extends SqlStore<TContext> {
  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options: SqliteStoreOptions<TContext>) {
    const { database, owner } = options ?? {};
    if (typeof database?.prepare !== 'function' || typeof database.exec !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'SqliteStore: `database` must be an open SQLite database. Run `npm install libsql`, then give it ' +
          "`new Database('chat.db')` of `libsql`, or use `new DatabaseSync('chat.db')` of `node:sqlite`",
      );
    }
    super(new SqliteBackend(database), owner);
  }
}

class SqliteBackend implements SqlBackend {
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
      database.exec('CREATE TABLE IF NOT EXISTS chatkit_migrations (version INTEGER PRIMARY KEY)');
      const [row] = database.prepare('SELECT max(version) AS version FROM chatkit_migrations').all();
      const { version: newest } = row as { version: number | null };
      for (const { version, statements } of pendingMigrations(migrations, newest)) {
        for (const statement of statements) database.exec(statement);
        database.exec(`INSERT INTO chatkit_migrations (version) VALUES (${version})`);
      }
    });
  }

  async execute(statement: string, values: readonly SqlValue[]): Promise<unknown[]> {
    return this.#execute(statement, values);
  }

  #execute(statement: string, values: readonly SqlValue[]): unknown[] {
    const { statement: prepared, order } = this.#prepare(statement);
    return prepared.all(...order.map((index) => values[index] ?? null));
  }

  /** Takes the lock for writing at once: a transaction that reads first could not write after another process did. */
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
        // After some errors SQLite has rolled back by itself.
      }
      throw error;
    }
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
    // Drivers differ in numbered values and agree on `?`.
    const order: number[] = [];
    const sql = statement.replaceAll(/\$(\d)/g, (_match, number: string) => {
      order.push(Number(number) - 1);
      return '?';
    });
    const prepared = { statement: this.#database.prepare(sql), order };
    this.#prepared.set(statement, prepared);
    return prepared;
  }

  /** The file stays in the mode. While another process sets it, SQLite fails at once instead of waiting. */
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
