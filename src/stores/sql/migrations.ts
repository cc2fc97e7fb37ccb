// Selects the migrations to run. A migration is a list of statements, and its version is its index in a list.
import { ChatKitError } from '../../errors';

/**
 * The migrations of a database. Only append: a released migration must not change. The previous release must work with
 * each new migration, because its instances run while the migration does: first add, and remove in a later release.
 */
export type Migrations = readonly (readonly string[])[];

/** The state of a database. */
export interface SchemaState {
  /** The newest version of the database. Null for an empty database. */
  newest: number | null;
  /** The oldest version whose release works with a database that is newer than this release. Null if unknown. */
  worksWith?: number | null;
}

/**
 * The oldest version whose release works with the schema of this release. Raise it with a migration that removes
 * something.
 */
const worksWith = 0;
/** The version that has added the column `works_with`. */
const worksWithSince = 3;

/**
 * Returns the statements of the pending migrations, which also record their versions. Returns none for a newer database
 * that works with this release.
 * @param table The name of the table of versions.
 * @throws ChatKitError `internal` when the database is newer than this list and does not work with this release.
 */
export function pendingMigrations(
  migrations: Migrations,
  { newest, worksWith: oldest = null }: SchemaState,
  table: string,
): string[] {
  const done = newest ?? -1;
  if (done >= migrations.length) {
    if (oldest !== null && oldest < migrations.length) return [];
    throw new ChatKitError(
      'internal',
      `The database's schema is version ${done}, newer than version ${migrations.length - 1}, which this version of ` +
        'chatkit-express knows. Update chatkit-express, or restore the backup from before the update',
    );
  }
  return migrations
    .map((statements, version) => [...statements, recordOf(version, table)])
    .slice(done + 1)
    .flat();
}

function recordOf(version: number, table: string): string {
  if (version < worksWithSince) return `INSERT INTO ${table} (version) VALUES (${version})`;
  return `INSERT INTO ${table} (version, works_with) VALUES (${version}, ${worksWith})`;
}

/** Returns the query of a database with an unknown newer version: see {@link SchemaState.worksWith}. */
export function worksWithQuery(migrations: Migrations, table: string): string {
  return `SELECT max(works_with) AS works_with FROM ${table} WHERE version >= ${migrations.length}`;
}

/** Returns true for a version that {@link worksWithQuery} has to be asked about. */
export function isUnknown(migrations: Migrations, newest: number | null): boolean {
  return newest !== null && newest >= migrations.length && migrations.length > worksWithSince;
}
