// Sends answers that are one JSON value, including errors.
import type { Response } from 'express';
import { ChatKitError, errorBody, httpStatus, TooManyRunsError } from '../errors';
import type { Logger } from '../logger';
import { logEntry } from '../server';
import { StatusError } from './context-error';
import { serverSentEvents } from './frames';
import { writeHead, writeStreamHead } from './head';
import { isLocalRequest } from './loopback';
import { refusalStream } from './refusal';

/** How long the rest of a refused body is read, in milliseconds. */
const lingerMs = 1000;

/** Ends the response with a JSON value. Caches must not keep data of a user's threads. */
export function sendJson(response: Response, status: number, value: unknown): void {
  response.end(startJson(response, status, value));
}

/** Writes the headers, and returns the body that belongs to them. */
function startJson(response: Response, status: number, value: unknown): string {
  const body = JSON.stringify(value);
  writeHead(response, status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  return body;
}

/** The details of a refusal. */
export interface RefusalOptions {
  logger: Logger;
  /** Describes the request in the log. */
  fields: Record<string, string>;
  /** True when the request's body is a file. The rest of a file can be very long, and is not read. */
  isFile: boolean;
  /** `stream`: the official page receives the refusal of a stream request as a stream with one `error` event. */
  refusals: 'stream' | 'status';
  /** Adds the log entry to the error, for requests from this computer. */
  exposeErrors?: boolean | undefined;
}

/**
 * Ends the response with an error. The client receives a ChatKitError as it is. Any other error is logged whole, and
 * the client receives a neutral message. The body has `message` twice, because the official client shows the outer
 * message.
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
  const told = { status, message: value.message, isFull: error instanceof TooManyRunsError };
  const stream = refusals === 'stream' && !isFile ? refusalStream(response.req, told) : undefined;
  if (!known) logger.error({ ...fields, err: error }, 'a request failed');
  else logger.debug({ ...fields, ...(stream && { status, sent_as: 'stream' }), err: error }, 'a request was refused');
  if (response.headersSent) {
    // Half an answer is cut off. A whole answer of another middleware may still be on its way to the client.
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
 * Ends the response. With `isCutOff` it also ends the connection, because the rest of the body is not wanted. Before
 * that it reads and drops the body for a while: a connection that closes while its client is still sending is reset,
 * and then the client may never see the answer.
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
