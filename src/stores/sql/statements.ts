// The statements that both databases share, with $1, $2 and so on for values. Each is one atomic step, carries the owner,
// and gives rows, also when it writes: whether a row was written is known from there being one.
import type { Order } from '../../protocol';

/** How the two databases differ. */
export interface Dialect {
  /** A table's name, with its schema. */
  table: (name: 'threads' | 'items' | 'attachments') => string;
  /** A document, as a value of a statement. */
  documentIn: (value: string) => string;
  /** The document of a row, as text. */
  readonly documentOut: string;
  /** The end of a SELECT: the rows of a list on one side of a position, in order. */
  inOrder: (range: Range, order: Order) => string;
  /** At the end of a SELECT of a thread: whoever else writes to the thread waits until this statement is through. */
  readonly lockThread: string;
  /** At the end of a SELECT of rows to change: leaves out those that another transaction is changing. */
  readonly skipLocked: string;
  /** The `id` of a document, as the text of a document. */
  idOut: (row: string) => string;
  /** Adds or replaces: owner, id, document. */
  saveThread: (threads: string) => string;
}

/** A part of a list: the rows whose `column` is `parent`, all or those after the row whose position is `cursor`. */
interface Range {
  column: string;
  parent: string;
  /** The end of a query that gives the cursor's row, or nothing. */
  cursor: string | null;
}

type List = 'threads' | 'items';

export type Statements = ReturnType<typeof makeStatements>;

/** All statements in a dialect. The first value is the owner, then come the thread, the row, and what is written. */
export function makeStatements(dialect: Dialect) {
  const threads = dialect.table('threads');
  const items = dialect.table('items');
  const { documentIn, documentOut, inOrder } = dialect;
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

  /** Starts at the cursor in the index, so a page costs its own rows however deep it is. */
  function page(list: List, order: Order, hasCursor: boolean): string {
    const { table, column, parent, row, next } = lists[list];
    const rows = inOrder({ column, parent, cursor: hasCursor ? row : null }, order);
    const found = `SELECT ${documentOut} AS document FROM ${table} ${rows} LIMIT $${hasCursor ? next + 1 : next}`;
    if (list === 'threads') return found;
    // One row more, without a document, tells an empty page from a thread that does not exist.
    return `SELECT document FROM (${found}) AS page UNION ALL SELECT NULL FROM ${threads} WHERE owner = $1 AND id = $2`;
  }
  const pages = (list: List) => ({
    asc: { first: page(list, 'asc', false), next: page(list, 'asc', true) },
    desc: { first: page(list, 'desc', false), next: page(list, 'desc', true) },
  });

  return {
    loadThread: `SELECT ${documentOut} AS document FROM ${threads} WHERE owner = $1 AND id = $2`,
    hasThread: `SELECT id FROM ${threads} WHERE owner = $1 AND id = $2`,
    saveThread: dialect.saveThread(threads),
    deleteThread: `DELETE FROM ${threads} WHERE owner = $1 AND id = $2 RETURNING id`,
    threads: pages('threads'),
    items: pages('items'),
    hasItem: `SELECT id FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
    loadItem: `SELECT ${documentOut} AS document FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3`,
    loadItemAndEnd:
      `SELECT item.${documentOut} AS document, newest.position AS position, ${dialect.idOut('newest')} AS last ` +
      `FROM ${items} AS item, ${items} AS newest WHERE item.owner = $1 AND item.thread_id = $2 AND item.id = $3 ` +
      `AND newest.position = (SELECT max(position) FROM ${items} WHERE thread = item.thread)`,
    // Writes nothing when the thread is not there.
    saveItem:
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      `SELECT owner, id, position, $3, ${documentIn('$4')} ` +
      `FROM ${threads} WHERE owner = $1 AND id = $2${dialect.lockThread} ` +
      'ON CONFLICT (owner, thread_id, id) DO UPDATE SET document = excluded.document RETURNING id',
    // Writes nothing when the thread is not there, or has an item with the id.
    insertItem:
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      `SELECT owner, id, position, $3, ${documentIn('$4')} ` +
      `FROM ${threads} WHERE owner = $1 AND id = $2${dialect.lockThread} ` +
      'ON CONFLICT (owner, thread_id, id) DO NOTHING RETURNING id',
    deleteItem: `DELETE FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = $3 RETURNING id`,
    ...attachmentStatements(dialect),
  };
}

function attachmentStatements({ table, documentIn, documentOut, skipLocked }: Dialect) {
  const attachments = table('attachments');
  return {
    loadAttachment: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND id = $2 AND claimed_at IS NULL`,
    attachmentsOf: `SELECT ${documentOut} AS document FROM ${attachments} WHERE owner = $1 AND thread_id = $2`,
    saveAttachment:
      `INSERT INTO ${attachments} (owner, id, thread_id, document, saved_at) ` +
      `VALUES ($1, $2, $3, ${documentIn('$4')}, $5) ` +
      'ON CONFLICT (owner, id) DO UPDATE SET thread_id = excluded.thread_id, document = excluded.document ' +
      `WHERE ${attachments}.claimed_at IS NULL RETURNING id`,
    attachToThread:
      `UPDATE ${attachments} SET thread_id = $3, document = ${documentIn('$4')} WHERE owner = $1 AND id = $2 ` +
      'AND claimed_at IS NULL AND (thread_id IS NULL OR thread_id = $3) RETURNING id',
    deleteAttachment: `DELETE FROM ${attachments} WHERE owner = $1 AND id = $2 RETURNING id`,
    // Of all owners: the time of the lease, the latest time that is before, and how many at most.
    leaseAttachments:
      `UPDATE ${attachments} SET claimed_at = $1 WHERE thread_id IS NULL AND (owner, id) IN (` +
      `SELECT owner, id FROM ${attachments} WHERE thread_id IS NULL AND saved_at < $2 ` +
      `ORDER BY coalesce(claimed_at, 0), saved_at LIMIT $3${skipLocked}) ` +
      `RETURNING owner, ${documentOut} AS document`,
    deleteLeased: `DELETE FROM ${attachments} WHERE owner = $1 AND id = $2 AND claimed_at IS NOT NULL RETURNING id`,
  };
}
