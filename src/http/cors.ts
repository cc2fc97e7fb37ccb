// Adds CORS with the `cors` package. Keeps headers that the app has set, and always allows the headers of ChatKit
// clients.
import cors from 'cors';
import type { Request, RequestHandler, Response } from 'express';
import type { CorsOptions } from '../cors-options';
import type { Logger } from '../logger';

const alwaysAllowed = ['content-type', 'accept', 'accept-language', 'authorization', 'idempotency-key'];
/** Headers of this endpoint that a page of another origin needs. */
const alwaysExposed = ['Retry-After', 'chatkit-run-id', 'x-request-id'];

const allowOrigin = 'access-control-allow-origin';
const allowCredentials = 'access-control-allow-credentials';
const exposeHeaders = 'access-control-expose-headers';

/**
 * Returns the handler with CORS before it, or unchanged for `false`. Without `allowedHeaders` a preflight is allowed
 * the headers that it requests. With `allowedHeaders` it is also allowed every `chatkit-…` header that it requests.
 *
 * Headers that another middleware has set are kept, and `Access-Control-Expose-Headers` is extended. Without the option
 * nothing is allowed to an origin that another CORS middleware has not allowed.
 */
export function withCors(
  options: false | CorsOptions | undefined,
  handler: RequestHandler,
  logger: Logger,
): RequestHandler {
  if (options === false) return handler;
  const handleCors = corsHandler({ maxAge: 600, ...options });
  let isReported = false;
  return (request, response, next) => {
    // Browsers send the page's origin with every request to which CORS applies.
    if (request.headers.origin === undefined && request.method !== 'OPTIONS') {
      void handler(request, response, next);
      return;
    }
    const earlier = corsBefore(response);
    const target = new CorsTarget(response, { earlier, isDefault: options === undefined });
    handleCors(request, target, (error?: unknown) => {
      target.finish();
      if (target.ignoredOrigin !== undefined && options !== undefined && !isReported) {
        isReported = true;
        const fields = { kept: response.getHeader(allowOrigin), ignored: target.ignoredOrigin };
        logger.warn(
          fields,
          'another middleware has set the CORS headers, which are kept: write `cors: false`, or remove the other middleware',
        );
      }
      if (error) next(error);
      else void handler(request, response, next);
    });
  };
}

/**
 * Returns true when `cors` allows the origin of the request to send its user's cookies. Called after the handler above.
 */
export function allowsCredentials(request: Request, response: Response): boolean {
  const { origin } = request.headers;
  const isOrigin = origin !== undefined && origin !== 'null' && response.getHeader(allowOrigin) === origin;
  return isOrigin && response.getHeader(allowCredentials) === 'true';
}

/** Reports how another CORS middleware has handled this request. */
function corsBefore(response: Response): 'nothing' | 'allowed' | 'decided' {
  if (response.hasHeader(allowOrigin)) return 'allowed';
  const varies = String(response.getHeader('vary') ?? '').split(',');
  const isDecided = response.hasHeader(allowCredentials) || varies.some((name) => /^\s*origin\s*$/i.test(name));
  return isDecided ? 'decided' : 'nothing';
}

/** The response as the `cors` package sees it. It adds headers, and does not replace any. */
class CorsTarget {
  readonly #response: Response;
  readonly #mayAllow: boolean;
  /** The origin that the option allows, when another middleware has allowed a different origin. */
  ignoredOrigin: string | undefined;
  statusCode = 200;

  constructor(
    response: Response,
    { earlier, isDefault }: { earlier: 'nothing' | 'allowed' | 'decided'; isDefault: boolean },
  ) {
    this.#response = response;
    this.#mayAllow = earlier === 'nothing' || (earlier === 'decided' && !isDefault);
    // Another middleware has set this header for an origin that it did not allow. The header must not give credentials
    // to the origin that the option allows.
    if (earlier === 'decided' && !isDefault) response.removeHeader(allowCredentials);
  }

  getHeader(name: string) {
    return this.#response.getHeader(name);
  }

  setHeader(name: string, value: string): void {
    const key = name.toLowerCase();
    if (key === exposeHeaders) this.#expose(value.split(','));
    else if (key === allowOrigin || key === allowCredentials) {
      if (this.#mayAllow) this.#response.setHeader(name, value);
      else if (key === allowOrigin && this.#response.getHeader(name) !== value) this.ignoredOrigin = value;
    } else if (key === 'vary' || !this.#response.hasHeader(name)) this.#response.setHeader(name, value);
  }

  /** Ends a preflight. */
  end(): void {
    this.finish();
    this.#response.statusCode = this.statusCode;
    this.#response.end();
  }

  /** Called when all headers are set. */
  finish(): void {
    if (this.#response.hasHeader(allowOrigin)) this.#expose(alwaysExposed);
  }

  #expose(names: string[]): void {
    const set = [this.#response.getHeader(exposeHeaders) ?? []].flat().flatMap((text) => String(text).split(','));
    const all = new Map([...set, ...names].map((name) => [name.trim().toLowerCase(), name.trim()]));
    all.delete('');
    if (all.size > 0) this.#response.setHeader('Access-Control-Expose-Headers', [...all.values()].join(', '));
  }
}

function corsHandler(options: CorsOptions) {
  if (options.allowedHeaders === undefined) return cors(options);
  const listed = [options.allowedHeaders].flat().flatMap((names) => names.split(','));
  const allowed = [...new Set([...alwaysAllowed, ...listed.map((name) => name.trim().toLowerCase())])];
  return cors((request, done) => {
    const asked = (request.headers['access-control-request-headers'] ?? '').toLowerCase();
    const chatkit = asked.split(',').flatMap((name) => /^chatkit-[\w-]+$/.exec(name.trim()) ?? []);
    done(null, { ...options, allowedHeaders: [...allowed, ...chatkit] });
  });
}
