// Keeps the items of a run that were added and are not done yet, with their updates.
import type { ThreadItem, ThreadItemUpdate } from '../protocol';
import { updateItem } from '../protocol/reducer';
import type { TextDeltaEvent } from './check';

/** Keeps each pending item and applies the updates to it, as a page does. */
export class PendingItems {
  readonly #items = new Map<string, ThreadItem>();
  // The deltas of the part that is being written. Adding each delta to the text at once would build a nested string
  // that the garbage collector has to walk again and again.
  #growing: { itemId: string; index: number; deltas: string[] } | null = null;

  add(item: ThreadItem): void {
    this.#settleText(); // text that was sent before the item was added does not belong to the item
    this.#items.set(item.id, item);
  }

  remove(itemId: string): void {
    this.#items.delete(itemId);
    if (this.#growing?.itemId === itemId) this.#growing = null;
  }

  /** Returns the current state of the items, in the order in which they were added. */
  list(): ThreadItem[] {
    this.#settleText();
    return [...this.#items.values()];
  }

  appendText({ item_id, update }: TextDeltaEvent): void {
    if (this.#growing?.itemId === item_id && this.#growing.index === update.content_index) {
      this.#growing.deltas.push(update.delta);
      return;
    }
    this.#settleText();
    if (!this.#items.has(item_id)) return; // text of an item that was never added is not kept
    this.#growing = { itemId: item_id, index: update.content_index, deltas: [update.delta] };
  }

  #settleText(): void {
    if (!this.#growing) return;
    const { itemId, index, deltas } = this.#growing;
    this.#growing = null;
    const type = 'assistant_message.content_part.text_delta';
    this.#apply(itemId, { type, content_index: index, delta: deltas.join('') });
  }

  /** Applies any update. An update for an item that is not pending, or that is of another type, changes nothing. */
  update(itemId: string, update: ThreadItemUpdate): void {
    this.#settleText();
    this.#apply(itemId, update);
  }

  #apply(itemId: string, update: ThreadItemUpdate): void {
    const item = this.#items.get(itemId);
    if (item) this.#items.set(itemId, updateItem(item, update));
  }
}
