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

/** The keys of an attachment and of a thread that a client may see. What else a store keeps beside them is the server's. */
const attachmentKeys = ['id', 'type', 'name', 'mime_type', 'upload_descriptor', 'thread_id', 'preview_url'] as const;
const threadKeys = ['id', 'created_at', 'title', 'status', 'allowed_image_domains'] as const;

/** An attachment without its private notes. */
export function toClientAttachment(attachment: Attachment): Attachment {
  return pick(attachment, attachmentKeys) as unknown as Attachment;
}

/** A thread with empty metadata and the given page of items. */
export function toClientThread(
  thread: Thread,
  items: Page<ClientThreadItem> = { data: [], has_more: false },
): ClientThread {
  return { status: { type: 'active' }, ...pick(thread, threadKeys), metadata: {}, items } as ClientThread;
}

/** The named keys whose value is neither null nor undefined. */
function pick(value: object, keys: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const given = (value as Record<string, unknown>)[key];
    if (given !== null && given !== undefined) picked[key] = given;
  }
  return picked;
}

/** A shallow copy without the keys whose value is null or undefined. */
function withoutNulls<T extends object>(value: T): T {
  return pick(value, Object.keys(value)) as T;
}
