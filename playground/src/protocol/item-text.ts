// The text of an item, for the clipboard.
import type { Item } from './wire';

/** Returns the text that is copied for an item. The text is empty for items that have none. */
export function textOf(item: Item): string {
  if (item.type === 'assistant_message') return item.content.map(({ text }) => text).join('\n\n');
  if (item.type === 'user_message') return item.content.map((part) => part.text).join('');
  if (item.type === 'widget') return item.copy_text ?? '';
  return '';
}
