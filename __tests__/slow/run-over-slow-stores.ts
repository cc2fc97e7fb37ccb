// Registers tests of another folder in the file that calls it, with stores that answer late.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param options.except Files that are left out.
 * @param options.only The files to run. Default: all of the folder.
 */
export function runOverSlowStores(
  folder: string,
  { except = [], only }: { except?: readonly string[]; only?: readonly string[] } = {},
): void {
  process.env['CHATKIT_SLOW_STORE'] = '1'; // read by support/slow-store.ts, which the tests load
  const path = join(__dirname, '..', folder);
  const files = readdirSync(path).filter((file) => file.endsWith('.test.ts') && !except.includes(file));
  for (const file of only ?? files) jest.requireActual(join(path, file));
}
