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
      !sameField(title, saved.title) ||
      !sameField(status, saved.status) ||
      !sameField(allowed_image_domains, saved.allowed_image_domains) ||
      !sameField(metadata, saved.metadata)
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
    for (const field of watched) {
      // A default that the hook took away would be found changed again after every event.
      if (!sameField(this.#thread[field], wanted[field]))
        Object.assign(this.#thread, { [field]: copyJson(wanted[field]) });
    }
    const latest = await store.loadThread(wanted.id, context);
    for (const field of watched) {
      if (!sameField(wanted[field], this.#saved[field])) Object.assign(latest, { [field]: wanted[field] });
    }
    await store.saveThread(latest, context);
    for (const field of watched) {
      const now = this.#thread[field];
      // What the hook changed while we saved is newer: it is found the next time we are asked. What nobody changed stays
      // the same object, which the hook may hold.
      if (!sameField(now, wanted[field]) || sameField(now, latest[field])) continue;
      Object.assign(this.#thread, { [field]: copyJson(latest[field]) });
    }
    this.#saved = copyJson(latest);
    return latest;
  }
}

/** Whether a field of a thread is as it was saved. Missing and null are the same. */
function sameField(given: unknown, saved: unknown): boolean {
  return same(given ?? undefined, saved ?? undefined);
}

/** Whether `given` would be `saved` once it is JSON, which `saved` is. */
function same(given: unknown, saved: unknown): boolean {
  if (given === saved) return true;
  const value = asJson(given);
  if (typeof value !== 'object' || typeof saved !== 'object' || value === null || saved === null)
    return value === saved;
  if (Array.isArray(value) !== Array.isArray(saved)) return false;
  let extra = 0;
  for (const key in saved) if ((saved as Record<string, unknown>)[key] !== undefined) extra++;
  for (const key in value) {
    const child = (value as Record<string, unknown>)[key];
    const savedChild = (saved as Record<string, unknown>)[key];
    if (child !== savedChild && !same(child, savedChild)) return false;
    if (savedChild !== undefined) extra--;
  }
  return extra === 0;
}

/** A value as JSON sees it, itself only; undefined for what JSON leaves out. */
function asJson(given: unknown): unknown {
  let value = given;
  if (typeof given === 'object' && given !== null) {
    const { toJSON } = given as { toJSON?: unknown };
    if (typeof toJSON === 'function') value = toJSON.call(given);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
}
