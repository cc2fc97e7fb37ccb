// A Store in this process's memory, for tests and demos: nothing outlives the process or reaches another one.
import { NotFoundError } from '../errors';
import type { Attachment, Page, Thread, ThreadItem } from '../protocol';
import { copyJson } from '../protocol/json';
import { LinkedMap } from './linked-map';
import { assertOwner } from './owner';
import {
  type LeasedAttachment,
  type Completed,
  type Completion,
  isPending,
  itemExists,
  notPending,
  type PageQuery,
  sameItem,
  Store,
  type ThreadEnd,
  threadExists,
} from './store';
import { changedThread, type ThreadChange } from './thread-change';

interface ThreadEntry {
  thread: Thread;
  /** Missing until the first item, which keeps an idle thread small. */
  items: LinkedMap<ThreadItem> | undefined;
  /** The attempt that completed an item, by the item's id. Missing until the first. */
  attempts?: Map<string, string>;
}

interface AttachmentEntry {
  attachment: Attachment;
  /** When it was first saved, in milliseconds since 1970. */
  savedAt: number;
  /** Counts the leases, of all attachments. 0 for one that was never leased. */
  lease: number;
}

/** All that one owner has. */
interface Space {
  threads: LinkedMap<ThreadEntry>;
  attachments: Map<string, AttachmentEntry>;
  /** The ids of each thread's attachments. */
  attachmentsOf: Map<string, Set<string>>;
}

/**
 * Keeps everything in memory, until it is deleted or the process ends.
 *
 * Without `owner`, everybody shares one space and sees every thread: fine for tests and demos, not for several users.
 * With it, each owner has a space of their own. The same id can be in two spaces, and neither sees the other's.
 *
 * Any call rejects with ChatKitError `unauthorized` when `owner` gives anything but a non-empty string, and a save
 * with TypeError when it is given what JSON cannot hold. A call that rejects has changed nothing.
 */
export class MemoryStore<TContext = unknown> extends Store<TContext> {
  readonly #owner: ((context: TContext) => string) | undefined;
  readonly #spaces = new Map<string, Space>();
  #leases = 0;

  /**
   * @param options.owner Names the owner of a request, such as `(context) => context.userId`. Called once for each
   * call; not async. What it throws, the call rejects with. Default: none, one space for everybody.
   */
  constructor(options: { owner?: (context: TContext) => string } = {}) {
    super();
    this.#owner = options.owner;
  }

  override ownerOf(context: TContext): string {
    return this.#ownerOf(context);
  }

  /** @throws NotFoundError */
  override async loadThread(threadId: string, context: TContext): Promise<Thread> {
    return copyJson(this.#entry(threadId, context).thread);
  }

  /** Adds the thread as the newest, or replaces it in its place and keeps its items. */
  override async saveThread(thread: Thread, context: TContext): Promise<void> {
    const copied = copyJson(thread);
    const { threads } = this.#space(context, 'save');
    const entry = threads.get(copied.id);
    if (entry) entry.thread = copied;
    else threads.set(copied.id, { thread: copied, items: undefined });
  }

  /** Changes the named fields and keys in one step. @throws NotFoundError when the thread is not there. */
  override async updateThread(threadId: string, change: ThreadChange, context: TContext): Promise<Thread> {
    const entry = this.#entry(threadId, context);
    entry.thread = changedThread(entry.thread, change);
    return copyJson(entry.thread);
  }

  /** Adds both or neither. @throws ChatKitError `conflict` when another thread has the id. */
  override async createThread(thread: Thread, firstItem: ThreadItem, context: TContext): Promise<void> {
    const [copied, item] = [copyJson(thread), copyJson(firstItem)];
    const { threads } = this.#space(context, 'save');
    const known = threads.get(copied.id);
    if (known) {
      const stored = known.items?.get(item.id);
      if (!stored || !sameItem(stored, item)) throw threadExists(copied.id);
      return;
    }
    const items = new LinkedMap<ThreadItem>();
    items.set(item.id, item);
    threads.set(copied.id, { thread: copied, items });
  }

  /** `limit` is clamped to 1 and `maxPageSize`. @throws NotFoundError for a cursor that is not there. */
  override async loadThreads(query: PageQuery, context: TContext): Promise<Page<Thread>> {
    return this.#space(context).threads.page(query, (entry) => copyJson(entry.thread));
  }

  /** Deletes the thread and its items. Attachments stay: returns the ids of those whose `thread_id` is the thread's. */
  override async deleteThread(threadId: string, context: TContext): Promise<string[]> {
    const { threads, attachmentsOf } = this.#space(context);
    threads.delete(threadId);
    return [...(attachmentsOf.get(threadId) ?? [])];
  }

  /** `limit` is clamped to 1 and `maxPageSize`. @throws NotFoundError for a thread or a cursor that is not there. */
  override async loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>> {
    const items = this.#entry(threadId, context).items ?? new LinkedMap<ThreadItem>();
    return items.page(query, copyJson);
  }

  /** Adds at the end, or replaces in its place: the same as {@link saveItem}. @throws NotFoundError when the thread is not there. */
  override async addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    this.#putItem(threadId, item, context);
  }

  /** Adds the item. @throws NotFoundError when the thread is not there, ChatKitError `conflict` for another item's id. */
  override async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const stored = this.#entry(threadId, context).items?.get(item.id);
    if (stored === undefined) this.#putItem(threadId, item, context);
    else if (!sameItem(stored, item)) throw itemExists(item.id);
  }

  /** Replaces in its place, or adds at the end. @throws NotFoundError when the thread is not there. */
  override async saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    this.#putItem(threadId, item, context);
  }

  /** @throws NotFoundError when the thread or the item is not there. */
  override async loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem> {
    return copyJson(this.#item(threadId, itemId, context).item);
  }

  /**
   * Replaces the item while it is pending. @throws NotFoundError when the thread or the item is not there.
   * @throws ChatKitError `conflict` when the item is not pending any more and another attempt completed it.
   */
  override async completeItem(
    threadId: string,
    item: ThreadItem,
    { attempt, turn }: Completion,
    context: TContext,
  ): Promise<Completed> {
    const copied = copyJson(item);
    const { entry, items, item: stored } = this.#item(threadId, copied.id, context);
    const repeated = entry.attempts?.get(copied.id) === attempt;
    if (!repeated) {
      if (!isPending(stored)) throw notPending(copied.id);
      items.set(copied.id, copied);
      (entry.attempts ??= new Map()).set(copied.id, attempt);
    }
    const pending = turn.filter((id) => id !== copied.id && isPending(items.get(id))).length;
    return { pending, repeated };
  }

  /** @throws NotFoundError when the thread or the item is not there. */
  override async loadItemAndEnd(
    threadId: string,
    itemId: string,
    context: TContext,
  ): Promise<{ item: ThreadItem; end: ThreadEnd }> {
    const { items, item } = this.#item(threadId, itemId, context);
    const { id: lastItemId = itemId, position } = items.last ?? {};
    return { item: copyJson(item), end: { lastItemId, position } };
  }

  /** Deletes all of them in one step. Does nothing when the item or the thread is not there. */
  override async deleteItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    context: TContext,
  ): Promise<void> {
    const items = this.#space(context).threads.get(threadId)?.items;
    items?.deleteAfter(itemId, { upTo: positionOf(end, items) });
  }

  /** Deletes and adds in one step. @throws NotFoundError when the thread or the item with `itemId` is not there. */
  override async replaceItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    item: ThreadItem,
    context: TContext,
  ): Promise<void> {
    const copied = copyJson(item);
    const { items } = this.#item(threadId, itemId, context);
    items.deleteAfter(itemId, { upTo: positionOf(end, items), kept: copied.id });
    items.set(copied.id, copied);
  }

  /** Does nothing when the item or the thread is not there. */
  override async deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void> {
    this.#space(context).threads.get(threadId)?.items?.delete(itemId);
  }

  /** Adds or replaces. @throws NotFoundError when it was leased. */
  override async saveAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const copied = copyJson(attachment);
    const space = this.#space(context, 'save');
    const known = space.attachments.get(copied.id);
    if (known?.lease) throw missingAttachment(copied.id);
    untie(space, copied.id);
    space.attachments.set(copied.id, { attachment: copied, savedAt: known?.savedAt ?? Date.now(), lease: 0 });
    const { id, thread_id: threadId } = copied;
    if (typeof threadId !== 'string') return;
    const attached = space.attachmentsOf.get(threadId);
    if (attached) attached.add(id);
    else space.attachmentsOf.set(threadId, new Set([id]));
  }

  /** @throws NotFoundError when it is not there, was leased, or is in another thread. */
  override async attachToThread(attachment: Attachment, context: TContext): Promise<void> {
    const { id, thread_id } = attachment;
    const entry = this.#space(context).attachments.get(id);
    if (!entry || entry.lease || (entry.attachment.thread_id ?? thread_id) !== thread_id) throw missingAttachment(id);
    await this.saveAttachment(attachment, context); // at once: nobody comes in between
  }

  /** @throws NotFoundError */
  override async loadAttachment(attachmentId: string, context: TContext): Promise<Attachment> {
    const entry = this.#space(context).attachments.get(attachmentId);
    if (!entry || entry.lease) throw missingAttachment(attachmentId);
    return copyJson(entry.attachment);
  }

  /** Does nothing when it is not there. */
  override async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    const space = this.#space(context);
    untie(space, attachmentId);
    space.attachments.delete(attachmentId);
  }

  override async leaseUnsentAttachments(query: { before: Date; limit: number }): Promise<LeasedAttachment[]> {
    const unsent = [...this.#spaces].flatMap(([owner, { attachments }]) =>
      [...attachments.values()]
        .filter(({ attachment, savedAt }) => !attachment.thread_id && savedAt < query.before.getTime())
        .map((entry) => ({ owner, entry })),
    );
    const leased = unsent.sort((a, b) => a.entry.lease - b.entry.lease).slice(0, query.limit);
    return leased.map(({ owner, entry }) => {
      entry.lease = ++this.#leases;
      return { owner, attachment: copyJson(entry.attachment) };
    });
  }

  override async deleteLeasedAttachment({ owner, id }: { owner: string; id: string }): Promise<void> {
    const attachments = this.#spaces.get(owner)?.attachments;
    if (attachments?.get(id)?.lease) attachments.delete(id);
  }

  #putItem(threadId: string, item: ThreadItem, context: TContext): void {
    const copied = copyJson(item);
    const entry = this.#entry(threadId, context);
    entry.items ??= new LinkedMap();
    entry.items.set(copied.id, copied);
  }

  #item(threadId: string, itemId: string, context: TContext) {
    const entry = this.#entry(threadId, context);
    const item = entry.items?.get(itemId);
    if (!entry.items || !item) throw new NotFoundError(`There is no item ${itemId} in the thread ${threadId}`);
    return { entry, items: entry.items, item };
  }

  #entry(threadId: string, context: TContext): ThreadEntry {
    const entry = this.#space(context).threads.get(threadId);
    if (!entry) throw new NotFoundError(`There is no thread ${threadId}`);
    return entry;
  }

  /** Only a save keeps a new owner's space, so that requests which store nothing take no memory. */
  #space(context: TContext, use: 'read' | 'save' = 'read'): Space {
    const owner = this.#ownerOf(context);
    let space = this.#spaces.get(owner);
    if (!space) {
      space = { threads: new LinkedMap(), attachments: new Map(), attachmentsOf: new Map() };
      if (use === 'save') this.#spaces.set(owner, space);
    }
    return space;
  }

  /** The key of the context's space. The shared one has the empty key, which no owner can have. */
  #ownerOf(context: TContext): string {
    if (this.#owner === undefined) return '';
    return assertOwner(this.#owner(context));
  }
}

function missingAttachment(attachmentId: string): NotFoundError {
  return new NotFoundError(`There is no attachment ${attachmentId}`);
}

/** The last position to delete. 0 deletes nothing, for an end whose item is not there. */
function positionOf(end: ThreadEnd | null, items: LinkedMap<ThreadItem>): number {
  return end === null ? Infinity : (end.position ?? items.positionOf(end.lastItemId) ?? 0);
}

/** Takes an attachment away from the thread it belongs to, if any. */
function untie({ attachments, attachmentsOf }: Space, attachmentId: string): void {
  const threadId = attachments.get(attachmentId)?.attachment.thread_id;
  if (typeof threadId !== 'string') return;
  const attached = attachmentsOf.get(threadId);
  attached?.delete(attachmentId);
  if (attached?.size === 0) attachmentsOf.delete(threadId);
}
