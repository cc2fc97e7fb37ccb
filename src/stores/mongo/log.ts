// The list of a thread's items. Rows are only ever added at its end, at the next position, where a unique index admits
// one writer. A row carries the ranges that were deleted before it, so that one added row is the whole deletion.
import type { MongoCollection } from './driver';
import { cleared, type Cut, isCut, type ItemRow, marker, type Top } from './rows';
import { endStep, type Known, observed, succeeds } from './threads';

export class ItemLog {
  readonly rows: MongoCollection;

  constructor(rows: MongoCollection) {
    this.rows = rows;
  }

  /** Reads the newest row of a list. */
  async top(known: Known): Promise<Top> {
    const options = { sort: { position: -1 }, projection: endStep.fields };
    const newest = (await this.rows.findOne({ list: known.list }, options)) as ItemRow | null;
    return observed(known, newest ?? undefined);
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
}

/**
 * Returns true when a deletion came while the rows were read. The rows are read before the top.
 * @param before The end of the list before the rows were read. If it was not read, the rows were read in their order.
 * @param options.fromEnd True for rows that were read from the end of the list backward. The row that was added by the
 * deletion may then be missing, although some of the deleted rows are missing too.
 */
export function isTorn(
  rows: readonly ItemRow[],
  top: Top,
  before: Top | undefined,
  { fromEnd }: { fromEnd: boolean },
): boolean {
  if (rows.some(({ position }) => isCut(top.cuts, position))) return true;
  if (before) return hasMore(top.cuts, before.cuts);
  const [first] = rows;
  if (!fromEnd || !first || first.position >= top.position) return false;
  return hasMore(top.cuts, first.cuts ?? []);
}

function hasMore(cuts: readonly Cut[], known: readonly Cut[]): boolean {
  return cuts.some(({ after, to }) => !known.some((cut) => cut.after <= after && to <= cut.to));
}
