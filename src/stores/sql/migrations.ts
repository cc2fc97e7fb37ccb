// Selects the migrations to run. A migration is a list of statements, and its version is its index in a list.
import { ChatKitError } from '../../errors';

/** The migrations of a database. Only append: a released migration must not change. */
export type Migrations = readonly (readonly string[])[];

/**
 * Returns the pending migrations and their versions. `newest` is the version of the database, null for an empty
 * database.
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
