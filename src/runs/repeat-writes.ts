// Repeats the writes of a run that fail because the database is unavailable for a moment, so that no text is lost.
import { setTimeout } from 'node:timers/promises';
import { type Logger, sharedLogger } from '../logger';
import type { Store } from '../stores/store';

/** For how long a write is repeated, in milliseconds. */
const patienceMs = 5000;
const firstDelayMs = 25;
const longestDelayMs = 500;

/** The writes of a run. A repeated write has the same effect as a single write. */
const repeated = [
  'addThreadItem',
  'saveItem',
  'deleteThreadItem',
  'updateThread',
  'deleteItemsAfter',
  'replaceItemsAfter',
] as const satisfies (keyof Store)[];

type AnyMethod = (...values: unknown[]) => Promise<unknown>;

/**
 * The last store that was made for each store. All runs of a server share it, because making a store costs as much as a
 * run.
 */
const made = new WeakMap<object, { logger: Logger; repeating: Store }>();

/** The logger of one run, for which the shared store is used. */
const runLogger = Symbol('logger of the run');

/**
 * Returns the store with writes that are repeated for up to five seconds while they fail with a transient error, as
 * defined by {@link Store.isTransient}. Rejects with any other error, and with the last transient error.
 */
export function repeatWrites<TContext>(store: Store<TContext>, logger: Logger): Store<TContext> {
  const shared = sharedLogger(logger);
  let earlier = made.get(store);
  if (earlier?.logger !== shared) {
    earlier = { logger: shared, repeating: makeRepeating(store, shared) };
    made.set(store, earlier);
  }
  const repeating = Object.create(earlier.repeating) as Store<TContext> & { [runLogger]?: Logger };
  repeating[runLogger] = logger;
  return repeating;
}

function makeRepeating<TContext>(store: Store<TContext>, logger: Logger): Store<TContext> {
  const methods = store as unknown as Record<(typeof repeated)[number], AnyMethod>;
  const repeating = repeated.map((name): [string, AnyMethod] => [
    name,
    function (this: { [runLogger]?: Logger }, ...values) {
      return repeat(() => methods[name](...values), { name, store, logger: this[runLogger] ?? logger });
    },
  ]);
  return Object.assign(Object.create(store) as Store<TContext>, Object.fromEntries(repeating));
}

async function repeat<TContext>(
  write: () => Promise<unknown>,
  { name, store, logger }: { name: string; store: Store<TContext>; logger: Logger },
): Promise<unknown> {
  const giveUpAt = performance.now() + patienceMs;
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      return await write();
    } catch (error) {
      if (!store.isTransient(error) || performance.now() + delayMs > giveUpAt) throw error;
      logger.warn({ err: error, method: name }, 'the store failed for a moment; the write of a run is repeated');
      await setTimeout(delayMs);
    }
  }
}
