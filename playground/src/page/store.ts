// A value that the page observes. Some values are kept between visits.
import { useSyncExternalStore } from 'react';

export interface Store<Value> {
  get: () => Value;
  set: (value: Value | ((before: Value) => Value)) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(value) {
      current = typeof value === 'function' ? (value as (before: Value) => Value)(current) : value;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Returns the value of the store, and renders again when it changes. */
export function useStore<Value>({ get, subscribe }: Pick<Store<Value>, 'get' | 'subscribe'>): Value {
  return useSyncExternalStore(subscribe, get);
}

/** How long a value is kept: until the tab closes, which suits what may be secret, or for the next visit as well. */
export type Keep = 'tab' | 'browser';

/** A store whose value is kept as JSON. A browser that keeps nothing still has the value until the page is left. */
export function createKeptStore<Value extends object>(key: string, keep: Keep, initial: Value): Store<Value> {
  const name = `chatkit-playground:${key}`;
  const store = createStore<Value>({ ...initial, ...read(name, keep) });
  store.subscribe(() => {
    try {
      storageOf(keep).setItem(name, JSON.stringify(store.get()));
    } catch {
      // Private windows and full disks: the value is not kept.
    }
  });
  return store;
}

const storageOf = (keep: Keep) => (keep === 'tab' ? sessionStorage : localStorage);

function read(name: string, keep: Keep): object {
  try {
    const value: unknown = JSON.parse(storageOf(keep).getItem(name) ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
