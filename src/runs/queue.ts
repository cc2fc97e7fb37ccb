// The bounded queue between a run and the response that reads it.

/** What a queue does with its values beside keeping them. */
export interface QueueOptions<T> {
  /** How many values may wait before the queue is full. */
  maxValues: number;
  /** How many bytes may wait before the queue is full, by `sizeOf`. Default: any number. */
  maxBytes?: number;
  sizeOf?: (value: T) => number;
  /** Makes fewer values of a batch that was taken while more than 40 values waited. */
  join?: (batch: T[]) => T[];
  /** Whether a value, and what waits before it, must not wait for a pacer. */
  isUrgent?: (value: T) => boolean;
}

/** Says when values may be read. */
export interface Pacer<T> {
  /** How many of the values at the front may be read now, in one batch. Counts them as read. */
  allow(values: readonly T[], options: { isHurried: boolean }): number;
  /** How long the first value must wait, in milliseconds. 0 when it may be read. */
  waitMs(values: readonly T[]): number;
}

/** As many values may wait and are still read as they are. */
const maxUnjoined = 40;

/**
 * A queue with one writer and one reader. The reader takes all that is ready in one tick as one
 * batch; the writer asks `full` after each push and waits for `room()`.
 */
export class BatchQueue<T> {
  readonly #options: QueueOptions<T>;
  readonly #maxValues: number;
  readonly #maxBytes: number;
  readonly #sizeOf: (value: T) => number;
  #waiting: T[] = [];
  #bytes = 0;
  #ended = false;
  #reader: (() => void) | null = null;
  #calling = false;
  #writer: (() => void) | null = null;
  #pacer: Pacer<T> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isHurried = false;

  constructor(options: QueueOptions<T>) {
    this.#options = options;
    this.#maxValues = options.maxValues;
    this.#maxBytes = options.maxBytes ?? Infinity;
    this.#sizeOf = options.sizeOf ?? (() => 0);
  }

  /**
   * Does nothing once the end was marked.
   * @param bytes The size of the value, where the writer knows it. Default: by `sizeOf`.
   */
  push(value: T, bytes = this.#sizeOf(value)): void {
    if (this.#ended) return;
    this.#waiting.push(value);
    this.#bytes += bytes;
    if (this.#pacer && this.#options.isUrgent?.(value)) this.hurry();
    else if (this.#reader && !this.#calling) this.#callReader();
  }

  /** No more values come. Those that wait can still be taken. */
  end(): void {
    this.#ended = true;
    this.#callReader();
  }

  get needsDrain(): boolean {
    return this.#waiting.length >= this.#maxValues || this.#bytes >= this.#maxBytes;
  }

  /** Settles when the reader has taken so much that the queue is not full. */
  room(): Promise<void> {
    return new Promise((resolve) => (this.#writer = resolve));
  }

  /** Lets a pacer decide when values may be taken. */
  pace(pacer: Pacer<T>): void {
    this.#pacer = pacer;
  }

  /** Lets the values that wait now be taken without regard to their pace. */
  hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isHurried = true;
    this.#callReader();
  }

  /** What waits and may be read now, or null. */
  take(): T[] | null {
    const waiting = this.#waiting;
    const count = this.#pacer ? this.#pacer.allow(waiting, { isHurried: this.#isHurried }) : waiting.length;
    if (count === 0) return null;
    const { join } = this.#options;
    const isBurst = waiting.length > maxUnjoined;
    let batch = waiting;
    if (count < waiting.length) {
      batch = waiting.splice(0, count);
      for (const value of batch) this.#bytes -= this.#sizeOf(value);
    } else {
      this.#waiting = [];
      this.#bytes = 0;
      this.#isHurried = false;
    }
    if (!this.needsDrain) {
      const writer = this.#writer;
      this.#writer = null;
      writer?.();
    }
    return join && isBurst ? join(batch) : batch;
  }

  /** Whether everything was taken and no more comes. */
  get done(): boolean {
    return this.#ended && this.#waiting.length === 0;
  }

  /** Calls `reader` once, when there is something to take or nothing more to wait for. */
  whenReady(reader: () => void): void {
    this.#reader = reader;
    if (this.#waiting.length > 0 || this.#ended) this.#callReader();
  }

  // process.nextTick runs after the promises of this tick, so that everything they push is in the batch.
  #callReader(): void {
    if (!this.#reader || this.#calling || this.#timer) return;
    const waitMs = this.#isHurried ? 0 : (this.#pacer?.waitMs(this.#waiting) ?? 0);
    if (waitMs > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#callReader();
      }, Math.ceil(waitMs));
      return;
    }
    this.#calling = true;
    process.nextTick(this.#call);
  }

  readonly #call = (): void => {
    this.#calling = false;
    const reader = this.#reader;
    this.#reader = null;
    reader?.();
  };
}
