// Deletes the threads of all owners whose newest item is old.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import { movesBytes } from '../uploads/state';
import { removeLeased } from '../uploads/sweep';

/** Options of `purge()`. */
export interface PurgeOptions {
  /** The age of the newest item from which a thread is deleted, in milliseconds. At least 1. */
  olderThanMs: number;
  /** `true` counts the threads and deletes nothing. Default: false. */
  dryRun?: boolean | undefined;
}

/** The numbers of deleted rows. In a dry run: of the rows that would be deleted. */
export interface Purged {
  threads: number;
  attachments: number;
}

/** The number of threads that the store examines at a time. */
const batchSize = 100;

/** The parts of the options that a purge needs. */
type Stores<TContext> = Pick<ResolvedOptions<TContext>, 'store' | 'attachmentStore' | 'logger'>;

/**
 * Deletes old threads one by one, and then the bytes of their attachments. A thread that gets a new item meanwhile is
 * not deleted. Can run in several instances at once, and continues after a crash with the next purge or sweep.
 * @param assertOpen Called before each thread. Ends the purge by throwing.
 * @throws ChatKitError `invalid_request` for an invalid option. `not_implemented` for a store without
 * `loadIdleThreads`, and for an attachment store without `deleteBytes`.
 */
export async function purge<TContext>(
  { store, attachmentStore, logger }: Stores<TContext>,
  options: PurgeOptions,
  assertOpen: () => void,
): Promise<Purged> {
  const { olderThanMs, dryRun = false } = checked(options);
  if (attachmentStore && !movesBytes(attachmentStore)) {
    const message = 'The `attachmentStore` has no `deleteBytes`, so the files of purged threads could not be deleted';
    throw new ChatKitError('not_implemented', message);
  }
  const before = new Date(Date.now() - olderThanMs);
  const purged: Purged = { threads: 0, attachments: 0 };
  for (let after: string | null = null; ;) {
    assertOpen();
    const page: Awaited<ReturnType<typeof store.loadIdleThreads>> = await store.loadIdleThreads({
      before,
      limit: batchSize,
      after,
    });
    for (const { owner, threadId, state, attachments } of page.data) {
      assertOpen();
      if (dryRun) purged.attachments += attachments;
      if (dryRun || (await store.deleteIdleThread({ owner, threadId, state }))) purged.threads++;
    }
    after = page.after;
    if (after === null) break;
  }
  // The attachments of deleted threads have the date 1970, so that no other attachment is older.
  if (!dryRun)
    purged.attachments = await removeLeased({ attachmentStore, store, logger, before: new Date(1), held: [] });
  return purged;
}

function checked(options: PurgeOptions): PurgeOptions {
  const { olderThanMs, dryRun } = Object(options) as Partial<PurgeOptions>;
  if (!Number.isSafeInteger(olderThanMs) || (olderThanMs as number) < 1 || (olderThanMs as number) > Date.now()) {
    throw new ChatKitError('invalid_request', '`olderThanMs` must be a whole number of milliseconds above 0');
  }
  if (dryRun !== undefined && typeof dryRun !== 'boolean') {
    throw new ChatKitError('invalid_request', '`dryRun` must be true or false');
  }
  return { olderThanMs: olderThanMs as number, dryRun };
}
