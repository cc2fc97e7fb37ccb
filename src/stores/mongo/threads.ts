// The rows of threads in MongoStore, and what this process remembers of them.
import { randomUUID } from 'node:crypto';
import { NotFoundError } from '../../errors';
import { isLocked } from '../../locked-thread';
import type { Thread } from '../../protocol';
import { toKey } from '../keys';
import { changedThread, type ThreadChange } from '../thread-change';
import { isDuplicate, type MongoCollection } from './driver';
import type { Reads, Step } from './reads';
import {
  appended,
  type ItemRow,
  listOfOwner,
  listOfThread,
  marker,
  parseRow,
  spareKey,
  type Top,
  topOf,
  toWritten,
  type Written,
} from './rows';

/** The keys of a thread: of its owner, and of its id. */
export interface ThreadKeys {
  owner: string;
  id: string;
}

/** The memory that this process has of a thread. Each use is checked by the write or the read that follows. */
export interface Known {
  /** Identifies the thread. A deleted thread that is created again has another. */
  uid: string;
  /** The list of the thread's items. */
  list: string;
  /** The position before the first item. */
  base: number;
  /** True when the thread was locked or closed after it was locked `epoch` times. */
  locked: boolean;
  epoch: number;
  /** The newest row, as far as this process knows. */
  top: Top | undefined;
  /** The time of the last read, in milliseconds since 1970. */
  readAt: number;
  /** Resolves when the last addition of this process has ended. */
  idle: Promise<unknown>;
}

/** The row of a thread. */
export interface ThreadRow {
  _id: string;
  document: string;
  base: number;
  epoch: number;
  locked: boolean;
  version: number;
  /** The names of the newest completions of pending items, in their order. */
  done?: string[];
}

/** A thread, and rows of its list, as one command has read them. */
export interface View<Name extends string> {
  known: Known;
  row: ThreadRow;
  rows: Partial<Record<Name, ItemRow[]>>;
  /** The end of the list. Undefined if the end was not read. */
  top: Top | undefined;
}

/** The rows of a deleted thread keep their positions for this time, in milliseconds. */
export const reapMs = 24 * 3_600_000;
/** A process forgets a thread after this time, which is shorter, so that it never meets a list without its rows. */
const rememberMs = 3_600_000;
const maxRemembered = 10_000;

/** Reads the newest row of the list, after the steps before it. */
export const endStep: Step = {
  order: 'desc',
  limit: 1,
  fields: { position: 1, epoch: 1, cuts: 1, ended_at: 1 },
};

const memoryFields = { base: 1, epoch: 1, locked: 1 };
const rowFields = { ...memoryFields, document: 1, version: 1, done: 1 };

/** Reads and writes the rows of threads. */
export class ThreadRows {
  readonly #reads: Reads;
  readonly #rows: MongoCollection;
  readonly #known = new Map<string, Known>();

  constructor(reads: Reads) {
    this.#reads = reads;
    this.#rows = reads.rows;
  }

  /** Resolves with the row, and remembers the thread and its end. Null for a missing thread. */
  async read(keys: ThreadKeys): Promise<ThreadRow | null> {
    return (await this.view(keys, { end: { ...endStep, isExtra: true } }, { isWhole: true }))?.row ?? null;
  }

  /**
   * Reads rows of the thread's list, and remembers the thread. A step with the name `end` reads the end of the list.
   * Resolves with null for a missing thread.
   * @param options.isWhole True for the whole row of the thread. Default: false, for the fields to remember.
   * @param options.page The step whose rows can be long.
   */
  async view<Name extends string>(
    keys: ThreadKeys,
    steps: Partial<Record<Name, Step>>,
    { isWhole = false, page }: { isWhole?: boolean; page?: Name } = {},
  ): Promise<View<Name> | null> {
    const start = { filter: this.#filter(keys), fields: isWhole ? rowFields : memoryFields };
    const found = await this.#reads.read<Name, ThreadRow, ItemRow>({ start, steps, ...(page && { page }) });
    if (!found) {
      this.#known.delete(nameOf(keys));
      return null;
    }
    const { first: row, rows } = found;
    const known = this.#remember(keys, row);
    const end = (rows as { end?: ItemRow[] }).end;
    return { known, row, rows, top: end && observed(known, end[0]) };
  }

  /**
   * Calls `use` with what is known of the thread, and once more with another thread of this id when it resolves with
   * undefined, because the thread that is known may have been deleted. Resolves with undefined when the thread or the
   * thing in it does not exist.
   */
  async use<Result>(keys: ThreadKeys, use: (known: Known) => Promise<Result | undefined>): Promise<Result | undefined> {
    let known = this.#recall(keys);
    if (known) {
      const result = await use(known);
      if (result !== undefined) return result;
    }
    for (;;) {
      const fresh: Known | null = await this.#fresh(keys);
      if (!fresh || fresh.uid === known?.uid) return undefined;
      const result = await use(fresh);
      if (result !== undefined) return result;
      known = fresh;
    }
  }

  /** Adds the row, or replaces its text. Resolves with the thread when the row is locked. */
  async save(owner: string, thread: Written<Thread>): Promise<Known | undefined> {
    const keys = { owner, id: thread.id };
    const locked = isLocked(thread.copied);
    const update = { $set: { document: thread.document, locked, ...dated(thread.copied) }, $inc: steps(locked) };
    for (;;) {
      const options = { returnDocument: 'after' }; // whole, because FerretDB has no projection here
      const row = (await this.#rows.findOneAndUpdate(this.#filter(keys), update, options)) as ThreadRow | null;
      if (row) {
        const known = this.#remember(keys, row);
        return locked ? known : undefined;
      }
      const added = await this.make(owner, thread);
      if (await succeeds(this.#rows.insertMany([added]))) return undefined;
    }
  }

  /** Makes the row of a new thread at the end of its owner's list. Resolves with null when the list has its id. */
  async makeNew(owner: string, thread: Written<Thread>) {
    const list = listOfOwner(owner);
    const start = { filter: { list }, isNewest: true, fields: { position: 1 } };
    const steps = { existing: { filter: { id: thread.id }, fields: { position: 1 }, isExtra: true } };
    const found = await this.#reads.read<'existing', { position: number }, ItemRow>({ start, steps, list });
    return found?.rows.existing?.length ? null : newRow(thread, list, (found?.first.position ?? 0) + 1);
  }

  /** Makes the row of a new thread at the end of its owner's list. */
  async make(owner: string, thread: Written<Thread>, uid?: string) {
    const list = listOfOwner(owner);
    const options = { sort: { position: -1 }, projection: { position: 1 } };
    const newest = (await this.#rows.findOne({ list }, options)) as { position: number } | null;
    return newRow(thread, list, (newest?.position ?? 0) + 1, uid);
  }

  /** Remembers a thread that this process has created, with its first item. */
  created(keys: ThreadKeys, row: ThreadRow): void {
    const known = this.#remember(keys, row);
    known.top = { position: row.base + 1, epoch: 0, cuts: [], ended: false };
  }

  /**
   * Changes the row in one step. Resolves with the thread, and with what is known of it when it was locked and the end
   * of its list has yet to be moved.
   */
  async update(threadId: string, keys: ThreadKeys, change: ThreadChange) {
    for (;;) {
      const row = await this.read(keys);
      if (!row) throw missingThread(threadId);
      const thread = changedThread(parseRow(row) as Thread, change);
      const locked = isLocked(thread);
      const isNew = locked && change.status !== undefined;
      const epoch = row.epoch + (isNew ? 1 : 0);
      const fence = isNew ? this.#fence(keys, epoch) : undefined;
      const update = {
        filter: { _id: row._id, list: listOfOwner(keys.owner), version: row.version },
        update: { $set: { document: toWritten(thread).document, locked }, $inc: steps(isNew) },
      };
      const operations = [{ updateOne: update }, ...(fence ? [fence.operation] : [])];
      const { matchedCount, isWhole } = await this.#write(operations);
      if (matchedCount === 0) continue; // another change came first
      const known = this.#remember(keys, { ...row, locked, epoch });
      if (fence && isWhole) advance(known, fence.top);
      return { thread, locked: isNew && !(fence && isWhole) ? known : undefined };
    }
  }

  /** Makes the row that takes the next position of a locked thread. Undefined when the end is not known. */
  #fence(keys: ThreadKeys, epoch: number): { operation: object; top: Top } | undefined {
    const known = this.#recall(keys);
    if (!known?.top || known.top.ended) return undefined;
    const top = { ...known.top, position: known.top.position + 1, epoch };
    return { operation: appended(marker(known.list, top.position, top)), top };
  }

  /** Resolves with `isWhole` false when a position was taken. */
  async #write(operations: object[]): Promise<{ matchedCount: number; isWhole: boolean }> {
    try {
      const { matchedCount } = await this.#rows.bulkWrite(operations);
      return { matchedCount, isWhole: true };
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const { matchedCount } = error as { matchedCount: number };
      return { matchedCount, isWhole: false };
    }
  }

  /**
   * Moves the row to the end of its thread's list, in one step: the thread is deleted, and no item can be added to it.
   * Resolves with false when another thread has the keys since, and rejects when the position is taken.
   */
  async end(keys: ThreadKeys, known: Pick<Known, 'uid' | 'list'>, position: number, more: object = {}) {
    const { matchedCount } = await this.#rows.updateOne(
      { _id: known.uid, list: listOfOwner(keys.owner) },
      {
        $set: { list: known.list, position, gone: true, ended_at: Date.now(), ...more },
        $rename: { spare: 'id' },
        $unset: { document: '', created_at: '', locked: '', version: '', base: '', done: '' },
      },
    );
    this.#known.delete(nameOf(keys));
    return matchedCount > 0;
  }

  #filter({ owner, id }: ThreadKeys) {
    return { list: listOfOwner(owner), id };
  }

  async #fresh(keys: ThreadKeys): Promise<Known | null> {
    await this.read(keys);
    return this.#recall(keys) ?? null;
  }

  #recall(keys: ThreadKeys): Known | undefined {
    const known = this.#known.get(nameOf(keys));
    return known && Date.now() - known.readAt < rememberMs ? known : undefined;
  }

  #remember(keys: ThreadKeys, { _id: uid, base, locked, epoch }: ThreadRow): Known {
    const name = nameOf(keys);
    const before = this.#known.get(name);
    const state = { base, locked, epoch, readAt: Date.now() };
    const known: Known =
      before?.uid === uid
        ? Object.assign(before, state)
        : { uid, list: listOfThread(uid), top: undefined, idle: Promise.resolve(), ...state };
    this.#known.delete(name); // the map is in order of use
    this.#known.set(name, known);
    if (this.#known.size > maxRemembered) this.#known.delete(this.#known.keys().next().value as string);
    return known;
  }
}

/** Resolves with false when the write was refused by a unique index. */
export async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

export function threadKeys(owner: string, threadId: string): ThreadKeys {
  return { owner, id: toKey(threadId) };
}

export function missingThread(threadId: string): NotFoundError {
  return new NotFoundError(`There is no thread ${threadId}`);
}

function nameOf({ owner, id }: ThreadKeys): string {
  return JSON.stringify([owner, id]);
}

function newRow(thread: Written<Thread>, list: string, position: number, uid: string = randomUUID()) {
  return {
    _id: uid,
    list,
    position,
    id: thread.id,
    spare: spareKey('end'),
    gone: false,
    document: thread.document,
    ...dated(thread.copied),
    locked: isLocked(thread.copied),
    version: 0,
    epoch: 0,
    // By the time, so that a position of a deleted thread is not a position of its successor.
    base: Date.now() * 1000,
  };
}

function steps(locks: boolean) {
  return { version: 1, epoch: locks ? 1 : 0 };
}

function dated({ created_at }: Thread) {
  return { created_at: typeof created_at === 'string' ? created_at : null };
}

/** Remembers the end of a list that was read, unless this process knows a later end. */
export function observed(known: Known, row: ItemRow | undefined): Top {
  return advance(known, topOf(row, known.base));
}

function advance(known: Known, top: Top): Top {
  if ((known.top?.position ?? 0) <= top.position) known.top = top;
  return top;
}
