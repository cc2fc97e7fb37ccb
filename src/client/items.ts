// Applies the events about items to the items of the open thread. Ignores the events that the official client ignores.
import type { StructuredInputSubmission, ThreadItemUpdate } from '../protocol';
import { updateItem as applyUpdate } from '../protocol/reducer';
import { type Item, type ItemOf, objectOf } from './wire';

/** The types of items that the client can show. Items of other types are ignored. */
export const itemTypes: ReadonlySet<string> = new Set<Item['type']>([
  'user_message',
  'assistant_message',
  'client_tool_call',
  'widget',
  'generated_image',
  'structured_input',
  'task',
  'workflow',
  'end_of_turn',
]);
/** The components that a widget may begin with. */
const widgetRoots: readonly unknown[] = ['Card', 'ListView', 'Basic'];

/** Adds the item, or replaces the item with the same id. Ignores items of unknown types. */
export function putItem(items: readonly Item[], item: Item): readonly Item[] {
  if (!itemTypes.has(item.type)) return items;
  const at = items.findIndex(({ id }) => id === item.id);
  return at < 0 ? [...items, item] : items.with(at, item);
}

/** Replaces the item with the same id, if there is such an item. */
export function replaceItem(items: readonly Item[], item: Item): readonly Item[] {
  return items.some(({ id }) => id === item.id) ? putItem(items, item) : items;
}

/** Removes the item with this id. */
export function removeItem(items: readonly Item[], itemId: string): readonly Item[] {
  return items.filter(({ id }) => id !== itemId);
}

/**
 * Applies an update. Ignores an update for a missing item, and an update that does not fit the type of the item. Also
 * ignores two updates that the official client ignores: text for a part that was never added, and a widget whose root
 * is unknown.
 */
export function updateItem(items: readonly Item[], itemId: string, update: ThreadItemUpdate): readonly Item[] {
  const at = items.findIndex(({ id }) => id === itemId);
  const item = items[at];
  if (!item || isIgnored(item, update)) return items;
  const updated = applyUpdate(item, update);
  return updated === item ? items : items.with(at, updated);
}

function isIgnored(item: Item, update: ThreadItemUpdate): boolean {
  if (update.type === 'widget.root.updated') return !widgetRoots.includes(objectOf(update.widget)['type']);
  if (item.type !== 'assistant_message' || !('content_index' in update) || 'content' in update) return false;
  return update.content_index >= item.content.length;
}

/** Returns the ids of all items in the turn of `itemId`: the items between two messages of the user. */
export function turnOf(items: readonly Item[], itemId: string): string[] {
  const at = items.findIndex(({ id }) => id === itemId);
  const start = items.findLastIndex((item, index) => index <= at && item.type === 'user_message');
  const next = items.findIndex((item, index) => index > at && item.type === 'user_message');
  return items.slice(start + 1, next < 0 ? undefined : next).map(({ id }) => id);
}

/** Returns the user's message that `itemId` answers, if there is such a message. */
export function messageBefore(items: readonly Item[], itemId?: string): ItemOf<'user_message'> | undefined {
  const at = itemId === undefined ? items.length : items.findIndex(({ id }) => id === itemId);
  const found = items.findLast((item, index) => index <= at && item.type === 'user_message');
  return found?.type === 'user_message' ? found : undefined;
}

/** Returns the questions with their answers, as the server stores them. */
export function withAnswers(
  item: ItemOf<'structured_input'>,
  { status, answers }: StructuredInputSubmission,
): ItemOf<'structured_input'> {
  const inputs = item.inputs.map((field) => ({ ...field, answer: answers[field.id] ?? { values: [], skipped: true } }));
  return { ...item, status, inputs };
}

const listsOf: Partial<Record<Item['type'], readonly string[]>> = {
  user_message: ['content', 'attachments'],
  assistant_message: ['content'],
  structured_input: ['inputs'],
};

/** Adds empty lists for required lists that the server omitted, so that the rest of the item can still be shown. */
export function wholeItem(item: Item): Item {
  const missing = (listsOf[item.type] ?? []).filter((key) => !Array.isArray(objectOf(item)[key]));
  return missing.length === 0 ? item : { ...item, ...Object.fromEntries(missing.map((key) => [key, []])) };
}

/** Returns true for a value that can be shown as an item. */
export function isItem(value: unknown): value is Item {
  const { id, type } = objectOf(value);
  return typeof id === 'string' && typeof type === 'string';
}
