// The documents of MongoStore. Threads and items are rows of lists: a thread is a row of its owner's list, and an item
// is a row of its thread's list. The text of the JSON is kept beside the fields that are queried.
import { randomUUID } from 'node:crypto';
import { copyJson } from '../../protocol/json';
import { toKey } from '../keys';

/** Some items of a list that are deleted: those after one position, up to another one. */
export interface Cut {
  after: number;
  to: number;
  /** True when the rows of the range are cleared, so that no row of it has a text any more. */
  cleared: boolean;
}

/** A row as it is read. A thread has a text, and an item has one until it is deleted. */
interface Row {
  list: string;
  /** Unique in the list. Rows become visible in the order of their positions. */
  position: number;
  /** The key of the id, unique in the list. A deleted item has the key `spare` instead. */
  id: string;
  document: string;
}

/** A row of a thread's list as it is read. */
export interface ItemRow {
  position: number;
  id: string;
  gone: boolean;
  document: string;
  status: string | null;
  /** The attempt that completed the item. */
  attempt: string | null;
  /** The unique name of the call that completed the item. */
  completion?: string | null;
  created_at: string | null;
  cuts?: Cut[];
  epoch?: number;
  ended_at?: number;
}

/** The newest row of a thread's list. */
export interface Top {
  position: number;
  /** How often the thread was locked when the row was added. */
  epoch: number;
  cuts: Cut[];
  /** True when the thread is deleted. */
  ended: boolean;
}

/** A row to write. */
export interface Written<Document> {
  id: string;
  document: string;
  copied: Document;
}

const mark = '\u001a';

/** Returns a key that no id has. */
export function spareKey(name: number | string): string {
  return `${mark}-${name}`;
}

/** Returns false for the key of an id that only the text of the row has whole. */
export function isPlainKey(key: string): boolean {
  return !key.includes(mark);
}

export const listOfOwner = (owner: string) => `o:${owner}`;
export const listOfThread = (uid: string) => `t:${uid}`;

/** @throws TypeError for a value that JSON cannot represent. */
export function toWritten<Document extends { id: string }>(given: Document): Written<Document> {
  const copied = copyJson(given);
  return { copied, id: toKey(copied.id), document: JSON.stringify(copied) };
}

/** Parses the text of a row. */
export function parseRow(row: object): unknown {
  return JSON.parse((row as Row).document);
}

/** Returns the fields that each write of an item sets. */
export function itemFields({ document, copied }: Written<object>) {
  const { status, created_at } = copied as { status?: unknown; created_at?: unknown };
  return {
    document,
    status: typeof status === 'string' ? status : null,
    created_at: typeof created_at === 'string' ? created_at : null,
  };
}

/** Returns the fields of a new row at a position. */
export function placed(position: number, { epoch, cuts }: Pick<Top, 'epoch' | 'cuts'>) {
  return { position, spare: spareKey(position), gone: false, attempt: null, epoch, cuts };
}

/** Returns the end of a list, by its newest row. */
export function topOf(row: ItemRow | undefined, base: number): Top {
  if (!row) return { position: base, epoch: 0, cuts: [], ended: false };
  const { position, epoch = 0, cuts = [], ended_at } = row;
  return { position, epoch, cuts, ended: ended_at !== undefined };
}

/** Returns an operation that adds a row, or fails, for a command with other updates. */
export function appended(row: object): object {
  return { updateOne: { filter: { _id: randomUUID() }, update: { $setOnInsert: row }, upsert: true } };
}

/** Returns a row that only takes a position, for a deletion or a lock. */
export function marker(list: string, position: number, top: Pick<Top, 'epoch' | 'cuts'>) {
  return { list, id: spareKey(position), position, gone: true, epoch: top.epoch, cuts: top.cuts };
}

/** Clears a row. The position stays taken, because a later row must not get it. */
export const cleared = {
  $set: { gone: true },
  $rename: { spare: 'id' },
  $unset: { document: '', status: '', created_at: '', attempt: '', completion: '' },
};

/** Returns true when the position is in one of the ranges. FerretDB leaves an empty list out of a new row. */
export function isCut(cuts: readonly Cut[] | undefined, position: number): boolean {
  return (cuts ?? []).some(({ after, to }) => position > after && position <= to);
}

/** The largest number of ranges that a row carries. Older ranges are cleared for long, so that no reader needs them. */
const maxCuts = 50;

/** Adds ranges. A cleared range inside of a new one is left out. */
export function withCuts(cuts: readonly Cut[], added: readonly Cut[]): Cut[] {
  const isInside = ({ after, to }: Cut) => added.some((cut) => cut.after <= after && to <= cut.to);
  return [...cuts.filter((cut) => !isInside(cut)), ...added].slice(-maxCuts);
}

/** Returns the ranges to delete: all positions of a range except one to keep, without those that are deleted already. */
export function rangesOf(after: number, to: number, kept: number | undefined, cuts: readonly Cut[]): Cut[] {
  const isSplit = kept !== undefined && kept > after && kept <= to;
  const ranges: [number, number][] = isSplit
    ? [
        [after, kept - 1],
        [kept, to],
      ]
    : [[after, to]];
  return ranges
    .filter(([from, end]) => from < end && !cuts.some((cut) => cut.after <= from && end <= cut.to))
    .map(([from, end]) => ({ after: from, to: end, cleared: false }));
}
