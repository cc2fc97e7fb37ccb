// Tracks the items that a run of an agent has shown, to finish open items, or to remove all.
import { asTextDelta } from '../../runs/check';
import { PendingItems } from '../../runs/pending';
import { type HookEventInput, HookEventSchema, type WorkflowItem } from '../../protocol';

/** The items of a run that clients may have seen. */
export class ProducedItems {
  readonly #ids = new Set<string>();
  /** The ids of messages, workflows and images that are done: what the model's own items say. */
  readonly answers = new Set<string>();
  /** The items that were added and are not done. */
  readonly #pending = new PendingItems();
  /** The open workflow of an earlier run that this run continues. */
  before: WorkflowItem | null = null;
  /** The id of the item that was stored last. */
  last: string | undefined;

  /** Yields the events, and tracks their items. */
  *note(events: readonly HookEventInput[]): Generator<HookEventInput, void, undefined> {
    for (const event of events) {
      switch (event.type) {
        case 'thread.item.added':
          this.#ids.add(event.item.id);
          break;
        case 'thread.item.done':
          this.#ids.add(event.item.id);
          this.last = event.item.id;
          if (ofModel.has(event.item.type)) this.answers.add(event.item.id);
          break;
        case 'thread.item.removed':
          this.#ids.delete(event.item_id);
          this.answers.delete(event.item_id);
          break;
        default:
      }
      this.#track(event);
      yield event;
    }
  }

  /**
   * Finishes the items that a tool left open, as they were shown, so that the store has every item that the page shows.
   * @param except the id of an item that stays open.
   */
  *finished(except?: string): Generator<HookEventInput, void, undefined> {
    for (const item of this.#pending.list()) {
      if (item.id !== except) yield* this.note([{ type: 'thread.item.done', item }]);
    }
  }

  /** Yields the events that remove the items of the run. */
  *removed(): Generator<HookEventInput, void, undefined> {
    const { before } = this;
    for (const item_id of this.#ids) if (item_id !== before?.id) yield { type: 'thread.item.removed', item_id };
    if (before) yield { type: 'thread.item.replaced', item: before };
  }

  #track(event: HookEventInput): void {
    const delta = asTextDelta(event);
    if (delta) return this.#pending.appendText(delta);
    const { data } = HookEventSchema.safeParse(event); // the server refuses a malformed event
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

const ofModel: ReadonlySet<string> = new Set(['assistant_message', 'workflow', 'generated_image']);
