// Stores: values that components observe. Some values are kept between visits.
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

/** Returns the value of the store. The component renders again when the value changes. */
export function useStore<Value>({ get, subscribe }: Pick<Store<Value>, 'get' | 'subscribe'>): Value {
  return useSyncExternalStore(subscribe, get);
}

/** `tab` keeps a value until the tab is closed, which suits secrets. `browser` also keeps it for the next visit. */
export type Keep = 'tab' | 'browser';

/** Creates a store whose value is kept as JSON. Without storage, the value lasts until the page is closed. */
export function createKeptStore<Value extends object>(key: string, keep: Keep, initial: Value): Store<Value> {
  const name = `chatkit-playground:${key}`;
  const store = createStore<Value>({ ...initial, ...read(name, keep) });
  store.subscribe(() => {
    try {
      storageOf(keep).setItem(name, JSON.stringify(store.get()));
    } catch {
      // Private windows and full disks refuse to store the value.
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
