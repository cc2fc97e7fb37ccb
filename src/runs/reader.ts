// A reader of a run: queues the events that wait for the reader, and brings a reader that has missed events up to date.
import type { ThreadStreamEvent } from '../protocol';
import { BatchQueue, type Pacer, type QueueOptions } from './queue';

/** One reader of a run, in any process. */
export interface RunReader {
  /** Returns all events that may be read now, or null. */
  take(): ThreadStreamEvent[] | null;
  /**
   * Returns how many events of the run the reader has read, including an event of the batch that `take` returned last.
   * Undefined for the events of a snapshot before its last, and for a reader whose events are joined.
   * @param index The index of the event in the batch.
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
  /** Drops the rest of the events and detaches the reader. The run continues. */
  leave(): void;
}

/** The state of a run as events, for a reader that cannot be sent each event that it has missed. */
export interface Snapshot {
  /** How many events of the run the reader has read after the snapshot. */
  count: number;
  events: Promise<ThreadStreamEvent[]>;
}

/** The reader that receives a snapshot. */
export interface SnapshotReader {
  /** How many events the reader has read. Undefined for a page that joins. */
  after: number | undefined;
  /** True for the answer to a request, which begins with the thread that the request has created. */
  isAnswer: boolean;
}

/** The parts of the run's feed that a reader uses. */
export interface FeedSource {
  /** How many events the run has had. */
  readonly count: number;
  /** Returns the events after the first `count`, or undefined when some of them are not kept any more. */
  replay(count: number): ThreadStreamEvent[] | undefined;
  snapshot(reader: SnapshotReader): Snapshot;
  /** Called when a reader has begun to catch up, so that events are queued for it again. */
  caughtUp(): void;
  /** Called when a reader leaves. */
  leave(reader: FeedReader): void;
  /** Called when a reader ends because its snapshot could not be made. */
  fail(reader: FeedReader, error: unknown): void;
}

/** The point at which a reader begins. */
export interface ReaderStart {
  /** How many events the reader has read before. */
  after: number;
  /** True when the reader begins with a snapshot. */
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
  /** How many events of the run the reader has read, without the events that it took from the queue. */
  #base: number;
  /** True when the reader has missed events. The next `take` fetches them. */
  #isBehind: boolean;
  /** True while the reader is sent each event as it arrives: the reader is not behind, and has no prefix. */
  #isLive: boolean;
  #needsSnapshot: boolean;
  readonly #isAnswer: boolean;
  /** False where the text deltas of a burst are joined, so that events cannot be counted. */
  readonly #isNumbered: boolean;
  /** The snapshot that is being made. It is replaced when the reader falls behind meanwhile. */
  #loading: Snapshot['events'] | undefined;
  #callback: (() => void) | undefined;
  #pacer: Pacer<ThreadStreamEvent> | undefined;
  /** Describe the last batch, and the count before the batch, for `countAt`. */
  #batch = { before: 0, isSnapshot: false, isLast: false, length: 0 };
  #hasLeft = false;

  constructor(source: FeedSource, options: QueueOptions<ThreadStreamEvent>, start: ReaderStart) {
    this.#source = source;
    this.#options = options;
    this.#queue = new BatchQueue(options);
    this.#base = start.after;
    this.#needsSnapshot = start.needsSnapshot;
    this.#isAnswer = start.isAnswer;
    this.#isNumbered = options.join === undefined;
    this.#isBehind = start.needsSnapshot || start.after < source.count;
    this.#isLive = !this.#isBehind;
  }

  /** The queue, while events are queued. Undefined for a reader that is behind. */
  get queue(): BatchQueue<ThreadStreamEvent> | undefined {
    return this.#isBehind ? undefined : this.#queue;
  }

  /** How many events of the run the reader has read. A snapshot in the prefix counts as read as a whole. */
  get #count(): number {
    return this.#base + this.#queue.taken;
  }

  /** How many events of the run the reader has taken. */
  get taken(): number {
    return this.#prefixIsSnapshot && this.#prefix?.taken === 0 ? 0 : this.#count;
  }

  /** True while the reader is slower than the run. */
  get needsDrain(): boolean {
    return this.#isBehind || this.#queue.needsDrain;
  }

  push(event: ThreadStreamEvent, bytes: number): void {
    if (!this.#isBehind) this.#queue.push(event, bytes);
  }

  /** Drops the events that wait. The next `take` sends the events again, or a snapshot. */
  fallBehind(): void {
    if (this.#isBehind) return;
    this.#isBehind = true;
    this.#loading = undefined;
    this.#setLive();
    this.#queue.clear();
    if (this.#callback) this.whenReady(this.#callback);
  }

  #setLive(): void {
    this.#isLive = !this.#isBehind && this.#prefix === undefined && this.#loading === undefined && !this.#hasLeft;
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
    if (this.#isLive) return this.#queue.done;
    return this.#hasLeft || (!this.#isBehind && !this.#loading && !this.#prefix && this.#queue.done);
  }

  /** Makes the snapshot, for a reader that begins with a snapshot. Rejects with the error of the store. */
  async prepare(): Promise<void> {
    if (this.#isBehind) await this.#catchUp();
  }

  take(): ThreadStreamEvent[] | null {
    if (this.#isLive) return this.#takeLive();
    if (this.#hasLeft) return null;
    if (this.#isBehind && !this.#prefix && !this.#loading) {
      this.#catchUp().catch((error: unknown) => this.#breakOff(error));
    }
    if (this.#loading) return null;
    return this.#prefix ? this.#takePrefix(this.#prefix) : this.#takeLive();
  }

  countAt(index: number): number | undefined {
    if (!this.#isNumbered) return undefined;
    const { before, isSnapshot, isLast, length } = this.#batch;
    if (!isSnapshot) return before + index + 1;
    return isLast && index === length - 1 ? this.#count : undefined;
  }

  whenReady(callback: () => void): void {
    this.#callback = undefined;
    if (this.#isLive) this.#queue.whenReady(callback);
    else if (this.#loading) this.#callback = callback;
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
    this.#setLive();
    this.#prefix?.discard();
    this.#queue.discard();
    this.#callback = undefined;
    this.#source.leave(this);
  }

  #takePrefix(prefix: BatchQueue<ThreadStreamEvent>): ThreadStreamEvent[] | null {
    const taken = prefix.taken;
    const events = prefix.take();
    if (events === null) return null;
    const isSnapshot = this.#prefixIsSnapshot;
    this.#batch = { before: this.#count, isSnapshot, isLast: prefix.done, length: events.length };
    if (!isSnapshot) this.#base += prefix.taken - taken;
    if (prefix.done) this.#prefix = undefined;
    this.#setLive();
    return events;
  }

  #takeLive(): ThreadStreamEvent[] | null {
    if (!this.#isNumbered) return this.#queue.take();
    const before = this.#count;
    const events = this.#queue.take();
    if (events) this.#batch = { before, isSnapshot: false, isLast: false, length: events.length };
    return events;
  }

  /** Fetches the events that the reader has missed. Later events are queued again. Rejects when the store fails. */
  async #catchUp(): Promise<void> {
    this.#isBehind = false;
    this.#source.caughtUp();
    const missed = this.#needsSnapshot ? undefined : this.#source.replay(this.#count);
    if (missed) {
      this.#begin(missed, false);
      return;
    }
    const after = this.#needsSnapshot ? undefined : this.#count;
    const snapshot = this.#source.snapshot({ after, isAnswer: this.#isAnswer });
    const { events } = snapshot;
    this.#loading = events;
    this.#setLive();
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
    this.#base = count - this.#queue.taken;
    this.#begin(events, true);
    if (this.#callback) this.whenReady(this.#callback);
  }

  #begin(events: readonly ThreadStreamEvent[], isSnapshot: boolean): void {
    if (events.length > 0) {
      const prefix = new BatchQueue({ ...this.#options, maxValues: Infinity, maxBytes: Infinity });
      if (this.#pacer) prefix.pace(this.#pacer);
      for (const event of events) prefix.push(event);
      prefix.end();
      this.#prefix = prefix;
      this.#prefixIsSnapshot = isSnapshot;
    }
    this.#setLive();
  }

  /** Ends the reader with an error event, because it cannot be brought up to date. */
  #breakOff(error: unknown): void {
    this.#loading = undefined;
    this.#queue.discard();
    this.#source.fail(this, error);
    this.#begin([{ type: 'error', code: 'stream.error', allow_retry: true }], true);
    if (this.#callback) this.whenReady(this.#callback);
  }
}
