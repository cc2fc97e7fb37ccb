// The conditional writes of PostgreSQL. Each is one statement, which locks the row of the thread first.
import type { CompletionRow, ConditionalWrites, Documents, End, Row, ThreadKey } from './conditional';
import type { ThreadChange } from '../thread-change';
import type { SqlValue } from './sql-store';

type Execute = (statement: string, values: SqlValue[]) => Promise<unknown[]>;

/** @param lockOwner An expression that makes the new threads of the owner $1 wait for each other. */
export function postgresWrites(
  tables: { threads: string; items: string },
  lockOwner: string,
  documents: Documents,
  execute: Execute,
): ConditionalWrites {
  const statements = writes(tables, lockOwner);
  const json = (value: unknown) => (value === undefined ? null : documents.toDocument(JSON.stringify(value)));
  return {
    updateThread([owner, threadId], change) {
      const { set, removed } = topLevel(change);
      const { metadata } = change;
      const keys = metadata && [json(metadata.set ?? {}), json(metadata.remove ?? [])];
      const values = [owner, threadId, json(set), json(removed), ...(keys ?? [null, null])];
      return execute(statements.updateThread, values);
    },
    async createThread(owner, thread, firstItem) {
      const values = [owner, thread.id, thread.document, firstItem.id, firstItem.document];
      return (await execute(statements.createThread, values)).length > 0;
    },
    async completeItem(thread, item, { attempt, turn }) {
      const values = [...thread, item.id, item.document, attempt, JSON.stringify(turn)];
      const [row] = await execute(statements.completeItem, values);
      return row as CompletionRow;
    },
    async deleteItemsAfter(thread, itemId, end) {
      await execute(statements.deleteItemsAfter, [...thread, itemId, ...endValues(end)]);
    },
    async replaceItemsAfter(thread: ThreadKey, itemId: string, end: End | null, item: Row) {
      const values = [...thread, itemId, ...endValues(end), item.id, item.document];
      return (await execute(statements.replaceItemsAfter, values)).length > 0;
    },
  };
}

function endValues(end: End | null): [number | null, string | null] {
  return end ? [end.position, end.id] : [null, null];
}

/** Returns the fields of the thread to set, and the names of the fields to remove. */
function topLevel({ title, status, allowed_image_domains }: ThreadChange) {
  const fields = Object.entries({ title, status, allowed_image_domains }).filter(([, value]) => value !== undefined);
  return {
    set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
    removed: fields.filter(([, value]) => value === null).map(([name]) => name),
  };
}

/**
 * Makes the statements. PostgreSQL reads a row again when it locks the row after a wait, so every condition applies to
 * the current row.
 */
function writes({ threads, items }: { threads: string; items: string }, lockOwner: string) {
  const thread =
    `thread AS MATERIALIZED (SELECT owner, id, position FROM ${threads} ` +
    'WHERE owner = $1 AND id = $2 FOR NO KEY UPDATE)';
  const itemsOfThread = `thread JOIN ${items} AS item ON item.owner = thread.owner AND item.thread_id = thread.id`;
  const strings = (json: string) => `ARRAY(SELECT jsonb_array_elements_text(${json}::jsonb))`;
  const find = (key: string) => `(SELECT position FROM ${items} WHERE owner = $1 AND thread_id = $2 AND id = ${key})`;
  const end = `coalesce($4::bigint, ${find('$5')}, CASE WHEN $5::text IS NULL THEN 9223372036854775807 ELSE 0 END)`;
  const metadata =
    "CASE jsonb_typeof(document -> 'metadata') WHEN 'object' THEN document -> 'metadata' ELSE '{}'::jsonb END";
  return {
    updateThread:
      `UPDATE ${threads} SET document = ((document || $3::jsonb) - ${strings('$4')}) || ` +
      `CASE WHEN $5::jsonb IS NULL THEN '{}'::jsonb ` +
      `ELSE jsonb_build_object('metadata', (${metadata} || $5::jsonb) - ${strings('$6')}) END ` +
      'WHERE owner = $1 AND id = $2 RETURNING document::text AS document',
    createThread:
      `WITH lock AS MATERIALIZED (SELECT ${lockOwner}), ` +
      `thread AS (INSERT INTO ${threads} (owner, id, document) SELECT $1, $2, $3::jsonb FROM lock ` +
      'ON CONFLICT (owner, id) DO NOTHING RETURNING owner, id, position) ' +
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      'SELECT owner, id, position, $4, $5::jsonb FROM thread RETURNING id',
    completeItem:
      `WITH ${thread}, turn AS MATERIALIZED (` +
      `SELECT item.id, item.document ->> 'status' AS status, item.completed_by FROM ${itemsOfThread} ` +
      `WHERE item.id = $3 OR item.id = ANY(${strings('$6')}) FOR NO KEY UPDATE OF item), ` +
      `done AS (UPDATE ${items} AS item SET document = $4::jsonb, completed_by = $5 FROM turn ` +
      "WHERE item.owner = $1 AND item.thread_id = $2 AND item.id = $3 AND turn.id = $3 AND turn.status = 'pending' " +
      'AND turn.completed_by IS DISTINCT FROM $5::text RETURNING item.id) ' +
      'SELECT EXISTS (SELECT FROM turn WHERE id = $3) AS found, EXISTS (SELECT FROM done) AS completed, ' +
      'EXISTS (SELECT FROM turn WHERE id = $3 AND completed_by = $5) AS repeated, ' +
      "(SELECT count(*)::integer FROM turn WHERE id <> $3 AND status = 'pending') AS pending",
    deleteItemsAfter:
      `WITH ${thread} DELETE FROM ${items} AS item USING thread WHERE item.thread = thread.position ` +
      `AND item.position > ${find('$3')} AND item.position <= ${end}`,
    replaceItemsAfter:
      `WITH ${thread}, message AS MATERIALIZED (SELECT item.position FROM ${itemsOfThread} ` +
      'WHERE item.id = $3 FOR KEY SHARE OF item), ' +
      `deleted AS (DELETE FROM ${items} AS item USING thread, message WHERE item.thread = thread.position ` +
      `AND item.position > message.position AND item.position <= ${end} AND item.id <> $6) ` +
      `INSERT INTO ${items} (owner, thread_id, thread, id, document) ` +
      'SELECT thread.owner, thread.id, thread.position, $6, $7::jsonb FROM thread, message ' +
      'ON CONFLICT (owner, thread_id, id) DO UPDATE SET document = excluded.document RETURNING id',
  };
}
