// Spaces out the finished items of a stream for the official page, which fails when many arrive at once: for 35 items
// in one write it shows "Something went wrong". Ten items at once and one every 20 ms are safe. Text deltas need no
// spacing.
import type { ThreadStreamEvent } from '../protocol';

/** How many items may be sent without spacing, within this time in milliseconds. */
const burst = 10;
const burstMs = 200;
/** The time between two items after that, in milliseconds. */
const spacingMs = 20;

/** Decides which of the events that wait may be sent now. */
export class ItemPacer {
  /** The times at which the last items were sent, the latest last. The list is at most as long as a burst. */
  readonly #sentAt: number[] = [];

  /** Returns how many of the events at the front may be sent now, in one write. Counts them as sent. */
  allow(events: readonly ThreadStreamEvent[], { isHurried }: { isHurried: boolean }): number {
    const now = performance.now();
    let inWrite = 0;
    for (const [index, event] of events.entries()) {
      if (event.type !== 'thread.item.done') continue;
      if (isHurried ? inWrite === burst : this.#waitMs(now) > 0) return index;
      inWrite++;
      this.#sentAt.push(now);
      if (this.#sentAt.length > burst) this.#sentAt.shift();
    }
    return events.length;
  }

  /** Returns how long the first of the events must wait, in milliseconds. 0 when it may be sent. */
  waitMs([first]: readonly ThreadStreamEvent[]): number {
    return first?.type === 'thread.item.done' ? this.#waitMs(performance.now()) : 0;
  }

  #waitMs(now: number): number {
    const [oldest] = this.#sentAt;
    const latest = this.#sentAt.at(-1);
    if (this.#sentAt.length < burst || oldest === undefined || latest === undefined) return 0;
    return Math.max(0, Math.min(oldest + burstMs, latest + spacingMs) - now);
  }
}
