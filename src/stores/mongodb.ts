// chatkit-express/mongodb: a Store in MongoDB, for any number of processes. Imports no driver, and needs no
// transactions, so that a standalone server is enough.
import { ChatKitError, NotFoundError } from '../errors';
import { checkOptionNames } from '../known-options';
import type { Attachment, Page, Thread, ThreadItem } from '../protocol';
import { copyJson } from '../protocol/json';
import { toKey } from './keys';
import { Attachments } from './mongo/attachments';
import { isTransientOfMongo, type MongoDatabase } from './mongo/driver';
import { type EndKeys, Items } from './mongo/items';
import { ItemLog } from './mongo/log';
import { migrate } from './mongo/migrations';
import { Reads } from './mongo/reads';
import { Retention } from './mongo/retention';
import { itemFields, listOfOwner, listOfThread, parseRow, placed, toWritten, type Written } from './mongo/rows';
import { type Known, missingThread, succeeds, type ThreadKeys, threadKeys, ThreadRows } from './mongo/threads';
import { assertOwner } from './owner';
import { pageSize } from './page-size';
import {
  type Completed,
  type Completion,
  type IdleThread,
  type ItemAndEnd,
  itemExists,
  type LeasedAttachment,
  notPending,
  type PageQuery,
  sameItem,
  Store,
  type ThreadEnd,
  threadExists,
} from './store';
import type { ThreadChange } from './thread-change';

export type { MongoCollection, MongoDatabase, MongoWriteResult } from './mongo/driver';

/** Options of {@link MongoStore}. */
export interface MongoStoreOptions<TContext> {
  /**
   * A database of a connected client, such as `client.db('chat')`. Its reads go to the primary, which is the default.
   * The application closes the client after the last request.
   */
  db: MongoDatabase;
  /**
   * Returns the owner of a request, such as `(context) => context.userId`. Called once for each call. Not async. When
   * it throws, the call rejects with that error. Use `() => 'shared'` for one space that all requests share.
   */
  owner: (context: TContext) => string;
}

/**
 * Keeps everything in MongoDB (5.0 or later), without transactions.
 *
 * - A write is acknowledged when its call resolves. Its durability depends on the write concern of the database.
 * - Each call takes effect with one write of one document. Threads and items are rows of lists, and a unique index on
 *   the list and the position admits one writer at each position. Rows become visible in the order of their positions:
 *   a reader who has reached the end of a list finds later rows after that end, and never before it.
 * - Each item is a document of its own, which MongoDB limits to 16 MB. Documents keep the JSON as text.
 * - Deleted items are never visible. A deleted row keeps its position without its content, until its thread has been
 *   deleted for a day.
 *
 * Every method rejects with ChatKitError `internal` before {@link migrate} has resolved, with `unauthorized` when
 * `owner` does not return a non-empty string, with TypeError for a value that JSON cannot represent, and with the
 * driver's own error when the database fails. The caller may change the results.
 */
export class MongoStore<TContext = unknown> extends Store<TContext> {
  readonly #db: MongoDatabase;
  readonly #owner: (context: TContext) => string;
  readonly #reads: Reads;
  readonly #log: ItemLog;
  readonly #threads: ThreadRows;
  readonly #items: Items;
  readonly #attachments: Attachments;
  readonly #retention: Retention;
  #migrated = false;

  /** @throws ChatKitError `invalid_request` for an option that is missing or wrong. Does not touch the database. */
  constructor(options: MongoStoreOptions<TContext>) {
    super();
    checkOptionNames('MongoStore', options, ['db', 'owner']);
    const { db, owner } = options ?? {};
    if (typeof db?.collection !== 'function' || typeof db.command !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'MongoStore: `db` must be a database of a client. Run `npm install mongodb`, and pass ' +
          "`new MongoClient(url).db('chat')` of `mongodb`",
      );
    }
    if (typeof owner !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        'MongoStore: `owner` must be a function that returns the owner of a request, such as ' +
          "`(context) => context.userId`. To share everything between all requests, use `owner: () => 'shared'`",
      );
    }
    this.#db = db;
    this.#owner = owner;
    const rows = db.collection('chatkit_rows');
    this.#reads = new Reads(rows, 'chatkit_rows');
    this.#log = new ItemLog(rows);
    this.#threads = new ThreadRows(this.#reads);
    this.#items = new Items(this.#log, this.#threads);
    this.#attachments = new Attachments(db.collection('chatkit_attachments'));
    this.#retention = new Retention(this.#log, this.#threads, this.#attachments);
  }

  /**
   * Creates the indexes, and removes what threads that were deleted a day ago have left. Await this method in each
   * process before the first request. Several processes may call it at the same time, and repeatedly.
   * @throws ChatKitError `internal` when the schema is newer than this version of the package. The driver's error when
   * the database fails. The process must not serve requests then.
   */
  async migrate(): Promise<void> {
    await migrate(this.#db);
    await this.#retention.reap();
    this.#migrated = true;
  }

  /** Resolves when the database answers a command. Rejects before {@link migrate} has resolved. */
  override async ping(): Promise<void> {
    this.#checkMigrated();
    await this.#db.command({ ping: 1 });
  }

  override ownerOf(context: TContext): string {
    return assertOwner(this.#owner(context));
  }

  /** Returns true for an error of the connection or the server, and when the server is not the primary any more. */
  override isTransient(error: unknown): boolean {
    return isTransientOfMongo(error);
  }

  /** @throws NotFoundError */
  override async loadThread(threadId: string, context: TContext): Promise<Thread> {
    const row = await this.#threads.read(this.#keys(threadId, context));
    if (!row) throw missingThread(threadId);
    return parseRow(row) as Thread;
  }

  /**
   * Adds the thread as the newest, or replaces it in its place and keeps its items. Of two concurrent saves the later
   * wins.
   */
  override async saveThread(thread: Thread, context: TContext): Promise<void> {
    const written = toWritten(thread);
    await this.#fence(await this.#threads.save(this.#ownerOf(context), written));
  }

  /** Changes the named fields and keys in one step. @throws NotFoundError when the thread does not exist. */
  override async updateThread(threadId: string, change: ThreadChange, context: TContext): Promise<Thread> {
    const keys = this.#keys(threadId, context);
    const { thread, locked } = await this.#threads.update(threadId, keys, copyJson(change));
    await this.#fence(locked);
    return thread;
  }

  /** Adds both or neither. @throws ChatKitError `conflict` when another thread has the id. */
  override async createThread(thread: Thread, firstItem: ThreadItem, context: TContext): Promise<void> {
    const written = toWritten(thread);
    const item = toWritten(firstItem);
    const owner = this.#ownerOf(context);
    const keys = { owner, id: written.id };
    const { rows } = this.#log;
    const row = await this.#threads.makeNew(owner, written);
    if (!row) return this.#assertCreated(keys, written, item);
    const list = listOfThread(row._id);
    const itemRow = { list, id: item.id, ...itemFields(item), ...placed(row.base + 1, { epoch: 0, cuts: [] }) };
    // In this order: nobody sees the item before the thread.
    let isAdded = await succeeds(rows.insertMany([itemRow, row]));
    while (!isAdded && !(await this.#threads.read(keys))) {
      const { position } = await this.#threads.make(owner, written, row._id); // another thread has taken the position
      isAdded = await succeeds(rows.insertMany([{ ...row, position }]));
    }
    if (isAdded) {
      this.#threads.created(keys, row);
      return;
    }
    await rows.deleteMany({ list });
    await this.#assertCreated(keys, written, item);
  }

  /** @throws ChatKitError `conflict` unless the thread has the item. */
  async #assertCreated(keys: ThreadKeys, thread: Written<Thread>, item: Written<ThreadItem>): Promise<void> {
    const stored = await this.#items.load(keys, item.id);
    if (!stored || !sameItem(parseRow(stored), item.copied)) throw threadExists(thread.copied.id);
  }

  /** Clamps `limit` between 1 and `maxPageSize`. @throws NotFoundError for an unknown cursor. */
  override async loadThreads({ limit, after, order }: PageQuery, context: TContext): Promise<Page<Thread>> {
    const list = listOfOwner(this.#ownerOf(context));
    const size = pageSize(limit);
    const isDescending = order === 'desc';
    const page = { order, limit: size + 1, fields: { document: 1 } };
    if (after === null) {
      const options = { sort: { position: isDescending ? -1 : 1 }, limit: size + 1, projection: page.fields };
      return pageOf<Thread>(await this.#log.rows.find({ list }, options).toArray(), size);
    }
    const side = { operator: isDescending ? '$lt' : '$gt', otherwise: 'position' } as const;
    const found = await this.#reads.read<'page', unknown, object>({
      start: { filter: { list, id: toKey(after) }, fields: { position: 1 } },
      steps: { page: { ...page, sides: [side] } },
      list,
      page: 'page',
    });
    if (!found) throw missingCursor(after);
    return pageOf<Thread>(found.rows.page ?? [], size);
  }

  /** Deletes the thread and its items. Returns the ids of the attachments of the thread, which are not deleted. */
  override async deleteThread(threadId: string, context: TContext): Promise<string[]> {
    const keys = this.#keys(threadId, context);
    const deleted = await this.#threads.use(keys, async (known) =>
      this.#log.append(known, async ({ position }) => {
        let isEnded = false;
        const ending = this.#threads.end(keys, known, position + 1);
        if (!(await succeeds(ending.then((ended) => (isEnded = ended))))) return false;
        return isEnded ? known.list : undefined;
      }),
    );
    if (deleted !== undefined) await this.#log.clearAll(deleted);
    return this.#attachments.idsOf(keys.owner, keys.id);
  }

  /** Clamps `limit` between 1 and `maxPageSize`. @throws NotFoundError for an unknown thread or cursor. */
  override async loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>> {
    const size = pageSize(query.limit);
    const { order, after } = query;
    const cursor = after === null ? null : toKey(after);
    const keys = this.#keys(threadId, context);
    const rows = await this.#items.page(keys, { order, after: cursor, limit: size + 1 });
    if (rows === undefined) throw missingThread(threadId);
    if (rows === null) throw missingCursor(after ?? '');
    return pageOf<ThreadItem>(rows, size);
  }

  /** Does the same as {@link saveItem}. @throws NotFoundError when the thread does not exist. */
  override async addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const written = toWritten(item);
    await this.#demand(threadId, context, (known) => this.#items.save(known, written));
  }

  /**
   * Adds the item at the end. @throws NotFoundError when the thread does not exist. ChatKitError `conflict` when
   * another item has the id.
   */
  override async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const written = toWritten(item);
    const { stored } = await this.#demand(threadId, context, (known) => this.#items.insert(known, written));
    if (stored !== undefined && !sameItem(JSON.parse(stored), written.copied)) throw itemExists(written.copied.id);
  }

  /** Adds the item. @throws as {@link insertItem}, and ChatKitError `forbidden` when the thread is locked or closed. */
  override async insertItemIfActive(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const written = toWritten(item);
    const keys = this.#keys(threadId, context);
    const insert = (known: Known) => this.#items.insert(known, written, keys);
    const { stored } = await this.#demandOf(threadId, keys, insert);
    if (stored !== undefined && !sameItem(JSON.parse(stored), written.copied)) throw itemExists(written.copied.id);
  }

  /** Replaces the item in its place, or adds it at the end. @throws NotFoundError when the thread does not exist. */
  override async saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.addThreadItem(threadId, item, context);
  }

  /** @throws NotFoundError when the thread or the item does not exist. */
  override async loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem> {
    const keys = this.#keys(threadId, context);
    const row = await this.#items.load(keys, toKey(itemId));
    if (!row) throw missingItem(itemId, threadId);
    return parseRow(row) as ThreadItem;
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
    const written = toWritten(item);
    const keys = this.#keys(threadId, context);
    const given = { attempt: toKey(attempt), turn: turn.map(toKey) };
    const result = await this.#items.complete(keys, written, given);
    if (!result) throw missingItem(written.copied.id, threadId);
    const { completed, repeated, pending } = result;
    if (!completed && !repeated) throw notPending(written.copied.id);
    return { pending, repeated };
  }

  /** @throws NotFoundError when the thread or the item does not exist. */
  override async loadItemAndEnd(threadId: string, itemId: string, context: TContext): Promise<ItemAndEnd> {
    const keys = this.#keys(threadId, context);
    const found = await this.#items.loadWithEnd(keys, toKey(itemId));
    if (!found) throw missingItem(itemId, threadId);
    const { thread, lastItemId, position } = found;
    const end = { lastItemId, position };
    return { item: parseRow(found) as ThreadItem, end, thread: parseRow(thread) as Thread };
  }

  /** Deletes the items in one step. Does nothing when the item or the thread does not exist. */
  override async deleteItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    context: TContext,
  ): Promise<void> {
    const keys = this.#keys(threadId, context);
    await this.#threads.use(keys, (known) => this.#items.replaceAfter(known, toKey(itemId), endKeys(end), null));
  }

  /**
   * Deletes and adds in one step. An item with the id of the new item is replaced first, in a step of its own.
   * @throws NotFoundError when the thread or the item with `itemId` does not exist.
   */
  override async replaceItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    item: ThreadItem,
    context: TContext,
  ): Promise<void> {
    const written = toWritten(item);
    const keys = this.#keys(threadId, context);
    const replace = (known: Known) => this.#items.replaceAfter(known, toKey(itemId), endKeys(end), written);
    if (!(await this.#threads.use(keys, replace))) throw missingItem(itemId, threadId);
  }

  /** Deletes the item. Does nothing when the item or the thread does not exist. */
  override async deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void> {
    await this.#threads.use(this.#keys(threadId, context), (known) => this.#items.remove(known, toKey(itemId)));
  }

  /** Adds or replaces the attachment. @throws NotFoundError for a leased attachment. */
  override async saveAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const written = toWritten(attachment);
    await this.#attachments.save(this.#ownerOf(context), written);
  }

  /**
   * Attaches the attachment to its thread. @throws NotFoundError when the attachment does not exist, is leased, or is
   * in another thread.
   */
  override async attachToThread(attachment: Attachment, context: TContext): Promise<void> {
    const written = toWritten(attachment);
    await this.#attachments.attach(this.#ownerOf(context), written);
  }

  /** @throws NotFoundError */
  override async loadAttachment(attachmentId: string, context: TContext): Promise<Attachment> {
    return this.#attachments.load(this.#ownerOf(context), attachmentId);
  }

  /** Deletes the attachment. Does nothing when it does not exist. */
  override async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    await this.#attachments.remove(this.#ownerOf(context), attachmentId);
  }

  override async leaseUnsentAttachments(query: {
    before: Date;
    limit: number;
    leaseMs?: number | undefined;
  }): Promise<LeasedAttachment[]> {
    this.#checkMigrated();
    return this.#attachments.lease(query.before, query.limit, query.leaseMs ?? 0);
  }

  override async deleteLeasedAttachment({ owner, id }: { owner: string; id: string }): Promise<boolean | void> {
    this.#checkMigrated();
    return this.#attachments.removeLeased(owner, id);
  }

  /** Returns attachments in order of their keys. */
  override async loadAttachments(
    { limit, after }: { limit: number; after: string | null },
    context: TContext,
  ): Promise<Page<Attachment>> {
    return this.#attachments.page(this.#ownerOf(context), limit, after);
  }

  override async loadIdleThreads(query: { before: Date; limit: number; after: string | null }) {
    this.#checkMigrated();
    return this.#retention.loadIdle(query);
  }

  override async deleteIdleThread(thread: Pick<IdleThread, 'owner' | 'threadId' | 'state'>): Promise<boolean> {
    this.#checkMigrated();
    return this.#retention.remove(thread);
  }

  /** Takes the next position of a thread that was locked, so that a message that waits for it is checked again. */
  async #fence(known: Known | undefined): Promise<void> {
    if (known) await this.#log.append(known, (top) => this.#log.mark(known, top, { epoch: known.epoch }));
  }

  async #demand<Result>(
    threadId: string,
    context: TContext,
    use: (known: Known) => Promise<Result | undefined>,
  ): Promise<Result> {
    return this.#demandOf(threadId, this.#keys(threadId, context), use);
  }

  /** @throws NotFoundError when `use` resolves with undefined, because the thread does not exist. */
  async #demandOf<Result>(
    threadId: string,
    keys: ThreadKeys,
    use: (known: Known) => Promise<Result | undefined>,
  ): Promise<Result> {
    const result = await this.#threads.use(keys, use);
    if (result === undefined) throw missingThread(threadId);
    return result;
  }

  #keys(threadId: string, context: TContext): ThreadKeys {
    return threadKeys(this.#ownerOf(context), threadId);
  }

  /** Returns the key of the owner, which is a part of every list and every filter. */
  #ownerOf(context: TContext): string {
    const owner = assertOwner(this.#owner(context));
    this.#checkMigrated();
    return toKey(owner);
  }

  #checkMigrated(): void {
    if (this.#migrated) return;
    throw new ChatKitError('internal', 'MongoStore: call `await store.migrate()` once before the first request');
  }
}

function pageOf<Item extends { id: string }>(rows: readonly object[], size: number): Page<Item> {
  const data = rows.slice(0, size).map((row) => parseRow(row) as Item);
  return rows.length > size ? { data, has_more: true, after: data.at(-1)?.id } : { data, has_more: false };
}

function missingCursor(id: string): NotFoundError {
  return new NotFoundError(`The cursor ${id} is not in the list`);
}

function missingItem(itemId: string, threadId: string): NotFoundError {
  return new NotFoundError(`There is no item ${itemId} in the thread ${threadId}`);
}

function endKeys(end: ThreadEnd | null): EndKeys | null {
  return end && { position: end.position ?? null, id: toKey(end.lastItemId) };
}
