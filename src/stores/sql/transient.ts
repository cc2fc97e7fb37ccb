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
