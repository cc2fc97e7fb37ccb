// The steps of MySQL and MariaDB. A write that depends on stored rows locks them in a transaction, because these
// databases do not return the rows of a write.
import { isLocked } from '../../locked-thread';
import type { Thread } from '../../protocol';
import { fromKey } from '../keys';
import type { Session } from './mysql-session';
import type { SqlValue } from './sql-store';
import { type PageSteps, readStatements, type Steps } from './statements';

/** Executes one step on a database, with the parameters and the rows that {@link Steps} describes. */
export type MySqlStep = (session: Session, values: readonly SqlValue[]) => Promise<unknown[]>;

/** The statements that several steps use. */
export const mysqlStatements = {
  lockThread: 'SELECT position, document FROM chatkit_threads WHERE owner = $1 AND id = $2 FOR UPDATE',
  replaceThread: 'UPDATE chatkit_threads SET document = $3 WHERE owner = $1 AND id = $2',
  // New threads of an owner wait for each other before they get a position, until the end of the transaction.
  addThread:
    'INSERT INTO chatkit_threads (owner, id, document) VALUES ' +
    '((SELECT $1 FROM chatkit_owner_locks WHERE slot = CRC32($1) % 64 FOR UPDATE), $2, $3)',
  // Locks the thread before the item gets its position. The position of a missing thread is NULL, which is refused.
  addItem:
    'INSERT INTO chatkit_items (owner, thread_id, thread, id, document) VALUES ' +
    '($1, $2, (SELECT position FROM chatkit_threads WHERE owner = $1 AND id = $2 FOR UPDATE), $3, $4)',
  orReplace: ' ON DUPLICATE KEY UPDATE document = VALUES(document)',
} as const;

const { lockThread, replaceThread, addThread, addItem, orReplace } = mysqlStatements;

/** The rows of a write that has written, of which the store asks only the number. */
const written: unknown[] = [{}];
const rowsOf = (isWritten: boolean) => (isWritten ? written : []);

/** Reads from the clustered index of the list, beginning at the cursor. */
const reads = readStatements({
  table: (name) => `chatkit_${name}`,
  documentOut: 'document',
  inOrder({ column, parent, cursor }, order) {
    const [after, direction] = order === 'desc' ? ['<', 'DESC'] : ['>', 'ASC'];
    const rest = cursor === null ? '' : ` AND position ${after} (SELECT position FROM ${cursor})`;
    return `FORCE INDEX (PRIMARY) WHERE ${column} = ${parent}${rest} ORDER BY position ${direction}`;
  },
});

const reading =
  (statement: string): MySqlStep =>
  (session, values) =>
    session.read(statement, values);
const writing =
  (statement: string): MySqlStep =>
  async (session, values) =>
    rowsOf((await session.write(statement, values)) > 0);
const inserting =
  (statement: string): MySqlStep =>
  async (session, values) =>
    rowsOf(await session.insert(statement, values));
const pagesOf = ({ asc, desc }: PageSteps<string>): PageSteps<MySqlStep> => ({
  asc: { first: reading(asc.first), next: reading(asc.next) },
  desc: { first: reading(desc.first), next: reading(desc.next) },
});

export const mysqlSteps: Steps<MySqlStep> = {
  ping: reading(reads.ping),
  loadThread: reading(reads.loadThread),
  hasThread: reading(reads.hasThread),
  threads: pagesOf(reads.threads),
  items: pagesOf(reads.items),
  hasItem: reading(reads.hasItem),
  loadItem: reading(reads.loadItem),
  loadAttachment: reading(reads.loadAttachment),
  attachmentsOf: reading(reads.attachmentsOf),
  attachments: reading(reads.attachments),

  async saveThread(session, values) {
    // Only new threads wait for each other.
    if ((await session.write(replaceThread, values)) === 0) await session.write(addThread + orReplace, values);
    return written;
  },
  deleteThread: writing('DELETE FROM chatkit_threads WHERE owner = $1 AND id = $2'),
  saveItem: inserting(addItem + orReplace),
  insertItem: inserting(addItem),
  insertItemIfActive: (session, values) =>
    session.transaction(async ({ read, insert }) => {
      const [thread] = await read<{ document: string }>(lockThread, values);
      if (!thread || isLocked(JSON.parse(thread.document) as Thread)) return [];
      return rowsOf(await insert(addItem, values));
    }),
  deleteItem: writing('DELETE FROM chatkit_items WHERE owner = $1 AND thread_id = $2 AND id = $3'),
  loadItemAndEnd,
  ...attachmentSteps(),
  idleThreads,
};

/** Returns an expression for the document of a row whose id is not in its key, and NULL for other rows. */
const documentOfHashed = (row: string) => `CASE WHEN LEFT(${row}.id, 2) = X'1A23' THEN ${row}.document END`;

/** Returns the id of a row as JSON. */
function idOf(key: string, documentOfHashed: string | null): string {
  const id = fromKey(key) ?? (JSON.parse(documentOfHashed as string) as { id: string }).id;
  return JSON.stringify(id);
}

async function loadItemAndEnd({ read }: Session, values: readonly SqlValue[]): Promise<unknown[]> {
  const rows = await read<{ document: string; position: number; key: string; named: string | null }>(
    'SELECT item.document AS document, newest.position AS position, CONVERT(newest.id USING utf8mb4) AS `key`, ' +
      `${documentOfHashed('newest')} AS named ` +
      'FROM chatkit_items AS item JOIN chatkit_items AS newest ON newest.thread = item.thread ' +
      'WHERE item.owner = $1 AND item.thread_id = $2 AND item.id = $3 ' +
      'AND newest.position = (SELECT max(position) FROM chatkit_items WHERE thread = item.thread)',
    values,
  );
  return rows.map(({ document, position, key, named }) => ({ document, position, last: idOf(key, named) }));
}

/** The largest document that is read together with documents of other threads, in bytes. */
const maxSharedBytes = 65_536;

interface IdleRow {
  owner: string;
  position: number | string;
  key: string;
  named: string | null;
  last: number | string;
  files: number | string;
  /** The document of the newest item, or of a thread without items. Null for a large document. */
  newest: string | null;
}

/** Examines the threads after an owner and a position. */
async function idleThreads({ read }: Session, values: readonly SqlValue[]): Promise<unknown[]> {
  const newest = '(SELECT item.document FROM chatkit_items AS item WHERE item.thread = $1 AND item.position = $2)';
  const inRow = newest.replace('$1', 'thread.position').replace('$2', 'thread.last');
  const rows = await read<IdleRow>(
    'SELECT CONVERT(thread.owner USING utf8mb4) AS owner, thread.position AS position, ' +
      `CONVERT(thread.id USING utf8mb4) AS \`key\`, ${documentOfHashed('thread')} AS named, thread.last AS last, ` +
      '(SELECT count(*) FROM chatkit_attachments AS file ' +
      'WHERE file.owner = thread.owner AND file.thread_id = thread.id) AS files, ' +
      `CASE WHEN thread.last = 0 THEN thread.document WHEN LENGTH(${inRow}) <= ${maxSharedBytes} THEN ${inRow} END ` +
      'AS newest FROM (SELECT owner, id, position, document, ' +
      'coalesce((SELECT max(position) FROM chatkit_items AS item WHERE item.thread = listed.position), 0) AS last ' +
      'FROM chatkit_threads AS listed FORCE INDEX (PRIMARY) WHERE owner > $1 OR (owner = $1 AND position > $2) ' +
      'ORDER BY owner, position LIMIT $3) AS thread ORDER BY thread.owner, thread.position',
    values,
  );
  const examined: unknown[] = [];
  for (const { owner, position, key, named, last, files, newest: shared } of rows) {
    const document =
      shared ??
      (await read<{ document: string }>(`SELECT ${newest} AS document`, [position, last] as SqlValue[]))[0]?.document;
    // An item that was deleted meanwhile has no date: the thread is not idle.
    const { created_at } = JSON.parse(document ?? '{}') as { created_at?: unknown };
    const active_at = typeof created_at === 'string' ? created_at : null;
    examined.push({ owner, position, id: idOf(key, named), last, files, active_at });
  }
  return examined;
}

function attachmentSteps() {
  const key = 'WHERE owner = $1 AND id = $2';
  const lock = `SELECT claimed_at FROM chatkit_attachments ${key} FOR UPDATE`;
  const update = `UPDATE chatkit_attachments SET thread_id = $3, document = $4 ${key}`;
  return {
    async saveAttachment(session, values) {
      for (;;) {
        const columns = '(owner, id, thread_id, document, saved_at)';
        const insert = `INSERT INTO chatkit_attachments ${columns} VALUES ($1, $2, $3, $4, $5)`;
        if (await session.insert(insert, values)) return written;
        const rows = await session.transaction(async ({ read, write }) => {
          const [row] = await read<{ claimed_at: unknown }>(lock, values);
          if (!row) return undefined; // deleted a moment ago
          if (row.claimed_at !== null) return [];
          await write(update, values);
          return written;
        });
        if (rows) return rows;
      }
    },
    attachToThread: (session, values) =>
      session.transaction(async ({ read, write }) => {
        const conditions = 'AND claimed_at IS NULL AND (thread_id IS NULL OR thread_id = $3)';
        const rows = await read(`SELECT 1 FROM chatkit_attachments ${key} ${conditions} FOR UPDATE`, values);
        if (rows.length > 0) await write(update, values);
        return rows;
      }),
    deleteAttachment: writing(`DELETE FROM chatkit_attachments ${key}`),
    deleteLeased: writing(`DELETE FROM chatkit_attachments ${key} AND claimed_at IS NOT NULL`),
    leaseAttachments: (session, values) =>
      session.transaction(async ({ read, write }) => {
        const rows = await read<{ owner: string; id: string; document: string }>(
          'SELECT CONVERT(owner USING utf8mb4) AS owner, CONVERT(id USING utf8mb4) AS id, document ' +
            'FROM chatkit_attachments WHERE thread_id IS NULL AND (claimed_at IS NULL OR claimed_at <= $4) ' +
            'AND saved_at < $2 ORDER BY claimed_at, saved_at LIMIT $3 FOR UPDATE SKIP LOCKED',
          values,
        );
        if (rows.length === 0) return [];
        const keys = rows.map((_row, index) => `($${2 * index + 2}, $${2 * index + 3})`);
        const leased = [values[0] ?? null, ...rows.flatMap(({ owner, id }) => [owner, id])];
        await write(`UPDATE chatkit_attachments SET claimed_at = $1 WHERE (owner, id) IN (${keys.join(', ')})`, leased);
        return rows;
      }),
  } satisfies Partial<Steps<MySqlStep>>;
}
