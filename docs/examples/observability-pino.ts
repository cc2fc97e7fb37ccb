import express from 'express';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import { chatkitMiddleware, type Logger, MemoryStore } from 'chatkit-express';
import { respond } from './assistant';

export function createApp(logger: pino.Logger = pino()) {
  const app = express();
  app.use(pinoHttp({ logger }));
  app.use(
    '/chatkit',
    chatkitMiddleware({
      store: new MemoryStore(),
      respond,
      // Without a request, the logger for lines that belong to no request.
      logger: (request?: { log: Logger }) => request?.log ?? logger,
    }),
  );
  return app;
}
