// Builds the playground's page before the tests, if its sources have changed since the last build.
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

export default function buildPlayground() {
  const sources = ['playground', 'src/protocol', 'src/runs/rules.ts', 'package-lock.json'].map((path) =>
    changed(join(root, path)),
  );
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources)) return;
  // The page is built as for a release, because NODE_ENV `test` selects another build of React.
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--config', 'playground/vite.config.ts'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
