// Executes statements and transactions of MySQL and MariaDB, and repeats them after a conflict with another transaction.
import { setTimeout } from 'node:timers/promises';
import type { SqlValue } from './sql-store';
import { isConflictOfMySql } from './transient';

/** The result of a statement: rows, or the counts of a write, and descriptions of the columns. */
type MySqlResult = Promise<[unknown, unknown]>;

/** The methods of a connection that the store calls. `getConnection()` of a `mysql2` pool resolves with such a connection. */
export interface MySqlConnection {
  /** Executes a prepared statement. */
  execute(sql: string, values?: (string | null)[]): MySqlResult;
  /** Executes a statement without parameters. */
  query(sql: string): MySqlResult;
  /** Returns the connection to the pool. */
  release(): void;
  /** Closes the connection. */
  destroy(): void;
}

/** The methods of a connection pool that the store calls. A pool of `mysql2/promise` has them. */
export interface MySqlPool {
  /** Executes one prepared statement on any connection, in its own transaction. */
  execute(sql: string, values?: (string | null)[]): MySqlResult;
  /** Resolves with a connection for a transaction. */
  getConnection(): Promise<MySqlConnection>;
}

/** Executes statements, each in its own transaction, or all in one. */
export interface Executor {
  /** Resolves with the rows of a query. */
  readonly read: <Row = unknown>(statement: string, values: readonly SqlValue[]) => Promise<Row[]>;
  /** Resolves with the number of changed rows. For an UPDATE, 0 can also mean that the rows had the new values. */
  readonly write: (statement: string, values: readonly SqlValue[]) => Promise<number>;
  /** Adds one row. Resolves with false, and adds nothing, when another row has its key or its thread does not exist. */
  readonly insert: (statement: string, values: readonly SqlValue[]) => Promise<boolean>;
}

/** Executes statements and transactions. */
export interface Session extends Executor {
  /**
   * Calls `work` in a transaction, and rolls back when `work` rejects. A read after a wait for a lock sees the state of
   * that moment. Calls `work` again after a conflict, so `work` must have no other effect.
   */
  readonly transaction: <Result>(work: (executor: Executor) => Promise<Result>) => Promise<Result>;
}

/** The time after which a conflict is reported instead of repeated, in milliseconds, and the number of attempts. */
const [repeatMs, maxAttempts] = [10_000, 20];

/** @param maxBytes The largest number of bytes of the parameters of a statement. Null if unknown. */
export function mysqlSession(pool: MySqlPool, maxBytes: () => number | null): Session {
  const onPool = executorOf((sql, values) => {
    assertFits(values, maxBytes());
    return pool.execute(sql, values);
  });
  return {
    read: (...statement) => repeated(() => onPool.read(...statement)),
    write: (...statement) => repeated(() => onPool.write(...statement)),
    insert: (...statement) => repeated(() => onPool.insert(...statement)),
    transaction: (work) => repeated(() => inTransaction(pool, maxBytes, work)),
  };
}

async function inTransaction<Result>(
  pool: MySqlPool,
  maxBytes: () => number | null,
  work: (executor: Executor) => Promise<Result>,
): Promise<Result> {
  const connection = await pool.getConnection();
  let isBroken = true;
  try {
    // Reads see the newest state, and no gaps are locked, which would make unrelated writers wait.
    await connection.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await connection.query('START TRANSACTION');
    isBroken = false;
    try {
      const executor = executorOf((sql, values) => {
        assertFits(values, maxBytes());
        return connection.execute(sql, values);
      });
      const result = await work(executor);
      await connection.query('COMMIT');
      return result;
    } catch (error) {
      // If this fails too, the connection is broken. Closing it rolls back.
      await connection.query('ROLLBACK').catch(() => (isBroken = true));
      throw error;
    }
  } finally {
    if (isBroken) connection.destroy();
    else connection.release();
  }
}

/** Calls `work` again as long as another transaction has made it fail. */
async function repeated<Result>(work: () => Promise<Result>): Promise<Result> {
  const giveUpAt = Date.now() + repeatMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflictOfMySql(error) || attempt === maxAttempts || Date.now() > giveUpAt) throw error;
    }
    // A random time, so that the same transactions do not meet again.
    await setTimeout(Math.random() * Math.min(2 ** attempt, 100));
  }
}

function executorOf(execute: (sql: string, values: (string | null)[]) => MySqlResult): Executor {
  const run = async (statement: string, values: readonly SqlValue[]) => {
    const given: (string | null)[] = [];
    const sql = statement.replaceAll(/\$(\d+)/g, (_match, number: string) => {
      const value = values[Number(number) - 1] ?? null;
      // As text, because the driver sends numbers as DOUBLE, which MySQL refuses in LIMIT.
      given.push(value === null ? null : String(value));
      return '?';
    });
    const [result] = await execute(sql, given);
    return result;
  };
  const write = async (statement: string, values: readonly SqlValue[]) =>
    ((await run(statement, values)) as { affectedRows: number }).affectedRows;
  return {
    read: async <Row>(statement: string, values: readonly SqlValue[]) => (await run(statement, values)) as Row[],
    write,
    async insert(statement, values) {
      try {
        await write(statement, values);
        return true;
      } catch (error) {
        const { code } = Object(error) as { code?: unknown };
        // NULL is the position of a missing thread.
        if (code === 'ER_DUP_ENTRY' || code === 'ER_BAD_NULL_ERROR') return false;
        throw error;
      }
    },
  };
}

/** The bytes of a statement beside its parameters, at most. */
const overheadBytes = 10_000;

/** @throws Error when the server would close the connection because of a packet that is too large. */
function assertFits(values: readonly (string | null)[], maxBytes: number | null): void {
  if (maxBytes === null) return;
  const length = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  if (length * 3 + overheadBytes <= maxBytes) return; // a UTF-16 code unit has at most three bytes in UTF-8
  const bytes = values.reduce((sum, value) => sum + Buffer.byteLength(value ?? ''), overheadBytes);
  if (bytes <= maxBytes) return;
  throw new Error(
    `MySqlStore: a write needs ${bytes} bytes, but the server's max_allowed_packet is ${maxBytes} bytes. Raise it`,
  );
}
