// Registers tests of another folder in the file that calls it, with stores that answer late.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @param except Files that are left out. */
export function runOverSlowStores(folder: string, except: readonly string[] = []): void {
  process.env['CHATKIT_SLOW_STORE'] = '1'; // read by support/slow-store.ts, which the tests load
  const path = join(__dirname, '..', folder);
  const files = readdirSync(path).filter((file) => file.endsWith('.test.ts') && !except.includes(file));
  for (const file of files) jest.requireActual(join(path, file));
}
