// The part of a measured server that talks to the benchmark: the port, the CPU time and the memory.
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The object that `startServer` was called with. */
export const config = JSON.parse(process.argv[2] ?? '{}');

/** Imports a file of the build that is measured. */
export const load = (name) => import(pathToFileURL(join(config.dist, name)).href);

/**
 * Makes a server, or an app of Express, listen on a free port of loopback. Sends the port to the benchmark, which ends the
 * process.
 */
export async function report(app, more = {}) {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const peak = process.resourceUsage().maxRSS * 1024;
    process.send({ cpu: user + system, peak, rss: process.memoryUsage.rss() });
  });
  process.on('disconnect', () => process.exit());
  process.send({ ...more, port: server.address().port });
}
