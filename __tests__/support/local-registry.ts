// A registry of npm on this machine, which offers the packages in node_modules, so that `npm install` runs without a
// network.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';

interface Locked {
  name?: string;
  version: string;
  link?: boolean;
}

/** Starts the registry of the packages in the lockfile. Packages for another platform have no files. */
export async function startRegistry(root: string) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    if (path.startsWith('-/tarball/')) {
      const folder = path.slice('-/tarball/'.length, -'.tgz'.length);
      const name = basename(folder);
      const args = [
        '-c',
        '--use-compress-program=gzip -1',
        `--exclude=${name}/node_modules`,
        '-C',
        join(root, dirname(folder)),
        name,
      ];
      spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout.pipe(response);
      return;
    }
    const found = Object.entries(packages).filter(
      ([folder, locked]) => folder !== '' && (locked.name ?? folder.split('node_modules/').at(-1)) === path,
    );
    const versions = found.map(([folder, locked]) => {
      const tarball = `${url()}-/tarball/${encodeURIComponent(folder)}.tgz`;
      const { version } = locked;
      return [
        version,
        { ...locked, name: path, resolved: undefined, integrity: undefined, dist: { tarball } },
      ] as const;
    });
    response.writeHead(found.length === 0 ? 404 : 200, { 'content-type': 'application/json' });
    const latest = versions.map(([version]) => version).at(0);
    response.end(JSON.stringify({ name: path, 'dist-tags': { latest }, versions: Object.fromEntries(versions) }));
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: url(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
