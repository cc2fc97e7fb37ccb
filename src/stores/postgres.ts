// chatkit-express/postgres: a Store in PostgreSQL (12 or later), for any number of processes. Imports no driver.
import { ChatKitError } from '../errors';
import { checkOptionNames } from '../known-options';
import { PostgresRunRegistry, type PostgresRunRegistryOptions } from '../registries/postgres';
import type { ConditionalWrites, ThreadKey } from './sql/conditional';
import type { PostgresClient, PostgresPool } from './sql/postgres-pool';
import { fromJsonb, toJsonb } from './sql/jsonb';
import { isUnknown, type Migrations, pendingMigrations, worksWithQuery } from './sql/migrations';
import { fenced } from './sql/postgres-fence';
import { runMigration } from './sql/postgres-runs';
import { postgresWrites } from './sql/postgres-writes';
import { isTransientOfPostgres } from './sql/transient';
import { type SqlBackend, SqlStore, type SqlValue } from './sql/sql-store';
import { type Dialect, makeStatements, type Statements } from './sql/statements';

export { PostgresRunRegistry, type PostgresRunRegistryOptions } from '../registries/postgres';
export { type SharedRegistryOptions } from '../registries/options';
export type { PostgresClient, PostgresPool } from './sql/postgres-pool';

/** Options of {@link PostgresStore}. */
export interface PostgresStoreOptions<TContext> {
  /**
   * An open pool, whose connections have PostgreSQL's default isolation level, READ COMMITTED. The application sets its
   * size, listens to its errors, and ends the pool after the last request.
   */
  pool: PostgresPool;
  /**
   * Returns the owner of a request, such as `(context) => context.userId`. Called once for each call. Not async. When
   * it throws, the call rejects with that error. Use `() => 'shared'` for one space that all requests share.
   */
  owner: (context: TContext) => string;
  /**
   * The schema of the tables, whose names begin with `chatkit_`. Letters, digits and underscores. Case is significant.
   * `migrate()` creates the schema if it does not exist. Default: `public`.
   */
  schema?: string | undefined;
}

/**
 * The time that a migration waits for a lock, in milliseconds. After it `migrate()` rejects and has changed nothing.
 */
const lockTimeoutMs = 5000;

/**
 * Keeps everything in PostgreSQL, in JSONB.
 *
 * - A write is committed when its call resolves. Its durability depends on the settings of the server.
 * - Each call is one statement, or one statement and a read. A lock on the row of the thread orders concurrent
 *   additions to a thread. An advisory lock orders new threads of an owner. Positions therefore become visible in
 *   order: a reader who has reached the end of a list finds later rows after that end, and never before it.
 * - JSONB changes the order of the keys of an object. Numbers keep their value, but not their notation.
 *
 * {@link SqlStore} describes the errors.
 */
export class PostgresStore<TContext = unknown> extends SqlStore<TContext> {
  readonly #pool: PostgresPool;
  readonly #schema: string;

  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options: PostgresStoreOptions<TContext>) {
    checkOptionNames('PostgresStore', options, ['pool', 'owner', 'schema']);
    const { pool, owner, schema = 'public' } = options ?? {};
    if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'PostgresStore: `pool` must be a pool of connections. Run `npm install pg`, and pass ' +
          '`new Pool({ connectionString })` of `pg`',
      );
    }
    // PostgreSQL truncates names to 63 bytes.
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
      throw new ChatKitError(
        'invalid_request',
        'PostgresStore: `schema` must be 1 to 63 letters, digits and underscores, and not begin with a digit',
      );
    }
    super(new PostgresBackend(pool, schema), owner);
    this.#pool = pool;
    this.#schema = schema;
  }

  /**
   * Creates the registry of runs for the option `runs.registry`, so that runs can be stopped, followed and taken over by
   * any process with the same database. The writes of a run and its lease are checked in one statement.
   *
   * With signals, one connection of the pool is used for LISTEN. Without them, because of a pooler that shares connections
   * between transactions, everything works by polling.
   * @throws ChatKitError `invalid_request` for an invalid option.
   */
  runRegistry(options: PostgresRunRegistryOptions = {}): PostgresRunRegistry {
    return new PostgresRunRegistry({ pool: this.#pool, schema: this.#schema }, options);
  }
}

class PostgresBackend implements SqlBackend<string> {
  readonly name = 'PostgresStore';
  readonly statements: Statements;
  readonly conditional: ConditionalWrites;
  readonly #pool: PostgresPool;
  readonly #schema: string;

  constructor(pool: PostgresPool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
    const table = (name: string) => `"${schema}".chatkit_${name}`;
    const tables = { threads: table('threads'), items: table('items') };
    this.conditional = postgresWrites(tables, lockOwner(schema), this, (...step) => this.execute(...step));
    this.statements = makeStatements({
      table,
      documentIn: (value) => `${value}::jsonb`,
      documentOut: 'document::text',
      idOut: (row) => `(${row}.document -> 'id')::text`,
      inOrder,
      // Locked before the new row gets its position, and until the row is visible.
      lockThread: ' FOR NO KEY UPDATE',
      statusType: "document -> 'status' ->> 'type'",
      skipLocked: ' FOR UPDATE SKIP LOCKED',
      lockIdle: ' FOR UPDATE SKIP LOCKED',
      saveThread: (threads) => saveThread(threads, schema),
    });
  }

  async migrate(): Promise<void> {
    await this.#transaction(async (client) => {
      // Allows one migration at a time in each schema.
      const name = `chatkit-express migrate ${this.#schema}`;
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
      // Requests must not wait for a migration that waits for a long transaction.
      await client.query(`SET LOCAL lock_timeout = '${lockTimeoutMs}ms'`);
      for (const statement of await this.#pending(client)) await client.query(statement);
    });
  }

  async pendingStatements(): Promise<string[]> {
    return this.#transaction((client) => this.#pending(client));
  }

  async deleteIdleThread(thread: ThreadKey, position: number, lastItem: number): Promise<boolean> {
    const { lockIdle, deleteIdle, leaseOfThread } = this.statements;
    return this.#transaction(async (client) => {
      // A statement of its own, because the next one then sees every item that was added before the lock.
      const locked = await client.query(lockIdle, [...thread]);
      if (locked.rows.length === 0) return false;
      const deleted = await client.query(deleteIdle, [...thread, position, lastItem]);
      if (deleted.rows.length === 0) return false;
      await client.query(leaseOfThread, [...thread]);
      return true;
    });
  }

  async #transaction<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    let failure: Error | undefined;
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED'); // a read after a wait sees the state of that moment
      try {
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // If this fails too, the connection is broken. Closing it rolls back.
        await client
          .query('ROLLBACK')
          .catch((cause: unknown) => (failure = new Error('The rollback failed', { cause })));
        throw error;
      }
    } finally {
      client.release(failure);
    }
  }

  async execute(statement: string, values: SqlValue[]): Promise<unknown[]> {
    const { rows } = await this.#pool.query(...fenced(statement, values, { pool: this.#pool, schema: this.#schema }));
    return rows;
  }

  isTransient(error: unknown): boolean {
    return isTransientOfPostgres(error);
  }

  toDocument(json: string): string {
    return toJsonb(json);
  }

  fromDocument(text: string): string {
    return fromJsonb(text);
  }

  /** Returns only what is missing, so that a role without the right to create can start when nothing is missing. */
  async #pending(client: PostgresClient): Promise<string[]> {
    const schema = this.#schema;
    const first = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows[0];
    const table = `"${schema}".chatkit_migrations`;
    const created: string[] = [];
    if (!(await first('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])))
      created.push(`CREATE SCHEMA "${schema}"`);
    const migrations = migrationsIn(schema);
    if (!(await first('SELECT 1 WHERE to_regclass($1) IS NOT NULL', [table]))) {
      created.push(`CREATE TABLE ${table} (version integer PRIMARY KEY)`);
      return [...created, ...pendingMigrations(migrations, { newest: null }, table)];
    }
    const { version: newest } = (await first(`SELECT max(version) AS version FROM ${table}`)) as { version: number };
    const row = isUnknown(migrations, newest) ? await first(worksWithQuery(migrations, table)) : undefined;
    const { works_with: worksWith } = (row ?? {}) as { works_with?: number };
    return pendingMigrations(migrations, { newest, worksWith }, table);
  }
}

/**
 * Selects a range of the index instead of `column = parent`. For an equality the planner estimates the average number
 * of rows. If it expects few rows, it reads and sorts all of them, which is slow for a long list. For a range it
 * expects many rows and walks the index from the cursor.
 */
const inOrder: Dialect['inOrder'] = ({ column, parent, cursor }, order) => {
  const isDescending = order === 'desc';
  const [from, to, direction] = isDescending ? ['<=', '>=', 'DESC'] : ['>=', '<=', 'ASC'];
  const first = isDescending ? '9223372036854775807' : '0';
  const next = `(SELECT position ${isDescending ? '-' : '+'} 1 FROM ${cursor})`;
  return (
    `WHERE (${column}, position) ${from} (${parent}, ${cursor === null ? first : next}) AND ${column} ${to} ${parent} ` +
    `ORDER BY ${column} ${direction}, position ${direction}`
  );
};

/**
 * Returns an expression that makes new threads of the owner $1 wait for each other, until the end of the transaction.
 */
function lockOwner(schema: string): string {
  return `pg_advisory_xact_lock(hashtextextended('chatkit-express threads ${schema} ' || $1::text, 0))`;
}

/** Replaces a thread without a lock. Only new threads of an owner wait for each other. */
function saveThread(threads: string, schema: string): string {
  const lock = lockOwner(schema);
  return (
    `WITH replaced AS (UPDATE ${threads} SET document = $3::jsonb WHERE owner = $1 AND id = $2 RETURNING id), ` +
    `turn AS MATERIALIZED (SELECT ${lock} WHERE NOT EXISTS (SELECT FROM replaced)) ` +
    `INSERT INTO ${threads} (owner, id, document) SELECT $1, $2, $3::jsonb FROM turn ` +
    'ON CONFLICT (owner, id) DO UPDATE SET document = excluded.document RETURNING id'
  );
}

// Compares keys by bytes, because an update of the system's library can change other collations and break an index.
const key = 'text COLLATE "C"';

function migrationsIn(schema: string): Migrations {
  const table = (name: string) => `"${schema}".chatkit_${name}`;
  return [
    [
      `CREATE TABLE ${table('threads')} (
        owner ${key} NOT NULL,
        id ${key} NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        document jsonb NOT NULL,
        PRIMARY KEY (id, owner) -- not (owner, id): the planner would use it for lists, and sort
      )`,
      `CREATE INDEX chatkit_threads_in_order ON ${table('threads')} (owner, position)`,
      `CREATE TABLE ${table('items')} (
        owner ${key} NOT NULL,
        thread_id ${key} NOT NULL,
        thread bigint NOT NULL, -- the position of the thread
        id ${key} NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        document jsonb NOT NULL,
        PRIMARY KEY (owner, thread_id, id),
        FOREIGN KEY (owner, thread_id) REFERENCES ${table('threads')} (owner, id) ON DELETE CASCADE
      )`,
      `CREATE INDEX chatkit_items_in_order ON ${table('items')} (thread, position)`,
      `CREATE TABLE ${table('attachments')} (
        owner ${key} NOT NULL,
        id ${key} NOT NULL,
        thread_id ${key},
        document jsonb NOT NULL,
        PRIMARY KEY (owner, id)
      )`,
      `CREATE INDEX chatkit_attachments_of_thread ON ${table('attachments')} (owner, thread_id)`,
    ],
    [
      // In milliseconds since 1970. Attachments from before this migration have no time and are never swept.
      `ALTER TABLE ${table('attachments')} ADD COLUMN saved_at bigint, ADD COLUMN claimed_at bigint`,
      `CREATE INDEX chatkit_attachments_unsent ON ${table('attachments')} (saved_at) WHERE thread_id IS NULL`,
    ],
    // The attempt that completed an item, by which a repetition is recognised.
    [`ALTER TABLE ${table('items')} ADD COLUMN completed_by ${key}`],
    // The oldest version whose release works with a version.
    [`ALTER TABLE ${table('migrations')} ADD COLUMN works_with integer`],
    runMigration(schema),
  ];
}
