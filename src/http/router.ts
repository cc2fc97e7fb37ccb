// Serves the endpoint as an Express router. Its own paths are handled directly, and layers that the app adds follow
// them.
import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { CorsOptions } from '../cors-options';
import { ChatKitError } from '../errors';
import type { ChatKitServer, RequestObservation } from '../server';
import { endConnection, track } from './connection';
import { withCors } from './cors';
import { writeHead } from './head';
import { sendError } from './json';
import { SetupWarnings } from './warnings';
import type { HttpOptions, Route } from './route';
import { endpointRoutes } from './routes';

const requestIdHeader = 'x-request-id';

/** A method of routers in Express 4 and 5 that the types of neither version declare. */
type Handle = (request: Request, response: Response, next: NextFunction) => void;

/**
 * Makes a router that handles everything below the mount path. The endpoint answers 404 for a path that neither the
 * endpoint nor a layer of the app handles, so that `next` is only called with an error.
 */
export function endpointRouter<TContext>(
  server: ChatKitServer<TContext>,
  options: HttpOptions<TContext> & { cors?: false | CorsOptions | undefined },
): Router {
  const { routes, findRoute } = endpointRoutes(server, options);
  const hasUrls = options.attachmentStore !== undefined && options.uploads.publicUrl === undefined;
  const warnings = new SetupWarnings(options.logger, { hasUrls });
  const router = Router();

  const observe = (request: Request, response: Response) =>
    observeRequest(request, response, (id) => server.observe({ id, logger: options.loggerOf?.(request) }));
  const refuse = (request: Request, response: Response, error: unknown, how: Refusal) =>
    refuseRequest(request, response, error, { ...how, refusals: options.refusals, exposeErrors: options.exposeErrors });

  function serve(route: Route, request: Request, response: Response, id: string): void {
    if (request.method === 'OPTIONS') {
      // A preflight was answered before. This request asks for the methods.
      writeHead(response, 204, { Allow: route.methods.join(', ') });
      response.end();
      return;
    }
    const observed = observe(request, response);
    const { isFile } = route;
    if (route.methods.includes(request.method)) {
      if (route.operation !== undefined) observed.start(route.operation);
      const end = server.begin(() => endConnection(response));
      warnings.check(request);
      track(response, end);
      route.handle(request, response, { id, observed }).then(
        () => observed.succeed(),
        (error: unknown) => refuse(request, response, error, { isFile, observed }),
      );
    } else {
      response.setHeader('Allow', route.methods.join(', '));
      const message = `${request.method} is not a method of this endpoint`;
      refuse(request, response, new ChatKitError('method_not_allowed', message), { isFile, observed });
    }
  }

  register(router, routes, serve);
  const walkLayers = (router as unknown as { handle: Handle }).handle.bind(router);

  const handle: RequestHandler = (request, response, next) => {
    if (request.route !== undefined) warnings.checkRoute(request, router);
    // Most requests are recognised by their unchanged URL, without the cost of Express's parser.
    const found = findRoute(request.url === '/' ? '/' : request.path);
    if (found?.id !== undefined) {
      serve(found.route, request, response, found.id);
      return;
    }
    const notFound = () => {
      warnings.notFound(request);
      const error = new ChatKitError('not_found', 'There is nothing at this path');
      refuse(request, response, error, { isFile: false, observed: observe(request, response) });
    };
    if (found) notFound();
    else walkLayers(request, response, (error?: unknown) => (error ? next(error) : notFound()));
  };
  return Object.assign(router, { handle: withCors(options.cors, handle, options.logger) });
}

/** Makes the id of the request, and sends it with the response. */
function observeRequest(
  request: Request,
  response: Response,
  make: (id: unknown) => RequestObservation,
): RequestObservation {
  const { id } = request as { id?: unknown }; // set by pino-http
  const observed = make(id ?? response.getHeader(requestIdHeader) ?? request.headers[requestIdHeader]);
  if (!response.headersSent && !response.hasHeader(requestIdHeader)) {
    response.setHeader(requestIdHeader, observed.id);
  }
  return observed;
}

interface Refusal {
  isFile: boolean;
  observed: RequestObservation;
}

function refuseRequest(
  request: Request,
  response: Response,
  error: unknown,
  { isFile, observed, refusals, exposeErrors }: Refusal & Pick<HttpOptions<unknown>, 'refusals' | 'exposeErrors'>,
): void {
  observed.fail(error);
  // The query is left out, because the token of an upload or a preview gives access to a file.
  const fields = { method: request.method, url: request.originalUrl.split('?', 1)[0] ?? '' };
  const { logger } = observed;
  sendError(response, error, { logger, fields, isFile, refusals, exposeErrors });
}

/** Registers the endpoint's paths, so that instrumentations and tools that list routes see them. */
function register(
  router: Router,
  routes: readonly Route[],
  serve: (route: Route, request: Request, response: Response, id: string) => void,
): void {
  for (const route of routes) {
    const layer = router.route(route.path);
    for (const method of route.methods) {
      if (method !== 'GET' && method !== 'POST' && method !== 'PUT') continue; // Express derives the others
      const name = method.toLowerCase() as 'get' | 'post' | 'put';
      layer[name]((request: Request, response: Response) => {
        const { id } = request.params;
        serve(route, request, response, typeof id === 'string' ? id : '');
      });
    }
  }
}
