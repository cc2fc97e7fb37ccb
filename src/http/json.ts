// Answers that are one JSON value, errors among them.
import type { Response } from 'express';
import { ChatKitError, errorBody, httpStatus } from '../errors';
import type { Logger } from '../logger';
import { logEntry } from '../server';
import { StatusError } from './context-error';
import { serverSentEvents } from './frames';
import { writeHead, writeStreamHead } from './head';
import { isLocalRequest } from './loopback';
import { refusalStream } from './refusal';

/** How long the rest of a refused body is read, in milliseconds. */
const lingerMs = 1000;

/** Ends the response with a JSON value. Nothing about a user's threads may be kept by a cache. */
export function sendJson(response: Response, status: number, value: unknown): void {
  response.end(startJson(response, status, value));
}

/** Writes the headers. Returns the body that belongs to them. */
function startJson(response: Response, status: number, value: unknown): string {
  const body = JSON.stringify(value);
  writeHead(response, status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  return body;
}

/** How to refuse. */
export interface RefusalOptions {
  logger: Logger;
  /** What the log says of the request. */
  fields: Record<string, string>;
  /** The request's body is a file: the rest of it can be very long, and is not read. */
  isFile: boolean;
  /** `stream`: the official page gets the refusal of a stream request as a stream with one `error` event. */
  refusals: 'stream' | 'status';
  /** Adds the log entry to the error, for requests from this computer. */
  exposeErrors?: boolean | undefined;
}

/**
 * Ends the response with an error. The client gets a ChatKitError as it is. Anything else goes whole to the log, and
 * the client gets neutral words. The body has `message` twice, because the official client shows the outer one.
 */
export function sendError(
  response: Response,
  error: unknown,
  { logger, fields, isFile, refusals, exposeErrors = false }: RefusalOptions,
): void {
  const known = error instanceof ChatKitError && error.code !== 'internal';
  const reported = known ? error : new ChatKitError('internal', 'Something went wrong on the server');
  const { code, retryAfterMs } = reported;
  const exposed = exposeErrors && !known && isLocalRequest(response.req);
  const value = { ...errorBody(reported), ...(exposed && { log: logEntry(error, 'a request failed', fields) }) };
  const status = reported instanceof StatusError ? reported.status : httpStatus[code];
  const stream = refusals === 'stream' && !isFile ? refusalStream(response.req, status, value.message) : undefined;
  if (!known) logger.error({ ...fields, err: error }, 'a request failed');
  else logger.debug({ ...fields, ...(stream && { status, sent_as: 'stream' }), err: error }, 'a request was refused');
  if (response.headersSent) {
    // Half an answer is cut off; a whole one, by another middleware, may still be on its way out.
    if (!response.writableEnded) response.destroy();
    return;
  }
  if (retryAfterMs !== undefined) response.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  const isCutOff = (code === 'too_large' || isFile) && !response.req.complete;
  if (isCutOff) response.setHeader('Connection', 'close');
  if (stream === undefined) {
    endAfter(response, startJson(response, status, value), isCutOff);
  } else {
    writeStreamHead(response, serverSentEvents.contentType);
    endAfter(response, stream, isCutOff);
  }
}

/**
 * Ends the response, and with `isCutOff` the connection, because the rest of the body is not wanted. Before that it reads
 * and drops the body for a while: a connection that closes while its client is still sending is reset, and then the client
 * may never see the answer.
 */
function endAfter(response: Response, body: string, isCutOff: boolean): void {
  if (!isCutOff) {
    response.end(body);
    return;
  }
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs).unref();
  response.req.once('end', end).once('close', end).resume();
}
