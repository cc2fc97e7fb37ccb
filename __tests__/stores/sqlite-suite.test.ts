// The shared suite on SqliteStore, with libsql and, where Node has it, with node:sqlite.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteStore } from 'chatkit-express/sqlite';
import { storeSuite, type SuiteUser } from 'chatkit-express/testing';
import { temporaryFolder } from '../support/temporary-folder';
import { drivers, type OpenDatabase, openDatabase } from './sqlite-drivers';

const folder = temporaryFolder();

describe.each(drivers)('%s', (driver) => {
  const opened = new Map<unknown, { database: OpenDatabase; file: string }>();
  let count = 0;
  storeSuite({
    name: `SqliteStore (${driver})`,
    async create() {
      const file = join(folder, `${driver.replace(':', '-')}-${++count}.db`);
      const database = openDatabase(driver, file);
      const store = new SqliteStore<SuiteUser>({ database, owner: ({ userId }) => userId });
      await store.migrate();
      opened.set(store, { database, file });
      return store;
    },
    destroy(store) {
      const { database, file } = opened.get(store)!;
      opened.delete(store);
      database.close();
      rmSync(file);
    },
    test,
    expect,
  });
});

// Node 20 has no node:sqlite, so nothing runs with it there: CI runs these files again on Node 24. By hand:
// npx --yes -p node@24 node node_modules/jest/bin/jest.js __tests__/stores/sqlite
test('node:sqlite is left out only where Node has none, before 22.5', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const hasIt = major > 22 || (major === 22 && minor >= 5);
  expect(drivers).toEqual(hasIt ? ['libsql', 'node:sqlite'] : ['libsql']);
});
