// storeSuite: the contract of Store as tests, for any store and any test runner.
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
import { checkRandomOperations } from './random-operations';
import { type Expect, startTrial, userIds } from './trial';

/** The context that the suite makes, unless {@link StoreSuiteOptions.context} makes another. */
export interface SuiteUser {
  userId: string;
}

/** What {@link storeSuite} needs to know. */
export interface StoreSuiteOptions<TContext = SuiteUser> {
  /** Stands before the name of each test. */
  name: string;
  /** Makes a fresh and empty store, ready to use. Called for each test, and more often to shrink a failure. */
  create: () => Store<TContext> | Promise<Store<TContext>>;
  /** Called with each store when its test has ended, also when that failed: to close it and to delete its data. */
  destroy?: ((store: Store<TContext>) => unknown) | undefined;
  /**
   * Registers a test: `test` or `it` of Jest, Vitest or `node:test`. It is called while `storeSuite` runs, with a name,
   * an async function, and the milliseconds after which it may be given up.
   */
  test: (name: string, run: () => Promise<void>, timeoutMs: number) => unknown;
  /** `expect` of Jest or Vitest, for their way of showing differences; only `toEqual` is used. Default: `node:assert`. */
  expect?: Expect | undefined;
  /** `false` for a store that has no owners, where everybody sees everything: leaves out isolation. Default true. */
  owners?: boolean | undefined;
  /**
   * `true` runs each race. Default: a race is left out when the store takes the operation that it is about from
   * {@link Store}, because the default of such an operation does not promise to win it.
   */
  atomic?: boolean | undefined;
  /**
   * The context of the user with this id. The same id is always the same owner, and another id another owner.
   * Default: `{ userId }`, so give the store `owner: (context) => context.userId`.
   */
  context?: ((userId: string) => TContext) | undefined;
  /** Repeats the random operations of a failure, whose message names its seed. Default: another one each time. */
  seed?: number | undefined;
  /** How many random operations. Default 1,000. */
  operations?: number | undefined;
  /** For each test. Default 60,000. */
  timeoutMs?: number | undefined;
}

/**
 * Registers the tests that every {@link Store} must pass: each method, pages, copies, odd data, owners, overlapping
 * calls, races, and random operations against a model. A test has a store of its own; they can run in any order.
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
    ...(hasOwners ? [...owners, ...leasingOfOwners] : []),
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
