// A Store in this process's memory, for tests and demos. Other processes do not see its data.
import { ChatKitError, NotFoundError } from '../errors';
import { checkOptionNames } from '../known-options';
import type { Attachment, Page, Thread, ThreadItem } from '../protocol';
import { copyJson } from '../protocol/json';
import { LinkedMap } from './linked-map';
import { isLocked, threadLocked } from '../locked-thread';
import { assertOwner } from './owner';
import { pageSize } from './page-size';
import {
  type IdleThread,
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
  /** Unique in the store. A deleted thread that is created again has another number. */
  number: number;
  thread: Thread;
  /** Undefined until the first item, so that an empty thread needs little memory. */
  items: LinkedMap<ThreadItem> | undefined;
  /** The attempt that completed an item, by the item's id. Undefined until the first completion. */
  attempts?: Map<string, string>;
}

interface AttachmentEntry {
  attachment: Attachment;
  /** The time of the first save, in milliseconds since 1970. */
  savedAt: number;
  /** The number of the newest lease of this attachment, counted over all attachments. 0 without a lease. */
  lease: number;
  /** The time of the newest lease, in milliseconds since 1970. 0 without a lease. */
  leasedAt: number;
}

/** The data of one owner. */
interface Space {
  threads: LinkedMap<ThreadEntry>;
  attachments: Map<string, AttachmentEntry>;
  /** The ids of each thread's attachments. */
  attachmentsOf: Map<string, Set<string>>;
}

/**
 * Keeps everything in memory, until it is deleted or the process ends.
 *
 * Without `owner`, all requests share one space: use that for tests and demos, not for several users. With `owner`,
 * each owner has a separate space. Two spaces can contain the same id, and no owner sees the data of another.
 *
 * Any call rejects with ChatKitError `unauthorized` when `owner` does not return a non-empty string. A save rejects
 * with TypeError for a value that JSON cannot represent. A call that rejects has changed nothing.
 */
export class MemoryStore<TContext = unknown> extends Store<TContext> {
  readonly #owner: ((context: TContext) => string) | undefined;
  readonly #spaces = new Map<string, Space>();
  #leases = 0;
  #threads = 0;

  /**
   * @param options.owner Returns the owner of a request, such as `(context) => context.userId`. Called once for each
   * call. Not async. When it throws, the call rejects with that error. Default: one space for all requests.
   * @throws ChatKitError `invalid_request` for an unknown option, and for an `owner` that is not a function.
   */
  constructor(options: { owner?: ((context: TContext) => string) | undefined } = {}) {
    super();
    checkOptionNames('MemoryStore', options, ['owner']);
    const { owner } = options ?? {};
    if (owner !== undefined && typeof owner !== 'function') {
      throw new ChatKitError('invalid_request', 'MemoryStore: `owner` must be a function');
    }
    this.#owner = owner;
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
    else threads.set(copied.id, { number: ++this.#threads, thread: copied, items: undefined });
  }

  /** Changes the named fields and keys in one step. @throws NotFoundError when the thread does not exist. */
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
    threads.set(copied.id, { number: ++this.#threads, thread: copied, items });
  }

  /** Clamps `limit` between 1 and `maxPageSize`. @throws NotFoundError for an unknown cursor. */
  override async loadThreads(query: PageQuery, context: TContext): Promise<Page<Thread>> {
    return this.#space(context).threads.page(query, (entry) => copyJson(entry.thread));
  }

  /** Deletes the thread and its items. Returns the ids of the attachments of the thread, which are not deleted. */
  override async deleteThread(threadId: string, context: TContext): Promise<string[]> {
    const space = this.#space(context);
    space.threads.delete(threadId);
    this.#dropEmpty(this.#ownerOf(context), space);
    return [...(space.attachmentsOf.get(threadId) ?? [])];
  }

  /** Clamps `limit` between 1 and `maxPageSize`. @throws NotFoundError for an unknown thread or cursor. */
  override async loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>> {
    const items = this.#entry(threadId, context).items ?? new LinkedMap<ThreadItem>();
    return items.page(query, copyJson);
  }

  /** Does the same as {@link saveItem}. @throws NotFoundError when the thread does not exist. */
  override async addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    this.#putItem(threadId, item, context);
  }

  /**
   * Adds the item at the end. @throws NotFoundError when the thread does not exist. ChatKitError `conflict` when
   * another item has the id.
   */
  override async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const stored = this.#entry(threadId, context).items?.get(item.id);
    if (stored === undefined) this.#putItem(threadId, item, context);
    else if (!sameItem(stored, item)) throw itemExists(item.id);
  }

  /** Adds the item. @throws as {@link insertItem}, and ChatKitError `forbidden` when the thread is locked or closed. */
  override async insertItemIfActive(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const { thread, items } = this.#entry(threadId, context);
    const stored = items?.get(item.id);
    if (stored !== undefined) {
      if (!sameItem(stored, item)) throw itemExists(item.id);
    } else if (isLocked(thread)) throw threadLocked(thread);
    else this.#putItem(threadId, item, context);
  }

  /** Replaces the item in its place, or adds it at the end. @throws NotFoundError when the thread does not exist. */
  override async saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    this.#putItem(threadId, item, context);
  }

  /** @throws NotFoundError when the thread or the item does not exist. */
  override async loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem> {
    return copyJson(this.#item(threadId, itemId, context).item);
  }

  /**
   * Replaces the item while it is pending. @throws NotFoundError when the thread or the item does not exist.
   * @throws ChatKitError `conflict` when another attempt has completed the item.
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

  /** @throws NotFoundError when the thread or the item does not exist. */
  override async loadItemAndEnd(
    threadId: string,
    itemId: string,
    context: TContext,
  ): Promise<{ item: ThreadItem; end: ThreadEnd }> {
    const { items, item } = this.#item(threadId, itemId, context);
    const { id: lastItemId = itemId, position } = items.last ?? {};
    return { item: copyJson(item), end: { lastItemId, position } };
  }

  /** Deletes the items in one step. Does nothing when the item or the thread does not exist. */
  override async deleteItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    context: TContext,
  ): Promise<void> {
    const items = this.#space(context).threads.get(threadId)?.items;
    items?.deleteAfter(itemId, { upTo: positionOf(end, items) });
  }

  /** Deletes and adds in one step. @throws NotFoundError when the thread or the item with `itemId` does not exist. */
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

  /** Deletes the item. Does nothing when the item or the thread does not exist. */
  override async deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void> {
    this.#space(context).threads.get(threadId)?.items?.delete(itemId);
  }

  /** Adds or replaces the attachment. @throws NotFoundError for a leased attachment. */
  override async saveAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const copied = copyJson(attachment);
    const space = this.#space(context, 'save');
    const known = space.attachments.get(copied.id);
    if (known?.lease) throw missingAttachment(copied.id);
    untie(space, copied.id);
    space.attachments.set(copied.id, { attachment: copied, ...fresh(known) });
    const { id, thread_id: threadId } = copied;
    if (typeof threadId !== 'string') return;
    const attached = space.attachmentsOf.get(threadId);
    if (attached) attached.add(id);
    else space.attachmentsOf.set(threadId, new Set([id]));
  }

  /**
   * Attaches the attachment to its thread. @throws NotFoundError when the attachment does not exist, is leased, or is
   * in another thread.
   */
  override async attachToThread(attachment: Attachment, context: TContext): Promise<void> {
    const { id, thread_id } = attachment;
    const entry = this.#space(context).attachments.get(id);
    if (!entry || entry.lease || (entry.attachment.thread_id ?? thread_id) !== thread_id) throw missingAttachment(id);
    await this.saveAttachment(attachment, context); // in the same tick, so no other call runs in between
  }

  /** @throws NotFoundError */
  override async loadAttachment(attachmentId: string, context: TContext): Promise<Attachment> {
    const entry = this.#space(context).attachments.get(attachmentId);
    if (!entry || entry.lease) throw missingAttachment(attachmentId);
    return copyJson(entry.attachment);
  }

  /** Deletes the attachment. Does nothing when it does not exist. */
  override async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    const space = this.#space(context);
    untie(space, attachmentId);
    space.attachments.delete(attachmentId);
    this.#dropEmpty(this.#ownerOf(context), space);
  }

  /** Returns attachments in order of their ids. */
  override async loadAttachments(
    { limit, after }: { limit: number; after: string | null },
    context: TContext,
  ): Promise<Page<Attachment>> {
    const ids = [...this.#space(context).attachments.keys()].filter((id) => after === null || id > after).sort();
    const size = pageSize(limit);
    const data = ids.slice(0, size).map((id) => copyJson(this.#space(context).attachments.get(id)?.attachment));
    const page = { data: data as Attachment[], has_more: ids.length > size };
    return page.has_more ? { ...page, after: ids[size - 1] } : page;
  }

  override async loadIdleThreads(query: { before: Date; limit: number; after: string | null }) {
    const [owner, position] = query.after === null ? ['', -1] : (JSON.parse(query.after) as [string, number]);
    const data: IdleThread[] = [];
    let left = pageSize(query.limit);
    for (const [name, space] of this.#spacesFrom(owner)) {
      for (const row of space.threads.after(name === owner ? position : -1)) {
        const newest = row.value.items?.last;
        const created_at = newest ? row.value.items?.get(newest.id)?.created_at : row.value.thread.created_at;
        if (Date.parse(created_at ?? '') < query.before.getTime()) {
          const attachments = space.attachmentsOf.get(row.id)?.size ?? 0;
          data.push({ owner: name, threadId: row.id, state: stateOf(row.value), attachments });
        }
        if (--left === 0) return { data, after: JSON.stringify([name, row.position]) };
      }
    }
    return { data, after: null };
  }

  override async deleteIdleThread({ owner, threadId, state }: Pick<IdleThread, 'owner' | 'threadId' | 'state'>) {
    const space = this.#spaces.get(owner);
    const thread = space?.threads.get(threadId);
    if (!space || !thread || stateOf(thread) !== state) return false;
    space.threads.delete(threadId);
    for (const id of space.attachmentsOf.get(threadId) ?? []) {
      const entry = space.attachments.get(id);
      if (!entry) continue;
      const { thread_id: _attached, ...attachment } = entry.attachment;
      Object.assign(entry, { attachment, savedAt: 0, lease: ++this.#leases, leasedAt: 0 });
    }
    space.attachmentsOf.delete(threadId);
    this.#dropEmpty(owner, space);
    return true;
  }

  override async leaseUnsentAttachments(query: {
    before: Date;
    limit: number;
    leaseMs?: number | undefined;
  }): Promise<LeasedAttachment[]> {
    const leasedUntil = Date.now() - (query.leaseMs ?? 0);
    const unsent = [...this.#spaces].flatMap(([owner, { attachments }]) =>
      [...attachments.values()]
        .filter(({ attachment, savedAt }) => !attachment.thread_id && savedAt < query.before.getTime())
        .filter(({ leasedAt }) => leasedAt <= leasedUntil)
        .map((entry) => ({ owner, entry })),
    );
    const leased = unsent.sort((a, b) => a.entry.lease - b.entry.lease).slice(0, query.limit);
    return leased.map(({ owner, entry }) => {
      Object.assign(entry, { lease: ++this.#leases, leasedAt: Date.now() });
      return { owner, attachment: copyJson(entry.attachment) };
    });
  }

  override async deleteLeasedAttachment({ owner, id }: { owner: string; id: string }): Promise<boolean | void> {
    const space = this.#spaces.get(owner);
    if (!space?.attachments.get(id)?.lease) return false;
    space.attachments.delete(id);
    this.#dropEmpty(owner, space);
    return true;
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

  /** Iterates over the spaces in order of their owners, from an owner on. */
  #spacesFrom(owner: string): [string, Space][] {
    return [...this.#spaces].filter(([name]) => name >= owner).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Forgets the owner of an empty space. */
  #dropEmpty(owner: string, { threads, attachments }: Space): void {
    if (!threads.last && attachments.size === 0) this.#spaces.delete(owner);
  }

  /** Returns the space of an owner. Only a save stores a new space, so that other requests need no memory. */
  #space(context: TContext, use: 'read' | 'save' = 'read'): Space {
    const owner = this.#ownerOf(context);
    let space = this.#spaces.get(owner);
    if (!space) {
      space = { threads: new LinkedMap(), attachments: new Map(), attachmentsOf: new Map() };
      if (use === 'save') this.#spaces.set(owner, space);
    }
    return space;
  }

  /** Returns the key of the context's space. The shared space has the empty key, which is not a valid owner. */
  #ownerOf(context: TContext): string {
    if (this.#owner === undefined) return '';
    return assertOwner(this.#owner(context));
  }
}

/** Returns the state of an attachment that is saved: a save ends the lease and keeps the time of the first save. */
function fresh(known: AttachmentEntry | undefined) {
  return { savedAt: known?.savedAt ?? Date.now(), lease: 0, leasedAt: 0 };
}

/** Returns {@link IdleThread.state}. */
function stateOf({ number, items }: ThreadEntry): string {
  return `${number}.${items?.last?.position ?? -1}`;
}

function missingAttachment(attachmentId: string): NotFoundError {
  return new NotFoundError(`There is no attachment ${attachmentId}`);
}

/** Returns the last position to delete. Returns 0, which deletes nothing, for an end whose item does not exist. */
function positionOf(end: ThreadEnd | null, items: LinkedMap<ThreadItem>): number {
  return end === null ? Infinity : (end.position ?? items.positionOf(end.lastItemId) ?? 0);
}

/** Removes an attachment from the list of its thread, if it has a thread. */
function untie({ attachments, attachmentsOf }: Space, attachmentId: string): void {
  const threadId = attachments.get(attachmentId)?.attachment.thread_id;
  if (typeof threadId !== 'string') return;
  const attached = attachmentsOf.get(threadId);
  attached?.delete(attachmentId);
  if (attached?.size === 0) attachmentsOf.delete(threadId);
}
