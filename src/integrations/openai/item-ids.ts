// Chooses the ids of items: the provider's id when it is unique, else a fresh id.
import { NotFoundError } from '../../errors';
import type { Turn } from '../../hooks';

/** The part of a turn that the conversions need. The turn of any hook fits. */
export type ItemTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'store' | 'context' | 'generateId'>;

/** The placeholders that clients use when a provider sent no id: `FAKE_ID`, `__fake_id__`. */
const placeholder = /^_*fake_?id_*$/i;

/** Returns true for a missing id or a placeholder, which several items can share. */
export function isPlaceholderId(id: string | null | undefined): boolean {
  return typeof id !== 'string' || id.trim() === '' || placeholder.test(id);
}

/**
 * Chooses the ids of the items of one turn. An answer with the id of an earlier answer would overwrite the earlier one,
 * because clients and stores identify an item by its id.
 */
export class ItemIds<TContext> {
  readonly #turn: ItemTurn<TContext>;
  readonly #given = new Set<string>();

  constructor(turn: ItemTurn<TContext>) {
    this.#turn = turn;
  }

  /** Returns the provider's id, or a fresh id when it is missing, a placeholder, or in use in this thread or turn. */
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
