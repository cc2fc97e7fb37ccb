import {
  type Attachment,
  NotFoundError,
  type Page,
  type PageQuery,
  Store,
  type Thread,
  type ThreadItem,
} from 'chatkit-express';

interface User {
  userId: string;
}

/** What this store asks of a database client. The pool of the `pg` package has it. */
interface Database {
  query(sql: string, values: unknown[]): Promise<{ rows: { id: string; data: unknown }[] }>;
}

export class SqlStore extends Store<User> {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async loadThread(threadId: string, { userId }: User): Promise<Thread> {
    const sql = 'select id, data from threads where owner = $1 and id = $2';
    return this.#one<Thread>(`thread ${threadId}`, sql, [userId, threadId]);
  }

  override async saveThread(thread: Thread, { userId }: User): Promise<void> {
    await this.#database.query(
      `insert into threads (owner, id, data) values ($1, $2, $3)
       on conflict (owner, id) do update set data = excluded.data`,
      [userId, thread.id, JSON.stringify(thread)],
    );
  }

  override async loadThreads(query: PageQuery, { userId }: User): Promise<Page<Thread>> {
    return this.#page<Thread>('from threads where owner = $1', [userId], query);
  }

  override async deleteThread(threadId: string, { userId }: User): Promise<void> {
    // Its items go with it: their foreign key cascades.
    await this.#database.query('delete from threads where owner = $1 and id = $2', [userId, threadId]);
  }

  override async loadThreadItems(threadId: string, query: PageQuery, user: User): Promise<Page<ThreadItem>> {
    await this.loadThread(threadId, user); // a thread that is not there has no empty page
    return this.#page<ThreadItem>('from items where owner = $1 and thread_id = $2', [user.userId, threadId], query);
  }

  override async addThreadItem(threadId: string, item: ThreadItem, user: User): Promise<void> {
    await this.saveItem(threadId, item, user);
  }

  override async saveItem(threadId: string, item: ThreadItem, { userId }: User): Promise<void> {
    // One statement, so that a thread which is deleted at the same moment does not come back.
    const sql = `insert into items (owner, thread_id, id, data)
       select owner, id, $3, $4 from threads where owner = $1 and id = $2 for share
       on conflict (owner, thread_id, id) do update set data = excluded.data returning id, data`;
    await this.#one(`thread ${threadId}`, sql, [userId, threadId, item.id, JSON.stringify(item)]);
  }

  override async loadItem(threadId: string, itemId: string, { userId }: User): Promise<ThreadItem> {
    const sql = 'select id, data from items where owner = $1 and thread_id = $2 and id = $3';
    return this.#one<ThreadItem>(`item ${itemId}`, sql, [userId, threadId, itemId]);
  }

  override async deleteThreadItem(threadId: string, itemId: string, { userId }: User): Promise<void> {
    const sql = 'delete from items where owner = $1 and thread_id = $2 and id = $3';
    await this.#database.query(sql, [userId, threadId, itemId]);
  }

  override async saveAttachment(attachment: Attachment, { userId }: User): Promise<void> {
    await this.#database.query(
      `insert into attachments (owner, id, data) values ($1, $2, $3)
       on conflict (owner, id) do update set data = excluded.data`,
      [userId, attachment.id, JSON.stringify(attachment)],
    );
  }

  override async loadAttachment(attachmentId: string, { userId }: User): Promise<Attachment> {
    const sql = 'select id, data from attachments where owner = $1 and id = $2';
    return this.#one<Attachment>(`attachment ${attachmentId}`, sql, [userId, attachmentId]);
  }

  override async deleteAttachment(attachmentId: string, { userId }: User): Promise<void> {
    await this.#database.query('delete from attachments where owner = $1 and id = $2', [userId, attachmentId]);
  }

  async #one<Row>(what: string, sql: string, values: unknown[]): Promise<Row> {
    const { rows } = await this.#database.query(sql, values);
    if (!rows[0]) throw new NotFoundError(`There is no ${what}`);
    return rows[0].data as Row;
  }

  /** The rows of `list` after the cursor: `list` is the end of a query, `values` are its parameters. */
  async #page<Row>(list: string, values: unknown[], { limit, after, order }: PageQuery): Promise<Page<Row>> {
    const given = [...values];
    let rest = '';
    if (after !== null) {
      given.push(after);
      const cursor = `select position ${list} and id = $${given.length}`;
      await this.#one(`row ${after}`, `select id, data ${list} and id = $${given.length}`, given);
      rest = `and position ${order === 'asc' ? '>' : '<'} (${cursor})`;
    }
    given.push(limit + 1); // one more than asked for tells whether there are more
    const sql = `select id, data ${list} ${rest} order by position ${order} limit $${given.length}`;
    const { rows } = await this.#database.query(sql, given);
    const data = rows.slice(0, limit);
    const has_more = rows.length > limit;
    return { data: data.map((row) => row.data as Row), has_more, after: has_more ? data.at(-1)?.id : null };
  }
}
