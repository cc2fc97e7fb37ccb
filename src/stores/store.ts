// The interface between the server and a database. Write your own by extending Store: see docs/writing-a-store.md.
import { NotFoundError } from '../errors';
import type { Attachment, Order, Page, Thread, ThreadItem } from '../protocol';
import { type ItemIdType, newId } from './ids';

/** Which rows of a list to load. */
export interface PageQuery {
  /** At least 1. A store may return fewer rows than asked for, with `has_more` set. */
  limit: number;
  /** The id of the last row already seen, or null for the first page. */
  after: string | null;
  /** By order of insertion: `desc` is newest first. */
  order: Order;
}

/** An attachment that no message has, and that none can have any more. */
export interface ClaimedAttachment {
  /** Names the owner to this store. Opaque: give it to `deleteClaimedAttachment` as it is. */
  owner: string;
  attachment: Attachment;
}

/**
 * Where threads, items and attachments' descriptions are kept.
 *
 * Every call carries the request's `context`, made by the `context` option. A store with owners answers for the
 * context's owner only: what belongs to another is not there.
 *
 * Calls for one thread can overlap: two tabs, two instances, a retry. Each call is atomic on its own. What a method
 * returns is the caller's to change, and what it was given may change after it returned: copy both ways.
 *
 * `load…` of what is not there throws NotFoundError; `delete…` of what is not there does nothing. Any id that a client
 * or a hook invents must be stored as it is. Fields that this version does not know must survive.
 */
export abstract class Store<TContext = unknown> {
  /** A fresh id for a thread. Called once for each new thread, before it is saved. */
  generateThreadId(_context: TContext): string {
    return newId('thread');
  }

  /** A fresh id for an item. Called before the item is added, and by hooks through `turn.generateId`. */
  generateItemId(type: ItemIdType, _thread: Thread, _context: TContext): string {
    return newId(type);
  }

  /**
   * Resolves when the store can answer, and rejects when it cannot. Asked by the endpoint's readiness check, at most
   * once a second. Optional: a store without it counts as ready.
   */
  ping?(): Promise<void>;

  /** @throws NotFoundError */
  abstract loadThread(threadId: string, context: TContext): Promise<Thread>;

  /**
   * Adds the thread or replaces it whole: of two saves at once the later wins. A replaced thread keeps its place in the
   * list, and its items.
   */
  abstract saveThread(thread: Thread, context: TContext): Promise<void>;

  /** A page of threads in order of creation. @throws NotFoundError for a cursor that is not there. */
  abstract loadThreads(query: PageQuery, context: TContext): Promise<Page<Thread>>;

  /**
   * Deletes the thread and its items; their ids are free again. Attachments stay, and the ids of those whose
   * `thread_id` is the thread's are returned, in any order, for the caller to delete: the server deletes their bytes and
   * then each of them. A store that returns nothing leaves that to its owner. When the thread is not there nothing
   * changes, and the attachments of an earlier call that are left are returned again.
   */
  abstract deleteThread(threadId: string, context: TContext): Promise<string[] | void>;

  /** A page of a thread's items, hidden ones among them. @throws NotFoundError for a thread or a cursor that is not there. */
  abstract loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>>;

  /**
   * Adds an item at the end of its thread. An id that the thread already has is replaced in its place.
   * @throws NotFoundError when the thread is not there: a thread deleted during an answer must not come back.
   */
  abstract addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void>;

  /** Replaces an item in its place, or adds it at the end. @throws NotFoundError when the thread is not there. */
  abstract saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void>;

  /** @throws NotFoundError */
  abstract loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem>;

  /** Does nothing when the item or the thread is not there. */
  abstract deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void>;

  /**
   * Adds or replaces. Its `thread_id` is set once a message has it.
   * @throws NotFoundError when it was claimed: see {@link claimUnsentAttachments}.
   */
  abstract saveAttachment(attachment: Attachment, context: TContext): Promise<void>;

  /**
   * Replaces an attachment that is in no thread, or already in that of its new `thread_id`, in one step: of two messages
   * that want it for two threads at the same moment, one gets it. Default: looks and then saves, which two can do at once.
   * @throws NotFoundError when it is not there, was claimed, or is in another thread.
   */
  async tieAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const { thread_id } = await this.loadAttachment(attachment.id, context);
    if ((thread_id ?? attachment.thread_id) !== attachment.thread_id) {
      throw new NotFoundError(`There is no attachment ${attachment.id} outside other threads`);
    }
    await this.saveAttachment(attachment, context);
  }

  /** @throws NotFoundError */
  abstract loadAttachment(attachmentId: string, context: TContext): Promise<Attachment>;

  /** Does nothing when it is not there. */
  abstract deleteAttachment(attachmentId: string, context: TContext): Promise<void>;

  /**
   * Claims attachments of all owners that were first saved before `before` and have no `thread_id`: from then on they
   * are not there for `loadAttachment`, and `saveAttachment` throws NotFoundError for them. A message that is being sent
   * at the same moment either gets the attachment or is refused. Called by `sweep()`, in several instances at once.
   * Default: claims nothing, so that nothing is swept.
   * @returns At most `limit`, also of those that earlier calls have claimed and that are still there: those never
   * claimed come first, then those claimed longest ago.
   */
  async claimUnsentAttachments(_query: { before: Date; limit: number }): Promise<ClaimedAttachment[]> {
    return [];
  }

  /** Deletes what was claimed, once its bytes are gone. Does nothing when it is not there. Its id is free again. */
  async deleteClaimedAttachment(_claimed: { owner: string; id: string }): Promise<void> {
    // nothing was claimed
  }
}
