// The build of the package for the tests. It takes longer than most of them, so one build is kept in .cache, and is made
// again when a file that it depends on has changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.cache', 'build');
const sources = ['src', 'playground', 'package.json', 'package-lock.json', ...configsIn(root)];
/** No build takes longer, so an older lock is one of a process that was killed. */
const longestMs = 180_000;

function configsIn(path) {
  return readdirSync(path).filter((name) => /^ts(config|down)\..*(json|ts)$/.test(name));
}

function hashOf(paths) {
  const hash = createHash('sha256').update(process.version);
  const add = (path) => {
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    } else {
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(root, path)))
        .update('\0');
    }
  };
  paths.forEach(add);
  return hash.digest('hex').slice(0, 16);
}

function build(target) {
  const run = (program, args, env = {}) =>
    execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, ...env },
    });
  run('tsdown/dist/run.mjs', ['--out-dir', target]);
  const page = ['build', '--config', 'playground/vite.config.ts', '--outDir', join(target, 'playground/static')];
  run('vite/bin/vite.js', page, { NODE_ENV: 'production' });
}

/**
 * Resolves with a folder that holds what `npm run build` writes to dist/, without the page's script. The folder is not to
 * be changed.
 */
export async function builtPackage() {
  const target = join(folder, hashOf(sources));
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'lock');
  while (!existsSync(target)) {
    try {
      mkdirSync(lock);
    } catch {
      // Another process makes the build.
      if (existsSync(lock) && statSync(lock).mtimeMs < Date.now() - longestMs) rmSync(lock, { recursive: true });
      await setTimeout(100);
      continue;
    }
    try {
      for (const name of readdirSync(folder)) if (name !== 'lock') rmSync(join(folder, name), { recursive: true });
      build(join(folder, 'unfinished'));
      renameSync(join(folder, 'unfinished'), target);
    } finally {
      rmSync(lock, { recursive: true });
    }
  }
  return target;
}

// node __tests__/package/build.mjs FOLDER Copies the build to the folder.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  cpSync(await builtPackage(), process.argv[2], { recursive: true });
}
