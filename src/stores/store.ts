// The interface between the server and a database. Write your own by extending Store: see docs/writing-a-store.md.
import { isDeepStrictEqual } from 'node:util';
import { ChatKitError, NotFoundError } from '../errors';
import type { Attachment, Order, Page, Thread, ThreadItem } from '../protocol';
import { copyJson } from '../protocol/json';
import { maxPageSize } from '../protocol/page';
import { type ItemIdType, newId } from './ids';
import { changedThread, type ThreadChange } from './thread-change';

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
export interface LeasedAttachment {
  /** Names the owner to this store. Opaque: give it to `deleteLeasedAttachment` as it is. */
  owner: string;
  attachment: Attachment;
}

/** @deprecated The former name of {@link LeasedAttachment}. */
export type ClaimedAttachment = LeasedAttachment;

/** The end of a thread at some moment. It separates the items of then from those that were added later. */
export interface ThreadEnd {
  /** The id of the newest item at that moment. */
  lastItemId: string;
  /** The place of that item, for stores that number the items of a thread. It outlives the item. */
  position?: number;
}

/** What {@link Store.completeItem} needs besides the item. */
export interface Completion {
  /** Names this attempt. A repetition of the call has the same name, and no other call has it. */
  attempt: string;
  /** The ids of the items that were left pending together with this one. */
  turn: readonly string[];
}

/** What {@link Store.completeItem} resolves with. */
export interface Completed {
  /** How many items of the turn are still pending. */
  pending: number;
  /** True when an earlier call with the same `attempt` completed the item. */
  repeated: boolean;
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

  /**
   * Names the owner of a request, for ids that are derived from the owner and an Idempotency-Key. Not async. Default: the
   * empty string, for a store without owners.
   */
  ownerOf(_context: TContext): string {
    return '';
  }

  /**
   * Returns true for an error of this store that may not occur again a moment later, such as a lost connection. The writes
   * of a run that fail so are repeated for up to five seconds, and a request that fails so before its stream begins is
   * answered with 503. Not async. Default: false for every error.
   */
  isTransient(_error: unknown): boolean {
    return false;
  }

  /** @throws NotFoundError */
  abstract loadThread(threadId: string, context: TContext): Promise<Thread>;

  /**
   * Adds the thread or replaces it whole: of two saves at once the later wins. A replaced thread keeps its place in the
   * list, and its items.
   */
  abstract saveThread(thread: Thread, context: TContext): Promise<void>;

  /**
   * Changes fields of a thread that exists, in one step: fields and keys of `metadata` that the change does not name
   * keep the value that they have at that moment. A repetition of the same change has no further effect.
   *
   * The default loads the thread and saves it. It does not guarantee that a change which another call makes between
   * the two survives, nor that a thread which is deleted between the two stays deleted.
   * @returns The thread after the change.
   * @throws NotFoundError when the thread does not exist.
   */
  async updateThread(threadId: string, change: ThreadChange, context: TContext): Promise<Thread> {
    const thread = changedThread(await this.loadThread(threadId, context), change);
    await this.saveThread(thread, context);
    return thread;
  }

  /**
   * Adds a new thread together with its first item, in one step: a thread without its item is never stored.
   * A repetition of the same call succeeds and has no further effect.
   *
   * The default saves the thread, then adds the item, and deletes the thread when the item cannot be added. It does not
   * guarantee that both or neither are stored when the process ends between the two, nor that of two calls for the same
   * id one is refused.
   * @throws ChatKitError `conflict` when a thread with the id exists whose items do not include this one unchanged.
   */
  async createThread(thread: Thread, firstItem: ThreadItem, context: TContext): Promise<void> {
    if (await isThere(this.loadThread(thread.id, context))) {
      const stored = await this.loadItem(thread.id, firstItem.id, context).catch(undefinedIfMissing);
      if (stored === undefined || !sameItem(stored, firstItem)) throw threadExists(thread.id);
      return;
    }
    await this.saveThread(thread, context);
    try {
      await this.addThreadItem(thread.id, firstItem, context);
    } catch (error) {
      // The first failure is the one to report.
      await Promise.resolve(this.deleteThread(thread.id, context)).catch(() => undefined);
      throw error;
    }
  }

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

  /**
   * Adds an item at the end of its thread if the thread has no item with its id, in one step: of two calls with different
   * items of one id, one succeeds. A repetition of the same call succeeds and has no further effect.
   *
   * The default loads the item and then adds it. It does not guarantee that one of two calls at once is refused.
   * @throws NotFoundError when the thread does not exist.
   * @throws ChatKitError `conflict` when the thread has another item with the id.
   */
  async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const stored = await this.loadItem(threadId, item.id, context).catch(undefinedIfMissing);
    if (stored === undefined) await this.addThreadItem(threadId, item, context);
    else if (!sameItem(stored, item)) throw itemExists(item.id);
  }

  /** Replaces an item in its place, or adds it at the end. @throws NotFoundError when the thread is not there. */
  abstract saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void>;

  /** @throws NotFoundError */
  abstract loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem>;

  /**
   * Replaces a pending item by its completed form, in one step, and only while its stored `status` is `'pending'`: of two
   * calls for one item, one succeeds. A repetition of a call, known by its `attempt`, succeeds as well.
   *
   * The default loads the item and saves it. It does not guarantee that one of two calls is refused, because both may
   * read the pending item, and it refuses a repetition, because it does not keep the `attempt`.
   * @param item The item as it is to be stored: the id is that of the pending item.
   * @throws NotFoundError when the thread or the item does not exist.
   * @throws ChatKitError `conflict` when the item is not pending any more.
   */
  async completeItem(threadId: string, item: ThreadItem, { turn }: Completion, context: TContext): Promise<Completed> {
    if (!isPending(await this.loadItem(threadId, item.id, context))) throw notPending(item.id);
    await this.saveItem(threadId, item, context);
    const others = turn.filter((id) => id !== item.id);
    const loaded = await Promise.all(
      others.map((id) => this.loadItem(threadId, id, context).catch(undefinedIfMissing)),
    );
    return { pending: loaded.filter(isPending).length, repeated: false };
  }

  /**
   * An item, and where its thread ends at that moment: what comes after the item can be deleted later without deleting
   * what was added since.
   * The default loads the item and then the newest item of the thread.
   * @throws NotFoundError when the thread or the item does not exist.
   */
  async loadItemAndEnd(
    threadId: string,
    itemId: string,
    context: TContext,
  ): Promise<{ item: ThreadItem; end: ThreadEnd }> {
    const item = await this.loadItem(threadId, itemId, context);
    const { data } = await this.loadThreadItems(threadId, { limit: 1, after: null, order: 'desc' }, context);
    return { item, end: { lastItemId: data[0]?.id ?? itemId } };
  }

  /**
   * Deletes the items after an item, up to `end`, in one step. Does nothing when the thread or the item does not exist.
   *
   * The default deletes the items one by one, the newest first, and adds them again when one of the calls fails. It does
   * not guarantee that all or none are deleted when the process ends between two calls, and it deletes nothing when the
   * last item of `end` does not exist any more.
   * @param end From {@link loadItemAndEnd}: items that were added later stay. `null` deletes everything after the item.
   */
  async deleteItemsAfter(threadId: string, itemId: string, end: ThreadEnd | null, context: TContext): Promise<void> {
    const items = await itemsAfter(this, threadId, itemId, end, context).catch(undefinedIfMissing);
    if (items) await deleteItems(this, threadId, items, context);
  }

  /**
   * Deletes the items after an item, up to `end`, and adds `item` at the end of the thread, in one step: a reader sees
   * the old items or the new one. If one of the old items has the id of the new one, it is replaced in its place. A
   * repetition of the same call has no further effect.
   *
   * The default deletes the items one by one, the newest first, then adds the new one, and adds the old ones again when
   * one of the calls fails. It does not guarantee that the old items or the new one are there when the process ends
   * between two calls, and it deletes nothing when the last item of `end` does not exist any more.
   * @param end From {@link loadItemAndEnd}: items that were added later stay. `null` deletes everything after the item.
   * @throws NotFoundError when the thread or the item after which to delete does not exist.
   */
  async replaceItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    item: ThreadItem,
    context: TContext,
  ): Promise<void> {
    await this.loadItem(threadId, itemId, context);
    const items = await itemsAfter(this, threadId, itemId, end, context);
    const replaced = items.filter(({ id }) => id !== item.id);
    await deleteItems(this, threadId, replaced, context, () => this.addThreadItem(threadId, item, context));
  }

  /** Does nothing when the item or the thread is not there. */
  abstract deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void>;

  /**
   * Adds or replaces. Its `thread_id` is set once a message has it.
   * @throws NotFoundError when it was leased: see {@link leaseUnsentAttachments}.
   */
  abstract saveAttachment(attachment: Attachment, context: TContext): Promise<void>;

  /**
   * Replaces an attachment that is in no thread, or already in that of its new `thread_id`, in one step: of two messages
   * that want it for two threads at the same moment, one gets it. Default: looks and then saves, which two can do at once.
   * @throws NotFoundError when it is not there, was leased, or is in another thread.
   */
  async attachToThread(attachment: Attachment, context: TContext): Promise<void> {
    const attach = ownMethod(this, 'tieAttachment');
    return attach ? attach.call(this, attachment, context) : lookAndAttach(this, attachment, context);
  }

  /** @throws NotFoundError */
  abstract loadAttachment(attachmentId: string, context: TContext): Promise<Attachment>;

  /** Does nothing when it is not there. */
  abstract deleteAttachment(attachmentId: string, context: TContext): Promise<void>;

  /**
   * Leases attachments of all owners that were first saved before `before` and have no `thread_id`: from then on they
   * are not there for `loadAttachment`, and `saveAttachment` throws NotFoundError for them. A message that is being sent
   * at the same moment either gets the attachment or is refused. Called by `sweep()`, in several instances at once.
   * Default: leases nothing, so that nothing is swept.
   * @returns At most `limit`, also of those that earlier calls have leased and that are still there: those never
   * leased come first, then those leased longest ago.
   */
  async leaseUnsentAttachments(query: { before: Date; limit: number }): Promise<LeasedAttachment[]> {
    return ownMethod(this, 'claimUnsentAttachments')?.call(this, query) ?? [];
  }

  /** Deletes what was leased, once its bytes are gone. Does nothing when it is not there. Its id is free again. */
  async deleteLeasedAttachment(leased: { owner: string; id: string }): Promise<void> {
    await ownMethod(this, 'deleteClaimedAttachment')?.call(this, leased);
  }

  /** @deprecated The former name of {@link attachToThread}. The server calls it in a store that lacks the new name. */
  async tieAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const attach = ownMethod(this, 'attachToThread');
    return attach ? attach.call(this, attachment, context) : lookAndAttach(this, attachment, context);
  }

  /** @deprecated The former name of {@link leaseUnsentAttachments}, called as {@link tieAttachment} is. */
  async claimUnsentAttachments(query: { before: Date; limit: number }): Promise<LeasedAttachment[]> {
    return ownMethod(this, 'leaseUnsentAttachments')?.call(this, query) ?? [];
  }

  /** @deprecated The former name of {@link deleteLeasedAttachment}, called as {@link tieAttachment} is. */
  async deleteClaimedAttachment(claimed: { owner: string; id: string }): Promise<void> {
    await ownMethod(this, 'deleteLeasedAttachment')?.call(this, claimed);
  }
}

/** The default of {@link Store.attachToThread}. */
async function lookAndAttach<TContext>(
  store: Pick<Store<TContext>, 'loadAttachment' | 'saveAttachment'>,
  attachment: Attachment,
  context: TContext,
): Promise<void> {
  const { thread_id } = await store.loadAttachment(attachment.id, context);
  if ((thread_id ?? attachment.thread_id) !== attachment.thread_id) {
    throw new NotFoundError(`There is no attachment ${attachment.id} outside other threads`);
  }
  await store.saveAttachment(attachment, context);
}

/** Returns a method of the store's own class. Undefined for one that the store takes from {@link Store}, or lacks. */
function ownMethod<TContext, Name extends keyof Store<TContext>>(
  store: Store<TContext>,
  name: Name,
): Store<TContext>[Name] | undefined {
  const method = store[name];
  return method === (Store.prototype as Store<TContext>)[name] ? undefined : method;
}

type Items<TContext> = Pick<Store<TContext>, 'loadThreadItems' | 'addThreadItem' | 'deleteThreadItem'>;

/** The items after an item, up to the end, oldest first. Empty when the last item of the end does not exist any more. */
async function itemsAfter<TContext>(
  store: Items<TContext>,
  threadId: string,
  itemId: string,
  end: ThreadEnd | null,
  context: TContext,
): Promise<ThreadItem[]> {
  const items: ThreadItem[] = [];
  if (end?.lastItemId === itemId) return items;
  for (let after = itemId; ;) {
    const page = await store.loadThreadItems(threadId, { limit: maxPageSize, after, order: 'asc' }, context);
    for (const item of page.data) {
      items.push(item);
      if (item.id === end?.lastItemId) return items;
    }
    const last = page.data.at(-1);
    if (!page.has_more || !last) return end ? [] : items;
    after = last.id;
  }
}

/** Deletes the items, the newest first, and then calls `andThen`. Adds them again, in their order, when a call fails. */
async function deleteItems<TContext>(
  store: Items<TContext>,
  threadId: string,
  items: readonly ThreadItem[],
  context: TContext,
  andThen?: () => Promise<void>,
): Promise<void> {
  let left = items.length;
  try {
    while (left > 0) {
      await store.deleteThreadItem(threadId, (items[left - 1] as ThreadItem).id, context);
      left--;
    }
    await andThen?.();
  } catch (error) {
    try {
      for (const item of items.slice(left)) await store.addThreadItem(threadId, item, context);
    } catch {
      // The first failure is the one to report.
    }
    throw error;
  }
}

/** True unless the load rejects with NotFoundError. */
function isThere(load: Promise<unknown>): Promise<boolean> {
  return load.then(() => true, undefinedIfMissing).then((found) => found === true);
}

/** For `catch`: turns NotFoundError into undefined, and throws every other error again. */
function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}

/** True when a stored item is the given one, as JSON. */
export function sameItem(stored: unknown, given: ThreadItem): boolean {
  return isDeepStrictEqual(copyJson(stored), copyJson(given));
}

/** True for an item that waits for the client. */
export function isPending(item: unknown): boolean {
  return (item as { status?: unknown } | undefined)?.status === 'pending';
}

/** The refusal of {@link Store.createThread}. */
export function threadExists(threadId: string): ChatKitError {
  return new ChatKitError('conflict', `There is another thread ${threadId}`);
}

/** The refusal of {@link Store.insertItem}. */
export function itemExists(itemId: string): ChatKitError {
  return new ChatKitError('conflict', `There is another item ${itemId}`);
}

/** The refusal of {@link Store.completeItem}. */
export function notPending(itemId: string): ChatKitError {
  return new ChatKitError('conflict', `The item ${itemId} is not pending any more`);
}
