// The drivers that SqliteStore is tested with, as far as this Node has them.
import Database from 'libsql';
import type { SqliteDatabase } from 'chatkit-express/sqlite';

/** An open database that can be closed. */
export type OpenDatabase = SqliteDatabase & { close(): unknown };

interface NodeSqlite {
  DatabaseSync: new (file: string) => OpenDatabase;
}
const nodeSqlite = process.getBuiltinModule('node:sqlite') as unknown as NodeSqlite | undefined;

const open: Record<string, (file: string) => OpenDatabase> = {
  libsql: (file) => new Database(file),
  ...(nodeSqlite && { 'node:sqlite': (file: string) => new nodeSqlite.DatabaseSync(file) }),
};

/** Their packages' names. */
export const drivers = Object.keys(open);

/** Opens a file with a driver, and creates it when it is not there. */
export function openDatabase(driver: string, file: string): OpenDatabase {
  return open[driver]!(file);
}
