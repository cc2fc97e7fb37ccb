// The rows of threads in MongoStore, and what this process remembers of them.
import { randomUUID } from 'node:crypto';
import { NotFoundError } from '../../errors';
import { isLocked } from '../../locked-thread';
import type { Thread } from '../../protocol';
import { toKey } from '../keys';
import { changedThread, type ThreadChange } from '../thread-change';
import { isDuplicate, type MongoCollection } from './driver';
import { listOfOwner, listOfThread, parseRow, spareKey, type Top, toWritten, type Written } from './rows';

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
}

/** The rows of a deleted thread keep their positions for this time, in milliseconds. */
export const reapMs = 24 * 3_600_000;
/** A process forgets a thread after this time, which is shorter, so that it never meets a list without its rows. */
const rememberMs = 3_600_000;
const maxRemembered = 10_000;

const fields = { projection: { document: 1, base: 1, epoch: 1, locked: 1, version: 1 } };

/** Reads and writes the rows of threads. */
export class ThreadRows {
  readonly #rows: MongoCollection;
  readonly #known = new Map<string, Known>();

  constructor(rows: MongoCollection) {
    this.#rows = rows;
  }

  /** Resolves with the row, and remembers the thread. Null for a missing thread. */
  async read(keys: ThreadKeys): Promise<ThreadRow | null> {
    const row = (await this.#rows.findOne(this.#filter(keys), fields)) as ThreadRow | null;
    if (row) this.#remember(keys, row);
    else this.#known.delete(nameOf(keys));
    return row;
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

  /** Makes the row of a new thread at the end of its owner's list. */
  async make(owner: string, thread: Written<Thread>, uid: string = randomUUID()) {
    const list = listOfOwner(owner);
    const options = { sort: { position: -1 }, projection: { position: 1 } };
    const newest = (await this.#rows.findOne({ list }, options)) as { position: number } | null;
    return {
      _id: uid,
      list,
      position: (newest?.position ?? 0) + 1,
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

  /** Remembers a thread that this process has created, with its first item. */
  created(keys: ThreadKeys, row: ThreadRow): void {
    const known = this.#remember(keys, row);
    known.top = { position: row.base + 1, epoch: 0, cuts: [], ended: false };
  }

  /** Changes the row in one step. Resolves with the thread, and with what is known of it when it was locked. */
  async update(threadId: string, keys: ThreadKeys, change: ThreadChange) {
    for (;;) {
      const row = await this.read(keys);
      if (!row) throw missingThread(threadId);
      const thread = changedThread(parseRow(row) as Thread, change);
      const locked = isLocked(thread);
      const isNew = locked && change.status !== undefined;
      const { matchedCount } = await this.#rows.updateOne(
        { _id: row._id, list: listOfOwner(keys.owner), version: row.version },
        { $set: { document: toWritten(thread).document, locked }, $inc: steps(isNew) },
      );
      if (matchedCount === 0) continue; // another change came first
      const known = this.#remember(keys, { ...row, locked, epoch: row.epoch + (isNew ? 1 : 0) });
      return { thread, locked: isNew ? known : undefined };
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

function steps(locks: boolean) {
  return { version: 1, epoch: locks ? 1 : 0 };
}

function dated({ created_at }: Thread) {
  return { created_at: typeof created_at === 'string' ? created_at : null };
}
