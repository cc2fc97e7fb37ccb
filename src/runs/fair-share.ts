// Keeps a run from blocking the event loop. A hook that never waits would otherwise run to its end before any other
// request is served, because promises settle before the event loop continues.

/**
 * The time after which a run yields to the event loop, in milliseconds of its own work. A run may yield one event
 * later.
 */
const shareMs = 8;
/** The number of text deltas between two readings of the clock. A reading costs more than the check of a delta. */
const deltasPerLook = 8;
/** A long delta counts as one more delta for each group of this many characters. */
const charactersPerDelta = 4096;

/**
 * The runs that have used up their share. One of them continues in each tick of the event loop, so that a tick takes
 * one share for any number of hooks that never wait.
 */
const waiting: (() => void)[] = [];

function continueOne(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(continueOne);
}

/**
 * The number of the current tick of the event loop. `isMarked` is true until that tick has ended. All runs share both,
 * because a timer for each run would cost too much.
 */
let tick = 0;
let isMarked = false;

function endTick(): void {
  tick++;
  isMarked = false;
}

/** Measures the time that one run takes of a tick of the event loop. */
export class FairShare {
  #unseen = 0;
  /** The tick in which the run last began to work, and the time at which it began. -1 before the first reading. */
  #tick = -1;
  #startedAt = 0;

  /** Counts a text delta. Returns true when the run should wait for the {@link nextTick}. */
  countDelta(delta: string): boolean {
    this.#unseen += delta.length < charactersPerDelta ? 1 : 1 + Math.floor(delta.length / charactersPerDelta);
    return this.#unseen >= deltasPerLook && this.isUsedUp();
  }

  /** Reads the clock. Returns true when the run should wait for the {@link nextTick}. */
  isUsedUp(): boolean {
    this.#unseen = 0;
    const now = performance.now();
    if (isMarked && this.#tick === tick) return now - this.#startedAt >= shareMs;
    this.#tick = tick;
    this.#startedAt = now;
    if (!isMarked) {
      isMarked = true;
      setImmediate(endTick);
    }
    return false;
  }

  /** Settles in a later tick of the event loop, in which this run may continue. */
  async nextTick(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(continueOne);
    });
    this.#tick = -1;
  }
}
