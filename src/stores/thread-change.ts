// A change of a thread: which fields and which keys of its metadata get which value.
import type { Thread, ThreadStatus } from '../protocol';
import { copyJson, type JsonObject } from '../protocol/json';

/** What to change in a thread. A field that is left out keeps its value. */
export interface ThreadChange {
  /** `null` removes the title. */
  title?: string | null;
  status?: ThreadStatus;
  /** `null` removes the list: images of all hosts are allowed. */
  allowed_image_domains?: string[] | null;
  /** Changes single keys. Those that are not named keep their value. */
  metadata?: {
    /** The new value of each key. A value replaces the old one whole. */
    set?: JsonObject;
    /** The keys to remove. Those that do not exist are ignored. */
    remove?: readonly string[];
  };
}

/** The thread with the change, as a copy. Fields that this version does not know stay as they are. */
export function changedThread(thread: Thread, change: ThreadChange): Thread {
  const { title, status, allowed_image_domains, metadata } = copyJson(change);
  const changed = { ...thread };
  if (status) changed.status = status;
  setOrRemove(changed, 'title', title);
  setOrRemove(changed, 'allowed_image_domains', allowed_image_domains);
  if (metadata) {
    // Entries, because a plain assignment to the key `__proto__` sets no key.
    const entries = new Map([...Object.entries(thread.metadata ?? {}), ...Object.entries(metadata.set ?? {})]);
    for (const key of metadata.remove ?? []) entries.delete(key);
    changed.metadata = Object.fromEntries(entries);
  }
  return changed;
}

function setOrRemove<Key extends 'title' | 'allowed_image_domains'>(
  thread: Thread,
  key: Key,
  value: Thread[Key] | null,
): void {
  if (value === undefined) return;
  if (value === null) Reflect.deleteProperty(thread, key);
  else thread[key] = value;
}
