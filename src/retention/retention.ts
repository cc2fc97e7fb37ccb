// The methods of a server for the data of owners and for old threads.
import type { ResolvedOptions } from '../options';
import { type Erased, eraseOwner } from './erase-owner';
import { type ExportRecord, exportOwner } from './export-owner';
import { purge, type Purged, type PurgeOptions } from './purge';

export type { Erased } from './erase-owner';
export type { ExportRecord } from './export-owner';
export type { Purged, PurgeOptions } from './purge';

/** The methods for the data of owners and for old threads. No request of a client can call them. */
export interface Retention<TContext> {
  /**
   * Exports all data of an owner: each thread followed by its items, and then the attachments, whose bytes can be
   * opened. Loads one page at a time, as fast as the records are read.
   * @param context The context of the owner, as the option `context` makes it.
   * @throws ChatKitError `not_implemented` for a store without `loadAttachments`, `unavailable` once `close()` has
   * ended the drain, and the errors of the store. The iterator rejects with them.
   */
  exportOwner(context: TContext): AsyncIterable<ExportRecord>;
  /**
   * Cancels the runs of an owner, on all instances that share `runs.registry`, and deletes its threads, items, attachments and their bytes. Refuse
   * the requests of the owner first. Can be repeated after a failure, and for an owner without data.
   * @param context The context of the owner, as the option `context` makes it.
   * @throws ChatKitError `not_implemented` for a store without `loadAttachments`, `conflict` when the owner still
   * writes after ten passes, and the errors of the stores. An attachment that could not be deleted is logged, and its
   * error is thrown after everything else was deleted.
   */
  eraseOwner(context: TContext): Promise<Erased>;
  /**
   * Deletes the threads of all owners whose newest item is older than `olderThanMs`, and their attachments. Can run in
   * several instances at once. A thread that gets a new item meanwhile is not deleted.
   * @throws ChatKitError `invalid_request` for an invalid option, `not_implemented` for a store without
   * `loadIdleThreads` or an attachment store without `deleteBytes`, and the errors of the stores.
   */
  purge(options: PurgeOptions): Promise<Purged>;
}

/** The parts of the server that {@link retention} needs. */
interface ServerParts<TContext> {
  /** Runs work that `close()` waits for. */
  tracked: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** Throws once `close()` has ended the drain. */
  assertOpen: () => void;
  /** Cancels the open runs of the owner of a context. Settles when they have ended. */
  cancelRunsOf: (context: TContext) => Promise<unknown>;
}

/** Makes the methods of a server. */
export function retention<TContext>(
  options: ResolvedOptions<TContext>,
  { tracked, assertOpen, cancelRunsOf }: ServerParts<TContext>,
): Retention<TContext> {
  return {
    exportOwner: (context) => exportOwner(options, context, assertOpen),
    eraseOwner: (context) =>
      tracked('eraseOwner', () =>
        eraseOwner(options, context, { cancelRuns: () => cancelRunsOf(context), assertOpen }),
      ),
    purge: (given) => tracked('purge', () => purge(options, given, assertOpen)),
  };
}
