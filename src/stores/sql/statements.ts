// The statements of the databases, with $1, $2 and so on for parameters. Each statement is atomic, has the owner as a
// parameter, and returns the rows that it has read or written.
import type { Order } from '../../protocol';

/** The differences between the databases in statements that only read. */
export interface ReadDialect {
  /** Returns the name of a table, with its schema. */
  table: (name: 'threads' | 'items' | 'attachments') => string;
  /** The document of a row as text. */
  readonly documentOut: string;
  /** Returns the end of a SELECT: the rows of a list on one side of a position, in order. */
  inOrder: (range: Range, order: Order) => string;
}

/** The differences between databases that return the rows of a write. */
export interface Dialect extends ReadDialect {
  /** Returns a document as a parameter of a statement. */
  documentIn: (value: string) => string;
  /** The end of a SELECT of a thread, which makes other writers of the thread wait until the statement ends. */
  readonly lockThread: string;
  /** The end of a SELECT of rows to change, which skips rows that another transaction is changing. */
  readonly skipLocked: string;
  /** The type of a thread's status, as text. NULL for a thread without a status. */
  readonly statusType: string;
  /** The end of a SELECT of a thread to delete, which skips a thread that another transaction is changing. */
  readonly lockIdle: string;
  /** Returns the expression of the `id` of a document, as JSON. */
  idOut: (row: string) => string;
  /** Returns the statement that adds or replaces a thread. Its parameters are the owner, the id and the document. */
  saveThread: (threads: string) => string;
}

/** A part of a list: the rows whose `column` is `parent`, after the row whose position is `cursor`. */
interface Range {
  column: string;
  parent: string;
  /** The end of a query for the row of the cursor. Null for all rows. */
  cursor: string | null;
}

type List = 'threads' | 'items';

export type Statements = ReturnType<typeof makeStatements>;

/** The statements of a deletion of an idle thread, which the backend combines. */
type IdleWrite = 'lockIdle' | 'deleteIdle' | 'leaseOfThread';

/**
 * The steps that the store asks a database to execute, each in one transaction. A step is a statement, or what a
 * backend executes instead of one, with the same parameters and the same rows.
 */
export type Steps<Step> = {
  [Name in Exclude<keyof Statements, IdleWrite>]: Statements[Name] extends string ? Step : PageSteps<Step>;
};

/** The steps for the pages of a list: at the beginning, and after a cursor. */
export type PageSteps<Step> = Record<Order, { first: Step; next: Step }>;

/** Makes the statements of a database. Their parameters are the owner, the thread, the row, and the values to write. */
export function makeStatements(dialect: Dialect) {
  return {
    ...readStatements(dialect),
    ...threadStatements(dialect),
    ...attachmentStatements(dialect),
    ...idleStatements(dialect),
  };
}

/** Makes the statements that only read documents and ids. */
export function readStatements({ table, documentOut, inOrder }: ReadDialect) {
  const [threads, items, attachments] = [table('threads'), table('items'), table('attachments')];
  const lists = {
    threads: { table: threads, column: 'owner', parent: '$1', row: `${threads} WHERE owner = $1 AND id = $2`, next: 2 },
    items: {
      table: items,
      column: 'thread',
      parent: `(SELECT position FROM ${threads} WHERE owner = $1 AND id = $2)`,
      row: `${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
      next: 3,
    },
  };

  /** Starts at the cursor in the index, so that the cost of a page does not depend on its depth. */
  function page(list: List, order: Order, hasCursor: boolean): string {
    const { table, column, parent, row, next } = lists[list];
    const rows = inOrder({ column, parent, cursor: hasCursor ? row : null }, order);
    const found = `SELECT ${documentOut} AS document FROM ${table} ${rows} LIMIT $${hasCursor ? next + 1 : next}`;
    if (list === 'threads') return found;
    // An additional row without a document distinguishes an empty page from a missing thread.
    return `SELECT document FROM (${found}) AS page UNION ALL SELECT NULL FROM ${threads} WHERE owner = $1 AND id = $2`;
  }
  const pages = (list: List): PageSteps<string> => ({
    asc: { first: page(list, 'asc', false), next: page(list, 'asc', true) },
    desc: { first: page(list, 'desc', false), next: page(list, 'desc', true) },
  });

  return {
    ping: 'SELECT 1',
    loadThread: `SELECT ${documentOut} AS document FROM ${threads} WHERE owner = $1 AND id = $2`,
    hasThread: `SELECT id FROM ${threads} WHERE owner = $1 AND id = $2`,
    threads: pages('threads'),
    items: pages('items'),
    hasItem: `SELECT id FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
    loadItem: `SELECT ${documentOut} AS document FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
    loadAttachment: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND id = $2 AND claimed_at IS NULL`,
    attachmentsOf: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND thread_id = $2`,
    attachments: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3`,
  };
}

function threadStatements(dialect: Dialect) {
  const [threads, items] = [dialect.table('threads'), dialect.table('items')];
  const { documentIn, documentOut } = dialect;
  return {
    saveThread: dialect.saveThread(threads),
    deleteThread: `DELETE FROM ${threads} WHERE owner = $1 AND id = $2 RETURNING id`,
    loadItemAndEnd:
      `SELECT item.${documentOut} AS document, newest.position AS position, ${dialect.idOut('newest')} AS last ` +
      `FROM ${items} AS item, ${items} AS newest WHERE item.owner = $1 AND item.thread_id = $2 AND item.id = $3 ` +
      `AND newest.position = (SELECT max(position) FROM ${items} WHERE thread = item.thread)`,
    // Writes nothing when the thread does not exist.
    saveItem:
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      `SELECT owner, id, position, $3, ${documentIn('$4')} ` +
      `FROM ${threads} WHERE owner = $1 AND id = $2${dialect.lockThread} ` +
      'ON CONFLICT (owner, thread_id, id) DO UPDATE SET document = excluded.document RETURNING id',
    // Writes nothing when the thread does not exist, or has an item with the id.
    insertItem:
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      `SELECT owner, id, position, $3, ${documentIn('$4')} ` +
      `FROM ${threads} WHERE owner = $1 AND id = $2${dialect.lockThread} ` +
      'ON CONFLICT (owner, thread_id, id) DO NOTHING RETURNING id',
    // Writes nothing when the thread is locked or closed, either.
    insertItemIfActive:
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      `SELECT owner, id, position, $3, ${documentIn('$4')} ` +
      `FROM ${threads} WHERE owner = $1 AND id = $2 ` +
      `AND coalesce(${dialect.statusType}, 'active') NOT IN ('locked', 'closed')${dialect.lockThread} ` +
      'ON CONFLICT (owner, thread_id, id) DO NOTHING RETURNING id',
    deleteItem: `DELETE FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3 RETURNING id`,
  };
}

function attachmentStatements({ table, documentIn, documentOut, skipLocked }: Dialect) {
  const attachments = table('attachments');
  return {
    saveAttachment:
      `INSERT INTO ${attachments} (owner, id, thread_id, document, saved_at) ` +
      `VALUES ($1, $2, $3, ${documentIn('$4')}, $5) ` +
      'ON CONFLICT (owner, id) DO UPDATE SET thread_id = excluded.thread_id, document = excluded.document ' +
      `WHERE ${attachments}.claimed_at IS NULL RETURNING id`,
    attachToThread:
      `UPDATE ${attachments} SET thread_id = $3, document = ${documentIn('$4')} WHERE owner = $1 AND id = $2 ` +
      'AND claimed_at IS NULL AND (thread_id IS NULL OR thread_id = $3) RETURNING id',
    deleteAttachment: `DELETE FROM ${attachments} WHERE owner = $1 AND id = $2 RETURNING id`,
    // For all owners. The parameters are the time of the lease, the time that `saved_at` must precede, the limit,
    // and the latest time of an expired lease.
    leaseAttachments:
      `UPDATE ${attachments} SET claimed_at = $1 WHERE thread_id IS NULL AND (owner, id) IN (` +
      `SELECT owner, id FROM ${attachments} WHERE thread_id IS NULL AND saved_at < $2 ` +
      `AND coalesce(claimed_at, 0) <= $4 ORDER BY coalesce(claimed_at, 0), saved_at LIMIT $3${skipLocked}) ` +
      `RETURNING owner, ${documentOut} AS document`,
    // Makes the attachments of a deleted thread unsent attachments of 1970 whose lease has expired.
    leaseOfThread:
      `UPDATE ${attachments} SET thread_id = NULL, saved_at = 0, claimed_at = 0 ` +
      'WHERE owner = $1 AND thread_id = $2 RETURNING id',
    deleteLeased: `DELETE FROM ${attachments} WHERE owner = $1 AND id = $2 AND claimed_at IS NOT NULL RETURNING id`,
  };
}

/** Makes the statements of `purge`. Their rows are of all owners. */
function idleStatements({ table, idOut, lockIdle }: Dialect) {
  const [threads, items, attachments] = [table('threads'), table('items'), table('attachments')];
  return {
    // Examines the threads after an owner and a position.
    idleThreads:
      `SELECT thread.owner AS owner, thread.position AS position, ${idOut('thread')} AS id, thread.last AS last, ` +
      `coalesce((SELECT item.document ->> 'created_at' FROM ${items} AS item WHERE item.thread = thread.position AND item.position = thread.last), ` +
      "thread.document ->> 'created_at') AS active_at, " +
      `(SELECT count(*) FROM ${attachments} AS file WHERE file.owner = thread.owner AND file.thread_id = thread.id) AS files ` +
      'FROM (SELECT owner, id, position, document, ' +
      `coalesce((SELECT max(position) FROM ${items} AS item WHERE item.thread = listed.position), 0) AS last ` +
      `FROM ${threads} AS listed WHERE (owner, position) > ($1, $2) ORDER BY owner, position LIMIT $3) AS thread ` +
      'ORDER BY thread.owner, thread.position',
    lockIdle: `SELECT id FROM ${threads} WHERE owner = $1 AND id = $2${lockIdle}`,
    // Deletes a thread by its position, if the position of its newest item has not changed.
    deleteIdle:
      `DELETE FROM ${threads} AS listed WHERE owner = $1 AND id = $2 AND position = $3 ` +
      `AND coalesce((SELECT max(position) FROM ${items} AS item WHERE item.thread = listed.position), 0) = $4 RETURNING id`,
  };
}
