// Writes the items of a run. In a retry the first item replaces the old answer, in one step.
import type { ThreadItem } from '../protocol';
import type { Store, ThreadEnd } from '../stores/store';
import { NotFoundError } from '../errors';

/** The old answer of a retry: the items after `after`, up to `end`. */
export interface ReplacedItems {
  /** The id of the message that is answered again. */
  after: string;
  end: ThreadEnd;
}

/** Writes and deletes the items of one thread. Calls may overlap. */
export class ItemWriter<TContext> {
  readonly #onStored: ((item: ThreadItem) => void) | undefined;
  readonly #store: Store<TContext>;
  readonly #threadId: string;
  readonly #context: TContext;
  /** Undefined once the old answer was replaced or deleted. */
  #replaced: ReplacedItems | undefined;
  #replacing: Promise<void> | undefined;
  #hiddenIds: Promise<Set<string>> | undefined;

  /** @param onStored Called for each item that was added or replaced. */
  constructor(
    store: Store<TContext>,
    threadId: string,
    context: TContext,
    { replaces, onStored }: { replaces?: ReplacedItems | undefined; onStored?: (item: ThreadItem) => void } = {},
  ) {
    this.#onStored = onStored;
    this.#store = store;
    this.#threadId = threadId;
    this.#context = context;
    if (replaces) this.replaceFirst(replaces);
  }

  /** Sets the items that the first item replaces. Called before anything is written. */
  replaceFirst(replaced: ReplacedItems): void {
    this.#replaced = replaced.end.lastItemId === replaced.after ? undefined : replaced;
    this.#hiddenIds = undefined;
  }

  /** The old answer, which is hidden from readers. Undefined when there is no old answer, or when it was replaced. */
  get hidden(): ReplacedItems | undefined {
    return this.#replaced;
  }

  /** Returns true for the id of a hidden item. Reads the ids once. */
  async isHidden(itemId: string): Promise<boolean> {
    if (!this.#replaced) return false;
    const ids = await (this.#hiddenIds ??= this.#loadHiddenIds(this.#replaced));
    return this.#replaced !== undefined && ids.has(itemId);
  }

  /**
   * Adds or replaces an item.
   * @throws NotFoundError when the thread, or the message of a retry, does not exist any more.
   */
  async put(method: 'addThreadItem' | 'saveItem', item: ThreadItem): Promise<void> {
    while (this.#replacing) await this.#replacing.catch(() => undefined); // the other call reports the failure
    if (this.#replaced) {
      const { after, end } = this.#replaced;
      await this.#replace(() => this.#store.replaceItemsAfter(this.#threadId, after, end, item, this.#context));
    } else await this.#store[method](this.#threadId, item, this.#context);
    this.#onStored?.(item);
  }

  /** Deletes an item. Does nothing when the item does not exist or is hidden. */
  async remove(itemId: string): Promise<void> {
    if (await this.isHidden(itemId)) return;
    await this.#store.deleteThreadItem(this.#threadId, itemId, this.#context);
  }

  /** Deletes the old answer when no item has replaced it. */
  async finish(): Promise<void> {
    while (this.#replacing) await this.#replacing.catch(() => undefined);
    if (!this.#replaced) return;
    const { after, end } = this.#replaced;
    await this.#replace(() => this.#store.deleteItemsAfter(this.#threadId, after, end, this.#context));
  }

  #replace(work: () => Promise<void>): Promise<void> {
    const replacing = work().then(() => {
      this.#replaced = undefined;
    });
    const settled = () => (this.#replacing = undefined);
    this.#replacing = replacing;
    return replacing.finally(settled);
  }

  async #loadHiddenIds({ after, end }: ReplacedItems): Promise<Set<string>> {
    const ids = new Set<string>();
    const limit = 100;
    for (let cursor = after; ;) {
      const query = { limit, after: cursor, order: 'asc' as const };
      const page = await this.#store.loadThreadItems(this.#threadId, query, this.#context);
      for (const { id } of page.data) {
        ids.add(id);
        if (id === end.lastItemId) return ids;
      }
      const last = page.data.at(-1);
      if (!page.has_more || !last) return new Set(); // another call has replaced the items
      cursor = last.id;
    }
  }
}

/** Makes the error for a load of a hidden item. */
export function hiddenItem(): NotFoundError {
  return new NotFoundError('There is no such item');
}
