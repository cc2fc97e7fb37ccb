// Ends a run whose hook takes too long.
import type { RunLimits } from './options';

/** The limits of one run, in milliseconds. */
export type RunTimes = Pick<RunLimits, 'maxRunMs' | 'firstEventMs' | 'idleMs'>;

/** Watches the hook of one run. Without limits it makes no timers. The timers do not keep the process alive. */
export class Deadlines {
  readonly #times: RunTimes;
  readonly #exceeded: (limit: keyof RunTimes) => void;
  readonly #hasWaits: boolean;
  #hasEvents = false;
  /**
   * The time at which the hook was asked for its next event. Undefined while the run does other work, or waits for a
   * reader.
   */
  #askedAt: number | undefined;
  #total: NodeJS.Timeout | undefined;
  #wait: NodeJS.Timeout | undefined;

  /** @param exceeded Called when a limit is exceeded, with its name. */
  constructor(times: RunTimes, exceeded: (limit: keyof RunTimes) => void) {
    this.#times = times;
    this.#exceeded = exceeded;
    this.#hasWaits = times.firstEventMs !== undefined || times.idleMs !== undefined;
  }

  /** Restarts the clock of `maxRunMs`. */
  begin(): void {
    const { maxRunMs } = this.#times;
    if (maxRunMs === undefined) return;
    clearTimeout(this.#total);
    this.#total = setTimeout(() => this.#exceeded('maxRunMs'), maxRunMs).unref();
  }

  /** Records that the hook was asked for its next event, or for another answer with a limit. */
  asked(): void {
    if (!this.#hasWaits) return;
    this.#askedAt = performance.now();
    const { ms } = this.#limit();
    if (ms !== undefined) this.#wait ??= setTimeout(this.#check, ms).unref();
  }

  /**
   * Records that the hook has answered.
   * @param isEvent False for an answer that is not an event of the stream.
   */
  answered(isEvent = true): void {
    if (!this.#hasWaits) return;
    this.#askedAt = undefined;
    if (this.#hasEvents || !isEvent) return;
    this.#hasEvents = true;
    this.#stopWait(); // the next wait can have another limit
  }

  stop(): void {
    clearTimeout(this.#total);
    this.#stopWait();
  }

  #stopWait(): void {
    clearTimeout(this.#wait);
    this.#wait = undefined;
  }

  #limit(): { name: 'firstEventMs' | 'idleMs'; ms: number | undefined } {
    const { firstEventMs, idleMs } = this.#times;
    if (!this.#hasEvents && firstEventMs !== undefined) return { name: 'firstEventMs', ms: firstEventMs };
    return { name: 'idleMs', ms: idleMs };
  }

  // One timer serves many events: when it fires, it checks when the latest wait began.
  readonly #check = (): void => {
    const { name, ms = 0 } = this.#limit();
    const left = this.#askedAt === undefined ? ms : this.#askedAt + ms - performance.now();
    if (left >= 1) this.#wait = setTimeout(this.#check, left).unref();
    else this.#exceeded(name);
  };
}
