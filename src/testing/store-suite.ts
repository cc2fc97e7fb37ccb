// storeSuite: tests the contract of Store, for any store and any test runner.
import type { Store } from '../stores/store';
import { leasing, leasingOfOwners } from './leases';
import { conditional } from './conditional';
import { concurrency } from './concurrency';
import { copies } from './copies';
import { methods } from './methods';
import { oddData } from './odd-data';
import { owners } from './owners';
import { pages } from './pages';
import { races } from './races';
import { retention, retentionOfOwners } from './retention';
import { checkRandomOperations } from './random-operations';
import { type Expect, startTrial, userIds } from './trial';

/** The default context of the suite: see {@link StoreSuiteOptions.context}. */
export interface SuiteUser {
  userId: string;
}

/** The options of {@link storeSuite}. */
export interface StoreSuiteOptions<TContext = SuiteUser> {
  /** The prefix of each test's name. */
  name: string;
  /** Makes a new, empty store. Called for each test, and more often to shrink a failure. */
  create: () => Store<TContext> | Promise<Store<TContext>>;
  /** Closes a store and deletes its data. Called when its test has ended, also after a failure. */
  destroy?: ((store: Store<TContext>) => unknown) | undefined;
  /**
   * Registers a test: `test` or `it` of Jest, Vitest or `node:test`. Called synchronously by `storeSuite` with a name,
   * an async function and a time limit in milliseconds.
   */
  test: (name: string, run: () => Promise<void>, timeoutMs: number) => unknown;
  /** `expect` of Jest or Vitest, which show differences. Only `toEqual` is used. Default: `node:assert`. */
  expect?: Expect | undefined;
  /** `false` for a store without owners, for which the tests of isolation are left out. Default true. */
  owners?: boolean | undefined;
  /**
   * `true` runs all races. By default a race is skipped when the store inherits its operation from {@link Store},
   * because the default of the operation is not atomic.
   */
  atomic?: boolean | undefined;
  /**
   * Makes the context of a user. The same id is always the same owner, and another id is another owner.
   * Default: `{ userId }`, so give the store `owner: (context) => context.userId`.
   */
  context?: ((userId: string) => TContext) | undefined;
  /** The seed of the random operations. The message of a failure names its seed. Default: a new seed for each run. */
  seed?: number | undefined;
  /** The number of random operations. Default 1,000. */
  operations?: number | undefined;
  /** The timeout of each test, in milliseconds. Default 60,000. */
  timeoutMs?: number | undefined;
}

/**
 * Registers the tests that every {@link Store} must pass: each method, pages, copies, unusual data, owners, concurrent
 * calls, races, and random operations compared with a model. Each test has its own store, and the order of the tests
 * does not matter.
 *
 * ```ts
 * import { storeSuite } from 'chatkit-express/testing';
 *
 * storeSuite({
 *   name: 'MyStore',
 *   create: () => new MyStore({ file: ':memory:', owner: (context) => context.userId }),
 *   destroy: (store) => (store as MyStore).close(),
 *   test,
 *   expect,
 * });
 * ```
 */
export function storeSuite<TContext = SuiteUser>(options: StoreSuiteOptions<TContext>): void {
  const { name, create, destroy, test, expect, operations = 1000, timeoutMs = 60_000 } = options;
  const contextOf = options.context ?? ((userId: string): unknown => ({ userId }));
  const hasOwners = options.owners !== false;
  const withStore = async <Result>(use: (store: Store) => Promise<Result>): Promise<Result> => {
    const store = await create();
    try {
      return await use(store);
    } finally {
      await destroy?.(store);
    }
  };

  for (const { name: says, check } of [
    ...methods,
    ...conditional,
    ...pages,
    ...copies,
    ...oddData,
    ...leasing,
    ...retention,
    ...(hasOwners ? [...owners, ...leasingOfOwners, ...retentionOfOwners] : []),
    ...concurrency,
    ...races(options.atomic ?? false),
  ]) {
    test(`${name}: ${says}`, () => withStore((store) => check(startTrial(store, contextOf, expect))), timeoutMs);
  }
  const random = () =>
    checkRandomOperations({
      seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
      operations,
      userIds: hasOwners ? userIds : userIds.slice(0, 1),
      contextOf,
      withStore,
      shrinkMs: timeoutMs / 2,
    });
  test(`${name}: random operations are answered as by a model`, random, timeoutMs);
}
