// Writes a stream of events to a response: at once, no faster than the client reads, and without long silences.
import type { Request, Response } from 'express';
import type { ThreadStreamEvent } from '../protocol';
import type { Logger } from '../logger';
import { type EventStream, withLogEntry } from '../server';
import { ChunkWriter } from './chunk-writer';
import { hasClosed, whenSlotIsFree, whenFinished } from './connection';
import { FrameEncoder, ndjson, serverSentEvents, type StreamFormat } from './frames';
import { writeStreamHead } from './head';
import { stallWatch } from './stalled';

/** Returns the format that the client asks for: Server-Sent Events unless it prefers lines of JSON. */
export function streamFormat(request: Request): StreamFormat {
  if (!request.headers.accept?.toLowerCase().includes('ndjson')) return serverSentEvents;
  return request.accepts([serverSentEvents.contentType, ndjson.contentType]) === ndjson.contentType
    ? ndjson
    : serverSentEvents;
}

/** The options of a stream. */
export interface StreamOptions {
  format: StreamFormat;
  /** The longest silence, in milliseconds. */
  heartbeatMs: number;
  /** Adds the log entry of a failure to the error event. Default false. */
  showsLog?: boolean;
  /**
   * True for a client that can continue a broken stream. Then the stream ends with a mark, and each event carries its
   * number where the format has numbers.
   */
  isNumbered: boolean;
  /** How long the client may accept no bytes while some wait, in milliseconds. Undefined for no limit. */
  stalledReaderMs?: number | undefined;
  logger: Logger;
}

/**
 * Answers with the stream, and cancels the stream when the client leaves. Events that are ready in one tick are sent in
 * one write. The writer takes no more events than the client reads.
 */
export function writeStream(
  response: Response,
  events: EventStream,
  { format, heartbeatMs, isNumbered, showsLog = false, stalledReaderMs, logger }: StreamOptions,
): void {
  writeStreamHead(response, format.contentType, events.runId);
  // Only the official page sends the id of its frame, and only the official page needs a pacer.
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
  const stall = stallWatch(response, stalledReaderMs, { logger, fields: { run_id: events.runId } });
  let heartbeat: NodeJS.Timeout | undefined;
  const take = () => (showsLog ? (events.take()?.map(withLogEntry) ?? null) : events.take());
  const pump = () => {
    stall?.stop();
    if (writer.finished) return;
    for (let batch = take(); batch; batch = take()) {
      if (write(encode(batch))) continue;
      writer.onDrain(pump);
      stall?.begin();
      return;
    }
    if (events.done) {
      clearTimeout(heartbeat); // not every host emits `close`
      if (isNumbered) write(format.endMark);
      response.end();
    } else events.whenReady(pump);
  };
  const closed = () => {
    clearTimeout(heartbeat);
    writer.offDrain(pump);
    stall?.stop();
    void events.cancel(); // does nothing after the end
  };
  if (hasClosed(response)) return closed(); // the client left while the answer was prepared
  whenFinished(response, closed);
  whenSlotIsFree(response, () => {
    // The headers are sent with the first events when those are ready in this tick, else alone.
    setImmediate(() => {
      if (headersGone || writer.finished) return;
      response.flushHeaders();
      events.deliver();
    });
    heartbeat = setTimeout(beat, heartbeatMs).unref();
    events.whenReady(pump); // waits, so that all events of the run in this tick are sent in one write
  });
}
