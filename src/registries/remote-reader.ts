// Reads a run of another process, through mail in the database.
import type { ThreadStreamEvent } from '../protocol';
import { eventSize } from '../runs/event-size';
import { BatchQueue, type Pacer } from '../runs/queue';
import type { RunReader } from '../runs/reader';

/** The batches that the process of a run sends to a reader, as JSON. */
export interface Batch {
  events: ThreadStreamEvent[];
  /** The count of each event: see {@link RunReader.countAt}. Null for an event that has none. */
  counts: (number | null)[];
  /** `done`: the run has ended, and this is the last batch. `gone`: the run cannot be followed. Default: more follows. */
  end?: 'done' | 'gone' | undefined;
}

/** A reader whose run is in another process. */
export class RemoteReader implements RunReader {
  readonly id: string;
  /** Settles with true when the process of the run has answered, and with false for a run that cannot be followed. */
  readonly opened: Promise<boolean>;
  #markOpened!: (isOpen: boolean) => void;
  readonly #queue: BatchQueue<ThreadStreamEvent>;
  /** The counts of the events that wait, and of the batch that was taken last. */
  #counts: (number | null)[] = [];
  #batchLength = 0;
  readonly #leave: () => void;
  #hasLeft = false;

  constructor(id: string, leave: () => void) {
    this.id = id;
    this.#leave = leave;
    this.opened = new Promise((resolve) => (this.#markOpened = resolve));
    this.#queue = new BatchQueue({ maxValues: Infinity, sizeOf: eventSize, isUrgent: ({ type }) => type === 'error' });
  }

  /** The time of the last collection, by `performance.now()`. */
  collectedAt = performance.now();

  /** True while many events still wait, so that no more mail is collected. */
  get needsDrain(): boolean {
    return this.#counts.length - this.#batchLength > 512;
  }

  receive({ events, counts, end }: Batch): void {
    for (const [index, event] of events.entries()) {
      this.#counts.push(counts[index] ?? null);
      this.#queue.push(event);
    }
    if (end !== 'gone') this.#markOpened(true);
    if (end) this.#finish(end === 'gone');
  }

  /** Ends the reader, because its run or its mail has gone. */
  breakOff(): void {
    this.#finish(true);
  }

  #finish(isBroken: boolean): void {
    this.#markOpened(false); // has no effect after the first events
    if (isBroken && !this.#queue.done) {
      this.#counts.push(null);
      this.#queue.push({ type: 'error', code: 'stream.error', allow_retry: true });
    }
    this.#queue.end();
  }

  take(): ThreadStreamEvent[] | null {
    this.#counts.splice(0, this.#batchLength);
    const events = this.#queue.take();
    this.#batchLength = events?.length ?? 0;
    return events;
  }

  countAt(index: number): number | undefined {
    return this.#counts[index] ?? undefined;
  }

  get done(): boolean {
    return this.#hasLeft || this.#queue.done;
  }

  whenReady(callback: () => void): void {
    this.#queue.whenReady(callback);
  }

  pace(pacer: Pacer<ThreadStreamEvent>): void {
    this.#queue.pace(pacer);
  }

  hurry(): void {
    this.#queue.hurry();
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#markOpened(false);
    this.#queue.discard();
    this.#leave();
  }
}
