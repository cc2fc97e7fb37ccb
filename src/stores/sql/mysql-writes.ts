// The conditional writes of MySQL and MariaDB. Each is a transaction, which locks the row of the thread first.
import type { Thread } from '../../protocol';
import { isPending } from '../store';
import { changedThread } from '../thread-change';
import {
  type CompletionRow,
  type ConditionalWrites,
  type End,
  parseDocument,
  type Documents,
  type ThreadKey,
} from './conditional';
import type { Executor, Session } from './mysql-session';
import { mysqlStatements } from './mysql-steps';

const { lockThread, replaceThread, addThread, addItem, orReplace } = mysqlStatements;

const statements = {
  // The position of the thread that the statement before has added.
  addFirstItem:
    'INSERT INTO chatkit_items (owner, thread_id, thread, id, document) VALUES ($1, $2, LAST_INSERT_ID(), $3, $4)',
  complete: 'UPDATE chatkit_items SET document = $4, completed_by = $5 WHERE owner = $1 AND thread_id = $2 AND id = $3',
  findItem: 'SELECT position FROM chatkit_items WHERE owner = $1 AND thread_id = $2 AND id = $3 FOR UPDATE',
  deleteItems: 'DELETE FROM chatkit_items WHERE thread = $1 AND position > $2 AND position <= $3 AND id <> $4',
} as const;

export function mysqlWrites(documents: Documents, session: Session): ConditionalWrites {
  return {
    updateThread: (thread, change) =>
      session.transaction(async ({ read, write }) => {
        const [row] = await read<{ document: string }>(lockThread, thread);
        if (!row) return [];
        const changed = changedThread(parseDocument(documents, row.document) as Thread, change);
        const document = documents.toDocument(JSON.stringify(changed));
        await write(replaceThread, [...thread, document]);
        return [{ document }];
      }),
    createThread: (owner, thread, firstItem) =>
      session.transaction(async ({ insert, write }) => {
        if (!(await insert(addThread, [owner, thread.id, thread.document]))) return false;
        await write(statements.addFirstItem, [owner, thread.id, firstItem.id, firstItem.document]);
        return true;
      }),
    completeItem: (thread, item, { attempt, turn }) =>
      session.transaction(async ({ read, write }) => {
        await read(lockThread, thread);
        const states = await lockStates({ read }, documents, thread, [...new Set([item.id, ...turn])]);
        const state = states.get(item.id);
        const row: CompletionRow = { found: state !== undefined, completed: false, repeated: false, pending: 0 };
        if (!state) return row;
        row.repeated = state.completedBy === attempt;
        row.completed = !row.repeated && state.isPending;
        if (row.completed) await write(statements.complete, [...thread, item.id, item.document, attempt]);
        row.pending = [...states].filter(([id, other]) => id !== item.id && other.isPending).length;
        return row;
      }),
    deleteItemsAfter: (thread, itemId, end) =>
      session.transaction(async (executor) => {
        await deleteAfter(executor, thread, itemId, end, '');
      }),
    replaceItemsAfter: (thread, itemId, end, item) =>
      session.transaction(async (executor) => {
        if (!(await deleteAfter(executor, thread, itemId, end, item.id))) return false;
        await executor.write(addItem + orReplace, [...thread, item.id, item.document]);
        return true;
      }),
  };
}

interface State {
  isPending: boolean;
  completedBy: string | null;
}

/** Locks the items of a turn, and resolves with the states of the existing ones by their keys. */
async function lockStates(
  { read }: Pick<Executor, 'read'>,
  documents: Documents,
  thread: ThreadKey,
  ids: string[],
): Promise<Map<string, State>> {
  const rows = await read<{ id: string; document: string; completed_by: string | null }>(
    'SELECT CONVERT(id USING utf8mb4) AS id, document, CONVERT(completed_by USING utf8mb4) AS completed_by ' +
      'FROM chatkit_items WHERE owner = $1 AND thread_id = $2 ' +
      `AND id IN (${ids.map((_id, index) => `$${index + 3}`).join(', ')}) FOR UPDATE`,
    [...thread, ...ids],
  );
  return new Map(
    rows.map(({ id, document, completed_by }) => [
      id,
      { isPending: isPending(parseDocument(documents, document)), completedBy: completed_by },
    ]),
  );
}

/** Deletes the items after an item, except `kept`. Resolves with false when the item does not exist. */
async function deleteAfter(
  { read, write }: Executor,
  thread: ThreadKey,
  itemId: string,
  end: End | null,
  kept: string,
): Promise<boolean> {
  const [row] = await read<{ position: number }>(lockThread, thread);
  if (!row) return false;
  const find = async (id: string) =>
    (await read<{ position: number }>(statements.findItem, [...thread, id]))[0]?.position;
  const after = await find(itemId);
  if (after === undefined) return false;
  const last = end ? (end.position ?? (await find(end.id)) ?? 0) : Number.MAX_SAFE_INTEGER;
  await write(statements.deleteItems, [row.position, after, last, kept]);
  return true;
}
