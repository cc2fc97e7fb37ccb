// The error of a request: what the server answered, or that it could not be reached.
import type { ErrorCode, ErrorIssue } from '../errors';
import { objectOf, parseJson } from './wire';

/** The parts of a {@link RequestError} besides its message. */
export interface RequestErrorDetails extends ErrorOptions {
  status?: number | undefined;
  code?: ErrorCode | undefined;
  issues?: readonly ErrorIssue[] | undefined;
  retryAfterMs?: number | undefined;
}

/**
 * A request that the server refused, or that got no whole answer. The message is the server's `message`, or else the
 * status text.
 */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** The HTTP status. Undefined when there was no answer, or when the connection broke. */
  readonly status: number | undefined;
  /** The code of docs/errors.md. Undefined when the answer has none, for example because a proxy sent it. */
  readonly code: ErrorCode | undefined;
  /** The faults of the request, each with its path. Empty when the request itself is valid. */
  readonly issues: readonly ErrorIssue[];
  /** The path of the first fault, such as `params.input.content.0.text`. Undefined without faults. */
  readonly field: string | undefined;
  /** The time after which the server asks for another attempt, in milliseconds. Undefined when it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, code, issues = [], retryAfterMs, ...options }: RequestErrorDetails = {}) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.issues = issues;
    this.field = issues[0]?.path.join('.');
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns the error for an answer that is not OK. */
export function errorOf(
  { status, statusText, headers }: { status: number; statusText: string; headers: Headers },
  text: string,
): RequestError {
  const body = objectOf(parseJson(text));
  const { code, issues } = objectOf(body['error']);
  const { message } = body;
  const shown = typeof message === 'string' && message !== '' ? message : statusText;
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return new RequestError(shown || `Status ${status}`, {
    status,
    code: typeof code === 'string' ? (code as ErrorCode) : undefined,
    issues: Array.isArray(issues) ? (issues as ErrorIssue[]).filter(({ path }) => Array.isArray(path)) : [],
    retryAfterMs: seconds >= 0 ? seconds * 1000 : undefined,
  });
}
