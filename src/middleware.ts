// chatkitMiddleware(): puts the parts together.
import type { Router } from 'express';
import { ChatKitError } from './errors';
import { endpointRouter } from './http/router';
import { consoleLogger } from './logger';
import { type ChatKitOptions, resolveOptions } from './options';
import { type ChatKitServer, type CloseOptions, createServer } from './server';

/**
 * The endpoint as an Express router, and the server behind it. Layers that the app adds to it, with `get` or `use`, run
 * for paths that the endpoint does not have.
 */
export interface ChatKitRouter<TContext> extends Router {
  /** Everything that a client can ask for, without HTTP: `server.process(request, context)`. */
  server: ChatKitServer<TContext>;
  /**
   * Removes attachments that were never sent, and what broken uploads have left: see {@link ChatKitServer.sweep}.
   * Settles with how many were removed.
   */
  sweep(): Promise<number>;
  /**
   * Ends the server: see {@link ChatKitServer.close}. From its first moment every response carries `Connection: close`,
   * `GET` on the mount path answers 503, and new streams are refused with 503. Call it on SIGTERM, together with the
   * HTTP server's own `close`.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * The ChatKit endpoint as a router: `app.use('/chatkit', chatkitMiddleware({ store, respond }))`. Works at any path, on
 * Express 4.18+ and 5, with or without a JSON parser before it.
 * @throws ChatKitError `invalid_request` naming the option that is missing or wrong.
 */
export function chatkitMiddleware<TContext, Payloads>(
  options: ChatKitOptions<TContext, Payloads>,
): ChatKitRouter<TContext>;
export function chatkitMiddleware<TContext = unknown>(options: ChatKitOptions<TContext>): ChatKitRouter<TContext>;
export function chatkitMiddleware<TContext>(options: ChatKitOptions<TContext>): ChatKitRouter<TContext> {
  refuseRequest(options);
  const resolved = resolveOptions(options);
  const server = createServer(resolved);
  return Object.assign(endpointRouter(server, resolved), {
    server,
    sweep: () => server.sweep(),
    close: (given?: CloseOptions) => server.close(given),
  });
}

let isReported = false;

/** Express calls the function itself, with a request, where it was passed without a call. */
function refuseRequest(options: unknown): void {
  const { method, url, headers } = Object(options) as Record<string, unknown>;
  if (typeof method !== 'string' || typeof url !== 'string' || typeof headers !== 'object') return;
  const message =
    "the middleware was passed without a call: write `app.use('/chatkit', chatkitMiddleware({ store, respond }))`";
  if (!isReported) {
    consoleLogger.warn(
      { url },
      "the middleware was passed without a call: write `app.use('/chatkit', chatkitMiddleware({ store, respond }))`",
    );
  }
  isReported = true;
  throw new ChatKitError('invalid_request', message);
}
