// Every error of this package: one base with a closed set of codes, and the two that a hook may show to the user.

/**
 * What went wrong, as clients see it in `error.code`. Each has one HTTP status ({@link httpStatus}); docs/errors.md has
 * a section for each.
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

/** One fault of a request: where it is, and what is wrong there. */
export interface ErrorIssue {
  /** From the request's root: `['params', 'input', 'content', 0, 'text']`. */
  path: (string | number)[];
  message: string;
}

// The ESM and the CJS copy of this module can meet in one process, so errors are known by a mark and not by class.
const kindKey = Symbol.for('chatkit-express.error');
type Kind = 'error' | 'stream' | 'custom';
const isKind = (error: unknown, kind: Kind): boolean =>
  typeof error === 'object' && error !== null && (error as { [kindKey]?: Kind })[kindKey] === kind;

/**
 * Refuses a request. Its message reaches the client, so it must hold nothing private. Throw it from `context`, or from
 * a hook that answers JSON; thrown inside a stream it is an unexpected error, since nothing was meant for the chat.
 */
export class ChatKitError extends Error {
  readonly code: ErrorCode;
  /** What is wrong where, when the request itself is at fault. */
  readonly issues?: ErrorIssue[];
  /** In milliseconds: sent as `Retry-After`, in whole seconds. Always there for `unavailable` and `too_many_requests`. */
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

/** What was asked for is not there, or is not this owner's. Stores throw it from every load. */
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

/** Ends a stream with an `error` event whose message the user reads. */
export class CustomStreamError extends Error {
  /** Whether the client shows a Retry button. Default false. */
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

/** Ends a stream with an `error` event that carries a code; the client has a text of its own for it. */
export class StreamError extends Error {
  /** `stream.error` is the one code that clients know. */
  readonly code: 'stream.error';
  /** Whether the client shows a Retry button. Default true. */
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

/** The largest body of an error, in bytes, and what its parts may take of it. The message is in the body twice. */
const maxErrorBytes = 10_000;
const maxMessageBytes = 1_400;
const maxIssuesBytes = maxErrorBytes - 2 * maxMessageBytes - 200;
/** The most issues that an error lists. */
const maxIssues = 20;

/**
 * The JSON body of an error, as clients receive it: at most 10 KB, with at most 20 issues. Its text may repeat what a
 * client has sent, so that its size is not the server's to choose.
 */
export function errorBody({ code, message, issues }: Pick<ChatKitError, 'code' | 'message' | 'issues'>) {
  const text = shortened(message, maxMessageBytes);
  return { message: text, error: { code, message: text, ...(issues && { issues: fittingIssues(issues) }) } };
}

/** The first issues, as many as an error can list. */
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

/** The beginning of a text that has no more bytes than this as JSON. */
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
