// The calls of MongoStore on the items of a thread.
import { randomUUID } from 'node:crypto';
import { threadLocked } from '../../locked-thread';
import type { Order, Thread, ThreadItem } from '../../protocol';
import { isDuplicate } from './driver';
import { isTorn, ItemLog } from './log';
import type { Side, Step } from './reads';
import {
  cleared,
  type Cut,
  isCut,
  isPlainKey,
  itemFields,
  type ItemRow,
  listOfOwner,
  marker,
  appended,
  parseRow,
  placed,
  rangesOf,
  type Top,
  topOf,
  withCuts,
  type Written,
} from './rows';
import { endStep, type Known, succeeds, type ThreadKeys, type ThreadRow, type ThreadRows } from './threads';

/** The last item to delete: its position, or its key if the position is unknown. */
export interface EndKeys {
  position: number | null;
  id: string;
}

/** Each call resolves with undefined when the thread is deleted, and with null when the item does not exist. */
export class Items {
  readonly #log: ItemLog;
  readonly #threads: ThreadRows;

  constructor(log: ItemLog, threads: ThreadRows) {
    this.#log = log;
    this.#threads = threads;
  }

  /** Adds the item at the end, or replaces it in its place. */
  async save(known: Known, item: Written<ThreadItem>): Promise<true | undefined> {
    const fields = itemFields(item);
    return this.#log.append(known, (top) => this.#upsert(known, top, item.id, { $set: fields }, {}).then(isTried));
  }

  /** Adds the item at the end. Resolves with the text of the item that has its id, if there is one. */
  async insert(
    known: Known,
    item: Written<ThreadItem>,
    ifActive?: ThreadKeys,
  ): Promise<{ stored?: string } | undefined> {
    return this.#log.append(known, async (top) => {
      if (ifActive && (known.locked || top.epoch > known.epoch)) {
        const row = await this.#threads.read(ifActive);
        if (row?._id !== known.uid) return undefined;
        Object.assign(known, { locked: row.locked, epoch: row.epoch });
        if (known.locked) {
          const stored = await this.#text(known, item.id);
          if (stored === undefined) throw threadLocked(parseRow(row) as Thread);
          return { stored };
        }
      }
      const outcome = await this.#upsert(known, top, item.id, {}, itemFields(item));
      if (outcome === 'taken') return false;
      if (outcome === 'added') return {};
      const stored = await this.#text(known, item.id);
      return stored === undefined ? false : { stored }; // deleted a moment ago
    });
  }

  /** Resolves with a page of rows, and one row more if there are more. Null for an unknown cursor. */
  async page(
    keys: ThreadKeys,
    { after, order, limit }: { after: string | null; order: Order; limit: number },
  ): Promise<ItemRow[] | null | undefined> {
    const fields = { document: 1, position: 1, cuts: 1 };
    const isDescending = order === 'desc';
    // Rows that are added during the read are left out, because the read may pass over some of them.
    const untilBegin: Side = { operator: '$lte', step: 'begin', otherwise: 'base' };
    const afterCursor: Side = isDescending
      ? { operator: '$lt', step: 'cursor', otherwise: -Infinity }
      : { operator: '$gt', step: 'cursor', otherwise: Infinity };
    const steps = {
      ...(after !== null && { cursor: { filter: { id: after }, fields: { position: 1 } } }),
      begin: { ...endStep, isExtra: true },
      page: {
        filter: { gone: false },
        sides: after === null ? [untilBegin] : [untilBegin, afterCursor],
        order,
        limit,
        fields,
      },
      end: endAfter('page'), // read last, because it says which rows were deleted before
    };
    for (;;) {
      const view = await this.#threads.view<'cursor' | 'begin' | 'page' | 'end'>(keys, steps, { page: 'page' });
      if (!view?.top || view.top.ended) return undefined;
      const { known, top, rows } = view;
      const cursor = rows.cursor?.[0];
      if (after !== null && (!cursor || isCut(top.cuts, cursor.position))) return null;
      const page = rows.page ?? [];
      const before = rows.begin && topOf(rows.begin[0], known.base);
      if (!isTorn(page, top, before, { fromEnd: isDescending && after === null })) return page;
      await this.#log.clear(known, top);
    }
  }

  /** Resolves with null for a missing item. */
  async load(keys: ThreadKeys, id: string): Promise<{ document: string } | null | undefined> {
    const view = await this.#threads.view(keys, { item: itemStep(id), end: endAfter('item') });
    if (!view?.top || view.top.ended) return undefined;
    const row = view.rows.item?.[0];
    return row && !isCut(view.top.cuts, row.position) ? row : null;
  }

  /** Resolves with the thread, the item, the id of the newest item, and the position of the end. */
  async loadWithEnd(keys: ThreadKeys, id: string) {
    const newestStep: Step = {
      filter: { gone: false },
      sides: [{ operator: '$lte', step: 'end', otherwise: 'base' }],
      order: 'desc',
      limit: 1,
      fields: { position: 1, id: 1 },
    };
    const steps = { item: itemStep(id), end: endAfter('item'), newest: newestStep };
    for (;;) {
      const view = await this.#threads.view(keys, steps, { isWhole: true });
      if (!view?.top || view.top.ended) return undefined;
      const { known, row: thread, rows, top } = view;
      const row = rows.item?.[0];
      if (!row || isCut(top.cuts, row.position)) return null;
      const newest = rows.newest?.[0] ?? row; // the item was deleted a moment ago, and it was the newest
      if (isCut(top.cuts, newest.position)) {
        await this.#log.clear(known, top);
        continue;
      }
      const lastItemId = await this.#wholeId(known, newest, row);
      return { thread, document: row.document, lastItemId, position: top.position };
    }
  }

  async #wholeId({ list }: Known, { id, position }: ItemRow, item: ItemRow): Promise<string> {
    if (position === item.position) return (parseRow(item) as ThreadItem).id;
    if (isPlainKey(id)) return id;
    return (parseRow((await this.#log.rows.findOne({ list, position, gone: false })) ?? item) as ThreadItem).id;
  }

  /** Deletes one item in one step. */
  async remove(known: Known, id: string): Promise<true | undefined> {
    const { matchedCount } = await this.#log.rows.updateOne({ list: known.list, id, gone: false }, cleared);
    return matchedCount > 0 || undefined;
  }

  /** Deletes the items after an item up to the end, and adds or replaces the new item. */
  async replaceAfter(
    known: Known,
    itemId: string,
    end: EndKeys | null,
    item: Written<ThreadItem> | null,
  ): Promise<true | null | undefined> {
    const { list } = known;
    const replaced = await this.#log.append(known, async (top) => {
      const ids = [itemId, ...(end ? [end.id] : []), ...(item ? [item.id] : [])];
      const options = { projection: { id: 1, position: 1 } };
      const found = (await this.#log.rows.find({ list, id: { $in: ids } }, options).toArray()) as ItemRow[];
      const positionOf = (id: string) => found.find((row) => row.id === id)?.position;
      const after = positionOf(itemId);
      if (after === undefined) return null;
      const to = end === null ? top.position : (end.position ?? positionOf(end.id) ?? 0);
      const kept = item ? positionOf(item.id) : undefined;
      const ranges = rangesOf(after, Math.min(to, top.position), kept, top.cuts);
      const cuts = ranges.length > 0 ? withCuts(top.cuts, ranges) : top.cuts;
      if (item && kept === undefined) return this.#insertWith(known, top, item, cuts);
      if (item) return this.#replaceWith(known, top, item, cuts);
      return ranges.length === 0 || (await this.#log.mark(known, top, { cuts }));
    });
    if (replaced && known.top) await this.#log.clear(known, known.top);
    return replaced;
  }

  /**
   * Completes an item while it is pending, and counts the items of its turn that are pending. The order in which the
   * completions are named in the row of the thread decides which item of a turn is the last.
   */
  async complete(
    keys: ThreadKeys,
    item: Written<ThreadItem>,
    { attempt, turn }: { attempt: string; turn: readonly string[] },
  ): Promise<{ completed: boolean; repeated: boolean; pending: number } | null> {
    const completion = randomUUID();
    const fields = { id: 1, position: 1, status: 1, attempt: 1, completion: 1 };
    const ids = [item.id, ...turn.filter((id) => id !== item.id)];
    // In this order: completions that are named by now are seen in the rows of the items.
    const steps = { turn: { filter: { id: { $in: ids } }, fields }, end: endStep };
    for (;;) {
      const view = await this.#threads.view(keys, steps, { isWhole: true });
      if (!view?.top || view.top.ended) return null;
      const { top, known, row: thread } = view;
      const rows = (view.rows.turn ?? []).filter(({ position }) => !isCut(top.cuts, position));
      const row = rows.find(({ id }) => id === item.id);
      if (!row) return null;
      const isDone = row.attempt === attempt;
      const repeated = isDone && row.completion !== completion;
      if (!isDone && row.status !== 'pending') return { completed: false, repeated, pending: 0 };
      const named = thread.done ?? [];
      const name = isDone ? (row.completion ?? completion) : completion;
      const isLeft = (other: ItemRow) =>
        other.id !== item.id &&
        (other.status === 'pending' || typeof other.completion === 'string') &&
        !named.includes(other.completion ?? '');
      const pending = rows.filter(isLeft).length;
      const operations = [
        ...(isDone ? [] : [completing(known, item, { attempt, completion })]),
        ...(turn.length === 0 || named.includes(name) ? [] : [naming(keys, thread, name)]),
      ];
      const outcome = { completed: !repeated, repeated, pending: turn.length === 0 ? 0 : pending };
      if (operations.length === 0) return outcome;
      const { matchedCount } = await this.#log.rows.bulkWrite(operations);
      if (matchedCount === operations.length) return outcome; // otherwise another call came first
    }
  }

  /** Replaces the item in its place, and adds a row that deletes. If the item was deleted a moment ago, it is added. */
  async #replaceWith(known: Known, top: Top, item: Written<ThreadItem>, cuts: Cut[]): Promise<boolean> {
    const { list } = known;
    const position = top.position + 1;
    const rest = { epoch: top.epoch, cuts };
    const update = { $set: itemFields(item), $setOnInsert: placed(position, rest) };
    const replacing = { updateOne: { filter: { list, id: item.id }, update, upsert: true } };
    const marking = cuts === top.cuts ? [] : [appended(marker(list, position, rest))];
    const isWhole = await succeeds(this.#log.rows.bulkWrite([replacing, ...marking]));
    if (isWhole) known.top = marking.length > 0 ? { ...top, position, cuts } : undefined;
    return isWhole;
  }

  async #insertWith(known: Known, top: Top, item: Written<ThreadItem>, cuts: Cut[]): Promise<boolean> {
    const position = top.position + 1;
    const row = { list: known.list, id: item.id, ...itemFields(item), ...placed(position, { epoch: top.epoch, cuts }) };
    const isAdded = await succeeds(this.#log.rows.insertMany([row]));
    if (isAdded) known.top = { ...top, position, cuts };
    return isAdded;
  }

  /** Adds a row, or changes the row with its id by `update`. */
  async #upsert(
    known: Known,
    top: Top,
    id: string,
    update: object,
    more: object,
  ): Promise<'added' | 'existed' | 'taken'> {
    const position = top.position + 1;
    const all = { ...update, $setOnInsert: { ...more, ...placed(position, top) } };
    try {
      const { upsertedCount } = await this.#log.rows.updateOne({ list: known.list, id }, all, { upsert: true });
      if (upsertedCount === 0) return 'existed';
    } catch (error) {
      if (isDuplicate(error)) return 'taken';
      throw error;
    }
    known.top = { ...top, position };
    return 'added';
  }

  async #text(known: Known, id: string): Promise<string | undefined> {
    const row = await this.#log.rows.findOne({ list: known.list, id }, { projection: { document: 1 } });
    return (row as ItemRow | null)?.document;
  }
}

const itemStep = (id: string): Step => ({ filter: { id }, fields: { document: 1, position: 1 } });
const endAfter = (step: string): Step => ({ ...endStep, sides: [{ operator: '$gte', step, otherwise: 'base' }] });

/** The number of completions that a thread's row names, more than one turn has. */
const maxNamed = 200;

function completing(
  { list }: Known,
  item: Written<ThreadItem>,
  names: { attempt: string; completion: string },
): object {
  const filter = { list, id: item.id, status: 'pending', attempt: { $ne: names.attempt } };
  return { updateOne: { filter, update: { $set: { ...itemFields(item), ...names } } } };
}

/** Names a completion in the row of the thread, if the row is as it was read. */
function naming({ owner }: ThreadKeys, { _id, version }: ThreadRow, completion: string): object {
  const update = { $push: { done: { $each: [completion], $slice: -maxNamed } }, $inc: { version: 1 } };
  return { updateOne: { filter: { _id, list: listOfOwner(owner), version }, update } };
}

function isTried(outcome: 'added' | 'existed' | 'taken'): boolean {
  return outcome !== 'taken';
}
