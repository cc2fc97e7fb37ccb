// Reads a request's JSON. A parser may have read the request before.
import type { IncomingMessage } from 'node:http';
import { ChatKitError } from '../errors';
import { type Body, type BodyLimits, BodyText, checkBounds, tooLarge } from './body-text';

export type { Body, BodyLimits } from './body-text';

/** A request in the state in which an earlier parser may have left it. */
type MaybeParsed = IncomingMessage & { body?: unknown; _body?: boolean };

/**
 * Reads and parses the body.
 * @throws ChatKitError `unsupported_media_type`, `too_large` or `invalid_request`.
 */
export async function readJson(request: MaybeParsed, limits: BodyLimits): Promise<Body> {
  checkHeaders(request);
  // A parser that has read the body sets `body`, and Express's own parser also sets `_body`. A parser that did not read
  // the body may set an empty object.
  if (request.body !== undefined && (request._body === true || request.readableEnded)) {
    if (typeof request.body === 'string') return parseWhole(Buffer.from(request.body), limits);
    if (Buffer.isBuffer(request.body)) return parseWhole(request.body, limits);
    checkBounds(request.body, limits);
    return { value: request.body };
  }
  if (request.readableEnded) {
    throw new ChatKitError('internal', 'The body was read before the middleware, and not left in request.body');
  }
  return (await readText(request, limits)).parse();
}

/** Parses a body that another parser has read and limited in size. Every other limit is checked here. */
function parseWhole(bytes: Buffer, limits: BodyLimits): Body {
  const text = new BodyText({ ...limits, maxBodyBytes: Math.max(limits.maxBodyBytes, bytes.length) });
  text.write(bytes);
  return text.parse();
}

function checkHeaders({ headers }: IncomingMessage): void {
  const type = headers['content-type'] ?? '';
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new ChatKitError('unsupported_media_type', 'content-type: send application/json');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new ChatKitError('unsupported_media_type', 'content-type: the charset must be utf-8');
  }
}

function readText(request: IncomingMessage, limits: BodyLimits): Promise<BodyText> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ChatKitError('unsupported_media_type', 'content-encoding: send the body as it is');
  }
  if (request.destroyed) throw endedEarly(); // the client left while the context was made, and no event will follow
  const text = new BodyText(limits, Number(request.headers['content-length'] ?? 0));
  const exceeded = text.exceededLimit();
  if (exceeded !== undefined) throw tooLarge(exceeded);
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      text.write(chunk);
      const limit = text.exceededLimit();
      if (limit !== undefined) settle(() => reject(tooLarge(limit)));
    };
    const onEnd = () => settle(() => resolve(text));
    const onClose = () => {
      if (!request.complete) settle(() => reject(endedEarly())); // `close` also follows a complete body
    };
    // The rest of a refused body may be drained, and must not be collected then.
    const settle = (act: () => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      act();
    };
    request.on('data', onData).on('end', onEnd).on('close', onClose); // `close` also follows an error
  });
}

function endedEarly(): ChatKitError {
  return new ChatKitError('invalid_request', 'The body ended early');
}
