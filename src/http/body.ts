// Reads a request's JSON, whether or not a parser ran before.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ChatKitError } from '../errors';

/** How large a body may be, in bytes. Dictation carries audio, so it has a limit of its own. */
export interface BodyLimits {
  maxBodyBytes: number;
  /** 0 when dictation is not taken. */
  maxDictationBytes: number;
}

/** A request as a parser before us may have left it. */
type MaybeParsed = IncomingMessage & { body?: unknown; _body?: boolean };

/**
 * The parsed JSON of the body.
 * @throws ChatKitError `unsupported_media_type`, `too_large` or `invalid_request`.
 */
export async function readJson(request: MaybeParsed, limits: BodyLimits): Promise<unknown> {
  checkHeaders(request);
  // A parser that ran leaves `body` and, in Express's own, the mark `_body`; one that passed may leave an empty object.
  if (request.body !== undefined && (request._body === true || request.readableEnded)) {
    if (typeof request.body === 'string') return parse(request.body);
    return Buffer.isBuffer(request.body) ? parseBytes(request.body) : request.body;
  }
  if (request.readableEnded) {
    throw new ChatKitError('internal', 'The body was read before the middleware, and not left in request.body');
  }
  return parseBytes(await readBytes(request, limits));
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

const dictation = /^\s*\{\s*"type"\s*:\s*"input\.transcribe"/;

async function readBytes(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ChatKitError('unsupported_media_type', 'content-encoding: send the body as it is');
  }
  if (request.destroyed) throw endedEarly(); // while the context was made: no event will tell
  const most = Math.max(limits.maxBodyBytes, limits.maxDictationBytes);
  if (Number(request.headers['content-length']) > most) throw tooLarge(most);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let limit = limits.maxBodyBytes;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= limit) return;
      // Clients put the type first, so that the first bytes tell which limit applies.
      if (limit < most && dictation.test(Buffer.concat(chunks).toString('latin1', 0, 200))) limit = most;
      if (size <= limit) return;
      request.off('data', onData);
      reject(tooLarge(limit));
    };
    const onEnd = () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    const onLost = () => {
      if (!request.complete) reject(endedEarly()); // `close` also follows a body that came whole
    };
    request.on('data', onData).on('end', onEnd).on('close', onLost); // `close` also follows an error
  });
}

function endedEarly(): ChatKitError {
  return new ChatKitError('invalid_request', 'The body ended early');
}

function tooLarge(limit: number): ChatKitError {
  return new ChatKitError('too_large', `The body can have ${limit} bytes`);
}

function parseBytes(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new ChatKitError('invalid_request', 'The body is not UTF-8');
  return parse(bytes.toString('utf8'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as unknown;
  } catch (error) {
    throw new ChatKitError('invalid_request', 'The body is not JSON', { cause: error });
  }
}
