// Programs in TypeScript that tests start as processes of their own. Each is one file by then: to compile and to load the
// sources one by one takes a process longer than most tests.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

const root = join(__dirname, '..', '..');
/** Inside the package's folder, so that the programs find its dependencies. */
const folder = join(root, '.cache', 'programs');
const made = new Map<string, string>();

/** Packages that are loaded from node_modules: these have or look for native code. */
const native = ['libsql', 'pg-native'];

/** Returns the path of one ES module with all of the program's sources and of the packages that it uses. */
export function childProgram(source: string): string {
  const known = made.get(source);
  if (known !== undefined) return known;
  // Without the packages, which takes less time and changes with the program's own sources.
  const own = bundle(source, { packages: 'external' });
  const packages = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(own).update(packages).digest('hex').slice(0, 16);
  const file = join(folder, `${basename(source, '.ts')}-${hash}.mjs`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) removeIfOld(join(folder, name));
    // Several test files may write the same program at the same time.
    writeFileSync(`${file}.${process.pid}`, bundle(source, { external: native }));
    renameSync(`${file}.${process.pid}`, file);
  }
  utimesSync(file, new Date(), new Date()); // so that nobody removes the program
  made.set(source, file);
  return file;
}

function bundle(source: string, options: BuildOptions): Uint8Array {
  // CommonJS packages expect these names.
  const js = `
    import { createRequire } from 'node:module';
    const [require, __filename, __dirname] = [createRequire(${JSON.stringify(source)}), ${JSON.stringify(source)}, ''];`;
  const { outputFiles } = buildSync({
    entryPoints: [source],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    tsconfig: 'tsconfig.json',
    banner: { js },
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) },
    logLevel: 'error',
    write: false,
    ...options,
  });
  return outputFiles![0]!.contents;
}

/** Removes a program of earlier sources, unless a process may still start it. */
function removeIfOld(file: string): void {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > 24 * 3_600_000) rmSync(file, { force: true });
}
