// Converts stored threads, items and attachments for a client: removes hidden items, private notes and absent values.
import type { Attachment } from './attachments';
import type { ClientThreadItem, ThreadItem } from './items';
import type { Page } from './pagination';
import type { ClientThread, Thread, ThreadStatus } from './threads';
import { withoutNulls as withoutWidgetNulls } from './widgets/nulls';

/** Converts an attachment for a client. The middleware's function also sets a fresh `preview_url`. */
export type ShowAttachment = (attachment: Attachment) => Attachment;

/** Returns true for an item that only the model receives. */
export function isHidden(item: ThreadItem): item is Exclude<ThreadItem, ClientThreadItem> {
  return item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context';
}

/**
 * Returns the items of a page that a client may see. The page's `after` remains the cursor of the last row that was
 * read.
 */
export function toClientItems(items: readonly ThreadItem[], show?: ShowAttachment): ClientThreadItem[] {
  const visible: ClientThreadItem[] = [];
  for (const item of items) if (!isHidden(item)) visible.push(toClientItem(item, show));
  return visible;
}

/** Returns the item without private notes and without nulls: the same object when it has neither, else a copy. */
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

/**
 * Returns a copy of an attachment with the fields of the protocol only, because a store may keep others for the server.
 */
export function toClientAttachment(attachment: Attachment): Attachment {
  const { id, type, name, mime_type, upload_descriptor, thread_id } = attachment;
  const preview_url = attachment.type === 'image' ? attachment.preview_url : undefined;
  return withoutNulls({ id, type, name, mime_type, upload_descriptor, thread_id, preview_url }) as Attachment;
}

const active: ThreadStatus = { type: 'active' };

/**
 * Returns a copy of a thread with the given page of items and the fields of the protocol only, because a store may keep
 * others for the server. Later changes of the thread do not change the copy.
 * @param items default: an empty page.
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

/** Returns a shallow copy without the keys whose value is null or undefined; the same object when there are none. */
function withoutNulls<T extends object>(value: T): T {
  let absent = false;
  for (const key in value) absent ||= value[key] === null || value[key] === undefined;
  if (!absent) return value;
  const present: Partial<T> = {};
  for (const key in value) if (value[key] !== null && value[key] !== undefined) present[key] = value[key];
  return present as T;
}
