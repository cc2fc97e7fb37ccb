// attachmentSuite: tests of the AttachmentStore contract, for any store and any test runner.
import type { AttachmentStore } from '../attachments/attachment-store';
import { failing } from './bytes/failing';
import { keeping } from './bytes/keeping';
import { contexts, keys } from './bytes/keys';
import { readingAndWriting } from './bytes/reading-and-writing';
import { startBytesTrial } from './bytes/trial';
import type { SuiteUser } from './store-suite';
import type { Expect } from './trial';

/** Options of {@link attachmentSuite}. */
export interface AttachmentSuiteOptions<TContext = SuiteUser> {
  /** The prefix of the name of each test. */
  name: string;
  /** Returns a new, empty store that is ready to use. Called for each test. */
  create: () => AttachmentStore<TContext> | Promise<AttachmentStore<TContext>>;
  /** Closes a store and deletes its data. Called for each store after its test, also when the test failed. */
  destroy?: ((store: AttachmentStore<TContext>) => unknown) | undefined;
  /**
   * Registers a test: `test` or `it` of Jest, Vitest or `node:test`. Called synchronously by `attachmentSuite` with a
   * name, an async function and a time limit in milliseconds.
   */
  test: (name: string, run: () => Promise<void>, timeoutMs: number) => unknown;
  /** `expect` of Jest or Vitest, which shows differences. Only `toEqual` is used. Default: `node:assert`. */
  expect?: Expect | undefined;
  /** `false` for a store whose `ownerOf` always returns the same owner. Default: true. */
  owners?: boolean | undefined;
  /**
   * Returns the context of a user. Default: `{ userId }`, for a store with `owner: (context) => context.userId`.
   */
  context?: ((userId: string) => TContext) | undefined;
  /** The time limit of each test, in milliseconds. Default: 60,000. */
  timeoutMs?: number | undefined;
}

/**
 * Registers the tests that every {@link AttachmentStore} must pass: writing, reading and ranges, failed uploads, bytes
 * that are not permanent, unusual keys, owners, and concurrent calls. Each test has its own store, and the order of the
 * tests does not matter.
 *
 * ```ts
 * import { attachmentSuite } from 'chatkit-express/testing';
 *
 * attachmentSuite({
 *   name: 'MyAttachmentStore',
 *   create: () => new MyAttachmentStore({ owner: (context) => context.userId }),
 *   test,
 *   expect,
 * });
 * ```
 */
export function attachmentSuite<TContext = SuiteUser>(options: AttachmentSuiteOptions<TContext>): void {
  const { name, create, destroy, test, expect, timeoutMs = 60_000 } = options;
  const contextOf = options.context ?? ((userId: string): unknown => ({ userId }));
  for (const { name: says, check } of [
    ...readingAndWriting,
    ...failing,
    ...keeping,
    ...keys,
    ...(options.owners === false ? [] : contexts),
  ]) {
    const withStore = async () => {
      const store = await create();
      try {
        await check(startBytesTrial(store, contextOf, expect));
      } finally {
        await destroy?.(store);
      }
    };
    test(`${name}: ${says}`, withStore, timeoutMs);
  }
}
