// Applies changes of fields and of single keys of the metadata to a thread.
import type { Thread, ThreadStatus } from '../protocol';
import { copyJson, type JsonObject } from '../protocol/json';

/** A change of a thread. Omitted fields keep their value. */
export interface ThreadChange {
  /** `null` removes the title. */
  title?: string | null;
  status?: ThreadStatus;
  /** `null` removes the list, so that images of all hosts are allowed. */
  allowed_image_domains?: string[] | null;
  /** Changes single keys. All other keys keep their value. */
  metadata?: {
    /** The new value of each key. A value replaces the old one whole. */
    set?: JsonObject;
    /** The keys to remove. Unknown keys are ignored. */
    remove?: readonly string[];
  };
}

/**
 * Returns a copy of the thread with the change, for `updateThread` of a store. Unknown fields stay.
 */
export function changedThread(thread: Thread, change: ThreadChange): Thread {
  const { title, status, allowed_image_domains, metadata } = copyJson(change);
  const changed = { ...thread };
  if (status) changed.status = status;
  setOrRemove(changed, 'title', title);
  setOrRemove(changed, 'allowed_image_domains', allowed_image_domains);
  if (metadata) {
    // Entries, because an assignment to `__proto__` does not set a key.
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
