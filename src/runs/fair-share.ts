// Keeps a run from holding the event loop: a hook that never waits would be driven to its end before anybody else is
// served, because promises settle before the event loop continues.

/** After how much work of its own a run yields to the event loop, in milliseconds. It may be late by one event. */
const shareMs = 8;
/** How many text deltas pass between two looks at the clock, which costs a delta more than its own check. */
const deltasPerLook = 8;
/** A long delta counts as one more for so many characters. */
const charactersPerDelta = 4096;

/**
 * The runs that have used up their share. One of them continues in each tick of the event loop, so that a tick takes
 * one share, however many hooks never wait.
 */
const waiting: (() => void)[] = [];

function continueOne(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(continueOne);
}

/** The tick of the event loop that is marked: its number, and true until it has ended. Shared, because a timer costs. */
let tick = 0;
let isMarked = false;

function endTick(): void {
  tick++;
  isMarked = false;
}

/** Measures the time that one run takes of a tick of the event loop. */
export class FairShare {
  #unseen = 0;
  /** The tick in which the run last began to work, and when. -1 before the first look. */
  #tick = -1;
  #startedAt = 0;

  /** Counts a text delta. Returns whether the run should wait for the {@link nextTick}. */
  countDelta(delta: string): boolean {
    this.#unseen += delta.length < charactersPerDelta ? 1 : 1 + Math.floor(delta.length / charactersPerDelta);
    return this.#unseen >= deltasPerLook && this.isUsedUp();
  }

  /** Looks at the clock. Returns whether the run should wait for the {@link nextTick}. */
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
