// What a client may see of what is stored: hidden items are dropped, private notes emptied, absent values left out.
import type { Attachment } from './attachments';
import type { ClientThreadItem, ThreadItem } from './items';
import type { Page } from './pagination';
import type { ClientThread, Thread, ThreadStatus } from './threads';
import { withoutNulls as withoutWidgetNulls } from './widgets/nulls';

/** What a client sees of an attachment: the middleware puts a fresh `preview_url` there. */
export type ShowAttachment = (attachment: Attachment) => Attachment;

/** Whether an item is for the model only. */
export function isHidden(item: ThreadItem): item is Exclude<ThreadItem, ClientThreadItem> {
  return item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context';
}

/** The rows of a page that a client may see; `after` stays the cursor of the last row that was read. */
export function toClientItems(items: readonly ThreadItem[], show?: ShowAttachment): ClientThreadItem[] {
  const visible: ClientThreadItem[] = [];
  for (const item of items) if (!isHidden(item)) visible.push(toClientItem(item, show));
  return visible;
}

/** An item without its attachments' private notes and without nulls. The item itself, unchanged, when it has neither. */
export function toClientItem(item: ClientThreadItem, show: ShowAttachment = toClientAttachment): ClientThreadItem {
  const shown = withoutNulls(item);
  if (shown.type === 'widget') {
    const widget = withoutWidgetNulls(shown.widget);
    return widget === shown.widget ? shown : { ...shown, widget };
  }
  if (shown.type === 'client_tool_call' && shown.run_id !== undefined) {
    const { run_id: _private, ...call } = shown;
    return call;
  }
  if (shown.type !== 'user_message' || !shown.attachments?.length) return shown;
  return { ...shown, attachments: shown.attachments.map((attachment) => show(attachment)) };
}

/** What a client may see of an attachment. What else a store keeps beside it is the server's. */
export function toClientAttachment(attachment: Attachment): Attachment {
  const { id, type, name, mime_type, upload_descriptor, thread_id } = attachment;
  const preview_url = attachment.type === 'image' ? attachment.preview_url : undefined;
  return withoutNulls({ id, type, name, mime_type, upload_descriptor, thread_id, preview_url }) as Attachment;
}

const active: ThreadStatus = { type: 'active' };

/**
 * What a client may see of a thread, and the given page of items: a copy, which later changes of the thread leave as it
 * is. What else a store keeps beside it is the server's.
 */
export function toClientThread(
  thread: Thread,
  items: Page<ClientThreadItem> = { data: [], has_more: false },
): ClientThread {
  const { id, created_at, title, status, allowed_image_domains } = thread;
  const shown: ClientThread = { id, created_at, status: { ...(status ?? active) }, metadata: {}, items };
  if ((title ?? undefined) !== undefined) shown.title = title;
  if (allowed_image_domains) shown.allowed_image_domains = [...allowed_image_domains];
  return shown;
}

/** The value itself, or a shallow copy without the keys whose value is null or undefined. */
function withoutNulls<T extends object>(value: T): T {
  let absent = false;
  for (const key in value) absent ||= value[key] === null || value[key] === undefined;
  if (!absent) return value;
  const present: Partial<T> = {};
  for (const key in value) if (value[key] !== null && value[key] !== undefined) present[key] = value[key];
  return present as T;
}
