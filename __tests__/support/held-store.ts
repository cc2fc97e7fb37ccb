// A store whose writes a test can hold, fail and count.
import { MemoryStore, type ThreadItem } from 'chatkit-express';
import type { Context } from './core';
import { Gate } from './gate';

/** Holds the first item that is added with the given id, or the given type, until the test lets go of it. */
export class HeldStore extends MemoryStore<Context> {
  /** Passed when the item is about to be stored. */
  readonly reached = new Gate();
  /** `open()` lets the write go on, `fail(error)` fails it. */
  readonly release = new Gate();
  /** The id of each item that was added, in order; the type, where the server named it. */
  readonly added: string[] = [];
  #held: string | undefined;

  constructor(held: string) {
    super();
    this.#held = held;
  }

  override async addThreadItem(threadId: string, item: ThreadItem, context: Context): Promise<void> {
    this.added.push(/_[0-9a-f]{32}$/.test(item.id) ? item.type : item.id);
    if (item.id === this.#held || item.type === this.#held) {
      this.#held = undefined;
      this.reached.open();
      await this.release.passed;
    }
    await super.addThreadItem(threadId, item, context);
  }
}
