// A reader of a run: the events that wait for it, and the way back to the present for one that has missed events.
import type { ThreadStreamEvent } from '../protocol';
import { BatchQueue, type Pacer, type QueueOptions } from './queue';

/** One reader of a run, wherever the run is. */
export interface RunReader {
  /** Returns all events that may be read now, or null. */
  take(): ThreadStreamEvent[] | null;
  /**
   * Returns how many events of the run the reader has read with an event of the batch that `take` returned last. Undefined
   * for the events of a snapshot before its last, and for a reader whose events are joined.
   * @param index The place of the event in the batch.
   */
  countAt(index: number): number | undefined;
  /** True when every event was taken and the run has ended. */
  readonly done: boolean;
  /** Calls back once, when there are events to take or the reader is done. */
  whenReady(callback: () => void): void;
  /** Lets a pacer decide when events may be taken. */
  pace(pacer: Pacer<ThreadStreamEvent>): void;
  /** Lets the events that wait now be taken without regard to their pace. */
  hurry(): void;
  /** Gives up the rest of the events. The run goes on. */
  leave(): void;
}

/** The state of a run as events, for a reader that cannot be sent each event that it has missed. */
export interface Snapshot {
  /** How many events of the run the reader has read with it. */
  count: number;
  events: Promise<ThreadStreamEvent[]>;
}

/** The reader that a snapshot is for. */
export interface SnapshotReader {
  /** How many events it has read. Undefined for a page that joins. */
  after: number | undefined;
  /** True for the answer to a request, which begins with the thread that the request has created. */
  isAnswer: boolean;
}

/** What a reader asks of the run's feed. */
export interface FeedSource {
  /** How many events the run has had. */
  readonly count: number;
  /** Returns the events after the first `count`, or undefined where they are not kept any more. */
  replay(count: number): ThreadStreamEvent[] | undefined;
  snapshot(reader: SnapshotReader): Snapshot;
  /** Called after a reader has taken events. */
  taken(count: number): void;
  /** Called when a reader leaves. */
  left(reader: FeedReader): void;
  /** Called when a reader ends because its snapshot could not be made. */
  failed(reader: FeedReader, error: unknown): void;
}

/** Where a reader begins. */
export interface ReaderStart {
  /** How many events the reader has read before. */
  after: number;
  /** True when it begins with a snapshot. */
  needsSnapshot: boolean;
  /** True for the answer to a request. */
  isAnswer: boolean;
}

/** A reader in the process of the run. */
export class FeedReader implements RunReader {
  readonly #source: FeedSource;
  /** The events since the reader was last up to date. */
  readonly #queue: BatchQueue<ThreadStreamEvent>;
  readonly #options: QueueOptions<ThreadStreamEvent>;
  /** The events, or the snapshot, that bring the reader up to date. They come before the queue. */
  #prefix: BatchQueue<ThreadStreamEvent> | undefined;
  #prefixIsSnapshot = false;
  /** How many events of the run the reader has read. With a snapshot in the prefix: with all of it. */
  #count: number;
  /** True when the reader has missed events. They are fetched when it takes again. */
  #isBehind: boolean;
  #needsSnapshot: boolean;
  readonly #isAnswer: boolean;
  /** The snapshot that is being made. Replaced when the reader falls behind meanwhile. */
  #loading: Snapshot['events'] | undefined;
  #callback: (() => void) | undefined;
  #pacer: Pacer<ThreadStreamEvent> | undefined;
  /** For `countAt`: what the last batch was, and the count before it. */
  #batch = { before: 0, isSnapshot: false, isLast: false, length: 0 };
  #hasLeft = false;

  constructor(source: FeedSource, options: QueueOptions<ThreadStreamEvent>, start: ReaderStart) {
    this.#source = source;
    this.#options = options;
    this.#queue = new BatchQueue(options);
    this.#count = start.after;
    this.#needsSnapshot = start.needsSnapshot;
    this.#isAnswer = start.isAnswer;
    this.#isBehind = start.needsSnapshot || start.after < source.count;
  }

  /** True while the reader is slower than the run. */
  get needsDrain(): boolean {
    return this.#isBehind || this.#queue.needsDrain;
  }

  push(event: ThreadStreamEvent, bytes: number): void {
    if (!this.#isBehind) this.#queue.push(event, bytes);
  }

  /** Drops the events that wait. The reader is sent them again, or a snapshot, when it takes the next time. */
  fallBehind(): void {
    if (this.#isBehind) return;
    this.#isBehind = true;
    this.#loading = undefined;
    this.#queue.clear();
    if (this.#callback) this.whenReady(this.#callback);
  }

  /** True once `leave` was called. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Marks the end of the run. */
  end(): void {
    this.#queue.end();
  }

  get done(): boolean {
    return this.#hasLeft || (!this.#isBehind && !this.#loading && !this.#prefix && this.#queue.done);
  }

  /** Makes the snapshot that the reader begins with, if it does. @throws whatever the store throws. */
  async prepare(): Promise<void> {
    if (this.#isBehind) await this.#catchUp();
  }

  take(): ThreadStreamEvent[] | null {
    if (this.#hasLeft) return null;
    if (this.#isBehind && !this.#prefix && !this.#loading) {
      this.#catchUp().catch((error: unknown) => this.#breakOff(error));
    }
    if (this.#loading) return null;
    return this.#prefix ? this.#takePrefix(this.#prefix) : this.#takeFrom(this.#queue, false);
  }

  countAt(index: number): number | undefined {
    if (this.#options.join) return undefined;
    const { before, isSnapshot, isLast, length } = this.#batch;
    if (!isSnapshot) return before + index + 1;
    return isLast && index === length - 1 ? this.#count : undefined;
  }

  whenReady(callback: () => void): void {
    this.#callback = undefined;
    if (this.#loading) this.#callback = callback;
    else if (this.#prefix) this.#prefix.whenReady(callback);
    else if (this.#isBehind || this.#hasLeft) process.nextTick(callback);
    else this.#queue.whenReady(callback);
  }

  pace(pacer: Pacer<ThreadStreamEvent>): void {
    this.#pacer = pacer;
    this.#queue.pace(pacer);
    this.#prefix?.pace(pacer);
  }

  hurry(): void {
    this.#prefix?.hurry();
    this.#queue.hurry();
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#loading = undefined;
    this.#prefix?.discard();
    this.#queue.discard();
    this.#callback = undefined;
    this.#source.left(this);
  }

  #takePrefix(prefix: BatchQueue<ThreadStreamEvent>): ThreadStreamEvent[] | null {
    const events = this.#takeFrom(prefix, this.#prefixIsSnapshot);
    if (prefix.done) this.#prefix = undefined;
    return events;
  }

  #takeFrom(queue: BatchQueue<ThreadStreamEvent>, isSnapshot: boolean): ThreadStreamEvent[] | null {
    const before = queue.taken;
    const events = queue.take();
    if (!events) return null;
    this.#batch = { before: this.#count, isSnapshot, isLast: queue.done, length: events.length };
    if (!isSnapshot) this.#count += queue.taken - before;
    this.#source.taken(this.#count);
    return events;
  }

  /** Fetches what the reader has missed. The events from now on are queued again. Rejects when the store fails. */
  async #catchUp(): Promise<void> {
    this.#isBehind = false;
    const missed = this.#needsSnapshot ? undefined : this.#source.replay(this.#count);
    if (missed) {
      this.#begin(missed, false);
      return;
    }
    const after = this.#needsSnapshot ? undefined : this.#count;
    const snapshot = this.#source.snapshot({ after, isAnswer: this.#isAnswer });
    const { events } = snapshot;
    this.#loading = events;
    let loaded: ThreadStreamEvent[];
    try {
      loaded = await events;
    } catch (error) {
      if (this.#loading === events) throw error;
      return;
    }
    if (this.#loading !== events) return; // the reader has fallen behind again, or has left
    this.#useSnapshot(snapshot.count, loaded);
  }

  #useSnapshot(count: number, events: readonly ThreadStreamEvent[]): void {
    this.#loading = undefined;
    this.#needsSnapshot = false;
    this.#count = count;
    this.#begin(events, true);
    if (this.#callback) this.whenReady(this.#callback);
  }

  #begin(events: readonly ThreadStreamEvent[], isSnapshot: boolean): void {
    if (events.length === 0) return;
    const prefix = new BatchQueue({ ...this.#options, maxValues: Infinity, maxBytes: Infinity });
    if (this.#pacer) prefix.pace(this.#pacer);
    for (const event of events) prefix.push(event);
    prefix.end();
    this.#prefix = prefix;
    this.#prefixIsSnapshot = isSnapshot;
  }

  /** Ends the reader with an error event, because it cannot be brought up to date. */
  #breakOff(error: unknown): void {
    this.#loading = undefined;
    this.#queue.discard();
    this.#source.failed(this, error);
    this.#begin([{ type: 'error', code: 'stream.error', allow_retry: true }], true);
    if (this.#callback) this.whenReady(this.#callback);
  }
}
