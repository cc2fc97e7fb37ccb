// The errors of this package: one base class with a closed set of codes, and two classes that end a stream.

/**
 * The kind of a failure, which clients receive as `error.code`. Each code has one HTTP status ({@link httpStatus}) and
 * a section in docs/errors.md.
 */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'too_many_requests'
  | 'not_implemented'
  | 'unavailable'
  | 'internal';

/** The HTTP status of each code. */
export const httpStatus: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  not_implemented: 501,
  unavailable: 503,
  internal: 500,
};

/** One fault of a request: its path and a description. */
export interface ErrorIssue {
  /** The path from the request's root: `['params', 'input', 'content', 0, 'text']`. */
  path: (string | number)[];
  message: string;
}

// One process can load this module both as ESM and as CJS, so errors are recognised by a symbol and not by their class.
const kindKey = Symbol.for('chatkit-express.error');
type Kind = 'error' | 'stream' | 'custom';
function isKind(error: unknown, kind: Kind): boolean {
  try {
    return typeof error === 'object' && error !== null && (error as { [kindKey]?: Kind })[kindKey] === kind;
  } catch {
    return false; // a proxy can throw from each access
  }
}

/**
 * Refuses a request. Its message reaches the client, so it must not contain private data. Throw it from `context`, or
 * from a hook that answers with JSON. Inside a stream it counts as an unexpected error, whose message is not shown.
 */
export class ChatKitError extends Error {
  readonly code: ErrorCode;
  /** The faults of the request. Undefined when the request itself is valid. */
  readonly issues?: ErrorIssue[];
  /** In milliseconds. Sent as `Retry-After`, in whole seconds. Always set for `unavailable` and `too_many_requests`. */
  readonly retryAfterMs?: number;
  /** @internal */
  readonly [kindKey]: Kind = 'error';

  /** @param options.retryAfterMs Default for `unavailable` and `too_many_requests`: 1,000. */
  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; issues?: ErrorIssue[] | undefined; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ChatKitError';
    this.code = code;
    if (options.issues) this.issues = options.issues;
    const passes = code === 'unavailable' || code === 'too_many_requests';
    const retryAfterMs = options.retryAfterMs ?? (passes ? 1000 : undefined);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== ChatKitError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, 'error');
  }
}

/** Refuses a run because of `limits.maxRuns` or `limits.maxRunsPerOwner`. @internal */
export class TooManyRunsError extends ChatKitError {
  constructor(message: string) {
    super('too_many_requests', message, { retryAfterMs: 5000 });
  }
}

/** Reports that a row does not exist, or belongs to another owner. Stores throw it from every load. */
export class NotFoundError extends ChatKitError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('not_found', message, options);
    this.name = 'NotFoundError';
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== NotFoundError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, 'error') && (value as ChatKitError).code === 'not_found';
  }
}

/** Ends a stream with an `error` event whose message is shown to the user. */
export class CustomStreamError extends Error {
  /** True when the client shows a Retry button. Default false. */
  readonly allowRetry: boolean;
  /** @internal */
  readonly [kindKey]: Kind = 'custom';

  constructor(message: string, options: { allowRetry?: boolean | undefined; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'CustomStreamError';
    this.allowRetry = options.allowRetry ?? false;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== CustomStreamError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, 'custom');
  }
}

/** Ends a stream with an `error` event that carries a code, for which the client shows its own text. */
export class StreamError extends Error {
  /** `stream.error` is the only code that clients know. */
  readonly code: 'stream.error';
  /** True when the client shows a Retry button. Default true. */
  readonly allowRetry: boolean;
  /** @internal */
  readonly [kindKey]: Kind = 'stream';

  constructor(
    code: 'stream.error' = 'stream.error',
    options: { allowRetry?: boolean | undefined; cause?: unknown } = {},
  ) {
    super(`The stream ended with ${code}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'StreamError';
    this.code = code;
    this.allowRetry = options.allowRetry ?? true;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== StreamError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isKind(value, 'stream');
  }
}

/** The largest body of an error and the shares of its parts, in bytes. The body contains the message twice. */
const maxErrorBytes = 10_000;
const maxMessageBytes = 1_400;
const maxIssuesBytes = maxErrorBytes - 2 * maxMessageBytes - 200;
/** The largest number of issues that an error lists. */
const maxIssues = 20;

/**
 * Returns the JSON body of an error, as clients receive it: at most 10 KB, with at most 20 issues. The body is bounded
 * because the message may repeat text of the client.
 */
export function errorBody({ code, message, issues }: Pick<ChatKitError, 'code' | 'message' | 'issues'>) {
  const text = shortened(message, maxMessageBytes);
  return { message: text, error: { code, message: text, ...(issues && { issues: fittingIssues(issues) }) } };
}

/** Returns the first issues, as many as an error can list. */
export function fittingIssues(issues: readonly ErrorIssue[]): ErrorIssue[] {
  const fitting: ErrorIssue[] = [];
  let bytes = 0;
  for (const { path, message } of issues.slice(0, maxIssues)) {
    const keys = path.slice(0, 12).map((key) => (typeof key === 'string' ? shortened(key, 100) : key));
    const issue = { path: keys, message: shortened(message, 300) };
    bytes += jsonBytes(issue) + 1;
    if (bytes > maxIssuesBytes) break;
    fitting.push(issue);
  }
  return fitting;
}

/** Returns the beginning of a text, which has at most `maxBytes` bytes as JSON. */
export function shortened(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && jsonBytes(text) - 2 <= maxBytes) return text;
  let start = text.slice(0, maxBytes);
  // A character takes six bytes at most, so this ends after a few rounds.
  while (jsonBytes(start) + 1 > maxBytes) start = start.slice(0, Math.floor(start.length * 0.8));
  return `${start}…`;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Returns true for an error, also of another realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}
