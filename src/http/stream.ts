// Writes a stream of events to a response: at once, no faster than it is read, and without long silences.
import type { Request, Response } from 'express';
import type { ThreadStreamEvent } from '../protocol';
import { type EventStream, withLogEntry } from '../server';
import { ChunkWriter } from './chunk-writer';
import { hasClosed, whenSlotIsFree, whenFinished } from './connection';
import { FrameEncoder, ndjson, serverSentEvents, type StreamFormat } from './frames';
import { writeStreamHead } from './head';

/** Returns the format that the client asks for: Server-Sent Events unless it prefers lines of JSON. */
export function streamFormat(request: Request): StreamFormat {
  if (!request.headers.accept?.toLowerCase().includes('ndjson')) return serverSentEvents;
  return request.accepts([serverSentEvents.contentType, ndjson.contentType]) === ndjson.contentType
    ? ndjson
    : serverSentEvents;
}

/** How a stream is written. */
export interface StreamOptions {
  format: StreamFormat;
  /** The longest silence, in milliseconds. */
  heartbeatMs: number;
  /** Adds the log entry of a failure to the error event. Default false. */
  showsLog?: boolean;
  /** True for a client that can continue a broken stream: each event carries its number. */
  isNumbered: boolean;
}

/**
 * Answers with the stream. Reports to it when the client leaves. Events that are ready in one tick are sent in one write.
 * The writer takes no more events than the client reads.
 */
export function writeStream(
  response: Response,
  events: EventStream,
  { format, heartbeatMs, isNumbered, showsLog = false }: StreamOptions,
): void {
  writeStreamHead(response, format.contentType, events.runId);
  // Only the official page names its frame, and only it needs the pace.
  if (response.req.headers['chatkit-frame-instance-id'] !== undefined) events.pace();
  const frames = new FrameEncoder(format);
  const countAt = (index: number) => events.countAt(index);
  const encode = (batch: ThreadStreamEvent[]) =>
    isNumbered ? frames.encodeNumbered(batch, countAt) : frames.encode(batch);
  const writer = new ChunkWriter(response);
  let headersGone = false;
  let lastWrite = performance.now();
  const write = (text: string): boolean => {
    headersGone = true;
    lastWrite = performance.now();
    return writer.write(text);
  };
  const beat = () => {
    const left = lastWrite + heartbeatMs - performance.now();
    if (left < 1 && !writer.needsDrain && !writer.finished) write(format.heartbeat);
    heartbeat = setTimeout(beat, left < 1 ? heartbeatMs : left).unref();
  };
  let heartbeat: NodeJS.Timeout | undefined;
  const take = () => (showsLog ? (events.take()?.map(withLogEntry) ?? null) : events.take());
  const pump = () => {
    if (writer.finished) return;
    for (let batch = take(); batch; batch = take()) {
      if (write(encode(batch))) continue;
      writer.onDrain(pump);
      return;
    }
    if (events.done) {
      clearTimeout(heartbeat); // not every host emits `close`
      response.end();
    } else events.whenReady(pump);
  };
  const closed = () => {
    clearTimeout(heartbeat);
    writer.offDrain(pump);
    void events.cancel(); // does nothing after the end
  };
  if (hasClosed(response)) return closed(); // the client left while the answer was prepared
  whenFinished(response, closed);
  whenSlotIsFree(response, () => {
    // The headers are sent with the first events where those are ready in this tick, else alone.
    setImmediate(() => {
      if (headersGone || writer.finished) return;
      response.flushHeaders();
      events.deliver();
    });
    heartbeat = setTimeout(beat, heartbeatMs).unref();
    events.whenReady(pump); // not at once: everything that the run has in this tick is sent in one write
  });
}
