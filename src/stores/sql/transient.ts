// Recognises errors of databases that may not occur again a moment later.

/** The SQLSTATE classes of connection errors and of insufficient resources. */
const postgresClasses = new Set(['08', '53']);
const postgresCodes = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
]);
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** The messages of `pg` errors without a code. */
const messages =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** Returns true for errors of a PostgreSQL server that restarts or is unreachable, and for such errors of `pg`. */
export function isTransientOfPostgres(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    return postgresCodes.has(code) || socketCodes.has(code) || postgresClasses.has(code.slice(0, 2));
  }
  return typeof message === 'string' && messages.test(message);
}

/** Returns true when another process has held the lock of the file for longer than the busy timeout. */
export function isTransientOfSqlite(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  if (typeof code === 'string' && /^SQLITE_(?:BUSY|LOCKED)/.test(code)) return true;
  // `node:sqlite` reports the extended code as a number: 5 is SQLITE_BUSY, 6 is SQLITE_LOCKED.
  return typeof errcode === 'number' && [5, 6].includes(errcode & 0xff);
}

/** The codes of errors after which MySQL or MariaDB has undone a statement or a transaction, which can be repeated. */
const mysqlConflicts = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD', // MariaDB: a row has changed since the snapshot
]);
const mysqlCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT', // the server did not answer a new connection in time
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_QUERY_INTERRUPTED',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_ABORTING_CONNECTION',
  'ER_CLIENT_INTERACTION_TIMEOUT', // the server has closed an idle connection
  'ER_OPTION_PREVENTS_STATEMENT', // a replica that is read-only until it takes over
  'ER_READ_ONLY_MODE',
  'ER_OUT_OF_RESOURCES',
  'ER_OUTOFMEMORY',
]);
/** The messages of `mysql2` errors without a code. */
const mysqlMessages =
  /^(?:Can't add new command when connection is in closed state|No connections available|Queue limit reached)/;

/** Returns true for a conflict with another transaction, after which the transaction can be repeated at once. */
export function isConflictOfMySql(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && mysqlConflicts.has(code);
}

/** Returns true for such conflicts, for errors of a server that restarts or is unreachable, and for such of `mysql2`. */
export function isTransientOfMySql(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return isConflictOfMySql(error) || mysqlCodes.has(code) || socketCodes.has(code);
  return typeof message === 'string' && mysqlMessages.test(message);
}
