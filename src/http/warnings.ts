// Warns about mistakes in how the endpoint is mounted, and about the proxies and parsers before it. Each warning is
// logged once, with a remedy.
import type { Request } from 'express';
import type { Logger } from '../logger';
import { baseUrlOf, originOf, trustsProxy } from './base-url';
import { sameOrigin } from './cross-site';
import { isLoopback } from './loopback';

const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix'] as const;
/** The headers with which proxies report the path that the client requested. */
const originalPath = ['x-forwarded-uri', 'x-original-uri', 'x-original-url', 'x-envoy-original-path'] as const;

/** The warnings of one endpoint. */
export class SetupWarnings {
  readonly #logger: Logger;
  readonly #hasUrls: boolean;
  readonly #reported = new Set<string>();

  /** @param options.hasUrls True when URLs of files are made from requests. */
  constructor(logger: Logger, { hasUrls }: { hasUrls: boolean }) {
    this.#logger = logger;
    this.#hasUrls = hasUrls;
  }

  /** Checks a request that the endpoint serves. */
  check(request: Request): void {
    if (!this.#reported.has('untrusted')) this.#checkTrust(request);
    if (this.#hasUrls && !this.#reported.has('url')) this.#checkUrl(request);
  }

  /**
   * Checks the route that called `handler`, if a route did, because a router below `app.post` receives the whole path.
   */
  checkRoute(request: Request, handler: unknown): void {
    const { route } = request as { route?: { path?: unknown; stack?: { handle?: unknown }[] } };
    if (!route?.stack?.some(({ handle }) => handle === handler)) return;
    if (!this.#isFirst('route')) return;
    // A route passes the whole path to a router, and only the requests of its own method.
    this.#logger.warn(
      { method: request.method, path: route.path },
      "the endpoint is mounted on a route, such as `app.post`: write `app.use('/chatkit', chatkitMiddleware({ … }))` instead",
    );
  }

  /** Checks a request that the endpoint answers with 404. */
  notFound(request: Request): void {
    if (request.baseUrl !== '' || this.#reported.has('route')) return;
    if (!this.#isFirst('root')) return;
    this.#logger.warn(
      { method: request.method, path: request.path },
      "the endpoint is mounted at the root and answers other paths with 404: write `app.use('/chatkit', chatkitMiddleware({ … }))` instead",
    );
  }

  #checkTrust(request: Request): void {
    const present = forwarded.filter((name) => request.headers[name] !== undefined);
    if (present.length === 0 || trustsProxy(request)) return;
    if (!this.#isFirst('untrusted')) return;
    this.#logger.warn(
      { headers: present },
      "a proxy has sent headers that Express does not trust: write `app.set('trust proxy', 1)`, with the number of proxies",
    );
  }

  #checkUrl(request: Request): void {
    const fault = faultOfUrl(request);
    if (fault === undefined) return;
    if (!this.#isFirst('url')) return;
    this.#logger.warn(
      { url: baseUrlOf(request), page: request.headers.origin, reason: fault },
      'URLs of files may not lead here: in nginx write `proxy_set_header Host $http_host;`, or give `uploads.publicUrl` a value',
    );
  }

  #isFirst(name: string): boolean {
    if (this.#reported.has(name)) return false;
    this.#reported.add(name);
    return true;
  }
}

/** Explains why the URL that is made from the request is probably wrong. */
function faultOfUrl(request: Request): string | undefined {
  const { headers } = request;
  const isProxied = ['via', 'forwarded', ...forwarded].some((name) => headers[name] !== undefined);
  const isSameOrigin = headers['sec-fetch-site'] === 'same-origin' && headers.origin !== undefined;
  if (!isProxied && !isSameOrigin) return undefined;
  const origin = originOf(request);
  if (origin === undefined || !URL.canParse(origin)) return undefined;
  const removed = removedPath(request);
  if (removed !== undefined) {
    return `the proxy has removed \`${removed}\` from the path: let it send \`X-Forwarded-Prefix: ${removed}\``;
  }
  const page = headers.origin;
  if (page !== undefined && sameOrigin(page, origin)) return undefined;
  const { hostname, port } = new URL(origin);
  if (isLoopback(hostname) && (isSameOrigin || !isLoopback(firstClient(request)))) {
    return `the request came through a proxy, and its host is \`${hostname}\``;
  }
  const from = page !== undefined && URL.canParse(page) ? new URL(page) : undefined;
  if (from && from.hostname === hostname && from.port !== port && port === '') {
    return `the page is on port ${from.port}, and the proxy does not pass the port on`;
  }
  return isSameOrigin ? `the page is on ${String(page)}, and the proxy does not pass its host on` : undefined;
}

function removedPath(request: Request): string | undefined {
  const given = originalPath.map((name) => request.get(name)).find((value) => value?.startsWith('/'));
  const asked = given?.split('?')[0];
  const here = request.originalUrl.split('?')[0] ?? '';
  if (asked === undefined || request.headers['x-forwarded-prefix'] !== undefined) return undefined;
  return asked !== here && asked.endsWith(here) ? asked.slice(0, -here.length) : undefined;
}

function firstClient({ headers }: Request): string {
  return [headers['x-forwarded-for'] ?? ''].flat()[0]?.split(',')[0]?.trim() ?? '';
}
