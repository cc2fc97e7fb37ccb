// Keeps track of the work of a server, so that close() can wait for it and can name the work that it abandons.

/** Names a piece of work: the type of a request, `upload` or `transcribe`. The name can change during the work. */
export interface Label {
  name: string;
}

/** The work that is in progress. */
export class WorkInProgress {
  readonly #work = new Map<Promise<unknown>, Label>();

  /** Keeps the work until it settles. Returns the promise of `begin`. */
  track<T>(label: Label, begin: () => Promise<T>): Promise<T> {
    const promise = begin();
    this.#work.set(promise, label);
    const forget = () => void this.#work.delete(promise);
    promise.then(forget, forget);
    return promise;
  }

  get size(): number {
    return this.#work.size;
  }

  /** The names of the pieces of work in progress. */
  get names(): string[] {
    return Array.from(this.#work.values(), ({ name }) => name);
  }

  /** Settles when all the work has settled, including work that begins meanwhile. Never rejects. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work.keys());
  }
}

/**
 * Waits for the work, at most `ms` milliseconds. The timer keeps the process alive until then.
 * @returns False when the work has not settled by then.
 */
export async function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
