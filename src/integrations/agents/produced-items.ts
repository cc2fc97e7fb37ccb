// The items that a run of an agent has put on the page: to finish what was left open, or to take everything back.
import { asTextDelta } from '../../runs/check';
import { PendingItems } from '../../runs/pending';
import { type HookEventInput, HookEventSchema, type WorkflowItem } from '../../protocol';

/** The items of a run that clients may have seen. */
export class ProducedItems {
  readonly #ids = new Set<string>();
  /** Those that were added and are not done. */
  readonly #pending = new PendingItems();
  /** The open workflow of an earlier run that this one continues. */
  before: WorkflowItem | null = null;
  /** The id of the item that was stored last. */
  last: string | undefined;

  /** Passes events on, and remembers the items that they are about. */
  *note(events: readonly HookEventInput[]): Generator<HookEventInput, void, undefined> {
    for (const event of events) {
      switch (event.type) {
        case 'thread.item.added':
          this.#ids.add(event.item.id);
          break;
        case 'thread.item.done':
          this.#ids.add(event.item.id);
          this.last = event.item.id;
          break;
        case 'thread.item.removed':
          this.#ids.delete(event.item_id);
          break;
        default:
      }
      this.#track(event);
      yield event;
    }
  }

  /**
   * Finishes the items that a tool left open, as far as they were shown: a page that shows an item finds it in the store.
   * @param except the id of an item that stays open.
   */
  *finished(except?: string): Generator<HookEventInput, void, undefined> {
    for (const item of this.#pending.list()) {
      if (item.id !== except) yield* this.note([{ type: 'thread.item.done', item }]);
    }
  }

  /** Yields the events that take the items of the run back. */
  *removed(): Generator<HookEventInput, void, undefined> {
    const { before } = this;
    for (const item_id of this.#ids) if (item_id !== before?.id) yield { type: 'thread.item.removed', item_id };
    if (before) yield { type: 'thread.item.replaced', item: before };
  }

  #track(event: HookEventInput): void {
    const delta = asTextDelta(event);
    if (delta) return this.#pending.appendText(delta);
    const { data } = HookEventSchema.safeParse(event); // a malformed event is refused by the server
    switch (data?.type) {
      case 'thread.item.added':
        return this.#pending.add(data.item);
      case 'thread.item.updated':
        return this.#pending.update(data.item_id, data.update);
      case 'thread.item.done':
      case 'thread.item.replaced':
        return this.#pending.remove(data.item.id);
      case 'thread.item.removed':
        return this.#pending.remove(data.item_id);
      default:
    }
  }
}
