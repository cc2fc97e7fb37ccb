// The interface between the server and a database. To write your own, extend Store: see docs/writing-a-store.md.
import { isDeepStrictEqual } from 'node:util';
import { ChatKitError, NotFoundError } from '../errors';
import type { Attachment, Order, Page, Thread, ThreadItem } from '../protocol';
import { copyJson } from '../protocol/json';
import { maxPageSize } from '../protocol/page';
import { type ItemIdType, newId } from './ids';
import { isLocked, threadLocked } from '../locked-thread';
import { changedThread, type ThreadChange } from './thread-change';

/** Selects the rows of a page. */
export interface PageQuery {
  /** The largest number of rows, at least 1. A store may return fewer rows with `has_more` set. */
  limit: number;
  /** The id of the last row of the previous page. Null for the first page. */
  after: string | null;
  /** The order of insertion: `desc` is newest first. */
  order: Order;
}

/** An attachment that is not part of a message, and that no message can get any more. */
export interface LeasedAttachment {
  /** Identifies the owner in this store. Opaque: pass it to `deleteLeasedAttachment` without change. */
  owner: string;
  attachment: Attachment;
}

/** A thread whose newest item is old, as {@link Store.loadIdleThreads} has found it. */
export interface IdleThread {
  /** Identifies the owner in this store. Opaque: pass it to `deleteIdleThread` without change. */
  owner: string;
  threadId: string;
  /** Identifies the thread and its newest item. Opaque: pass it to `deleteIdleThread` without change. */
  state: string;
  /** The number of attachments of the thread. */
  attachments: number;
}

/** @deprecated The former name of {@link LeasedAttachment}. */
export type ClaimedAttachment = LeasedAttachment;

/** The end of a thread at a moment. It separates the items of that moment from later items. */
export interface ThreadEnd {
  /** The id of the newest item at that moment. */
  lastItemId: string;
  /** The position of that item, for stores that number the items of a thread. It stays valid without the item. */
  position?: number;
}

/** The result of {@link Store.loadItemAndEnd}. */
export interface ItemAndEnd {
  item: ThreadItem;
  end: ThreadEnd;
  /** The thread at that moment, if the store has read it too. The server then does not load the thread again. */
  thread?: Thread | undefined;
}

/** The further parameters of {@link Store.completeItem}. */
export interface Completion {
  /** The unique name of this attempt. A repetition of the call has the same name. */
  attempt: string;
  /** The ids of the items that the same answer left pending, this item included. */
  turn: readonly string[];
}

/** The result of {@link Store.completeItem}. */
export interface Completed {
  /** The number of items of the turn that are still pending. */
  pending: number;
  /** True when an earlier call with the same `attempt` completed the item. */
  repeated: boolean;
}

/**
 * Keeps threads, items and the descriptions of attachments.
 *
 * Every call has the `context` of the request, which the `context` option made. A store with owners sees only the data
 * of the context's owner.
 *
 * Calls for one thread can overlap, because of two tabs, two instances or a retry. Each call is atomic. The caller may
 * change the results of a call, and its arguments after the call. Copy both.
 *
 * `load…` of a missing row throws NotFoundError. `delete…` of a missing row does nothing. Ids of clients and hooks must
 * be stored without change. Unknown fields must be kept.
 */
export abstract class Store<TContext = unknown> {
  /** Returns a new id for a thread. Called once for each new thread, before it is saved. */
  generateThreadId(_context: TContext): string {
    return newId('thread');
  }

  /** Returns a new id for an item. Called before the item is added, and by hooks through `turn.generateId`. */
  generateItemId(type: ItemIdType, _thread: Thread, _context: TContext): string {
    return newId(type);
  }

  /**
   * Resolves when the store can answer, and rejects otherwise. Called by the readiness check of the endpoint, at most
   * once a second. Optional: a store without this method counts as ready.
   */
  ping?(): Promise<void>;

  /**
   * Returns the owner of a request, for ids that are derived from the owner and an idempotency key. Not async. Default:
   * the empty string, for a store without owners.
   */
  ownerOf(_context: TContext): string {
    return '';
  }

  /**
   * Returns true for an error of this store that may not occur again a moment later, such as a lost connection. After
   * such an error the writes of a run are repeated for up to five seconds, and a request whose stream has not begun is
   * answered with 503. Not async. Default: false for every error.
   */
  isTransient(_error: unknown): boolean {
    return false;
  }

  /** @throws NotFoundError */
  abstract loadThread(threadId: string, context: TContext): Promise<Thread>;

  /**
   * Adds the thread or replaces it whole. Of two concurrent saves the later wins. A replaced thread keeps its place in
   * the list and its items.
   */
  abstract saveThread(thread: Thread, context: TContext): Promise<void>;

  /**
   * Changes fields of an existing thread in one step. Other fields and other keys of `metadata` keep the value that
   * they have at that moment. A repetition of the same change has no further effect.
   *
   * The default loads the thread and saves it. It does not guarantee that a concurrent change survives, nor that a
   * thread which is deleted concurrently stays deleted.
   * @returns The thread after the change.
   * @throws NotFoundError when the thread does not exist.
   */
  async updateThread(threadId: string, change: ThreadChange, context: TContext): Promise<Thread> {
    const thread = changedThread(await this.loadThread(threadId, context), change);
    await this.saveThread(thread, context);
    return thread;
  }

  /**
   * Adds a new thread and its first item in one step. A thread without the item is never stored. A repetition of the
   * same call succeeds and has no further effect.
   *
   * The default saves the thread, then adds the item, and deletes the thread when the item cannot be added. It does not
   * guarantee that both or neither are stored when the process ends in between, nor that one of two concurrent calls
   * with the same id is refused.
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

  /** Returns a page of threads in order of creation. @throws NotFoundError for an unknown cursor. */
  abstract loadThreads(query: PageQuery, context: TContext): Promise<Page<Thread>>;

  /**
   * Deletes the thread and its items, so that their ids can be used again. The attachments stay. Returns the ids of the
   * attachments with this `thread_id`, in any order, because the server deletes their bytes first and then each of
   * them. A store that returns nothing must delete them itself. For a missing thread nothing changes, and the remaining
   * attachments of an earlier call are returned again.
   */
  abstract deleteThread(threadId: string, context: TContext): Promise<string[] | void>;

  /**
   * Returns a page of a thread's items, hidden items included. @throws NotFoundError for an unknown thread or cursor.
   */
  abstract loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>>;

  /**
   * Adds an item at the end of its thread. An item with the same id is replaced in its place.
   * @throws NotFoundError when the thread does not exist, because a thread that is deleted during an answer must stay
   * deleted.
   */
  abstract addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void>;

  /**
   * Adds an item at the end of its thread if the thread has no item with its id, in one step. Of two calls with
   * different items of the same id, one succeeds. A repetition of the same call succeeds and has no further effect.
   *
   * The default loads the item and then adds it. It does not guarantee that one of two concurrent calls is refused.
   * @throws NotFoundError when the thread does not exist.
   * @throws ChatKitError `conflict` when the thread has another item with the id.
   */
  async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const stored = await this.loadItem(threadId, item.id, context).catch(undefinedIfMissing);
    if (stored === undefined) await this.addThreadItem(threadId, item, context);
    else if (!sameItem(stored, item)) throw itemExists(item.id);
  }

  /**
   * Does the same as {@link insertItem} if the status of the thread is neither `locked` nor `closed`, in one step: once
   * a thread is locked, no message is added to it. A repetition of a call that has added its item succeeds, also when
   * the thread was locked since. The server stores the messages of users with it.
   *
   * The default loads the item and the thread, and then adds the item. It does not guarantee that a message is refused
   * when the thread is locked between the two, nor that one of two calls at once is refused.
   * @throws NotFoundError when the thread does not exist.
   * @throws ChatKitError `forbidden` when the thread is locked or closed; `conflict` when the thread has another item
   * with the id.
   */
  async insertItemIfActive(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const stored = await this.loadItem(threadId, item.id, context).catch(undefinedIfMissing);
    if (stored !== undefined) {
      if (!sameItem(stored, item)) throw itemExists(item.id);
      return;
    }
    const thread = await this.loadThread(threadId, context);
    if (isLocked(thread)) throw threadLocked(thread);
    await this.addThreadItem(threadId, item, context);
  }

  /** Replaces an item in its place, or adds it at the end. @throws NotFoundError when the thread does not exist. */
  abstract saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void>;

  /** @throws NotFoundError */
  abstract loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem>;

  /**
   * Replaces a pending item by its completed form in one step, and only while its stored `status` is `'pending'`. Of
   * two calls for one item, one succeeds. A repetition of a call with the same `attempt` succeeds as well.
   *
   * The default loads the item and saves it. It does not guarantee that one of two concurrent calls is refused, because
   * both may read the pending item. It refuses a repetition, because it does not keep the `attempt`.
   * @param item The completed item, with the id of the pending item.
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
   * Returns an item and the end of its thread at that moment, so that the items between the two can be deleted later
   * without newer items. The default loads the item and then the newest item of the thread.
   * @throws NotFoundError when the thread or the item does not exist.
   */
  async loadItemAndEnd(threadId: string, itemId: string, context: TContext): Promise<ItemAndEnd> {
    const item = await this.loadItem(threadId, itemId, context);
    const { data } = await this.loadThreadItems(threadId, { limit: 1, after: null, order: 'desc' }, context);
    return { item, end: { lastItemId: data[0]?.id ?? itemId } };
  }

  /**
   * Deletes the items after an item, up to `end`, in one step. Does nothing when the thread or the item does not exist.
   *
   * The default deletes the items one by one, the newest first, and adds them again when one of the calls fails. It
   * does not guarantee that all or none are deleted when the process ends between two calls, and it deletes nothing
   * when the last item of `end` does not exist any more.
   * @param end The result of {@link loadItemAndEnd}. Later items stay. `null` deletes all items after the item.
   */
  async deleteItemsAfter(threadId: string, itemId: string, end: ThreadEnd | null, context: TContext): Promise<void> {
    const items = await itemsAfter(this, threadId, itemId, end, context).catch(undefinedIfMissing);
    if (items) await deleteItems(this, threadId, items, context);
  }

  /**
   * Deletes the items after an item, up to `end`, and adds `item` at the end of the thread, in one step. A reader sees
   * the old items or the new item. An old item with the id of the new item is replaced in its place. A repetition of
   * the same call has no further effect.
   *
   * The default deletes the items one by one, the newest first, then adds the new item, and adds the old items again
   * when a call fails. It does not guarantee that the old items or the new item exist when the process ends between two
   * calls, and it deletes nothing when the last item of `end` does not exist any more.
   * @param end The result of {@link loadItemAndEnd}. Later items stay. `null` deletes all items after the item.
   * @throws NotFoundError when the thread or the item with `itemId` does not exist.
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

  /** Deletes the item. Does nothing when the item or the thread does not exist. */
  abstract deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void>;

  /**
   * Adds or replaces an attachment. An attachment has a `thread_id` once it is part of a message.
   * @throws NotFoundError for a leased attachment: see {@link leaseUnsentAttachments}.
   */
  abstract saveAttachment(attachment: Attachment, context: TContext): Promise<void>;

  /**
   * Attaches an attachment to the thread of its `thread_id`, in one step. Of two messages in two threads with the same
   * attachment, one gets it. A repetition of the same call succeeds.
   *
   * The default loads the attachment and then saves it. It does not guarantee that one of two concurrent calls is
   * refused.
   * @throws NotFoundError when the attachment does not exist, is leased, or is in another thread.
   */
  async attachToThread(attachment: Attachment, context: TContext): Promise<void> {
    const attach = ownMethod(this, 'tieAttachment');
    return attach ? attach.call(this, attachment, context) : lookAndAttach(this, attachment, context);
  }

  /** @throws NotFoundError */
  abstract loadAttachment(attachmentId: string, context: TContext): Promise<Attachment>;

  /** Deletes the attachment. Does nothing when it does not exist. */
  abstract deleteAttachment(attachmentId: string, context: TContext): Promise<void>;

  /**
   * Leases attachments of all owners that were first saved before `before` and have no `thread_id`. From then on
   * `loadAttachment` and `saveAttachment` throw NotFoundError for them. A concurrent message either gets the attachment
   * or is refused. Called by `sweep()`, possibly in several instances at once. Default: leases nothing, so that nothing
   * is swept.
   * @param query.leaseMs The duration of a lease, in milliseconds. Attachments with a younger lease are left out, so
   * that two sweeps do not delete the same attachment. Default: 0.
   * @returns At most `limit` attachments. Attachments that were never leased come first, followed by existing
   * attachments of earlier leases, the oldest lease first.
   */
  async leaseUnsentAttachments(query: {
    before: Date;
    limit: number;
    leaseMs?: number | undefined;
  }): Promise<LeasedAttachment[]> {
    return ownMethod(this, 'claimUnsentAttachments')?.call(this, query) ?? [];
  }

  /**
   * Deletes a leased attachment after its bytes. Does nothing when it does not exist. Its id can be used again.
   * @returns True when this call has deleted the attachment, and false when it did not exist. A store that returns
   * nothing makes two sweeps at once count an attachment twice.
   */
  async deleteLeasedAttachment(leased: { owner: string; id: string }): Promise<boolean | void> {
    return ownMethod(this, 'deleteClaimedAttachment')?.call(this, leased);
  }

  /**
   * Returns a page of all attachments of the owner, leased attachments included. Called by `exportOwner` and
   * `eraseOwner`. Default: rejects with `not_implemented`.
   * @param query.after The id of the last attachment of the previous page, or null. It may have been deleted since.
   * @returns At most `limit` attachments in any order that does not change.
   */
  async loadAttachments(
    _query: { limit: number; after: string | null },
    _context: TContext,
  ): Promise<Page<Attachment>> {
    throw lacks('loadAttachments');
  }

  /**
   * Finds the threads of all owners whose newest item has a `created_at` before `before`. A thread without items counts
   * by its own `created_at`. A thread whose date cannot be read is never found. Called by `purge`. Default: rejects
   * with `not_implemented`.
   * @param query.limit The largest number of threads to examine.
   * @param query.after The `after` of the previous result, or null at the beginning.
   * @returns The old threads among the examined ones, and an opaque cursor. The cursor is null at the end. Threads may
   * be deleted between two calls.
   */
  async loadIdleThreads(_query: {
    before: Date;
    limit: number;
    after: string | null;
  }): Promise<{ data: IdleThread[]; after: string | null }> {
    throw lacks('loadIdleThreads');
  }

  /**
   * Deletes a thread and its items in one step, unless an item was added since {@link loadIdleThreads} found it. Leases
   * the attachments of the thread in the same step: {@link leaseUnsentAttachments} returns them for every `before` and
   * `leaseMs`. Default: rejects with `not_implemented`.
   * @returns True when this call has deleted the thread.
   */
  async deleteIdleThread(_thread: Pick<IdleThread, 'owner' | 'threadId' | 'state'>): Promise<boolean> {
    throw lacks('deleteIdleThread');
  }

  /** @deprecated The former name of {@link attachToThread}. The server calls it in a store that lacks the new name. */
  async tieAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const attach = ownMethod(this, 'attachToThread');
    return attach ? attach.call(this, attachment, context) : lookAndAttach(this, attachment, context);
  }

  /** @deprecated The former name of {@link leaseUnsentAttachments}, called as {@link tieAttachment} is. */
  async claimUnsentAttachments(query: { before: Date; limit: number; leaseMs?: number | undefined }) {
    return ownMethod(this, 'leaseUnsentAttachments')?.call(this, query) ?? [];
  }

  /** @deprecated The former name of {@link deleteLeasedAttachment}, called as {@link tieAttachment} is. */
  async deleteClaimedAttachment(claimed: { owner: string; id: string }): Promise<boolean | void> {
    return ownMethod(this, 'deleteLeasedAttachment')?.call(this, claimed);
  }
}

/** The error of an optional method without a default. */
function lacks(method: string): ChatKitError {
  return new ChatKitError('not_implemented', `The store does not implement \`${method}\``);
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

/**
 * Resolves with the items after an item, up to the end, oldest first. Empty when the last item of the end is missing.
 */
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

/** Deletes the items, newest first, and then calls `andThen`. Adds the items again in their order when a call fails. */
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

/** Resolves with false when the load rejects with NotFoundError, and with true otherwise. */
function isThere(load: Promise<unknown>): Promise<boolean> {
  return load.then(() => true, undefinedIfMissing).then((found) => found === true);
}

/** Handles a rejection: returns undefined for NotFoundError, and throws every other error again. */
function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}

/** Returns true when two items are the same JSON. */
export function sameItem(stored: unknown, given: ThreadItem): boolean {
  return isDeepStrictEqual(copyJson(stored), copyJson(given));
}

/** Returns true for an item that waits for the client. */
export function isPending(item: unknown): boolean {
  return (item as { status?: unknown } | undefined)?.status === 'pending';
}

/** The refusal of {@link Store.createThread}. */
export function threadExists(threadId: string): ChatKitError {
  return new ChatKitError('conflict', `Another thread has the id ${threadId}`);
}

/** The refusal of {@link Store.insertItem}. */
export function itemExists(itemId: string): ChatKitError {
  return new ChatKitError('conflict', `Another item has the id ${itemId}`);
}

/** The refusal of {@link Store.completeItem}. */
export function notPending(itemId: string): ChatKitError {
  return new ChatKitError('conflict', `The item ${itemId} is not pending any more`);
}
