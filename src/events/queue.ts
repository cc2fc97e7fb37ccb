// The bounded queue between a run and the response that reads it.

/**
 * A queue with one writer and one reader. The reader takes all that is ready in one turn of the event loop as one
 * batch; the writer asks `full` after each push and waits for `room()`.
 */
export class BatchQueue<T> {
  readonly #limit: number;
  #waiting: T[] = [];
  #ended = false;
  #reader: (() => void) | null = null;
  #calling = false;
  #writer: (() => void) | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Does nothing once the end was marked. */
  push(value: T): void {
    if (this.#ended) return;
    this.#waiting.push(value);
    this.#callReader();
  }

  /** No more values come. Those that wait can still be taken. */
  end(): void {
    this.#ended = true;
    this.#callReader();
  }

  get full(): boolean {
    return this.#waiting.length >= this.#limit;
  }

  /** Settles when the reader has taken what waited. */
  room(): Promise<void> {
    return new Promise((resolve) => (this.#writer = resolve));
  }

  /** What waits, or null. */
  take(): T[] | null {
    if (this.#waiting.length === 0) return null;
    const batch = this.#waiting;
    this.#waiting = [];
    const writer = this.#writer;
    this.#writer = null;
    writer?.();
    return batch;
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

  // process.nextTick runs after the promises of this turn, so that everything they push is in the batch.
  #callReader(): void {
    if (!this.#reader || this.#calling) return;
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
