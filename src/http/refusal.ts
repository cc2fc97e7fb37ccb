// Makes refusals that the user can read. The official page shows nothing of a 4xx that answers a message.
import type { Request } from 'express';
import { isStreamRequest } from '../server';
import type { ThreadStreamEvent } from '../protocol';
import { serverSentEvents } from './frames';

/**
 * The statuses that the page hides. For a 429 of a rate limit the page shows its own message. The page repeats a
 * request after a 5xx, so that the message survives a restart.
 */
const hidden = new Set([400, 401, 403, 404, 409, 413, 415]);

/** Requests that expect a stream although their headers do not say so. */
const streamRequests = new WeakSet<Request>();

/**
 * Records whether a refused request of the official page expects a stream. The `Accept` header says so. When a proxy or
 * a middleware has changed that header, the body decides.
 * @param readBody Reads the body if it was not read before. May reject.
 */
export async function noteStreamRequest(request: Request, readBody: () => Promise<unknown>): Promise<void> {
  if (request.headers['chatkit-frame-instance-id'] === undefined || acceptsStream(request)) return;
  try {
    if (isStreamRequest(await readBody())) streamRequests.add(request);
  } catch {
    // A request with an unreadable body does not ask for a stream, so that the status carries the refusal.
  }
}

/**
 * Returns the whole stream that carries a refusal to the official page, or undefined when the status has to carry the
 * refusal.
 * @param isFull True when the request is refused because too many runs are open: the user can try again in a moment.
 */
export function refusalStream(
  request: Request,
  { status, message, isFull }: { status: number; message: string; isFull: boolean },
): string | undefined {
  if (!(isFull || hidden.has(status)) || request.headers['chatkit-frame-instance-id'] === undefined) return undefined;
  if (request.method !== 'POST' || !(acceptsStream(request) || streamRequests.has(request))) return undefined;
  const event: ThreadStreamEvent = { type: 'error', code: 'custom', message, allow_retry: isFull };
  return serverSentEvents.prefix + JSON.stringify(event) + serverSentEvents.suffix;
}

function acceptsStream({ headers }: Request): boolean {
  return headers.accept?.toLowerCase().includes(serverSentEvents.contentType) === true;
}
