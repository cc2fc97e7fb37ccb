// The conditional writes of SQLite. Each is a transaction, during which no other code of this process runs and no other
// process writes to the file.
import type { Thread } from '../../protocol';
import { changedThread } from '../thread-change';
import {
  type CompletionRow,
  type ConditionalWrites,
  type Documents,
  type End,
  parseDocument,
  type ThreadKey,
} from './conditional';
import type { SqlValue } from './sql-store';

/** Executes a statement and returns its rows. */
type Execute = (statement: string, values: readonly SqlValue[]) => unknown[];

/** Calls `work` in a transaction that holds the write lock from its beginning. Rolls back when `work` throws. */
type Transaction = <Result>(work: (execute: Execute) => Result) => Result;

const statements = {
  loadThread: 'SELECT document FROM chatkit_threads WHERE owner = $1 AND id = $2',
  saveThread: 'UPDATE chatkit_threads SET document = $3 WHERE owner = $1 AND id = $2 RETURNING document',
  addThread:
    'INSERT INTO chatkit_threads (owner, id, document) VALUES ($1, $2, $3) ON CONFLICT (owner, id) DO NOTHING RETURNING id',
  saveItem:
    'INSERT INTO chatkit_items (owner, thread_id, thread, id, document) ' +
    'SELECT owner, id, position, $3, $4 FROM chatkit_threads WHERE owner = $1 AND id = $2 ' +
    'ON CONFLICT (owner, thread_id, id) DO UPDATE SET document = excluded.document RETURNING id',
  loadState:
    "SELECT json_extract(document, '$.status') AS status, completed_by FROM chatkit_items " +
    'WHERE owner = $1 AND thread_id = $2 AND id = $3',
  complete:
    'UPDATE chatkit_items SET document = $4, completed_by = $5 ' +
    'WHERE owner = $1 AND thread_id = $2 AND id = $3 RETURNING id',
  findItem: 'SELECT thread, position FROM chatkit_items WHERE owner = $1 AND thread_id = $2 AND id = $3',
  deleteItems: 'DELETE FROM chatkit_items WHERE thread = $1 AND position > $2 AND position <= $3 AND id <> $4',
} as const;

export function sqliteWrites(documents: Documents, transaction: Transaction): ConditionalWrites {
  return {
    updateThread: async (thread, change) =>
      transaction((execute) => {
        const [row] = execute(statements.loadThread, thread) as { document: string }[];
        if (!row) return [];
        const changed = changedThread(parseDocument(documents, row.document) as Thread, change);
        return execute(statements.saveThread, [...thread, documents.toDocument(JSON.stringify(changed))]);
      }),
    createThread: async (owner, thread, firstItem) =>
      transaction((execute) => {
        if (execute(statements.addThread, [owner, thread.id, thread.document]).length === 0) return false;
        execute(statements.saveItem, [owner, thread.id, firstItem.id, firstItem.document]);
        return true;
      }),
    completeItem: async (thread, item, { attempt, turn }) =>
      transaction((execute) => {
        const stateOf = (id: string) => execute(statements.loadState, [...thread, id])[0] as State | undefined;
        const state = stateOf(item.id);
        const row: CompletionRow = { found: state !== undefined, completed: false, repeated: false, pending: 0 };
        if (!state) return row;
        row.repeated = state.completed_by === attempt;
        row.completed = !row.repeated && state.status === 'pending';
        if (row.completed) execute(statements.complete, [...thread, item.id, item.document, attempt]);
        row.pending = turn.filter((id) => id !== item.id && stateOf(id)?.status === 'pending').length;
        return row;
      }),
    deleteItemsAfter: async (thread, itemId, end) =>
      transaction((execute) => {
        deleteAfter(execute, thread, itemId, end, '');
      }),
    replaceItemsAfter: async (thread, itemId, end, item) =>
      transaction((execute) => {
        if (!deleteAfter(execute, thread, itemId, end, item.id)) return false;
        execute(statements.saveItem, [...thread, item.id, item.document]);
        return true;
      }),
  };
}

interface State {
  status: unknown;
  completed_by: string | null;
}

/** Deletes the items after an item, except `kept`. Returns false when the item does not exist. */
function deleteAfter(execute: Execute, thread: ThreadKey, itemId: string, end: End | null, kept: string): boolean {
  const find = (id: string) =>
    execute(statements.findItem, [...thread, id])[0] as { thread: number; position: number } | undefined;
  const item = find(itemId);
  if (!item) return false;
  const last = end ? (end.position ?? find(end.id)?.position ?? 0) : Number.MAX_SAFE_INTEGER;
  execute(statements.deleteItems, [item.thread, item.position, last, kept]);
  return true;
}
