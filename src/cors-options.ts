// The options of the `cors` package. They are declared here because `@types/cors` would install `@types/node`.

/** `true` for the origin of the request, `false` for none, an origin, a pattern for origins, or a list of these. */
export type CorsOrigin = boolean | string | RegExp | (boolean | string | RegExp)[];

/** The options of the `cors` package, version 2.8. */
export interface CorsOptions {
  /**
   * The origins that are allowed. A function gets the `Origin` header of the request, and calls `done` with an error or
   * with the origins. Default: `'*'`.
   */
  origin?:
    | CorsOrigin
    | ((requestOrigin: string | undefined, done: (error: Error | null, origin?: CorsOrigin) => void) => void)
    | undefined;
  /** The methods that are allowed. Default: `'GET,HEAD,PUT,PATCH,POST,DELETE'`. */
  methods?: string | string[] | undefined;
  /**
   * The headers that a request may have, besides those of ChatKit clients. Default: every header that the preflight
   * requests.
   */
  allowedHeaders?: string | string[] | undefined;
  /** The headers of a response that the page can read, besides those of the endpoint. Default: none. */
  exposedHeaders?: string | string[] | undefined;
  /** Allows cookies and browser logins. Requires a list of origins. Default: false. */
  credentials?: boolean | undefined;
  /** The seconds for which a browser caches a preflight. Default: 600. */
  maxAge?: number | undefined;
  /** Passes a preflight to the endpoint, which answers `OPTIONS` with its methods. Default: false. */
  preflightContinue?: boolean | undefined;
  /** The status of the response to a preflight. Default: 204. */
  optionsSuccessStatus?: number | undefined;
}

const optionNames = new Set<string>([
  'origin',
  'methods',
  'allowedHeaders',
  'exposedHeaders',
  'credentials',
  'maxAge',
  'preflightContinue',
  'optionsSuccessStatus',
] satisfies (keyof CorsOptions)[]);

/**
 * Checks the option `cors`. The `cors` package ignores options that it does not know, and a misspelt `origin` would allow
 * every origin.
 * @param refuse Throws an error with the given message.
 */
export function checkCors(cors: unknown, refuse: (what: string) => never): void {
  if (cors === undefined || cors === false) return;
  if (typeof cors !== 'object' || cors === null || Array.isArray(cors)) {
    return refuse('`cors` must be false or the options of the cors package');
  }
  for (const key of Object.keys(cors)) if (!optionNames.has(key)) refuse(`there is no option \`cors.${key}\``);
  const { origin, credentials } = cors as CorsOptions;
  if (origin !== undefined && typeof origin !== 'function' && !isOrigin(origin)) {
    refuse('`cors.origin` must be true, false, an origin, a pattern, a list of these, or a function');
  }
  if (credentials !== undefined && typeof credentials !== 'boolean') refuse('`cors.credentials` must be true or false');
  if (credentials && (origin === undefined || origin === '*' || origin === true)) {
    refuse('`cors.credentials` needs a `cors.origin` that names the pages you trust');
  }
}

function isOrigin(given: unknown): boolean {
  if (Array.isArray(given)) return given.every((entry) => !Array.isArray(entry) && isOrigin(entry));
  return typeof given === 'string' || typeof given === 'boolean' || given instanceof RegExp;
}
