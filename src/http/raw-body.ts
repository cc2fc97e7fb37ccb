// Finds the bytes of a body that a platform has read. Cloud Functions, Firebase and Azure store them in `rawBody`.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ChatKitError } from '../errors';

/** A request in the state in which a platform, or a parser before this middleware, may have left it. */
export type MaybeRead = IncomingMessage & { body?: unknown; rawBody?: unknown; _body?: boolean };

/**
 * Returns the bytes of `rawBody`, or undefined when the platform has not set it. The bytes are also used when nothing
 * has read the request itself, because a platform can pass on a request that never delivers any bytes.
 */
function rawBodyBytes({ rawBody }: MaybeRead): Buffer | undefined {
  if (typeof rawBody === 'string') return rawBody === '' ? undefined : Buffer.from(rawBody);
  if (!(rawBody instanceof Uint8Array) || rawBody.length === 0) return undefined;
  return Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.length);
}

/**
 * Moves `rawBody` to `body` when `body` does not have a parsed value. A parser that does not know the type leaves an
 * empty object.
 * @throws ChatKitError `too_large` above `maxBytes`.
 */
export function useRawBody(request: MaybeRead, maxBytes: number): void {
  const bytes = rawBodyBytes(request);
  if (!bytes || !isUnparsed(request.body)) return;
  if (bytes.length > maxBytes) throw new ChatKitError('too_large', `The body can have ${maxBytes} bytes`);
  request.body = bytes;
  request._body = true;
}

function isUnparsed(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
}

/**
 * Returns the bytes of a file or a form as a stream: the request itself, or the bytes in `rawBody` or `body`.
 * @throws ChatKitError `internal` when something else has read the request and left no bytes.
 */
export function unreadBody<Request extends MaybeRead>(request: Request): Request | Readable {
  const isRead = request.readableDidRead || request.readableEnded;
  const bytes = rawBodyBytes(request) ?? (isRead && request.body instanceof Uint8Array ? request.body : undefined);
  if (bytes) return Readable.from([bytes], { objectMode: false });
  if (!isRead) return request;
  throw new ChatKitError('internal', 'The body of an upload was read before the middleware');
}
