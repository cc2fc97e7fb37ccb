// Writes a stream of events to a response: at once, no faster than it is read, and never silent for long.
import { type Request, type Response } from 'express';
import { type EventStream } from '../server';
import { frameEncoder, ndjson, serverSentEvents, type StreamFormat } from './frames';

/** The format the client asked for. Server-Sent Events unless it prefers lines of JSON. */
export function streamFormat(request: Request): StreamFormat {
  if (!request.headers.accept?.includes('ndjson')) return serverSentEvents;
  return request.accepts([serverSentEvents.contentType, ndjson.contentType]) === ndjson.contentType
    ? ndjson
    : serverSentEvents;
}

/**
 * Answers with the stream. Settles when the last byte is handed over, or when the client is gone and what the run had
 * said is kept.
 */
export async function writeStream(
  response: Response,
  events: EventStream,
  format: StreamFormat,
  heartbeatMs: number,
): Promise<void> {
  response.writeHead(200, {
    'Content-Type': format.contentType,
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) write(response, format.heartbeat);
  }, heartbeatMs).unref();
  const encode = frameEncoder(format);
  const gone = () => void events.cancel();
  response.once('close', gone);
  // The client may have left while the answer was prepared, before anybody listened.
  if (response.destroyed || response.socket?.destroyed) gone();
  try {
    for await (const batch of events.batches()) {
      heartbeat.refresh();
      if (!write(response, encode(batch)) && !response.destroyed) await drained(response);
      if (response.destroyed) break;
    }
  } finally {
    clearInterval(heartbeat);
    response.off('close', gone);
    response.end();
  }
}

/** Writes and, where `compression()` holds bytes back, pushes them out. */
function write(response: Response, text: string): boolean {
  const room = response.write(text);
  (response as { flush?: () => void }).flush?.();
  return room;
}

/** Settles when the client has read enough, or is gone: then `drain` never comes. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
