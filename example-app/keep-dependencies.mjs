// Makes the packages that the bundled example imports dependencies in package.json, so that `npm prune --omit=dev` keeps
// them. The Dockerfile runs this.
import { readFileSync, writeFileSync } from 'node:fs';

const code = readFileSync(new URL('server.js', import.meta.url), 'utf8');
const imported = [...code.matchAll(/^(?:import|export)\b[^;]*?["']([^"'.][^"']*)["'];$/gm)].map(([, name]) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/'),
);
const path = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(path, 'utf8'));
// Peers of the package that are imported at once: Express.
for (const name of new Set([...imported, 'express'])) {
  const range = manifest.devDependencies[name];
  if (range === undefined) continue;
  manifest.dependencies[name] = range;
  delete manifest.devDependencies[name];
}
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
