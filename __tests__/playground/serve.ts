// The playground before a server of the test's own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { chatkitPlayground, type PlaygroundOptions } from 'chatkit-express/playground';

export interface Served {
  origin: string;
  close(): Promise<void>;
}

/** Serves an app on a port that is free. */
export async function serve(app: Express): Promise<Served> {
  const server = createServer(app).listen(0);
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The playground at `/`, and what `endpoint` mounts at `/chatkit`. */
export async function servePlayground(
  endpoint: (app: Express) => void,
  options: Partial<PlaygroundOptions> = {},
): Promise<Served> {
  const app = express();
  endpoint(app);
  app.use(chatkitPlayground({ url: '/chatkit', ...options }));
  return serve(app);
}
