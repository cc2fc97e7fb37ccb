// A store that answers late: what a read has told may be untrue by the time that it is used.
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Store } from 'chatkit-express';

/** Numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Waits for one of: nothing but the promises, the next tick, up to three milliseconds. */
async function wait(random: number): Promise<void> {
  if (random < 0.2) return;
  await (random < 0.6 ? setImmediate() : setTimeout(1 + Math.floor((random - 0.6) * 7)));
}

/** True for the methods of a store that return no promise. */
const isSync = (name: string) => name.startsWith('generate') || name === 'isTransient' || name === 'ownerOf';

/** The store, with a random delay before and after each of its calls. The delays are the same for the same seed. */
export function slow<GivenStore extends Store<never>>(store: GivenStore, seed = 1): GivenStore {
  const random = randomNumbers(seed);
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') return value;
      // A test has put it there, and may look for it. There is no jest in a process of a test's own.
      if (typeof jest !== 'undefined' && jest.isMockFunction(value)) return value;
      if (isSync(String(key))) return value.bind(target) as unknown;
      return async (...args: unknown[]) => {
        const [before, after] = [random(), random()];
        await wait(before);
        try {
          return (await value.apply(target, args)) as unknown;
        } finally {
          await wait(after);
        }
      };
    },
  });
}

/** True in the tests of `__tests__/slow`, once they have begun to load the others. */
export const overSlowStores = process.env['CHATKIT_SLOW_STORE'] === '1';
let stores = 0;

/** The store itself, or a slow one in the tests of `__tests__/slow`. */
export function storeUnderTest<GivenStore extends Store<never>>(store: GivenStore): GivenStore {
  return overSlowStores ? slow(store, ++stores) : store;
}
