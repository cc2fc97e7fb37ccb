// Waits for the end of runs in other processes: by signals, and by polling because signals can be lost.
import type { Logger } from '../logger';

/** The parts of the registry that the watch uses. */
interface WatchSource {
  /** Returns which of the runs are still open. */
  openOf: (runIds: string[]) => Promise<string[]>;
  /** How often to ask, in milliseconds. */
  pollMs: () => number;
  logger: () => Logger | undefined;
}

/** The runs whose end somebody in this process waits for. */
export class Watch {
  readonly #source: WatchSource;
  readonly #waiting = new Map<string, Set<() => void>>();
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  get #logger(): Logger | undefined {
    return this.#source.logger();
  }

  /** Settles when the run is not open any more, or when the watch is closed. Never rejects. */
  ended(runId: string): Promise<void> {
    return new Promise((resolve) => {
      const callbacks = this.#waiting.get(runId) ?? new Set();
      this.#waiting.set(runId, callbacks.add(resolve));
      this.#schedule(0); // the run may have ended before
    });
  }

  /** Called when a run has ended. */
  note(runId: string): void {
    const callbacks = this.#waiting.get(runId);
    this.#waiting.delete(runId);
    for (const resolve of callbacks ?? []) resolve();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const id of [...this.#waiting.keys()]) this.note(id);
  }

  #schedule(ms: number): void {
    if (this.#isPolling) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), ms);
  }

  async #poll(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const asked = [...this.#waiting.keys()];
    this.#isPolling = true;
    try {
      const open = new Set(await this.#source.openOf(asked));
      for (const id of asked) if (!open.has(id)) this.note(id);
    } catch (error) {
      this.#logger?.debug({ err: error }, 'the end of runs in other processes could not be read');
    }
    this.#isPolling = false;
    // A run that was added meanwhile is asked about at once.
    const isNew = [...this.#waiting.keys()].some((id) => !asked.includes(id));
    if (this.#waiting.size > 0) this.#schedule(isNew ? 0 : this.#source.pollMs());
  }
}
