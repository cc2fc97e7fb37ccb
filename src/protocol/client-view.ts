// What a client may see of what is stored: hidden items are dropped, private notes emptied, absent values left out.
import type { Attachment } from './attachments';
import type { ClientThreadItem, ThreadItem } from './items';
import type { Page } from './pagination';
import type { ClientThread, Thread } from './threads';

/** Whether an item is for the model only. */
export function isHidden(item: { type: string }): boolean {
  return item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context';
}

/** The rows of a page that a client may see; `after` stays the cursor of the last row that was read. */
export function toClientItems(items: readonly ThreadItem[]): ClientThreadItem[] {
  const visible: ClientThreadItem[] = [];
  for (const item of items) if (!isHidden(item)) visible.push(toClientItem(item as ClientThreadItem));
  return visible;
}

/** An item without its attachments' private notes. The item itself is not changed. */
export function toClientItem(item: ClientThreadItem): ClientThreadItem {
  const shown = withoutNulls(item);
  if (shown.type === 'user_message' && shown.attachments?.length)
    shown.attachments = shown.attachments.map(toClientAttachment);
  return shown;
}

/** An attachment without its private notes. The attachment itself is not changed. */
export function toClientAttachment(attachment: Attachment): Attachment {
  const shown = withoutNulls(attachment);
  delete shown.metadata;
  return shown;
}

/** A thread with empty metadata and the given page of items. */
export function toClientThread(
  thread: Thread,
  items: Page<ClientThreadItem> = { data: [], has_more: false },
): ClientThread {
  const shown = withoutNulls(thread) as Thread & { items: Page<ClientThreadItem> };
  shown.status ??= { type: 'active' };
  shown.metadata = {};
  shown.items = items;
  return shown as ClientThread;
}

/** A shallow copy without the keys whose value is null or undefined. */
function withoutNulls<T extends object>(value: T): T {
  const kept: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) if (given !== null && given !== undefined) kept[key] = given;
  return kept as T;
}
