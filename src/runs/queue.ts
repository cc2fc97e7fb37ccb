// The bounded queue between a run and one of its readers.

/** The limits of a queue, and the functions for its values. */
export interface QueueOptions<T> {
  /** How many values may wait before the queue is full. */
  maxValues: number;
  /** How many bytes may wait before the queue is full, by `sizeOf`. Default: any number. */
  maxBytes?: number;
  sizeOf?: (value: T) => number;
  /** Joins values of a batch that was taken while more than 40 values waited. Default: no values are joined. */
  join?: ((batch: T[]) => T[]) | undefined;
  /** Returns true for a value that does not wait for a pacer. The values before it do not wait either. */
  isUrgent?: (value: T) => boolean;
  /** Called after each `take` that leaves room in a queue that was full. */
  onRoom?: () => void;
}

/** Decides when values may be read. */
export interface Pacer<T> {
  /** Returns how many of the values at the front may be read now, in one batch. Counts them as read. */
  allow(values: readonly T[], options: { isHurried: boolean }): number;
  /** Returns how long the first value must wait, in milliseconds. 0 when it may be read. */
  waitMs(values: readonly T[]): number;
}

/** A batch of more values than this is joined. */
const maxUnjoined = 40;

/**
 * A queue with one writer and one reader. The reader takes all values that are ready in one tick as one batch. The
 * writer reads `needsDrain` after each push, and pauses until `onRoom` is called.
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
  #pacer: Pacer<T> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isHurried = false;
  #taken = 0;

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

  /** Marks the end. The values that wait can still be taken. */
  end(): void {
    this.#ended = true;
    this.#callReader();
  }

  /** Drops the values that wait. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Drops the values and the reader, because the reader has left. */
  discard(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#reader = null;
    this.#ended = true;
    this.clear();
  }

  /** True while the queue is full. */
  get needsDrain(): boolean {
    return this.#waiting.length >= this.#maxValues || this.#bytes >= this.#maxBytes;
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

  /** Returns the values that may be read now, or null. */
  take(): T[] | null {
    const waiting = this.#waiting;
    const count = this.#pacer ? this.#pacer.allow(waiting, { isHurried: this.#isHurried }) : waiting.length;
    if (count === 0) return null;
    this.#taken += count;
    const wasFull = this.needsDrain;
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
    if (wasFull && !this.needsDrain) this.#options.onRoom?.();
    return join && isBurst ? join(batch) : batch;
  }

  /** How many values were taken so far, counted before they were joined. */
  get taken(): number {
    return this.#taken;
  }

  /** True when every value was taken and the end was marked. */
  get done(): boolean {
    return this.#ended && this.#waiting.length === 0;
  }

  /** Calls `reader` once, when there are values to take or the end was marked. */
  whenReady(reader: () => void): void {
    this.#reader = reader;
    if (this.#waiting.length > 0 || this.#ended) this.#callReader();
  }

  // process.nextTick runs after the promises of this tick, so that the batch contains every value that they push.
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
