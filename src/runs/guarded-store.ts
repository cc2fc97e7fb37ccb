// The store of a run whose lease can be lost: a process that has lost it writes nothing.
import type { Store } from '../stores/store';
import type { RunLease } from './registry';

const writes = new Set<PropertyKey>([
  'saveThread',
  'updateThread',
  'createThread',
  'deleteThread',
  'addThreadItem',
  'insertItem',
  'insertItemIfActive',
  'saveItem',
  'completeItem',
  'deleteItemsAfter',
  'replaceItemsAfter',
  'deleteThreadItem',
  'saveAttachment',
  'attachToThread',
  'deleteAttachment',
] satisfies (keyof Store)[]);

type AnyMethod = (...values: unknown[]) => Promise<unknown>;

/**
 * Returns a view of the store whose writes go through {@link RunLease.guard}. Every other method and property is that of
 * the store. Returns the store itself for a lease that is never lost.
 */
export function guardedStore<TContext>(store: Store<TContext>, lease: RunLease | undefined): Store<TContext> {
  if (!lease?.guard) return store;
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as AnyMethod;
      if (!writes.has(key)) return method;
      return (...values: unknown[]) => lease.guard?.(() => method(...values));
    },
  });
}
