// chatkitMiddleware(): creates the server and its router from the options.
import type { IRouterMatcher, Router } from 'express';
import { ChatKitError } from './errors';
import { endpointRouter } from './http/router';
import type { EventCheck, StoreCheck } from './hook-types';
import { consoleLogger } from './logger';
import { type BaseOptions, type ContextOption, resolveOptions } from './options';
import type { HookEventInput } from './protocol';
import type { PurgeOptions, Retention } from './retention/retention';
import { type ChatKitServer, type CloseOptions, createServer } from './server';

/**
 * The endpoint as an Express router, and the server behind it. Layers that the app adds to the router, with `get` or
 * `use`, run for paths that the endpoint does not have.
 */
export interface ChatKitRouter<TContext> extends Router, Omit<Retention<TContext>, 'purge'> {
  /** Handles every request of a client without HTTP: `server.process(request, context)`. */
  server: ChatKitServer<TContext>;
  /**
   * Removes unsent attachments and the bytes of broken uploads: see {@link ChatKitServer.sweep}.
   * @returns The number of removed attachments.
   */
  sweep(): Promise<number>;
  /** Deletes old threads: see {@link ChatKitServer.purge}. With a path it is Express's own method for HTTP PURGE. */
  purge: IRouterMatcher<this> & Retention<TContext>['purge'];
  /**
   * Closes the server: see {@link ChatKitServer.close}. From the call on, every response carries `Connection: close`,
   * `GET` on the mount path answers 503, and new streams are refused with 503. Call it on SIGTERM, together with the
   * `close` of the HTTP server.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Creates the ChatKit endpoint as a router: `app.use('/chatkit', chatkitMiddleware({ store, respond }))`. Works at any
 * path, on Express 4.18+ and 5, with or without a JSON parser before it.
 * @throws ChatKitError `invalid_request` that names the missing or invalid option.
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
  const router = endpointRouter(server, resolved);
  return Object.assign(router, {
    server,
    sweep: () => server.sweep(),
    exportOwner: (context: TContext) => server.exportOwner(context),
    eraseOwner: (context: TContext) => server.eraseOwner(context),
    purge: purgeOf(router, server),
    close: (given?: CloseOptions) => server.close(given),
  });
}

/** Makes the `purge` of the router, because Express routers have a method of this name already. */
function purgeOf<TContext>(router: Router, server: ChatKitServer<TContext>): ChatKitRouter<TContext>['purge'] {
  const route = router.purge.bind(router) as (...given: unknown[]) => unknown;
  const purge = (...given: unknown[]): unknown => {
    const [first] = given;
    const isPath = typeof first === 'string' || Array.isArray(first) || first instanceof RegExp;
    return isPath ? route(...given) : server.purge(first as PurgeOptions);
  };
  return purge as ChatKitRouter<TContext>['purge'];
}

let isReported = false;

/** Throws for a request in place of options: `app.use(chatkitMiddleware)` makes Express call the function itself. */
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
