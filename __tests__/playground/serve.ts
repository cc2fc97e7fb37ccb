// The playground before a server of the test's own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { chatkitPlayground, type PlaygroundOptions } from 'chatkit-express/playground';

export interface Served {
  origin: string;
  close: () => Promise<void>;
}

const started: Served[] = [];
// A test that fails half way through leaves its server, and an open server keeps Jest from ending.
afterAll(() => Promise.all(started.map(({ close }) => close())));

/** Serves an app on a port that is free. Closed after the file's tests at the latest. */
export async function serve(app: Express): Promise<Served> {
  const server = createServer(app).listen(0);
  await once(server, 'listening');
  const served = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  started.push(served);
  return served;
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
