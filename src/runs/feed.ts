// Passes the events of a run to its readers: none, one or several, each at its own pace.
import type { ThreadStreamEvent } from '../protocol';
import { eventSize } from './event-size';
import { joinDeltas } from './join-deltas';
import type { BatchQueue, QueueOptions } from './queue';
import { FeedReader, type FeedSource, type ReaderStart } from './reader';
import { Replay } from './replay';

export interface FeedOptions {
  maxQueuedEvents: number;
  /** Also bounds the events that are kept for broken connections. */
  maxQueuedBytes: number;
  /** How many events are kept for readers whose connection broke. 0 for none. */
  maxReplayEvents: number;
}

/** The point at which a reader begins, and how it receives its events. */
export interface FollowOptions extends ReaderStart {
  /** True for a reader that counts its events, so that the deltas of a burst are not joined. */
  isNumbered: boolean;
}

/** Passes the events of one run to its readers. The run's hook pauses while `needsDrain` is true. */
export class RunFeed implements FeedSource {
  readonly snapshot: FeedSource['snapshot'];
  readonly #options: QueueOptions<ThreadStreamEvent>;
  readonly #failed: (error: unknown) => void;
  readonly #replay: Replay | undefined;
  #readers: FeedReader[] = [];
  /** The queue of the only reader, when that reader is not behind. In most runs each event takes this path. */
  #direct: BatchQueue<ThreadStreamEvent> | undefined;
  #count = 0;
  /** How many events were taken by the readers that have left. */
  #takenBefore = 0;
  #ended = false;
  #resume: (() => void) | undefined;

  /** @param failed Called when a reader ends because its snapshot could not be made. */
  constructor(
    { maxQueuedEvents, maxQueuedBytes, maxReplayEvents }: FeedOptions,
    snapshot: FeedSource['snapshot'],
    failed: (error: unknown) => void,
  ) {
    this.snapshot = snapshot;
    this.#failed = failed;
    this.#options = {
      maxValues: maxQueuedEvents,
      maxBytes: maxQueuedBytes,
      sizeOf: eventSize,
      isUrgent: (event) => event.type === 'error',
      onRoom: () => this.#noteRoom(),
    };
    if (maxReplayEvents > 0) this.#replay = new Replay({ maxEvents: maxReplayEvents, maxBytes: maxQueuedBytes });
  }

  /** How many events the run has had. */
  get count(): number {
    return this.#count;
  }

  get hasReaders(): boolean {
    return this.#readers.length > 0;
  }

  /** How many events at least one reader has taken. */
  get taken(): number {
    return Math.max(this.#takenBefore, ...this.#readers.map((reader) => reader.taken));
  }

  replay(count: number): ThreadStreamEvent[] | undefined {
    return this.#replay?.has(count) ? this.#replay.since(count) : undefined;
  }

  caughtUp(): void {
    this.#setReaders(this.#readers);
    this.#noteRoom();
  }

  leave(reader: FeedReader): void {
    this.#takenBefore = Math.max(this.#takenBefore, reader.taken);
    this.#setReaders(this.#readers.filter((other) => other !== reader));
    this.#noteRoom();
  }

  fail(reader: FeedReader, error: unknown): void {
    this.leave(reader);
    this.#failed(error);
  }

  /**
   * Does nothing once the end was marked.
   * @param bytes The size of the event, where the caller knows it.
   */
  push(event: ThreadStreamEvent, bytes?: number): void {
    if (this.#ended) return;
    this.#count++;
    const direct = this.#direct;
    const replay = this.#replay;
    if (direct && !replay) {
      direct.push(event, bytes);
      return;
    }
    if (!replay && this.#readers.length === 0) return;
    const size = bytes ?? eventSize(event);
    replay?.add(event, size);
    if (direct) direct.push(event, size);
    else this.#pushToAll(event, size);
  }

  /** Marks the end. The readers can still take the events that wait. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
    this.#noteRoom();
  }

  /** True while there are readers and each of them is slower than the run. */
  get needsDrain(): boolean {
    if (this.#direct) return this.#direct.needsDrain;
    for (const reader of this.#readers) if (!reader.needsDrain) return false;
    return this.#readers.length > 0;
  }

  /** Settles when a reader has caught up, or when the last reader has left. */
  room(): Promise<void> {
    return new Promise((resolve) => (this.#resume = resolve));
  }

  follow({ isNumbered, ...start }: FollowOptions): FeedReader {
    const { maxValues, maxBytes, sizeOf, isUrgent, onRoom } = this.#options;
    // Without a spread, because Node 20 gives an object that continues after it a shape of its own.
    const join = isNumbered ? undefined : joinDeltas;
    const options = { maxValues, maxBytes, sizeOf, isUrgent, onRoom, join };
    const reader = new FeedReader(this, options, start);
    if (this.#ended) reader.end();
    this.#setReaders([...this.#readers, reader]);
    this.#noteRoom();
    return reader;
  }

  #pushToAll(event: ThreadStreamEvent, size: number): void {
    for (const reader of this.#readers) reader.push(event, size);
    const isSlow = this.#readers.map((reader) => reader.needsDrain);
    // A slow reader among several does not pause the run.
    if (!isSlow.includes(false)) return;
    for (const [index, reader] of this.#readers.entries()) if (isSlow[index]) reader.fallBehind();
  }

  #setReaders(readers: FeedReader[]): void {
    this.#readers = readers;
    this.#direct = readers.length === 1 ? readers[0]?.queue : undefined;
  }

  #noteRoom(): void {
    if (!this.#resume || this.needsDrain) return;
    const resume = this.#resume;
    this.#resume = undefined;
    resume();
  }
}
