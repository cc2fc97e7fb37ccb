// The list of a thread's items. Rows are only ever added at its end, at the next position, where a unique index admits
// one writer. A row carries the ranges that were deleted before it, so that one added row is the whole deletion.
import type { MongoCollection } from './driver';
import { cleared, type Cut, isCut, marker, type Top } from './rows';
import { type Known, succeeds } from './threads';

/** A row of a thread's list as it is read. */
export interface ItemRow {
  position: number;
  id: string;
  gone: boolean;
  document: string;
  status: string | null;
  attempt: string | null;
  created_at: string | null;
  cuts?: Cut[];
}

const topFields = { position: 1, epoch: 1, cuts: 1, ended_at: 1, id: 1, gone: 1 };

/** The end of the list, and the newest rows without their texts. */
export interface End {
  top: Top;
  rows: Pick<ItemRow, 'position' | 'id' | 'gone'>[];
}

export class ItemLog {
  readonly rows: MongoCollection;

  constructor(rows: MongoCollection) {
    this.rows = rows;
  }

  /** Reads the newest rows of a list. */
  async end(known: Known, limit = 1): Promise<End> {
    const options = { sort: { position: -1 }, limit, projection: topFields };
    const rows = (await this.rows.find({ list: known.list }, options).toArray()) as (ItemRow & TopRow)[];
    const [newest] = rows;
    const top: Top = newest
      ? {
          position: newest.position,
          epoch: newest.epoch ?? 0,
          cuts: newest.cuts ?? [],
          ended: newest.ended_at !== undefined,
        }
      : { position: known.base, epoch: 0, cuts: [], ended: false };
    if ((known.top?.position ?? 0) <= top.position) known.top = top;
    return { top, rows };
  }

  async top(known: Known): Promise<Top> {
    return (await this.end(known)).top;
  }

  /**
   * Calls `add` with the end of the list until it resolves with something else than false, one call at a time in this
   * process. It resolves with false when another process has taken the position. Deleted rows are cleared before, so
   * that no row has the id of a deleted one. Resolves with undefined when the thread is deleted.
   */
  async append<Result>(known: Known, add: (top: Top) => Promise<Result | false>): Promise<Result | undefined> {
    const adding = known.idle.then(async () => {
      for (let top = known.top ?? (await this.top(known)); ; top = await this.top(known)) {
        if (top.ended) return undefined;
        const current = await this.clear(known, top);
        const result = await add(current);
        if (result !== false) return result;
        known.top = undefined;
      }
    });
    known.idle = adding.catch(() => (known.top = undefined));
    return adding;
  }

  /** Adds a row that only takes the next position, and carries what changed. Resolves with false if it is taken. */
  async mark(known: Known, top: Top, { epoch = top.epoch, cuts = top.cuts }: Partial<Top>): Promise<boolean> {
    const position = top.position + 1;
    const isAdded = await succeeds(this.rows.insertMany([marker(known.list, position, { epoch, cuts })]));
    if (isAdded) known.top = { position, epoch, cuts, ended: false };
    return isAdded;
  }

  /** Clears the deleted rows that are not cleared yet. Can be repeated, also by several processes. */
  async clear(known: Known, top: Top): Promise<Top> {
    const left = top.cuts.filter((cut) => !cut.cleared);
    if (left.length === 0) return top;
    const { list } = known;
    const cuts = top.cuts.map((cut) => ({ ...cut, cleared: true }));
    const ranges = left.map(({ after, to }) => ({
      updateMany: { filter: { list, position: { $gt: after, $lte: to }, gone: false }, update: cleared },
    }));
    const flag = { updateOne: { filter: { list, position: top.position }, update: { $set: { cuts } } } };
    await this.rows.bulkWrite([...ranges, flag]); // in this order
    const done = { ...top, cuts };
    if (known.top?.position === top.position) known.top = done;
    return done;
  }

  /** Clears all rows of a list whose thread is deleted. */
  async clearAll(list: string): Promise<void> {
    await this.rows.updateMany({ list, gone: false }, cleared);
  }

  /** Resolves with the rows of a list after a position, in order. */
  async after(list: string, position: number | undefined, order: 'asc' | 'desc', limit: number): Promise<ItemRow[]> {
    const isDescending = order === 'desc';
    const rest = position === undefined ? {} : { position: { [isDescending ? '$lt' : '$gt']: position } };
    const options = {
      sort: { position: isDescending ? -1 : 1 },
      limit,
      projection: { document: 1, position: 1, cuts: 1 },
    };
    return (await this.rows.find({ list, gone: false, ...rest }, options).toArray()) as ItemRow[];
  }
}

interface TopRow {
  epoch?: number;
  ended_at?: number;
}

/**
 * Returns true when a deletion came while the rows were read. The rows are read before the top.
 * @param options.fromEnd True for rows that were read from the end of the list backward. The row that was added by the
 * deletion may then be missing, although some of the deleted rows are missing too.
 */
export function isTorn(rows: readonly ItemRow[], top: Top, { fromEnd }: { fromEnd: boolean }): boolean {
  if (rows.some(({ position }) => isCut(top.cuts, position))) return true;
  const [first] = rows;
  if (!fromEnd || !first || first.position >= top.position) return false;
  return top.cuts.some(({ after, to }) => !(first.cuts ?? []).some((cut) => cut.after <= after && to <= cut.to));
}
