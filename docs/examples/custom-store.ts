import {
  type Attachment,
  NotFoundError,
  type Page,
  type PageQuery,
  pageSize,
  Store,
  type Thread,
  type ThreadItem,
  toKey,
} from 'chatkit-express';

interface User {
  userId: string;
}

/** The part of a database client that this store uses. The pool of the `pg` package has it. */
export interface Database {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

interface Row {
  data: unknown;
}

export class SqlStore extends Store<User> {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async loadThread(threadId: string, { userId }: User): Promise<Thread> {
    const sql = 'select data from threads where owner = $1 and id = $2';
    return this.#one<Thread>(`thread ${threadId}`, sql, [userId, toKey(threadId)]);
  }

  override async saveThread(thread: Thread, { userId }: User): Promise<void> {
    // A lock for each owner makes new threads visible in the order of their positions, so that no page misses one.
    const sql = `with owner_lock as materialized (select pg_advisory_xact_lock(hashtext($1)))
       insert into threads (owner, id, data) select $1, $2, $3 from owner_lock
       on conflict (owner, id) do update set data = excluded.data`;
    await this.#query(sql, [userId, toKey(thread.id), JSON.stringify(thread)]);
  }

  override async loadThreads(query: PageQuery, { userId }: User): Promise<Page<Thread>> {
    return this.#page<Thread>('from threads where owner = $1', [userId], query);
  }

  override async deleteThread(threadId: string, { userId }: User): Promise<string[]> {
    const values = [userId, toKey(threadId)];
    // A foreign key deletes the items too. The caller deletes the attachments.
    await this.#query('delete from threads where owner = $1 and id = $2', values);
    const attachments = await this.#query('select data from attachments where owner = $1 and thread_id = $2', values);
    return attachments.map(({ data }) => (data as Attachment).id);
  }

  override async loadThreadItems(threadId: string, query: PageQuery, user: User): Promise<Page<ThreadItem>> {
    await this.loadThread(threadId, user); // throws for a missing thread, instead of an empty page
    const values = [user.userId, toKey(threadId)];
    return this.#page<ThreadItem>('from items where owner = $1 and thread_id = $2', values, query);
  }

  override async addThreadItem(threadId: string, item: ThreadItem, user: User): Promise<void> {
    await this.saveItem(threadId, item, user);
  }

  override async saveItem(threadId: string, item: ThreadItem, { userId }: User): Promise<void> {
    // One statement, so that a thread that is deleted at the same moment is not restored. Its lock on the thread makes
    // new items visible in the order of their positions.
    const sql = `insert into items (owner, thread_id, id, data)
       select owner, id, $3, $4 from threads where owner = $1 and id = $2 for no key update
       on conflict (owner, thread_id, id) do update set data = excluded.data returning data`;
    const values = [userId, toKey(threadId), toKey(item.id), JSON.stringify(item)];
    await this.#one(`thread ${threadId}`, sql, values);
  }

  override async loadItem(threadId: string, itemId: string, { userId }: User): Promise<ThreadItem> {
    const sql = 'select data from items where owner = $1 and thread_id = $2 and id = $3';
    return this.#one<ThreadItem>(`item ${itemId}`, sql, [userId, toKey(threadId), toKey(itemId)]);
  }

  override async deleteThreadItem(threadId: string, itemId: string, { userId }: User): Promise<void> {
    const sql = 'delete from items where owner = $1 and thread_id = $2 and id = $3';
    await this.#query(sql, [userId, toKey(threadId), toKey(itemId)]);
  }

  override async saveAttachment(attachment: Attachment, { userId }: User): Promise<void> {
    const threadId = typeof attachment.thread_id === 'string' ? toKey(attachment.thread_id) : null;
    const sql = `insert into attachments (owner, id, thread_id, data) values ($1, $2, $3, $4)
       on conflict (owner, id) do update set thread_id = excluded.thread_id, data = excluded.data`;
    await this.#query(sql, [userId, toKey(attachment.id), threadId, JSON.stringify(attachment)]);
  }

  override async loadAttachment(attachmentId: string, { userId }: User): Promise<Attachment> {
    const sql = 'select data from attachments where owner = $1 and id = $2';
    return this.#one<Attachment>(`attachment ${attachmentId}`, sql, [userId, toKey(attachmentId)]);
  }

  override async deleteAttachment(attachmentId: string, { userId }: User): Promise<void> {
    await this.#query('delete from attachments where owner = $1 and id = $2', [userId, toKey(attachmentId)]);
  }

  async #query(sql: string, values: unknown[]): Promise<Row[]> {
    return (await this.#database.query(sql, values)).rows as Row[];
  }

  async #one<Document>(what: string, sql: string, values: unknown[]): Promise<Document> {
    const [row] = await this.#query(sql, values);
    if (!row) throw new NotFoundError(`There is no ${what}`);
    return row.data as Document;
  }

  /** Returns the rows after the cursor. `list` is the end of a query, `values` are its parameters. */
  async #page<Document extends { id: string }>(
    list: string,
    values: unknown[],
    { limit, after, order }: PageQuery,
  ): Promise<Page<Document>> {
    const given = [...values];
    let rest = '';
    if (after !== null) {
      given.push(toKey(after));
      const cursor = `${list} and id = $${given.length}`;
      await this.#one(`row ${after}`, `select data ${cursor}`, given);
      rest = `and position ${order === 'asc' ? '>' : '<'} (select position ${cursor})`;
    }
    const size = pageSize(limit);
    given.push(size + 1); // one more row shows whether another page follows
    const rows = await this.#query(
      `select data ${list} ${rest} order by position ${order} limit $${given.length}`,
      given,
    );
    const data = rows.slice(0, size).map((row) => row.data as Document);
    const has_more = rows.length > size;
    return { data, has_more, after: has_more ? data.at(-1)?.id : null };
  }
}
