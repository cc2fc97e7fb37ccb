// Finds out whether a hook has changed its thread, and saves what it changed.
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';
import { copyJson } from '../protocol/json';
import { checkThread } from './check';

const watched = ['title', 'status', 'allowed_image_domains', 'metadata'] as const;

/** Watches the fields of a thread that a hook may change, also in place. Asked for every event, so asking is cheap. */
export class ThreadChanges {
  readonly #thread: Thread;
  #saved: Thread;

  constructor(thread: Thread) {
    this.#thread = thread;
    this.#saved = copyJson(thread);
  }

  get any(): boolean {
    const { title, status, allowed_image_domains, metadata } = this.#thread;
    const saved = this.#saved;
    return (
      (title ?? undefined) !== (saved.title ?? undefined) ||
      !same(status, saved.status) ||
      !same(allowed_image_domains, saved.allowed_image_domains) ||
      !same(metadata, saved.metadata)
    );
  }

  /**
   * Saves the changed fields into the thread as the store has it now, so that a title which the user changed meanwhile
   * is not undone by a hook that changed something else. The hook's thread takes over what others changed.
   * @throws NotFoundError when the thread was deleted meanwhile: it must not come back.
   * @throws InvalidEventError when the hook left the thread malformed.
   */
  async save<TContext>(store: Store<TContext>, context: TContext): Promise<Thread> {
    const wanted = checkThread(this.#thread);
    const latest = await store.loadThread(wanted.id, context);
    for (const field of watched) {
      if (!same(wanted[field], this.#saved[field])) Object.assign(latest, { [field]: wanted[field] });
    }
    await store.saveThread(latest, context);
    for (const field of watched) {
      // What the hook changed while we saved is newer: it is found the next time we are asked.
      if (same(this.#thread[field], wanted[field])) Object.assign(this.#thread, { [field]: copyJson(latest[field]) });
    }
    this.#saved = copyJson(latest);
    return latest;
  }
}

/** Whether two JSON values are the same. Missing and null are. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || a === undefined) return b === null || b === undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || b === null) return false;
  let extra = 0;
  for (const key in b) if ((b as Record<string, unknown>)[key] !== undefined) extra++;
  for (const key in a) {
    const value = (a as Record<string, unknown>)[key];
    if (value === undefined) continue;
    if (!same(value, (b as Record<string, unknown>)[key])) return false;
    extra--;
  }
  return extra === 0;
}
