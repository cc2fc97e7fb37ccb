// Ids of items that a provider names. Its id is kept where it is one of a kind; else the item gets a fresh one.
import { NotFoundError } from '../../errors';
import type { Turn } from '../../hooks';

/** What the conversions need of a turn: any hook's turn will do. */
export type ItemTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'store' | 'context' | 'generateId'>;

/** What clients put where a provider gave no id: `FAKE_ID`, `__fake_id__`. */
const placeholder = /^_*fake_?id_*$/i;

/** Whether an id says nothing, so that it can stand for any number of items. */
export function isPlaceholderId(id: string | null | undefined): boolean {
  return typeof id !== 'string' || id.trim() === '' || placeholder.test(id);
}

/**
 * Gives out ids for the items of one turn. A client takes two items with one id for one item, and so does a store: an
 * answer with the id of an earlier one would overwrite it.
 */
export class ItemIds<TContext> {
  readonly #turn: ItemTurn<TContext>;
  readonly #given = new Set<string>();

  constructor(turn: ItemTurn<TContext>) {
    this.#turn = turn;
  }

  /** The provider's id, unless it is missing, a placeholder, or taken in this thread or turn: then a fresh one. */
  async idFor(providerId: string | null | undefined): Promise<string> {
    const id =
      typeof providerId === 'string' && !isPlaceholderId(providerId) && !(await this.#isTaken(providerId))
        ? providerId
        : this.#turn.generateId('message');
    this.#given.add(id);
    return id;
  }

  async #isTaken(id: string): Promise<boolean> {
    if (this.#given.has(id)) return true;
    const { store, thread, context } = this.#turn;
    try {
      await store.loadItem(thread.id, id, context);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }
}
