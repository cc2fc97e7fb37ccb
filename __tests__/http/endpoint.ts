// The middleware in an Express app of either version, listening on a port of its own. Closed after each test, which
// fails if a warning or an error was logged that it did not take.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChatKitOptions, ChatKitRouter, MemoryStore, Thread } from 'chatkit-express';
import type { Express, RequestHandler } from 'express';
import { isRule, RecordingLogger } from '../support/recording-logger';
import { isLong } from '../support/sizes';
import { overSlowStores, storeUnderTest } from '../support/slow-store';

type Package = typeof import('chatkit-express');
type ExpressModule = typeof import('express');

export type ExpressVersion = 4 | 5;
/** Over slow stores only the newest, unless there is time. */
export const expressVersions: ExpressVersion[] = overSlowStores && !isLong ? [5] : [5, 4];

const loaded = new Map<ExpressVersion, { express: ExpressModule; chatkit: Package }>();

/** The sources with the Express they get from `require('express')`. */
export function load(version: ExpressVersion) {
  const known = loaded.get(version);
  if (known) return known;
  jest.isolateModules(() => {
    if (version === 4) jest.doMock('express', () => jest.requireActual<ExpressModule>('express4'));
    const express = version === 4 ? 'express4' : 'express';
    loaded.set(version, {
      chatkit: jest.requireActual<Package>('chatkit-express'),
      express: jest.requireActual<ExpressModule>(express),
    });
    jest.dontMock('express');
  });
  return loaded.get(version)!;
}

export interface Endpoint {
  url: string;
  port: number;
  path: string;
  chatkit: ChatKitRouter<unknown>;
  app: Express;
  server: Server;
  store: MemoryStore;
  logger: RecordingLogger;
}

export interface Setup extends Partial<ChatKitOptions> {
  version?: ExpressVersion;
  /** What runs before the middleware. */
  before?: (express: ExpressModule) => RequestHandler[];
  path?: string;
  /** Puts the middleware into the app. Default: `app.use(path, chatkit)`. */
  mount?: (app: Express, chatkit: RequestHandler, express: ExpressModule) => void;
}

/** The thread that every endpoint starts with. */
export const thread: Thread = {
  id: 'thr_1',
  created_at: '2025-01-02T03:04:05.678Z',
  status: { type: 'active' },
  metadata: {},
};

const open: Endpoint[] = [];

/** Starts an app. Its `respond` yields nothing unless one is given. */
export async function start({ version = 5, before, path = '/chatkit', mount, ...options }: Setup = {}) {
  const { express, chatkit: library } = load(version);
  const logger = new RecordingLogger();
  const store = storeUnderTest(new library.MemoryStore());
  await store.saveThread(thread, {});
  const chatkit = library.chatkitMiddleware({
    store,
    async *respond() {
      // says nothing
    },
    logger,
    ...options,
  });
  const app = express();
  app.use(...(before?.(express) ?? []), (_request, _response, next) => next());
  if (mount) mount(app, chatkit, express);
  else app.use(path, chatkit);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${port}${path}`,
    port,
    path,
    chatkit,
    app,
    server,
    store,
    logger,
  };
  open.push(endpoint);
  return endpoint;
}

afterEach(async () => {
  const untold: unknown[] = [];
  for (const { chatkit, server, logger } of open.splice(0)) {
    await chatkit.close();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    untold.push(...logger.take('error'), ...logger.take('warn').filter((line) => !isRule(line)));
  }
  expect(untold).toEqual([]);
});
