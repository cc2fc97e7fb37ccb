// Turns an error that the `context` option throws into a refusal. Packages for authentication mark their errors.
import type { Response } from 'express';
import { ChatKitError, type ErrorCode } from '../errors';
import { STATUS_CODES } from './node-http';

/** A refusal with the status of the application's own error. */
export class StatusError extends ChatKitError {
  readonly status: number;

  constructor(status: number, message: string, cause: unknown) {
    super(codes[status] ?? 'invalid_request', message, { cause });
    this.status = status;
  }
}

const codes: Partial<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
};

/** The fields of an error as http-errors makes them. Express's own error handler uses them as well. */
interface HttpError {
  status?: unknown;
  statusCode?: unknown;
  expose?: unknown;
  message?: unknown;
  headers?: unknown;
  name?: unknown;
  code?: unknown;
}

/**
 * Returns the error with which the request is refused. A 4xx in `status` or `statusCode` is kept, with the `headers` of
 * the error, and with its message where `expose` is true. An expired token is a 401, because most packages give this
 * error no status. Any other error is returned unchanged, as a failure of the server.
 */
export function contextError(error: unknown, response: Response): unknown {
  if (error instanceof ChatKitError || typeof error !== 'object' || error === null) return error;
  const { status, statusCode, expose, message, headers } = error as HttpError;
  const found = [status, statusCode].find(isClientStatus) ?? (isExpiredToken(error) ? 401 : undefined);
  if (found === undefined) return error;
  if (typeof headers === 'object' && headers !== null && !response.headersSent) {
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === 'string' || typeof value === 'number') response.setHeader(name, value);
    }
  }
  const isPublic = expose === true && typeof message === 'string' && message !== '';
  return new StatusError(found, isPublic ? message : (STATUS_CODES[found] ?? 'The request was refused'), error);
}

function isClientStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 400 && (value as number) < 500;
}

/**
 * Matches `TokenExpiredError` of jsonwebtoken, `ERR_JWT_EXPIRED` of jose, `auth/id-token-expired` of Firebase and
 * similar names.
 */
function isExpiredToken({ name, code }: HttpError): boolean {
  return [name, code].some((text) => typeof text === 'string' && /(?:token|jwt|cookie)[_-]?expired/i.test(text));
}
