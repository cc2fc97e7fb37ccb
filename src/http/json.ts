// Answers that are one JSON value, errors among them.
import type { Response } from 'express';
import { ChatKitError, httpStatus } from '../errors';
import type { Logger } from '../logger';

/** Ends the response with a JSON value. Nothing about a user's threads may be kept by a cache. */
export function sendJson(response: Response, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  response.end(body);
}

/**
 * Ends the response with an error. A ChatKitError is told as it is; anything else goes whole to the log and to the
 * client in neutral words. `message` stands twice: the official client shows the outer one.
 */
export function sendError(response: Response, error: unknown, logger: Logger, fields: Record<string, unknown>): void {
  const known = error instanceof ChatKitError && error.code !== 'internal';
  const told = known ? error : new ChatKitError('internal', 'Something went wrong on the server');
  if (!known) logger.error({ ...fields, err: error }, 'a request failed');
  else logger.debug({ ...fields, err: error }, 'a request was refused');
  if (response.headersSent) return void response.destroy();
  // What is left of a body that was too large is not read, so the connection cannot carry another request.
  if (told.code === 'too_large') response.setHeader('Connection', 'close');
  const { code, message, issues } = told;
  sendJson(response, httpStatus[code], { message, error: { code, message, ...(issues && { issues }) } });
}
