// Programs in TypeScript that tests start as processes of their own. Each is one file by then: to compile and to load the
// sources one by one takes a process longer than most tests.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(__dirname, '..', '..');
/** Inside the package's folder, so that the programs find its dependencies. */
const folder = join(root, '.cache', 'programs');
const made = new Map<string, string>();

/** Returns the path of one ES module with all of the program's own sources. Packages are loaded from node_modules. */
export function childProgram(source: string): string {
  const known = made.get(source);
  if (known !== undefined) return known;
  const { outputFiles } = buildSync({
    entryPoints: [source],
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    tsconfig: 'tsconfig.json',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) },
    write: false,
  });
  const { contents } = outputFiles[0]!;
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const file = join(folder, `${basename(source, '.ts')}-${hash}.mjs`);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) removeIfOld(join(folder, name));
  // Several test files may write the same program at the same time.
  writeFileSync(`${file}.${process.pid}`, contents);
  renameSync(`${file}.${process.pid}`, file);
  made.set(source, file);
  return file;
}

/** Removes a program of earlier sources, unless a process may still start it. */
function removeIfOld(file: string): void {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > 24 * 3_600_000) rmSync(file, { force: true });
}
