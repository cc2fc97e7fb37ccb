// Finds out whether a hook has changed its thread, and saves the changes.
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';
import type { ThreadChange } from '../stores/thread-change';
import { copyJson } from '../protocol/json';
import { checkThread } from './check';

const watched = ['title', 'status', 'allowed_image_domains', 'metadata'] as const;

/**
 * Watches the fields of a thread that a hook may change, also in place. The check is cheap, because it runs for every
 * event.
 */
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
   * Saves the changed fields, and the changed keys of the metadata, into the thread as the store has it at that moment.
   * Changes that others made meanwhile are kept, and the hook's thread takes them over.
   * @throws NotFoundError when the thread was deleted meanwhile, because a deleted thread must not be created again.
   * @throws InvalidEventError when the hook left the thread malformed.
   */
  async save<TContext>(store: Store<TContext>, context: TContext): Promise<Thread> {
    const wanted = checkThread(this.#thread);
    for (const field of watched) {
      // A default that the hook has removed would otherwise be found changed again after every event.
      if (!sameField(this.#thread[field], wanted[field]))
        Object.assign(this.#thread, { [field]: copyJson(wanted[field]) });
    }
    const stored = await store.updateThread(wanted.id, this.#changeTo(wanted), context);
    this.#takeOver(wanted, stored);
    this.#saved = copyJson(stored);
    this.#saved.metadata ??= {};
    return stored;
  }

  /**
   * Takes over the changes that others have made since the thread was read.
   * @throws NotFoundError when the thread was deleted.
   */
  async refresh<TContext>(store: Store<TContext>, context: TContext): Promise<void> {
    const stored = await store.loadThread(this.#thread.id, context);
    this.#takeOver(copyJson(this.#saved), stored);
    this.#saved = copyJson(stored);
    this.#saved.metadata ??= {};
  }

  #changeTo(wanted: Thread): ThreadChange {
    const saved = this.#saved;
    const change: ThreadChange = {};
    if (!sameField(wanted.title, saved.title)) change.title = wanted.title ?? null;
    if (!sameField(wanted.status, saved.status)) change.status = wanted.status;
    if (!sameField(wanted.allowed_image_domains, saved.allowed_image_domains))
      change.allowed_image_domains = wanted.allowed_image_domains ?? null;
    const before = entriesOf(saved.metadata);
    const after = entriesOf(wanted.metadata);
    const set = [...after].filter(([key, value]) => !before.has(key) || !same(value, before.get(key)));
    const remove = [...before.keys()].filter((key) => !after.has(key));
    if (set.length > 0 || remove.length > 0) change.metadata = { set: Object.fromEntries(set), remove };
    return change;
  }

  /**
   * Copies the changes that others have made into the hook's thread. A change that the hook made during the save is
   * newer, and is found the next time. An unchanged field keeps its object, because the hook may hold it.
   */
  #takeOver(wanted: Thread, stored: Thread): void {
    const thread = this.#thread;
    for (const field of ['title', 'status', 'allowed_image_domains'] as const) {
      if (!sameField(thread[field], wanted[field]) || sameField(thread[field], stored[field])) continue;
      Object.assign(thread, { [field]: copyJson(stored[field]) });
    }
    const { metadata } = thread;
    if (typeof metadata !== 'object' || metadata === null) return; // the hook has just replaced the metadata
    const [now, before, after] = [metadata, wanted.metadata, stored.metadata].map(entriesOf) as [
      Entries,
      Entries,
      Entries,
    ];
    for (const key of new Set([...now.keys(), ...after.keys()])) {
      if (!same(now.get(key), before.get(key)) || same(now.get(key), after.get(key))) continue;
      if (!after.has(key)) Reflect.deleteProperty(metadata, key);
      // A plain assignment to the key `__proto__` does not set a key.
      else {
        const value = copyJson(after.get(key));
        Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true, writable: true });
      }
    }
  }
}

type Entries = Map<string, unknown>;

function entriesOf(metadata: Thread['metadata'] | undefined): Entries {
  return new Map(Object.entries(metadata ?? {}));
}

/** Returns true when a field of a thread has its saved value. Missing and null are the same. */
function sameField(given: unknown, saved: unknown): boolean {
  return same(given ?? undefined, saved ?? undefined);
}

/** Returns true when `given`, as JSON, equals `saved`, which is JSON already. */
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

/** Returns a value as JSON has it, without its children. Undefined for a value that JSON leaves out. */
function asJson(given: unknown): unknown {
  let value = given;
  if (typeof given === 'object' && given !== null) {
    const { toJSON } = given as { toJSON?: unknown };
    if (typeof toJSON === 'function') value = toJSON.call(given);
  }
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
}
