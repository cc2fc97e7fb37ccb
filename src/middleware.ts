// chatkitMiddleware(): puts the parts together.
import { Router } from 'express';
import { withCors } from './http/cors';
import { requestHandler } from './http/handler';
import { type ChatKitOptions, resolveOptions } from './options';
import { type ChatKitServer, createServer } from './server';

/** What {@link chatkitMiddleware} returns: a router to mount, and the server behind it. */
export interface ChatKitRouter<TContext> extends Router {
  /** The protocol without HTTP: `server.process(request, context)`. */
  server: ChatKitServer<TContext>;
  /**
   * Removes attachments that were never sent, and what broken uploads have left: see {@link ChatKitServer.sweep}.
   * Settles with how many were removed.
   */
  sweep(): Promise<number>;
  /**
   * Refuses new requests with 503, ends the open streams and keeps what they had said. Call it on SIGTERM, before the
   * HTTP server's own `close`. Settles when everything is stored.
   */
  close(): Promise<void>;
}

/**
 * The ChatKit endpoint as a router: `app.use('/chatkit', chatkitMiddleware({ store, respond }))`. Works at any path, on
 * Express 4.18+ and 5, with or without a JSON parser before it.
 * @throws ChatKitError `invalid_request` naming the option that is missing or wrong.
 */
export function chatkitMiddleware<TContext = unknown>(options: ChatKitOptions<TContext>): ChatKitRouter<TContext> {
  const resolved = resolveOptions(options);
  const server = createServer(resolved);
  // In place of the router's walk through its layers, of which there would be one.
  const handle = withCors(resolved.cors, requestHandler(server, resolved));
  return Object.assign(Router(), { handle, server, sweep: () => server.sweep(), close: () => server.close() });
}
