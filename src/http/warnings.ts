// Warnings about how the endpoint was mounted and what stands before it: each once, with what to write instead.
import type { Request } from 'express';
import type { Logger } from '../logger';
import { baseUrlOf, originOf, trustsProxy } from './base-url';
import { sameOrigin } from './cross-site';

const forwarded = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix'] as const;
/** Names under which proxies report the path as the client asked for it. */
const originalPath = ['x-forwarded-uri', 'x-original-uri', 'x-original-url', 'x-envoy-original-path'] as const;

const nginx = 'In nginx write `proxy_set_header Host $http_host;` and `proxy_set_header X-Forwarded-Proto $scheme;`';

/** The warnings of one endpoint. */
export class SetupWarnings {
  readonly #logger: Logger;
  readonly #hasUrls: boolean;
  readonly #reported = new Set<string>();

  /** @param options.hasUrls Whether URLs of files are made from requests. */
  constructor(logger: Logger, { hasUrls }: { hasUrls: boolean }) {
    this.#logger = logger;
    this.#hasUrls = hasUrls;
  }

  /** Looks at a request that the endpoint serves. */
  check(request: Request): void {
    if (!this.#reported.has('untrusted')) this.#checkTrust(request);
    if (this.#hasUrls && !this.#reported.has('url')) this.#checkUrl(request);
  }

  /** Looks at the route that called `handler`, where one did: a router below `app.post` gets the whole path. */
  checkRoute(request: Request, handler: unknown): void {
    const { route } = request as { route?: { path?: unknown; stack?: { handle?: unknown }[] } };
    if (!route?.stack?.some(({ handle }) => handle === handler)) return;
    const path = typeof route.path === 'string' ? route.path : '/chatkit';
    this.#warn(
      'route',
      { method: request.method, path },
      'the endpoint is mounted on a route, such as `app.post`, which gives it the wrong path and not all methods: ' +
        `write \`app.use('${path}', chatkitMiddleware({ … }))\``,
    );
  }

  /** Looks at a request that the endpoint answers with 404. */
  notFound(request: Request): void {
    if (request.baseUrl !== '' || this.#reported.has('route')) return;
    this.#warn(
      'root',
      { method: request.method, path: request.path },
      'the endpoint is mounted at the root, where it answers every path of the app with 404 that it does not have: ' +
        "write `app.use('/chatkit', chatkitMiddleware({ … }))`",
    );
  }

  #checkTrust(request: Request): void {
    const present = forwarded.filter((name) => request.headers[name] !== undefined);
    if (present.length === 0 || trustsProxy(request)) return;
    this.#warn(
      'untrusted',
      { headers: present },
      'a proxy has sent headers that Express does not trust, so that scheme, host and address of the client are those of ' +
        "the proxy: write `app.set('trust proxy', 1)`, with the number of proxies in front of this server",
    );
  }

  #checkUrl(request: Request): void {
    const fault = faultOfUrl(request);
    if (fault === undefined) return;
    const fields = { url: baseUrlOf(request), page: request.headers.origin };
    this.#warn(
      'url',
      fields,
      `clients are given URLs of files that may not lead here: ${fault}. Or set \`uploads.publicUrl\``,
    );
  }

  #warn(name: string, fields: Record<string, unknown>, message: string): void {
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    this.#logger.warn(fields, message);
  }
}

/** Says why the URL that is made from the request is probably wrong. */
function faultOfUrl(request: Request): string | undefined {
  const { headers } = request;
  const isProxied = ['via', 'forwarded', ...forwarded].some((name) => headers[name] !== undefined);
  const isSameOrigin = headers['sec-fetch-site'] === 'same-origin' && headers.origin !== undefined;
  if (!isProxied && !isSameOrigin) return undefined;
  const origin = originOf(request);
  if (origin === undefined) return undefined;
  const removed = removedPath(request);
  if (removed !== undefined) {
    return `the proxy has removed \`${removed}\` from the path. Let it send \`X-Forwarded-Prefix: ${removed}\`, and let Express trust it`;
  }
  const page = headers.origin;
  if (page !== undefined && sameOrigin(page, origin)) return undefined;
  const { hostname, port } = new URL(origin);
  if (isLoopback(hostname) && (isSameOrigin || !isLoopback(firstClient(request)))) {
    return `the request came through a proxy, and its host is \`${hostname}\`. ${nginx}`;
  }
  const from = page !== undefined && URL.canParse(page) ? new URL(page) : undefined;
  if (from && from.hostname === hostname && from.port !== port && port === '') {
    return `the page is on port ${from.port}, and the proxy does not pass the port on. ${nginx}`;
  }
  return isSameOrigin ? `the page is on ${String(page)}, and the proxy does not pass its host on. ${nginx}` : undefined;
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

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|.+\.localhost|::ffff:127(?:\.\d{1,3}){3})$/i.test(host);
}
