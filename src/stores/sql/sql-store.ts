// The common part of SqliteStore and PostgresStore: all methods, except the execution of a statement.
import { ChatKitError, NotFoundError } from '../../errors';
import type { Attachment, Page, Thread, ThreadItem } from '../../protocol';
import { copyJson } from '../../protocol/json';
import { isLocked, threadLocked } from '../../locked-thread';
import { assertOwner } from '../owner';
import { pageSize } from '../page-size';
import {
  type IdleThread,
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
import type { ConditionalWrites, Documents, End, ThreadKey } from './conditional';
import { toKey } from '../keys';
import type { Statements } from './statements';

/** A parameter of a statement. */
export type SqlValue = string | number | null;

/** The database of a store. */
export interface SqlBackend extends Documents {
  /** The name of the store for error messages. */
  readonly name: string;
  readonly statements: Statements;
  readonly conditional: ConditionalWrites;
  /** Updates the schema to the newest version. */
  migrate(): Promise<void>;
  /** Resolves with the statements that {@link migrate} would execute. */
  pendingStatements(): Promise<string[]>;
  /** Executes a statement in its own transaction, and resolves with its rows. */
  execute(statement: string, values: SqlValue[]): Promise<unknown[]>;
  /** Deletes a thread and leases its attachments in one step, if its newest item has not changed. */
  deleteIdleThread(thread: ThreadKey, position: number, lastItem: number): Promise<boolean>;
  /** True for an error that may not occur again a moment later. */
  isTransient(error: unknown): boolean;
}

/**
 * Implements the store for both databases. Documents are stored whole, as JSON, beside the columns that are queried.
 *
 * Every method rejects with ChatKitError `internal` before {@link migrate} has resolved, with `unauthorized` when
 * `owner` does not return a non-empty string, with TypeError for a value that JSON cannot represent, and with the
 * driver's own error when the database fails. A call that rejects has changed nothing. The caller may change the
 * results.
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
        `${backend.name}: \`owner\` must be a function that returns the owner of a request, such as ` +
          "`(context) => context.userId`. To share everything between all requests, use `owner: () => 'shared'`",
      );
    }
    this.#backend = backend;
    this.#statements = backend.statements;
    this.#conditional = backend.conditional;
    this.#owner = owner;
  }

  /**
   * Creates the tables, or updates them to this version's schema. Await this method in each process before the first
   * request. Several processes may call it at the same time, and repeatedly: one migrates and the others wait.
   * @throws ChatKitError `internal` when the schema is newer than this version of the package. The driver's error when
   * the database fails. Nothing was changed then, and the process must not serve requests.
   */
  async migrate(): Promise<void> {
    await this.#backend.migrate();
    this.#migrated = true;
  }

  /**
   * Resolves with the statements that {@link migrate} would execute, and changes nothing. Empty for a current schema.
   * @throws The same errors as {@link migrate}.
   */
  async pendingStatements(): Promise<string[]> {
    return this.#backend.pendingStatements();
  }

  /** Resolves when the database answers a statement. Rejects before {@link migrate} has resolved. */
  override async ping(): Promise<void> {
    this.#checkMigrated();
    await this.#execute('SELECT 1', []);
  }

  override ownerOf(context: TContext): string {
    return assertOwner(this.#owner(context));
  }

  /** Returns true for an error of the connection or the server, and for a conflict with another transaction. */
  override isTransient(error: unknown): boolean {
    return this.#backend.isTransient(error);
  }

  /** @throws NotFoundError */
  override async loadThread(threadId: string, context: TContext): Promise<Thread> {
    const rows = await this.#execute(this.#statements.loadThread, [this.#ownerOf(context), toKey(threadId)]);
    return this.#first(rows, `There is no thread ${threadId}`) as Thread;
  }

  /**
   * Adds the thread as the newest, or replaces it in its place and keeps its items. Of two concurrent saves the later
   * wins.
   */
  override async saveThread(thread: Thread, context: TContext): Promise<void> {
    const { id, document } = this.#write(thread);
    await this.#execute(this.#statements.saveThread, [this.#ownerOf(context), id, document]);
  }

  /** Changes the named fields and keys in one step. @throws NotFoundError when the thread does not exist. */
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

  /** Clamps `limit` between 1 and `maxPageSize`. @throws NotFoundError for an unknown cursor. */
  override async loadThreads(query: PageQuery, context: TContext): Promise<Page<Thread>> {
    const owner = this.#ownerOf(context);
    const page = await this.#page<Thread>(this.#statements.threads, [owner], query);
    // Checked only for an empty page, because a page after an unknown cursor is always empty.
    if (page.data.length === 0 && query.after !== null) {
      await this.#find(this.#statements.hasThread, [owner, toKey(query.after)], missingCursor(query.after));
    }
    return page;
  }

  /** Deletes the thread and its items. Returns the ids of the attachments of the thread, which are not deleted. */
  override async deleteThread(threadId: string, context: TContext): Promise<string[]> {
    const thread = [this.#ownerOf(context), toKey(threadId)];
    await this.#execute(this.#statements.deleteThread, thread);
    const rows = await this.#execute(this.#statements.attachmentsOf, thread);
    return Array.from(rows, (row) => (this.#read(row) as Attachment).id);
  }

  /** Clamps `limit` between 1 and `maxPageSize`. @throws NotFoundError for an unknown thread or cursor. */
  override async loadThreadItems(threadId: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>> {
    const { after } = query;
    const thread = [this.#ownerOf(context), toKey(threadId)];
    const page = await this.#page<ThreadItem>(this.#statements.items, thread, query, `There is no thread ${threadId}`);
    if (page.data.length > 0) return page;
    if (after !== null) await this.#find(this.#statements.hasItem, [...thread, toKey(after)], missingCursor(after));
    return page;
  }

  /** Does the same as {@link saveItem}. @throws NotFoundError when the thread does not exist. */
  override async addThreadItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.#saveItem(threadId, item, context);
  }

  /**
   * Adds the item at the end. @throws NotFoundError when the thread does not exist. ChatKitError `conflict` when
   * another item has the id.
   */
  override async insertItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.#insertItem('insertItem', threadId, item, context);
  }

  /** Adds the item. @throws as {@link insertItem}, and ChatKitError `forbidden` when the thread is locked or closed. */
  override async insertItemIfActive(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.#insertItem('insertItemIfActive', threadId, item, context);
  }

  async #insertItem(
    name: 'insertItem' | 'insertItemIfActive',
    threadId: string,
    item: ThreadItem,
    context: TContext,
  ): Promise<void> {
    const { id, document, copied } = this.#write(item);
    const key = [this.#ownerOf(context), toKey(threadId)];
    if ((await this.#execute(this.#statements[name], [...key, id, document])).length > 0) return;
    const [stored] = await this.#execute(this.#statements.loadItem, [...key, id]);
    if (stored) {
      if (!sameItem(this.#read(stored), copied)) throw itemExists(copied.id);
      return;
    }
    const rows = await this.#execute(this.#statements.loadThread, key);
    const thread = this.#first(rows, `There is no thread ${threadId}`) as Thread;
    if (name === 'insertItem') throw new NotFoundError(missingItem(item.id, threadId)); // deleted a moment ago
    if (isLocked(thread)) throw threadLocked(thread);
    await this.#insertItem(name, threadId, item, context); // the thread was unlocked a moment ago
  }

  /** Replaces the item in its place, or adds it at the end. @throws NotFoundError when the thread does not exist. */
  override async saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    await this.#saveItem(threadId, item, context);
  }

  /** @throws NotFoundError when the thread or the item does not exist. */
  override async loadItem(threadId: string, itemId: string, context: TContext): Promise<ThreadItem> {
    const item = [this.#ownerOf(context), toKey(threadId), toKey(itemId)];
    const rows = await this.#execute(this.#statements.loadItem, item);
    return this.#first(rows, missingItem(itemId, threadId)) as ThreadItem;
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
    const row = this.#write(item);
    const keys = { attempt: toKey(attempt), turn: turn.map(toKey) };
    const thread = [this.#ownerOf(context), toKey(threadId)] as const;
    const { found, completed, repeated, pending } = await this.#conditional.completeItem(thread, row, keys);
    if (!found) throw new NotFoundError(missingItem(row.copied.id, threadId));
    if (!completed && !repeated) throw notPending(row.copied.id);
    return { pending, repeated };
  }

  /** @throws NotFoundError when the thread or the item does not exist. */
  override async loadItemAndEnd(
    threadId: string,
    itemId: string,
    context: TContext,
  ): Promise<{ item: ThreadItem; end: ThreadEnd }> {
    const values = [this.#ownerOf(context), toKey(threadId), toKey(itemId)];
    const rows = await this.#execute(this.#statements.loadItemAndEnd, values);
    const item = this.#first(rows, missingItem(itemId, threadId)) as ThreadItem;
    const { position, last } = rows[0] as { position: number | string; last: string };
    // PostgreSQL's driver returns a bigint as a string.
    return { item, end: { lastItemId: this.#parse(last) as string, position: Number(position) } };
  }

  /** Deletes the items in one step. Does nothing when the item or the thread does not exist. */
  override async deleteItemsAfter(
    threadId: string,
    itemId: string,
    end: ThreadEnd | null,
    context: TContext,
  ): Promise<void> {
    const thread = [this.#ownerOf(context), toKey(threadId)] as const;
    await this.#conditional.deleteItemsAfter(thread, toKey(itemId), endKeys(end));
  }

  /** Deletes and adds in one step. @throws NotFoundError when the thread or the item with `itemId` does not exist. */
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

  /** Deletes the item. Does nothing when the item or the thread does not exist. */
  override async deleteThreadItem(threadId: string, itemId: string, context: TContext): Promise<void> {
    await this.#execute(this.#statements.deleteItem, [this.#ownerOf(context), toKey(threadId), toKey(itemId)]);
  }

  /** Adds or replaces the attachment. @throws NotFoundError for a leased attachment. */
  override async saveAttachment(attachment: Attachment, context: TContext): Promise<void> {
    const { id, document, copied } = this.#write(attachment);
    const threadId = typeof copied.thread_id === 'string' ? toKey(copied.thread_id) : null;
    const values = [this.#ownerOf(context), id, threadId, document, Date.now()];
    await this.#find(this.#statements.saveAttachment, values, `There is no attachment ${copied.id}`);
  }

  /**
   * Attaches the attachment to its thread. @throws NotFoundError when the attachment does not exist, is leased, or is
   * in another thread.
   */
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

  /** Deletes the attachment. Does nothing when it does not exist. */
  override async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    await this.#execute(this.#statements.deleteAttachment, [this.#ownerOf(context), toKey(attachmentId)]);
  }

  override async leaseUnsentAttachments(query: {
    before: Date;
    limit: number;
    leaseMs?: number | undefined;
  }): Promise<LeasedAttachment[]> {
    this.#checkMigrated();
    const values = [Date.now(), query.before.getTime(), query.limit, Date.now() - (query.leaseMs ?? 0)];
    const rows = await this.#execute(this.#statements.leaseAttachments, values);
    return Array.from(rows, (row) => ({
      owner: (row as { owner: string }).owner,
      attachment: this.#read(row) as Attachment,
    }));
  }

  override async deleteLeasedAttachment({ owner, id }: { owner: string; id: string }): Promise<boolean | void> {
    this.#checkMigrated();
    const rows = await this.#execute(this.#statements.deleteLeased, [owner, toKey(id)]); // already the key of the owner
    return rows.length > 0;
  }

  /** Returns attachments in order of their keys. */
  override async loadAttachments(
    { limit, after }: { limit: number; after: string | null },
    context: TContext,
  ): Promise<Page<Attachment>> {
    const size = pageSize(limit);
    const values = [this.#ownerOf(context), after === null ? '' : toKey(after), size + 1];
    const rows = await this.#execute(this.#statements.attachments, values);
    const data = Array.from(rows.slice(0, size), (row) => this.#read(row) as Attachment);
    return rows.length > size ? { data, has_more: true, after: data.at(-1)?.id } : { data, has_more: false };
  }

  override async loadIdleThreads({ before, limit, after }: { before: Date; limit: number; after: string | null }) {
    this.#checkMigrated();
    const [owner, position] = after === null ? ['', 0] : (JSON.parse(after) as [string, number]);
    const size = pageSize(limit);
    const rows = (await this.#execute(this.#statements.idleThreads, [owner, position, size])) as IdleRow[];
    const idle = rows.filter((row) => Date.parse(row.active_at ?? '') < before.getTime());
    const last = rows.length === size ? rows.at(-1) : undefined;
    return {
      data: idle.map((row) => ({
        owner: row.owner,
        threadId: this.#parse(row.id) as string,
        state: `${row.position}.${row.last}`,
        attachments: Number(row.files),
      })),
      after: last ? JSON.stringify([last.owner, Number(last.position)]) : null,
    };
  }

  override async deleteIdleThread({ owner, threadId, state }: Pick<IdleThread, 'owner' | 'threadId' | 'state'>) {
    this.#checkMigrated();
    const [position = 0, lastItem = 0] = state.split('.').map(Number);
    return this.#backend.deleteIdleThread([owner, toKey(threadId)], position, lastItem);
  }

  async #saveItem(threadId: string, item: ThreadItem, context: TContext): Promise<void> {
    const { id, document } = this.#write(item);
    const values = [this.#ownerOf(context), toKey(threadId), id, document];
    await this.#find(this.#statements.saveItem, values, `There is no thread ${threadId}`);
  }

  /** @throws NotFoundError with the message `missing`, if it is given and the statement returns no row. */
  async #page<Row extends { id: string }>(
    statements: Statements['threads'],
    list: SqlValue[],
    { limit, after, order }: PageQuery,
    missing?: string,
  ): Promise<Page<Row>> {
    const size = pageSize(limit);
    const { first, next } = statements[order === 'desc' ? 'desc' : 'asc'];
    const rest = size + 1; // an additional row shows that more rows follow
    const found = await (after === null
      ? this.#execute(first, [...list, rest])
      : this.#execute(next, [...list, toKey(after), rest]));
    if (missing !== undefined && found.length === 0) throw new NotFoundError(missing);
    const rows = found.filter((row) => (row as { document: string | null }).document !== null);
    const data = Array.from(rows.slice(0, size), (row) => this.#read(row) as Row);
    return rows.length > size ? { data, has_more: true, after: data.at(-1)?.id } : { data, has_more: false };
  }

  /** @throws NotFoundError with the message `missing`, if the statement returns no row. */
  async #find(statement: string, values: SqlValue[], missing: string): Promise<void> {
    const rows = await this.#execute(statement, values);
    if (rows.length === 0) throw new NotFoundError(missing);
  }

  async #execute(statement: string, values: SqlValue[]): Promise<unknown[]> {
    return this.#backend.execute(statement, values);
  }

  /** Returns the key of the owner, which is the first parameter of every statement. */
  #ownerOf(context: TContext): string {
    const owner = assertOwner(this.#owner(context));
    this.#checkMigrated();
    return toKey(owner);
  }

  #checkMigrated(): void {
    if (this.#migrated) return;
    const { name } = this.#backend;
    throw new ChatKitError('internal', `${name}: call \`await store.migrate()\` once before the first request`);
  }

  #write<Row extends { id: string }>(given: Row) {
    const copied = copyJson(given); // throws for a value that JSON cannot represent, and names its path
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

/** A row of the statement `idleThreads`. PostgreSQL's driver returns a bigint as a string. */
interface IdleRow {
  owner: string;
  position: number | string;
  id: string;
  last: number | string;
  active_at: string | null;
  files: number | string;
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
