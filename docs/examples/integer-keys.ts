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
  /** The primary key of the table `users`. */
  userId: number;
}

/** The part of a database client that this store uses. The pool of the `pg` package has it. */
export interface Database {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

const conversation = '(select id from conversations where user_id = $1 and chatkit_key = $2)';

export class IntegerKeyStore extends Store<User> {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override ownerOf({ userId }: User): string {
    return String(userId);
  }

  override async loadThread(threadId: string, { userId }: User): Promise<Thread> {
    const sql = 'select data from conversations where user_id = $1 and chatkit_key = $2';
    return this.#one<Thread>(`thread ${threadId}`, sql, [userId, toKey(threadId)]);
  }

  override async saveThread(thread: Thread, { userId }: User): Promise<void> {
    // New conversations of a user wait for each other, because their integer keys are also their order.
    const sql = `with user_lock as materialized (select id from users where id = $1 for no key update)
       insert into conversations (user_id, chatkit_key, data) select id, $2, $3 from user_lock
       on conflict (user_id, chatkit_key) do update set data = excluded.data`;
    await this.#query(sql, [userId, toKey(thread.id), JSON.stringify(thread)]);
  }

  override async loadThreads(query: PageQuery, { userId }: User): Promise<Page<Thread>> {
    return this.#page<Thread>('from conversations where user_id = $1', [userId], query);
  }

  override async deleteThread(threadId: string, { userId }: User): Promise<string[]> {
    const values = [userId, toKey(threadId)];
    await this.#query('delete from conversations where user_id = $1 and chatkit_key = $2', values);
    const sql = 'select data from files where user_id = $1 and conversation_key = $2';
    return (await this.#query(sql, values)).map(({ data }) => (data as Attachment).id);
  }

  override async loadThreadItems(threadId: string, query: PageQuery, user: User): Promise<Page<ThreadItem>> {
    await this.loadThread(threadId, user); // throws for a missing thread, instead of an empty page
    const list = `from messages where conversation_id = ${conversation}`;
    return this.#page<ThreadItem>(list, [user.userId, toKey(threadId)], query);
  }

  override async addThreadItem(threadId: string, item: ThreadItem, user: User): Promise<void> {
    await this.saveItem(threadId, item, user);
  }

  override async saveItem(threadId: string, item: ThreadItem, { userId }: User): Promise<void> {
    const sql = `insert into messages (conversation_id, chatkit_key, data)
       select id, $3, $4 from conversations where user_id = $1 and chatkit_key = $2 for no key update
       on conflict (conversation_id, chatkit_key) do update set data = excluded.data returning data`;
    const values = [userId, toKey(threadId), toKey(item.id), JSON.stringify(item)];
    await this.#one(`thread ${threadId}`, sql, values);
  }

  override async loadItem(threadId: string, itemId: string, { userId }: User): Promise<ThreadItem> {
    const sql = `select data from messages where conversation_id = ${conversation} and chatkit_key = $3`;
    return this.#one<ThreadItem>(`item ${itemId}`, sql, [userId, toKey(threadId), toKey(itemId)]);
  }

  override async deleteThreadItem(threadId: string, itemId: string, { userId }: User): Promise<void> {
    const sql = `delete from messages where conversation_id = ${conversation} and chatkit_key = $3`;
    await this.#query(sql, [userId, toKey(threadId), toKey(itemId)]);
  }

  override async saveAttachment(attachment: Attachment, { userId }: User): Promise<void> {
    const threadKey = typeof attachment.thread_id === 'string' ? toKey(attachment.thread_id) : null;
    const sql = `insert into files (user_id, chatkit_key, conversation_key, data) values ($1, $2, $3, $4)
       on conflict (user_id, chatkit_key) do update
       set conversation_key = excluded.conversation_key, data = excluded.data`;
    await this.#query(sql, [userId, toKey(attachment.id), threadKey, JSON.stringify(attachment)]);
  }

  override async loadAttachment(attachmentId: string, { userId }: User): Promise<Attachment> {
    const sql = 'select data from files where user_id = $1 and chatkit_key = $2';
    return this.#one<Attachment>(`attachment ${attachmentId}`, sql, [userId, toKey(attachmentId)]);
  }

  override async deleteAttachment(attachmentId: string, { userId }: User): Promise<void> {
    await this.#query('delete from files where user_id = $1 and chatkit_key = $2', [userId, toKey(attachmentId)]);
  }

  async #query(sql: string, values: unknown[]): Promise<{ data: unknown }[]> {
    return (await this.#database.query(sql, values)).rows as { data: unknown }[];
  }

  async #one<Document>(name: string, sql: string, values: unknown[]): Promise<Document> {
    const [row] = await this.#query(sql, values);
    if (!row) throw new NotFoundError(`There is no ${name}`);
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
      const cursor = `${list} and chatkit_key = $${given.length}`;
      await this.#one(`row ${after}`, `select data ${cursor}`, given);
      rest = `and id ${order === 'asc' ? '>' : '<'} (select id ${cursor})`;
    }
    const size = pageSize(limit);
    given.push(size + 1); // one more row shows whether another page follows
    const rows = await this.#query(`select data ${list} ${rest} order by id ${order} limit $${given.length}`, given);
    const data = rows.slice(0, size).map((row) => row.data as Document);
    const has_more = rows.length > size;
    return { data, has_more, after: has_more ? data.at(-1)?.id : null };
  }
}
