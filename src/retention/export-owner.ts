// Exports the data of an owner as a stream of records.
import type { Readable } from 'node:stream';
import { NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Attachment, Thread, ThreadItem } from '../protocol';
import { movesBytes, uploadOf } from '../uploads/state';
import { attachmentsOf, rowsOf } from './pages';

/** One record of an export, which can be written as a line of JSON. */
export type ExportRecord =
  | { type: 'thread'; thread: Thread }
  /** An item of the thread before it, hidden items included. */
  | { type: 'item'; item: ThreadItem }
  | {
      type: 'attachment';
      attachment: Attachment;
      /**
       * Opens the bytes. Undefined when the attachment store keeps no bytes. Rejects with NotFoundError for missing
       * bytes.
       */
      open?: () => Promise<Readable>;
    };

/** The stores of an export. */
type Stores<TContext> = Pick<ResolvedOptions<TContext>, 'store' | 'attachmentStore'>;

/**
 * Iterates over the threads of an owner, each followed by its items, and then over the attachments. Loads one page at a
 * time. A thread that is deleted during the export is left out or incomplete.
 * @param assertOpen Called before each thread and attachment. Ends the export by throwing.
 */
export async function* exportOwner<TContext>(
  { store, attachmentStore }: Stores<TContext>,
  context: TContext,
  assertOpen: () => void,
): AsyncGenerator<ExportRecord, void, undefined> {
  // Fails before the first record when the store does not implement the method.
  await store.loadAttachments({ limit: 1, after: null }, context);
  for await (const thread of rowsOf((query) => store.loadThreads(query, context))) {
    assertOpen();
    yield { type: 'thread', thread };
    try {
      const items = rowsOf((query) => store.loadThreadItems(thread.id, query, context));
      for await (const item of items) yield { type: 'item', item };
    } catch (error) {
      if (!(error instanceof NotFoundError) || (await exists(store.loadThread(thread.id, context)))) throw error;
    }
  }
  for await (const stored of attachmentsOf(store, context)) {
    assertOpen();
    const { upload: _state, ...attachment } = stored as Attachment & { upload?: unknown };
    if (attachmentStore && movesBytes(attachmentStore)) {
      const owner = uploadOf(stored)?.owner ?? attachmentStore.ownerOf(context);
      const open = () => attachmentStore.readBytes({ owner, id: stored.id });
      yield { type: 'attachment', attachment, open };
    } else yield { type: 'attachment', attachment };
  }
}

async function exists(load: Promise<unknown>): Promise<boolean> {
  try {
    await load;
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
