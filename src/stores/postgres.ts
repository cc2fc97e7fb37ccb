// chatkit-express/postgres: a Store in PostgreSQL (12 or later), for any number of processes. Imports no driver.
import { ChatKitError } from '../errors';
import type { ConditionalWrites } from './sql/conditional';
import { fromJsonb, toJsonb } from './sql/jsonb';
import { type Migrations, pendingMigrations } from './sql/migrations';
import { postgresWrites } from './sql/postgres-writes';
import { isTransientOfPostgres } from './sql/transient';
import { type SqlBackend, SqlStore, type SqlValue } from './sql/sql-store';
import { type Dialect, makeStatements, type Statements } from './sql/statements';

/** What is called of a connection: that which `connect()` of `pg`'s Pool gives. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Gives the connection back, or ends it when told of an error. */
  release(error?: Error | boolean): void;
}

/** What is called of a pool of connections: a `Pool` of `pg` has it. */
export interface PostgresPool {
  /** Runs one statement on any connection, in a transaction of its own. */
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** A connection of one's own, for the migrations. */
  connect(): Promise<PostgresClient>;
}

/** Options of {@link PostgresStore}. */
export interface PostgresStoreOptions<TContext> {
  /**
   * An open pool, whose connections have the isolation that PostgreSQL has by default, READ COMMITTED. Yours to size, to
   * listen to for errors, and to end once the requests have ended.
   */
  pool: PostgresPool;
  /**
   * Names the owner of a request, such as `(context) => context.userId`. Called once for each call; not async.
   * What it throws, the call rejects with. `() => 'shared'` for one space that everybody sees.
   */
  owner: (context: TContext) => string;
  /**
   * Where the tables are, which all begin with `chatkit_`. Letters, digits and underscores; capitals count. Made by
   * `migrate()` when it is not there. Default `public`.
   */
  schema?: string | undefined;
}

/**
 * Keeps everything in PostgreSQL, in JSONB.
 *
 * - A write is committed when its call resolves, so it is as safe as the server's own settings make it.
 * - Each call is one statement, or one and a read. Additions to a thread wait for each other by a lock on its row, and new
 *   threads of an owner by an advisory lock, so positions become visible in their order: a reader who has followed a
 *   list to its end finds what is added later behind it, and never before.
 * - JSONB orders the keys of objects in its own way, and numbers keep their value and not their spelling.
 *
 * The other errors are told at {@link SqlStore}.
 */
export class PostgresStore<TContext = unknown> extends SqlStore<TContext> {
  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options: PostgresStoreOptions<TContext>) {
    const { pool, owner, schema = 'public' } = options ?? {};
    if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'PostgresStore: `pool` must be a pool of connections. Run `npm install pg`, then give it ' +
          '`new Pool({ connectionString })` of `pg`',
      );
    }
    // PostgreSQL cuts names after 63 bytes.
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
      throw new ChatKitError(
        'invalid_request',
        'PostgresStore: `schema` must be letters, digits and underscores, at most 63, and not begin with a digit',
      );
    }
    super(new PostgresBackend(pool, schema), owner);
  }
}

class PostgresBackend implements SqlBackend {
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
      // Taken before the new row gets its position, and held until the row can be seen.
      lockThread: ' FOR NO KEY UPDATE',
      skipLocked: ' FOR UPDATE SKIP LOCKED',
      saveThread: (threads) => saveThread(threads, schema),
    });
  }

  async migrate(): Promise<void> {
    const client = await this.#pool.connect();
    let failure: Error | undefined;
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED'); // what is read after a wait is as it is then
      try {
        await this.#migrateIn(client);
        await client.query('COMMIT');
      } catch (error) {
        // Where even this fails the connection is broken, and ending it rolls back.
        await client.query('ROLLBACK').catch((cause: unknown) => (failure = new Error('not rolled back', { cause })));
        throw error;
      }
    } finally {
      client.release(failure);
    }
  }

  async execute(statement: string, values: SqlValue[]): Promise<unknown[]> {
    const { rows } = await this.#pool.query(statement, values);
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

  /** Creates only what is not there, so that a role which may not create can start where nothing is left to do. */
  async #migrateIn(client: PostgresClient): Promise<void> {
    const schema = this.#schema;
    // One migrates at a time, in any database and schema of its own.
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`chatkit-express migrate ${schema}`]);
    const found = async (sql: string, value: string) => (await client.query(sql, [value])).rows.length > 0;
    if (!(await found('SELECT 1 FROM pg_namespace WHERE nspname = $1', schema)))
      await client.query(`CREATE SCHEMA "${schema}"`);
    const table = `"${schema}".chatkit_migrations`;
    if (!(await found('SELECT 1 WHERE to_regclass($1) IS NOT NULL', table)))
      await client.query(`CREATE TABLE ${table} (version integer PRIMARY KEY)`);
    const { rows } = await client.query(`SELECT max(version) AS version FROM ${table}`);
    const { version: newest } = rows[0] as { version: number | null };
    for (const { version, statements } of pendingMigrations(migrationsIn(schema), newest)) {
      for (const statement of statements) await client.query(statement);
      await client.query(`INSERT INTO ${table} (version) VALUES ($1)`, [version]);
    }
  }
}

/**
 * Written as a range of the index where `column = parent` would do. From an equality the planner guesses how many rows
 * there are by the average, and for a few it would read and sort them all, which a list that is far above the average
 * pays for. Of a range it expects many, so it walks the index from the cursor on.
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

/** Makes the new threads of the owner $1 wait for each other, until the end of the transaction. */
function lockOwner(schema: string): string {
  return `pg_advisory_xact_lock(hashtextextended('chatkit-express threads ${schema} ' || $1::text, 0))`;
}

/** Replaces without a lock; new threads of an owner wait for each other. */
function saveThread(threads: string, schema: string): string {
  const lock = lockOwner(schema);
  return (
    `WITH replaced AS (UPDATE ${threads} SET document = $3::jsonb WHERE owner = $1 AND id = $2 RETURNING id), ` +
    `turn AS MATERIALIZED (SELECT ${lock} WHERE NOT EXISTS (SELECT FROM replaced)) ` +
    `INSERT INTO ${threads} (owner, id, document) SELECT $1, $2, $3::jsonb FROM turn ` +
    'ON CONFLICT (owner, id) DO UPDATE SET document = excluded.document RETURNING id'
  );
}

// Keys are compared byte by byte: no index depends on a collation that an update of the system's library changes.
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
        PRIMARY KEY (id, owner) -- no second index begins with the owner: the planner would sort what it finds there
      )`,
      `CREATE INDEX chatkit_threads_in_order ON ${table('threads')} (owner, position)`,
      `CREATE TABLE ${table('items')} (
        owner ${key} NOT NULL,
        thread_id ${key} NOT NULL,
        thread bigint NOT NULL, -- its position
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
      // In milliseconds since 1970. What was saved before has none, and is never swept.
      `ALTER TABLE ${table('attachments')} ADD COLUMN saved_at bigint, ADD COLUMN claimed_at bigint`,
      `CREATE INDEX chatkit_attachments_unsent ON ${table('attachments')} (saved_at) WHERE thread_id IS NULL`,
    ],
    // The attempt that completed an item, so that its repetition is known.
    [`ALTER TABLE ${table('items')} ADD COLUMN completed_by ${key}`],
  ];
}
