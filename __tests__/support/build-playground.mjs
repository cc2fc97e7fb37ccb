// Builds the playground's page and the page's script before the tests, if their sources have changed.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist/playground/static/index.html');

/** Returns the time of the last change of a file, or of the newest file in a folder. */
function changed(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => changed(join(path, name))));
}

const script = join(root, 'dist/browser.script.js');

/** Returns true when a built file is missing or older than its sources. */
function isStale(file, sources) {
  return !existsSync(file) || statSync(file).mtimeMs <= Math.max(...sources.map((path) => changed(join(root, path))));
}

export default function buildPages() {
  const run = (program, args) =>
    execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], {
      cwd: root,
      // The page is built as for a release, because NODE_ENV `test` selects another build of React.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  if (isStale(script, ['src/browser', 'tsdown.script.config.ts', 'package-lock.json'])) {
    run('tsdown/dist/run.mjs', ['--config', 'tsdown.script.config.ts']);
  }
  if (isStale(built, ['playground', 'src/protocol', 'src/runs/rules.ts', 'package-lock.json'])) {
    run('vite/bin/vite.js', ['build', '--config', 'playground/vite.config.ts']);
  }
}
