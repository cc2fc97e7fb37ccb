// Refusals that the user can read. The official page shows nothing of a 4xx that answers a message.
import type { Request } from 'express';
import { isStreamRequest } from '../server';
import type { ThreadStreamEvent } from '../protocol';
import { serverSentEvents } from './frames';

/** The statuses that the page hides. It shows a 429 of a rate limit in its own words, and repeats a 5xx, which carries a message over a restart. */
const hidden = new Set([400, 401, 403, 404, 409, 413, 415]);

/** Requests whose body asks for a stream, although their headers do not say so. */
const streamRequests = new WeakSet<Request>();

/**
 * Finds out whether a refused request of the official page expects a stream. Its `Accept` says so; where something on the
 * way has changed that header, the body does.
 * @param readBody Reads the body where that was not done before. It may reject.
 */
export async function noteStreamRequest(request: Request, readBody: () => Promise<unknown>): Promise<void> {
  if (request.headers['chatkit-frame-instance-id'] === undefined || acceptsStream(request)) return;
  try {
    if (isStreamRequest(await readBody())) streamRequests.add(request);
  } catch {
    // A body that cannot be read asks for nothing: the status carries the refusal.
  }
}

/**
 * Returns the whole stream that carries a refusal to the official page, or undefined where the status has to carry it.
 * @param isFull True for a refusal because too many runs are open: the user can try again in a moment.
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
