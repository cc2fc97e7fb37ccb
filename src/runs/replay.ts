// Keeps the latest events of a run for readers whose connection broke.
import type { ThreadStreamEvent } from '../protocol';

/**
 * The size of the pieces in which dropped entries are removed from the lists. Removing each entry alone would move all
 * the others.
 */
const compactionSize = 512;

/** The latest events, with their positions in the run. Bounded by number and by bytes. */
export class Replay {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #events: (ThreadStreamEvent | undefined)[] = [];
  #sizes: number[] = [];
  /** The index at which the kept events begin in the lists. */
  #head = 0;
  #bytes = 0;
  /** How many events of the run precede the kept events. */
  #dropped = 0;

  constructor({ maxEvents, maxBytes }: { maxEvents: number; maxBytes: number }) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  add(event: ThreadStreamEvent, bytes: number): void {
    this.#events.push(event);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    while (this.#events.length - this.#head > this.#maxEvents || this.#bytes > this.#maxBytes) this.#dropFirst();
  }

  /** Returns true when the run has had `count` events, and every event after them is kept. */
  has(count: number): boolean {
    return count >= this.#dropped && count <= this.#dropped + this.#events.length - this.#head;
  }

  /** Returns the events after the first `count` of the run. Call {@link has} before. */
  since(count: number): ThreadStreamEvent[] {
    return this.#events.slice(this.#head + count - this.#dropped) as ThreadStreamEvent[];
  }

  #dropFirst(): void {
    this.#bytes -= this.#sizes[this.#head] as number;
    this.#events[this.#head] = undefined; // frees the memory before the list is compacted
    this.#head++;
    this.#dropped++;
    if (this.#head < compactionSize) return;
    this.#events = this.#events.slice(this.#head);
    this.#sizes = this.#sizes.slice(this.#head);
    this.#head = 0;
  }
}
