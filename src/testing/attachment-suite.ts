// attachmentSuite: the contract of AttachmentStore as tests, for any store and any test runner.
import type { AttachmentStore } from '../attachments/attachment-store';
import { failing } from './bytes/failing';
import { keeping } from './bytes/keeping';
import { contexts, keys } from './bytes/keys';
import { readingAndWriting } from './bytes/reading-and-writing';
import { startBytesTrial } from './bytes/trial';
import type { SuiteUser } from './store-suite';
import type { Expect } from './trial';

/** What {@link attachmentSuite} needs to know. */
export interface AttachmentSuiteOptions<TContext = SuiteUser> {
  /** Stands before the name of each test. */
  name: string;
  /** Makes a fresh and empty store, ready to use. Called for each test. */
  create: () => AttachmentStore<TContext> | Promise<AttachmentStore<TContext>>;
  /** Called with each store when its test has ended, also when that failed: to close it and to delete its data. */
  destroy?: ((store: AttachmentStore<TContext>) => unknown) | undefined;
  /**
   * Registers a test: `test` or `it` of Jest, Vitest or `node:test`. It is called while `attachmentSuite` runs, with a
   * name, an async function, and the milliseconds after which it may be given up.
   */
  test: (name: string, run: () => Promise<void>, timeoutMs: number) => unknown;
  /** `expect` of Jest or Vitest, for their way of showing differences; only `toEqual` is used. Default: `node:assert`. */
  expect?: Expect | undefined;
  /** `false` for a store whose `ownerOf` gives everybody the same owner. Default true. */
  owners?: boolean | undefined;
  /** The context of the user with this id. Default: `{ userId }`, so give the store `owner: (context) => context.userId`. */
  context?: ((userId: string) => TContext) | undefined;
  /** For each test. Default 60,000. */
  timeoutMs?: number | undefined;
}

/**
 * Registers the tests that every {@link AttachmentStore} must pass: bytes written and read, whole and in parts, uploads
 * that break off, bytes that are to be kept, keys of any characters, owners, and overlapping calls. A test has a store of its own; they can run in
 * any order.
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
