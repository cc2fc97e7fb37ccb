// Keeps track of the work of a server, so that close() can wait for it and can name the work that it abandons.
import { type Place, ShortLivedList } from './short-lived';

/** Names a piece of work: the type of a request, `upload` or `transcribe`. The name can change during the work. */
export interface Label {
  name: string;
}

/** The work that is in progress. */
export class WorkInProgress {
  readonly #work = new ShortLivedList<Label>();
  /** The calls that wait until no work is left. */
  #waiting: (() => void)[] = [];

  /** Keeps the work until {@link end} is called with the returned place. A promise for each request would cost more. */
  begin(label: Label): Place<Label> {
    return this.#work.add(label);
  }

  end(place: Place<Label>): void {
    this.#work.delete(place);
    if (this.#work.size > 0) return;
    for (const call of this.#waiting.splice(0)) call();
  }

  /** Keeps the work until it settles. */
  async track<T>(label: Label, work: () => Promise<T>): Promise<T> {
    const place = this.begin(label);
    try {
      return await work();
    } finally {
      this.end(place);
    }
  }

  get size(): number {
    return this.#work.size;
  }

  /** The names of the pieces of work in progress. */
  get names(): string[] {
    return this.#work.values().map(({ name }) => name);
  }

  /** Settles when all the work has ended, including work that begins meanwhile. Never rejects. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
