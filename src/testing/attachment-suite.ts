// attachmentSuite: tests the contract of AttachmentStore, for any store and any test runner.
import type { AttachmentStore } from '../attachments/attachment-store';
import { failing } from './bytes/failing';
import { keeping } from './bytes/keeping';
import { contexts, keys } from './bytes/keys';
import { readingAndWriting } from './bytes/reading-and-writing';
import { startBytesTrial } from './bytes/trial';
import type { SuiteUser } from './store-suite';
import type { Expect } from './trial';

/** The options of {@link attachmentSuite}. */
export interface AttachmentSuiteOptions<TContext = SuiteUser> {
  /** The prefix of each test's name. */
  name: string;
  /** Makes a new, empty store. Called for each test. */
  create: () => AttachmentStore<TContext> | Promise<AttachmentStore<TContext>>;
  /** Closes a store and deletes its data. Called when its test has ended, also after a failure. */
  destroy?: ((store: AttachmentStore<TContext>) => unknown) | undefined;
  /**
   * Registers a test: `test` or `it` of Jest, Vitest or `node:test`. Called synchronously by `attachmentSuite` with a
   * name, an async function and a time limit in milliseconds.
   */
  test: (name: string, run: () => Promise<void>, timeoutMs: number) => unknown;
  /** `expect` of Jest or Vitest, which show differences. Only `toEqual` is used. Default: `node:assert`. */
  expect?: Expect | undefined;
  /** `false` for a store whose `ownerOf` returns the same owner for every context. Default true. */
  owners?: boolean | undefined;
  /** Makes the context of a user. Default: `{ userId }`, so give the store `owner: (context) => context.userId`. */
  context?: ((userId: string) => TContext) | undefined;
  /** The timeout of each test, in milliseconds. Default 60,000. */
  timeoutMs?: number | undefined;
}

/**
 * Registers the tests that every {@link AttachmentStore} must pass: writes and reads, whole and in parts, interrupted
 * uploads, bytes that wait to be kept, keys of any characters, owners, and overlapping calls. Each test has its own
 * store, so that the tests can run in any order.
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
