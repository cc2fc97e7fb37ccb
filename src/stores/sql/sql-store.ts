// A Store over SQL: what SqliteStore and PostgresStore have in common, which is all but how a statement is run.
import { ChatKitError, NotFoundError } from '../../errors';
import type { Attachment, Page, Thread, ThreadItem } from '../../protocol';
import { copyJson } from '../../protocol/json';
import { assertOwner } from '../owner';
import { pageSize } from '../page-size';
import {
  type LeasedAttachment,
  type Completed,
  type Completion,
  itemExists,
  notPending,
  type PageQuery,
  sameItem,
  Store,
  type ThreadEnd,
  threadExists,
} from '../store';
import type { ThreadChange } from '../thread-change';
import type { ConditionalWrites, Documents, End } from './conditional';
import { toKey } from './keys';
import type { Statements } from './statements';

/** A value of a statement. */
export type SqlValue = string | number | null;

/** A database that statements can be run on. */
export interface SqlBackend extends Documents {
  /** The store's name, for messages. */
  readonly name: string;
  readonly statements: Statements;
  readonly conditional: ConditionalWrites;
  /** Brings the schema to the newest version. */
  migrate(): Promise<void>;
  /** Runs a statement, in a transaction of its own, and gives its rows. */
  execute(statement: string, values: SqlValue[]): Promise<unknown[]>;
  /** True for an error that may not occur again a moment later. */
  isTransient(error: unknown): boolean;
}

/**
 * What both SQL stores do. Documents are stored whole, as JSON, beside the columns that are queried.
 *
 * Every method rejects with ChatKitError `internal` before {@link migrate} has been awaited, with `unauthorized` when
 * `owner` gives anything but a non-empty string, with TypeError for a document that JSON cannot hold, and with the
 * driver's own error when the database fails. A call that rejects has changed nothing. What is returned is the caller's.
 */
export abstract class SqlStore<TContext> extends Store<TContext> {
  readonly #backend: SqlBackend;
  readonly #statements: Statements;
  readonly #conditional: ConditionalWrites;
  readonly #owner: (context: TContext) => string;
  #migrated = false;

  /** @internal */
  protected constructor(backend: SqlBackend, owner: (context: TContext) => string) {
    super();
    if (typeof owner !== 'function') {
      throw new ChatKitError(
        'invalid_request',
        `${backend.name}: \`owner\` must be a function that names the owner of a request, such as ` +
          "`(context) => context.userId`. Where everybody is to see everything, say so: `owner: () => 'shared'`",
      );
    }
    this.#backend = backend;
    this.#statements = backend.statements;
    this.#conditional = backend.conditional;
    this.#owner = owner;
  }

  /**
   * Creates the tables, or brings them to this version's schema. Await it once in each process, before the first
   * request. Any number of processes can do so at the same moment, and again at any time: one migrates, the others wait.
   * @throws ChatKitError `internal` when the schema is newer than this version of the package knows; the driver's error
   * when the database fails. Do not serve after either: nothing was changed.
   */
  async migrate(): Promise<void> {
    await this.#backend.migrate();
    this.#migrated = true;
  }

  /** Resolves when the database answers a statement. Rejects before {@link migrate} too: no request could be served. */
  override async ping(): Promise<void> {
    this.#checkMigrated();
    await this.#execute('SELECT 1', []);
  }

  override ownerOf(context: TContext): string {
    return assertOwner(this.#owner(context));
  }

  /** True for an error of the connection or the server, and for a conflict with another transaction. */
  override isTransient(error: unknown): boolean {
    return this.#backend.isTransient(error);
  }

  /** @throws NotFoundError */
  override async loadThread(threadId: string, context: TContext): Promise<Thread> {
    const rows = await this.#execute(this.#statements.loadThread, [this.#ownerOf(context), toKey(threadId)]);
    return this.#first(rows, `There is no thread ${threadId}`) as Thread;
  }

  /** Adds the thread as the newest, or replaces it in its place and keeps its items. Of two at once the later wins. */
  override async saveThread(thread: Thread, context: TContext): Promise<void> {
    const { id, document } = this.#write(thread);
    await this.#execute(this.#statements.saveThread, [this.#ownerOf(context), id, document]);
  }

  /** Changes the named fields and keys in one step. @throws NotFoundError when the thread is not there. */
  override async updateThread(threadId: string, change: ThreadChange, context: TContext): Promise<Thread> {
    const rows = await this.#conditional.updateThread([this.#ownerOf(context), toKey(threadId)], copyJson(change));
    return this.#first(rows, `There is no thread ${threadId}`) as Thread;
  }

  /** Adds both or neither. @throws ChatKitError `conflict` when another thread has the id. */
  override async createThread(thread: Thread, firstItem: ThreadItem, context: TContext): Promise<void> {
    const row = this.#write(thread);
    const itemRow = this.#write(firstItem);
    const owner = this.#ownerOf(context);
    if (await this.#conditional.createThread(owner, row, itemRow)) return;
    const [stored] = await this.#execute(this.#statements.loadItem, [owner, row.id, itemRow.id]);
    if (!stored || !sameItem(this.#read(stored), itemRow.copied)) throw threadExists(row.copied.id);
  }

  /** `limit` is clamped to 1 and `maxPageSize`. @throws NotFoundError for a cursor that is not there. */
  override async loadThreads(query: PageQuery, context: TContext): Promise<Page<Thread>> {
    const owner = this.#ownerOf(context);
    const page = await this.#page<Thread>(this.#statements.threads, [owner], query);
    // An unknown cursor has nothing after it, so it is told apart where nothing was found.
    if (page.data.length === 0 && query.after !== null) {
      await this.#find(this.#statements.hasThread, [owner, toKey(query.after)], missingCursor(query.after));
    }
    return page;
  }

  /** Deletes the thread and its items. Attachments stay: returns the ids of those whose `thread_id` is the thread's. */
  override async deleteThread(threadId: string, context: TContext): Promise<string[]> {
    const thread = [this.#ownerOf(context), toKey(threadId)];
    await this.#execute(this.#statements.deleteThread, thread);
    const rows = await this.#execute(this.#statements.attachmentsOf, thread);
    return Array.from(rows, (row) => (this.#read(row) as Attachment).id);
  }

  /** `limit` is clamped to 1 and `maxPageSize`. @throws NotFoundError for a thread or a cursor that is not there. */
  override async loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>> {
    const { after } = query;
    const thread = [this.#ownerOf(context), toKey(threadId)];
    const page = await this.#page<ThreadItem>(this.#statements.items, thread, query, `There is no thread ${threadId}`);
    if (page.data.length > 0) return page;
    if (after !== null) await this.#find(this.#statements.hasItem, [...thread, toKey(after)], missingCursor(after));
    return page;
  }

  /** Adds at the end, or replaces in its place: the same as {@link saveItem}. @throws NotFoundError when the thread is not there. */
  override async addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.#saveItem(threadId, item, context);
  }

  /** Adds the item. @throws NotFoundError when the thread is not there, ChatKitError `conflict` for another item's id. */
  override async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const { id, document, copied } = this.#write(item);
    const thread = [this.#ownerOf(context), toKey(threadId)];
    if ((await this.#execute(this.#statements.insertItem, [...thread, id, document])).length > 0) return;
    const [stored] = await this.#execute(this.#statements.loadItem, [...thread, id]);
    if (!stored) throw new NotFoundError(`There is no thread ${threadId}`);
    if (!sameItem(this.#read(stored), copied)) throw itemExists(copied.id);
  }

  /** Replaces in its place, or adds at the end. @throws NotFoundError when the thread is not there. */
  override async saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.#saveItem(threadId, item, context);
  }

  /** @throws NotFoundError when the thread or the item is not there. */
  override async loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem> {
    const item = [this.#ownerOf(context), toKey(threadId), toKey(itemId)];
    const rows = await this.#execute(this.#statements.loadItem, item);
    return this.#first(rows, missingItem(itemId, threadId)) as ThreadItem;
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
    const row = this.#write(item);
    const keys = { attempt: toKey(attempt), turn: turn.map(toKey) };
    const thread = [this.#ownerOf(context), toKey(threadId)] as const;
    const { found, completed, repeated, pending } = await this.#conditional.completeItem(thread, row, keys);
    if (!found) throw new NotFoundError(missingItem(row.copied.id, threadId));
    if (!completed && !repeated) throw notPending(row.copied.id);
    return { pending, repeated };
  }

  /** @throws NotFoundError when the thread or the item is not there. */
  override async loadItemAndEnd(
    threadId: string,
    itemId: string,
    context: TContext,
  ): Promise<{ item: ThreadItem; end: ThreadEnd }> {
    const values = [this.#ownerOf(context), toKey(threadId), toKey(itemId)];
    const rows = await this.#execute(this.#statements.loadItemAndEnd, values);
    const item = this.#first(rows, missingItem(itemId, threadId)) as ThreadItem;
    const { position, last } = rows[0] as { position: number | string; last: string };
    // PostgreSQL's driver gives a bigint as text.
    return { item, end: { lastItemId: this.#parse(last) as string, position: Number(position) } };
  }

  /** Deletes all of them in one step. Does nothing when the item or the thread is not there. */
  override async deleteItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    context: TContext,
  ): Promise<void> {
    const thread = [this.#ownerOf(context), toKey(threadId)] as const;
    await this.#conditional.deleteItemsAfter(thread, toKey(itemId), endKeys(end));
  }

  /** Deletes and adds in one step. @throws NotFoundError when the thread or the item with `itemId` is not there. */
  override async replaceItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    item: ThreadItem,
    context: TContext,
  ): Promise<void> {
    const row = this.#write(item);
    const thread = [this.#ownerOf(context), toKey(threadId)] as const;
    const replaced = await this.#conditional.replaceItemsAfter(thread, toKey(itemId), endKeys(end), row);
    if (!replaced) throw new NotFoundError(missingItem(itemId, threadId));
  }

  /** Does nothing when the item or the thread is not there. */
  override async deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void> {
    await this.#execute(this.#statements.deleteItem, [this.#ownerOf(context), toKey(threadId), toKey(itemId)]);
  }

  /** Adds or replaces. @throws NotFoundError when it was leased. */
  override async saveAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const { id, document, copied } = this.#write(attachment);
    const threadId = typeof copied.thread_id === 'string' ? toKey(copied.thread_id) : null;
    const values = [this.#ownerOf(context), id, threadId, document, Date.now()];
    await this.#find(this.#statements.saveAttachment, values, `There is no attachment ${copied.id}`);
  }

  /** @throws NotFoundError when it is not there, was leased, or is in another thread. */
  override async attachToThread(attachment: Attachment, context: TContext): Promise<void> {
    const { id, document, copied } = this.#write(attachment);
    const values = [this.#ownerOf(context), id, toKey(copied.thread_id as string), document];
    await this.#find(
      this.#statements.attachToThread,
      values,
      `There is no attachment ${copied.id} outside other threads`,
    );
  }

  /** @throws NotFoundError */
  override async loadAttachment(attachmentId: string, context: TContext): Promise<Attachment> {
    const rows = await this.#execute(this.#statements.loadAttachment, [this.#ownerOf(context), toKey(attachmentId)]);
    return this.#first(rows, `There is no attachment ${attachmentId}`) as Attachment;
  }

  /** Does nothing when it is not there. */
  override async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    await this.#execute(this.#statements.deleteAttachment, [this.#ownerOf(context), toKey(attachmentId)]);
  }

  override async leaseUnsentAttachments(query: { before: Date; limit: number }): Promise<LeasedAttachment[]> {
    this.#checkMigrated();
    const values = [Date.now(), query.before.getTime(), query.limit];
    const rows = await this.#execute(this.#statements.leaseAttachments, values);
    return Array.from(rows, (row) => ({
      owner: (row as { owner: string }).owner,
      attachment: this.#read(row) as Attachment,
    }));
  }

  override async deleteLeasedAttachment({ owner, id }: { owner: string; id: string }): Promise<void> {
    this.#checkMigrated();
    await this.#execute(this.#statements.deleteLeased, [owner, toKey(id)]); // the owner as it stands in the row
  }

  async #saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const { id, document } = this.#write(item);
    const values = [this.#ownerOf(context), toKey(threadId), id, document];
    await this.#find(this.#statements.saveItem, values, `There is no thread ${threadId}`);
  }

  /** @throws NotFoundError saying what is `missing`, when it is given and the statement gives no row at all. */
  async #page<Row extends { id: string }>(
    statements: Statements['threads'],
    list: SqlValue[],
    { limit, after, order }: PageQuery,
    missing?: string,
  ): Promise<Page<Row>> {
    const size = pageSize(limit);
    const { first, next } = statements[order === 'desc' ? 'desc' : 'asc'];
    const rest = size + 1; // one more than asked for tells whether there are more
    const found = await (after === null
      ? this.#execute(first, [...list, rest])
      : this.#execute(next, [...list, toKey(after), rest]));
    if (missing !== undefined && found.length === 0) throw new NotFoundError(missing);
    const rows = found.filter((row) => (row as { document: string | null }).document !== null);
    const data = Array.from(rows.slice(0, size), (row) => this.#read(row) as Row);
    return rows.length > size ? { data, has_more: true, after: data.at(-1)?.id } : { data, has_more: false };
  }

  /** @throws NotFoundError saying what is `missing`, where the statement gives no row. */
  async #find(statement: string, values: SqlValue[], missing: string): Promise<void> {
    const rows = await this.#execute(statement, values);
    if (rows.length === 0) throw new NotFoundError(missing);
  }

  async #execute(statement: string, values: SqlValue[]): Promise<unknown[]> {
    return this.#backend.execute(statement, values);
  }

  /** The first value of every statement. */
  #ownerOf(context: TContext): string {
    const owner = assertOwner(this.#owner(context));
    this.#checkMigrated();
    return toKey(owner);
  }

  #checkMigrated(): void {
    if (this.#migrated) return;
    const { name } = this.#backend;
    throw new ChatKitError('internal', `${name}: \`await store.migrate()\` once before the first request`);
  }

  #write<Row extends { id: string }>(given: Row) {
    const copied = copyJson(given); // refuses what JSON cannot hold, and says where it is
    return { copied, id: toKey(copied.id), document: this.#backend.toDocument(JSON.stringify(copied)) };
  }

  #read(row: unknown): unknown {
    return this.#parse((row as { document: string }).document);
  }

  #parse(text: string): unknown {
    return JSON.parse(this.#backend.fromDocument(text));
  }

  #first(rows: unknown[], missing: string): unknown {
    if (rows.length === 0) throw new NotFoundError(missing);
    return this.#read(rows[0]);
  }
}

function missingCursor(id: string): string {
  return `The cursor ${id} is not in the list`;
}

function missingItem(itemId: string, threadId: string): string {
  return `There is no item ${itemId} in the thread ${threadId}`;
}

function endKeys(end: ThreadEnd | null): End | null {
  return end && { position: end.position ?? null, id: toKey(end.lastItemId) };
}
