// The bounded queue between a run and the response that reads it.

/**
 * A queue with one writer and one reader. The reader gets all that is ready in one turn of the event loop as one
 * batch; the writer asks `full` after each push and waits for `room()`.
 */
export class BatchQueue<T> implements AsyncIterableIterator<T[], undefined> {
  readonly #limit: number;
  readonly #abandoned: () => void;
  #waiting: T[] = [];
  #ended = false;
  #reader: ((result: IteratorResult<T[], undefined>) => void) | null = null;
  #flushing = false;
  #writer: (() => void) | null = null;

  /** `abandoned` is called when the reader stops before the end. */
  constructor(limit: number, abandoned: () => void) {
    this.#limit = limit;
    this.#abandoned = abandoned;
  }

  /** Does nothing once the reader has left or the end was marked. */
  push(value: T): void {
    if (this.#ended) return;
    this.#waiting.push(value);
    if (this.#reader) this.#flushSoon();
  }

  /** No more values come. Those that wait can still be read. */
  end(): void {
    this.#ended = true;
    if (this.#reader) this.#flushSoon();
  }

  get full(): boolean {
    return this.#waiting.length >= this.#limit;
  }

  /** Settles when the reader has taken what waited. */
  room(): Promise<void> {
    return new Promise((resolve) => (this.#writer = resolve));
  }

  next(): Promise<IteratorResult<T[], undefined>> {
    if (this.#waiting.length > 0 || this.#ended) return Promise.resolve(this.#take());
    return new Promise((resolve) => (this.#reader = resolve));
  }

  return(): Promise<IteratorResult<T[], undefined>> {
    if (!this.#ended) this.#abandoned();
    this.#ended = true;
    this.#waiting = [];
    this.#wakeWriter();
    this.#reader?.({ done: true, value: undefined });
    this.#reader = null;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // process.nextTick runs after the promises of this turn, so that everything they push is in the batch.
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      const reader = this.#reader;
      this.#reader = null;
      reader?.(this.#take());
    });
  }

  #take(): IteratorResult<T[], undefined> {
    if (this.#waiting.length === 0) return { done: true, value: undefined };
    const batch = this.#waiting;
    this.#waiting = [];
    this.#wakeWriter();
    return { done: false, value: batch };
  }

  #wakeWriter(): void {
    const writer = this.#writer;
    this.#writer = null;
    writer?.();
  }
}
