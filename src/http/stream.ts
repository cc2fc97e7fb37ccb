// Writes a stream of events to a response: at once, no faster than it is read, and never silent for long.
import { OutgoingMessage } from 'node:http';
import type { Request, Response } from 'express';
import type { EventStream } from '../server';
import { FrameEncoder, ndjson, serverSentEvents, type StreamFormat } from './frames';

/** The format the client asked for. Server-Sent Events unless it prefers lines of JSON. */
export function streamFormat(request: Request): StreamFormat {
  if (!request.headers.accept?.toLowerCase().includes('ndjson')) return serverSentEvents;
  return request.accepts([serverSentEvents.contentType, ndjson.contentType]) === ndjson.contentType
    ? ndjson
    : serverSentEvents;
}

/**
 * Answers with the stream. When the client leaves, the run behind it is cancelled. Events that are ready in one turn go
 * out in one write; no more are taken than the client reads.
 */
export function writeStream(response: Response, events: EventStream, format: StreamFormat, heartbeatMs: number): void {
  response.writeHead(200, {
    'Content-Type': format.contentType,
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  const frames = new FrameEncoder(format);
  const send = writerOf(response);
  // The headers go with the first events, if those are ready in this turn; else alone.
  let headersGone = false;
  setImmediate(() => {
    if (!headersGone && !response.destroyed && !response.writableEnded) response.flushHeaders();
  });
  let lastWrite = performance.now();
  const write = (text: string): boolean => {
    headersGone = true;
    lastWrite = performance.now();
    return send(text);
  };
  const { socket } = response.req;
  const beat = () => {
    // A response that waits behind another on its connection is not told when that closes.
    if (socket.destroyed) {
      closed();
      return;
    }
    const left = lastWrite + heartbeatMs - performance.now();
    if (left < 1 && !response.writableNeedDrain && !response.writableEnded) write(format.heartbeat);
    heartbeat = setTimeout(beat, left < 1 ? heartbeatMs : left).unref();
  };
  let heartbeat = setTimeout(beat, heartbeatMs).unref();
  const pump = () => {
    if (response.destroyed || response.writableEnded) return;
    for (let batch = events.take(); batch; batch = events.take()) {
      if (!write(frames.encode(batch))) return void response.once('drain', pump);
    }
    if (events.done) response.end();
    else events.whenReady(pump);
  };
  const closed = () => {
    clearTimeout(heartbeat);
    response.off('drain', pump);
    void events.cancel(); // does nothing after the end
  };
  response.once('close', closed);
  // The client may have left while the answer was prepared, before anybody listened.
  if (response.destroyed || socket.destroyed) return closed();
  events.whenReady(pump); // not at once: what the run has for this turn of the event loop goes out in one write
}

/**
 * How text is written to a response whose headers are made: at once, in one piece. Tells whether there is room for more.
 *
 * Node writes a chunk as four pieces: its length, a line end, the text and a line end. Gathering them costs a short
 * event more than anything else on its way, so the chunk is put together here. Where another middleware has its hands in
 * the response, such as `compression()`, chunks are none of our business: it gets the text.
 */
function writerOf(response: Response): (text: string) => boolean {
  if (response.write !== OutgoingMessage.prototype.write) {
    const { flush } = response as { flush?: () => void };
    return (text) => {
      const room = response.write(text);
      flush?.call(response); // `compression()` holds bytes back until it is told to let them go
      return room;
    };
  }
  const { chunkedEncoding } = response; // false for HTTP/1.0
  return (text) => {
    const bytes = Buffer.byteLength(text);
    const chunk = chunkedEncoding ? `${bytes.toString(16)}\r\n${text}\r\n` : text;
    // Only while this one is written: all else, the end among it, Node frames by itself.
    response.chunkedEncoding = false;
    const room = response.write(chunk, bytes === text.length ? 'latin1' : 'utf8');
    response.chunkedEncoding = chunkedEncoding;
    return room;
  };
}
