// The items of a thread in turns: what the user said, and everything that answers it.
import type { Item } from '../protocol/wire';

export interface Turn {
  /** The id of the item that it begins with. */
  id: string;
  items: Item[];
}

/** The turns, in order. Items from before the user's first message are a turn of their own. */
export function turnsOf(items: readonly Item[]): Turn[] {
  const turns: Turn[] = [];
  for (const item of items) {
    const last = turns.at(-1);
    if (!last || item.type === 'user_message') turns.push({ id: item.id, items: [item] });
    else last.items.push(item);
  }
  return turns;
}
