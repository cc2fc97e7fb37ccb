// chatkitMiddleware(): puts the parts together.
import type { Router } from 'express';
import { ChatKitError } from './errors';
import { endpointRouter } from './http/router';
import type { EventCheck, StoreCheck } from './hook-types';
import { consoleLogger } from './logger';
import { type BaseOptions, type ContextOption, resolveOptions } from './options';
import type { HookEventInput } from './protocol';
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
export function chatkitMiddleware<
  OfStore = unknown,
  TContext = OfStore, // the context of the store, where a hook is written above the option `context`
  OfFiles = TContext,
  Payloads = Record<string, unknown>,
  Event = HookEventInput,
>(
  options: BaseOptions<TContext, Payloads, Event, OfStore, OfFiles> &
    ContextOption<TContext & OfStore & OfFiles> &
    StoreCheck<TContext, OfStore, OfFiles> &
    EventCheck<Event>,
): ChatKitRouter<TContext> {
  refuseRequest(options);
  const resolved = resolveOptions(options as unknown as BaseOptions<TContext>);
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
