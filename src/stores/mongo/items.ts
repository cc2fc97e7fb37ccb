// The calls of MongoStore on the items of a thread.
import { threadLocked } from '../../locked-thread';
import type { Order, Thread, ThreadItem } from '../../protocol';
import { isPending } from '../store';
import { isDuplicate } from './driver';
import { type ItemRow, isTorn, ItemLog } from './log';
import {
  cleared,
  type Cut,
  isCut,
  isPlainKey,
  itemFields,
  parseRow,
  placed,
  rangesOf,
  type Top,
  withCuts,
  type Written,
} from './rows';
import { type Known, succeeds, type ThreadKeys, type ThreadRows } from './threads';

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
    known: Known,
    { after, order, limit }: { after: string | null; order: Order; limit: number },
  ): Promise<ItemRow[] | null | undefined> {
    const { list } = known;
    for (;;) {
      const cursor = after === null ? undefined : await this.#position(list, after);
      const rows = cursor === null ? [] : await this.#log.after(list, cursor, order, limit);
      const top = await this.#log.top(known); // read last: it says what was deleted before
      if (top.ended) return undefined;
      if (cursor === null) return null;
      if (cursor !== undefined && isCut(top.cuts, cursor)) return null;
      if (!isTorn(rows, top, { fromEnd: order === 'desc' && cursor === undefined })) return rows;
      await this.#log.clear(known, top);
    }
  }

  async load(known: Known, id: string): Promise<{ document: string } | null | undefined> {
    const options = { projection: { document: 1, position: 1 } };
    const row = (await this.#log.rows.findOne({ list: known.list, id }, options)) as ItemRow | null;
    const top = await this.#log.top(known);
    if (top.ended) return undefined;
    return row && !isCut(top.cuts, row.position) ? row : null;
  }

  /** Resolves with the item, the id of the newest item, and the position of the end. */
  async loadWithEnd(known: Known, id: string) {
    const options = { projection: { document: 1, position: 1 } };
    const row = (await this.#log.rows.findOne({ list: known.list, id }, options)) as ItemRow | null;
    const { top, rows } = await this.#log.end(known, 5);
    if (top.ended) return undefined;
    if (!row || isCut(top.cuts, row.position)) return null;
    let newest = rows.find(({ gone, position }) => !gone && !isCut(top.cuts, position));
    if (!newest) {
      await this.#log.clear(known, top);
      const found = { sort: { position: -1 }, projection: { position: 1, id: 1, gone: 1 } };
      newest = ((await this.#log.rows.findOne({ list: known.list, gone: false }, found)) ?? row) as ItemRow;
    }
    let lastItemId: string | undefined = newest.id;
    if (lastItemId === undefined || !isPlainKey(lastItemId)) {
      const whole = (await this.#log.rows.findOne({ list: known.list, position: newest.position })) ?? row;
      lastItemId = (parseRow(whole) as ThreadItem).id;
    }
    return { document: row.document, lastItemId, position: top.position };
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
      if (item) {
        const { matchedCount } = await this.#log.rows.updateOne({ list, id: item.id }, { $set: itemFields(item) });
        if (matchedCount === 0) return false; // deleted a moment ago
      }
      return ranges.length === 0 || (await this.#log.mark(known, top, { cuts }));
    });
    if (replaced && known.top) await this.#log.clear(known, known.top);
    return replaced;
  }

  /** Completes an item while it is pending, and counts the items of its turn that are pending. */
  async complete(
    keys: ThreadKeys,
    known: Known,
    item: Written<ThreadItem>,
    { attempt, turn }: { attempt: string; turn: readonly string[] },
  ): Promise<{ completed: boolean; repeated: boolean; pending: number } | null | undefined> {
    const { list } = known;
    const filter = { list, id: item.id, status: 'pending', attempt: { $ne: attempt } };
    const update = { $set: { ...itemFields(item), attempt } };
    const written = (await this.#log.rows.findOneAndUpdate(filter, update, {})) as ItemRow | null;
    const others = turn.filter((id) => id !== item.id);
    let rows: ItemRow[] = [];
    if (!written || others.length > 0) {
      const read = { projection: { id: 1, position: 1, status: 1, attempt: 1 } };
      rows = (await this.#log.rows.find({ list, id: { $in: [item.id, ...others] } }, read).toArray()) as ItemRow[];
    }
    const top = known.top ?? (await this.#log.top(known));
    if (top.ended) return undefined;
    const row = written ?? rows.find(({ id }) => id === item.id);
    if (!row) return undefined;
    if (isCut(top.cuts, row.position)) return null;
    const repeated = !written && row.attempt === attempt;
    if (!written && !repeated) return { completed: false, repeated, pending: 0 };
    const left = rows.filter(({ id, position }) => id !== item.id && !isCut(top.cuts, position));
    if (left.length === 0) return { completed: !repeated, repeated, pending: 0 };
    const done = await this.#done(keys, known, row.position);
    if (!done) return undefined;
    const isLeft = (other: ItemRow) =>
      (isPending(other) || typeof other.attempt === 'string') && !done.includes(other.position);
    return { completed: !repeated, repeated, pending: left.filter(isLeft).length };
  }

  /**
   * Adds a position to the completed items of the thread's row, and resolves with all of them. The order of these
   * additions decides which item of a turn is the last.
   */
  async #done(keys: ThreadKeys, known: Known, position: number): Promise<number[] | undefined> {
    const row = await this.#log.rows.findOneAndUpdate(
      { _id: known.uid, id: keys.id },
      { $push: { done: { $each: [position], $slice: -maxDone } } },
      { returnDocument: 'after' },
    );
    return (row as { done: number[] } | null)?.done;
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

  async #position(list: string, id: string): Promise<number | null> {
    const row = await this.#log.rows.findOne({ list, id }, { projection: { position: 1 } });
    return (row as ItemRow | null)?.position ?? null;
  }
}

/** The number of completed items that a thread's row remembers, more than one turn has. */
const maxDone = 200;

function isTried(outcome: 'added' | 'existed' | 'taken'): boolean {
  return outcome !== 'taken';
}
