// Builds the playground's page before the tests, if what it is made of has changed since the last time.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist/playground/static/index.html');

/** When the newest of the files in a folder, or a file, was changed. */
function changed(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => changed(join(path, name))));
}

export default async function buildPlayground() {
  const sources = ['playground', 'package-lock.json'].map((path) => changed(join(root, path)));
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources)) return;
  const { build } = await import('vite');
  await build({ configFile: join(root, 'playground/vite.config.ts') });
}
