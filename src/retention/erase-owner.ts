// Erases the data of an owner: runs, threads, items, bytes and attachments.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Attachment } from '../protocol';
import { movesBytes, uploadOf } from '../uploads/state';
import { attachmentsOf, batchSize } from './pages';

/** The numbers of deleted rows. */
export interface Erased {
  threads: number;
  attachments: number;
}

/** The steps of an erasure that the server takes. */
interface EraseSteps {
  /** Cancels the runs of the owner, and deletes the records of its runs. Settles when the runs have ended. */
  cancelRuns: () => Promise<unknown>;
  /** Called before each thread and attachment. Ends the erasure by throwing. */
  assertOpen: () => void;
}

type Stores<TContext> = Pick<ResolvedOptions<TContext>, 'store' | 'attachmentStore' | 'logger'>;

/** The number of passes. More than one is needed when requests of the owner write during the erasure. */
const maxPasses = 10;

/**
 * Cancels the runs of an owner and deletes all its data, until a pass finds nothing. Can be repeated after a failure.
 * @throws ChatKitError `conflict` when the owner still writes after ten passes. The first error of an attachment that
 * could not be deleted, after everything else was deleted.
 */
export async function eraseOwner<TContext>(
  stores: Stores<TContext>,
  context: TContext,
  { cancelRuns, assertOpen }: EraseSteps,
): Promise<Erased> {
  const { store, logger } = stores;
  // Fails before the first deletion when the store does not implement the method.
  await store.loadAttachments({ limit: 1, after: null }, context);
  const erased: Erased = { threads: 0, attachments: 0 };
  for (let pass = 1; pass <= maxPasses; pass++) {
    await cancelRuns();
    let found = 0;
    let failure: { error: unknown } | undefined;
    for (let deleted = new Set<string>(); ;) {
      const { data } = await store.loadThreads({ limit: batchSize, after: null, order: 'asc' }, context);
      if (data.length === 0) break;
      if (data.some(({ id }) => deleted.has(id))) throw new Error('The store lists a thread that it has deleted');
      deleted = new Set(data.map(({ id }) => id));
      for (const { id } of data) {
        assertOpen();
        await store.deleteThread(id, context); // its attachments follow below
        erased.threads++;
        found++;
      }
    }
    for await (const attachment of attachmentsOf(store, context)) {
      assertOpen();
      try {
        await deleteAttachment(stores, attachment, context);
        erased.attachments++;
        found++;
      } catch (error) {
        failure ??= { error };
        logger.error({ err: error, attachment_id: attachment.id }, 'an attachment could not be erased');
      }
    }
    if (failure) throw failure.error;
    if (found === 0) return erased;
  }
  throw new ChatKitError('conflict', 'The owner stores new data during the erasure: refuse its requests first');
}

/** Deletes the description after the bytes, because the bytes can be found as long as the description exists. */
async function deleteAttachment<TContext>(
  { store, attachmentStore }: Stores<TContext>,
  attachment: Attachment,
  context: TContext,
): Promise<void> {
  const { id } = attachment;
  const upload = uploadOf(attachment);
  await attachmentStore?.deleteAttachment(id, context);
  // The owner that the bytes were stored with may differ from the current owner of the context.
  if (attachmentStore && upload && movesBytes(attachmentStore)) {
    await attachmentStore.deleteBytes({ owner: upload.owner, id });
  }
  await store.deleteAttachment(id, context);
}
