// Migrations: numbered by their place in an append-only list, each a list of statements.
import { ChatKitError } from '../../errors';

/** Never edit or reorder one that was released: append. Its index is its version. */
export type Migrations = readonly (readonly string[])[];

/**
 * What is left to run, given the newest version that the database has (null for none), with the version of each.
 * @throws ChatKitError `internal` when the database is newer than this list.
 */
export function pendingMigrations(
  migrations: Migrations,
  newest: number | null,
): { version: number; statements: readonly string[] }[] {
  const done = newest ?? -1;
  if (done >= migrations.length) {
    throw new ChatKitError(
      'internal',
      `The database's schema is version ${done}, newer than version ${migrations.length - 1}, which this version of ` +
        'chatkit-express knows. Update chatkit-express, or restore the backup from before the update',
    );
  }
  return migrations.map((statements, version) => ({ version, statements })).slice(done + 1);
}
