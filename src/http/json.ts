// Answers that are one JSON value, errors among them.
import type { Response } from 'express';
import { ChatKitError, errorBody, httpStatus } from '../errors';
import type { Logger } from '../logger';

/** How long a refused body is still read, in milliseconds. */
const lingerMs = 1000;

/** Ends the response with a JSON value. Nothing about a user's threads may be kept by a cache. */
export function sendJson(response: Response, status: number, value: unknown): void {
  response.end(startJson(response, status, value));
}

/** Writes the headers, and gives the body that belongs to them. */
function startJson(response: Response, status: number, value: unknown): string {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  return body;
}

/**
 * Ends the response with an error. A ChatKitError is told as it is; anything else goes whole to the log and to the
 * client in neutral words. `message` stands twice: the official client shows the outer one.
 * @param options.isFile The request's body is a file: the rest of it can be very long, and nobody wants it.
 */
export function sendError(
  response: Response,
  error: unknown,
  { logger, fields, isFile }: { logger: Logger; fields: Record<string, unknown>; isFile: boolean },
): void {
  const known = error instanceof ChatKitError && error.code !== 'internal';
  const told = known ? error : new ChatKitError('internal', 'Something went wrong on the server');
  if (!known) logger.error({ ...fields, err: error }, 'a request failed');
  else logger.debug({ ...fields, err: error }, 'a request was refused');
  if (response.headersSent) {
    // Half an answer is cut off; a whole one, by another middleware, may still be on its way out.
    if (!response.writableEnded) response.destroy();
    return;
  }
  const value = errorBody(told);
  const { code } = told;
  const isCutOff = code === 'too_large' || isFile;
  if (!isCutOff || response.req.complete) sendJson(response, httpStatus[code], value);
  else sendAndClose(response, httpStatus[code], value);
}

/**
 * Ends the response and the connection: nobody wants the rest of the body. It is dropped for a while before that, since
 * a connection that closes while its client is still sending is reset, and then the client may never see the answer.
 */
function sendAndClose(response: Response, status: number, value: unknown): void {
  response.setHeader('Connection', 'close');
  response.write(startJson(response, status, value));
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs).unref();
  response.req.once('end', end).once('close', end).resume();
}
