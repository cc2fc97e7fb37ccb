// The calls of MongoStore for `purge`, and the removal of what deletions and crashes have left behind.
import type { Thread } from '../../protocol';
import { toKey } from '../keys';
import { pageSize } from '../page-size';
import type { IdleThread } from '../store';
import type { Attachments } from './attachments';
import type { MongoCollection } from './driver';
import type { ItemLog } from './log';
import { type Cut, isCut, listOfOwner, listOfThread, parseRow } from './rows';
import { reapMs, succeeds, type ThreadRow, type ThreadRows } from './threads';

/** The row of a deleted thread, at the end of its thread's list. */
interface EndedRow {
  list: string;
  ended_at: number;
  /** The keys of the thread, until its attachments are leased. Set by {@link Retention.remove} only. */
  purged?: { owner: string; id: string };
}

type FoundThread = ThreadRow & { list: string; position: number; id: string; created_at: string | null };

const reapedAtOnce = 500;

export class Retention {
  readonly #log: ItemLog;
  readonly #rows: MongoCollection;
  readonly #threads: ThreadRows;
  readonly #attachments: Attachments;

  constructor(log: ItemLog, threads: ThreadRows, attachments: Attachments) {
    this.#log = log;
    this.#rows = log.rows;
    this.#threads = threads;
    this.#attachments = attachments;
  }

  async loadIdle({ before, limit, after }: { before: Date; limit: number; after: string | null }) {
    if (after === null) await this.reap();
    const size = pageSize(limit);
    const prefix = listOfOwner('');
    const [list, position] = after === null ? [prefix, 0] : (JSON.parse(after) as [string, number]);
    const filter = {
      $or: [{ list: { $gt: list, $lt: `${prefix.slice(0, -1)};` } }, { list, position: { $gt: position } }],
    };
    const options = { sort: { list: 1, position: 1 }, limit: size };
    const found = (await this.#rows.find(filter, options).toArray()) as FoundThread[];
    const examined = await Promise.all(found.map((row) => this.#examine(row, prefix)));
    const last = found.length === size ? found.at(-1) : undefined;
    return {
      data: examined.flatMap(({ activeAt, ...thread }): IdleThread[] =>
        Date.parse(activeAt ?? '') < before.getTime() ? [thread] : [],
      ),
      after: last ? JSON.stringify([last.list, last.position]) : null,
    };
  }

  async #examine(row: FoundThread, prefix: string): Promise<IdleThread & { activeAt: string | null }> {
    const owner = row.list.slice(prefix.length);
    const list = listOfThread(row._id);
    const options = { sort: { position: -1 }, projection: { position: 1, created_at: 1, gone: 1, cuts: 1 } };
    const top = (await this.#rows.findOne({ list }, options)) as NewestRow | null;
    let newest = top;
    if (top && (top.gone || isCut(top.cuts, top.position))) {
      const rows = (await this.#rows.find({ list, gone: false }, { ...options, limit: 100 }).toArray()) as NewestRow[];
      newest = rows.find(({ position }) => !isCut(top.cuts, position)) ?? null;
    }
    return {
      owner,
      threadId: (parseRow(row) as Thread).id,
      state: `${row._id}.${top?.position ?? row.base}`,
      attachments: await this.#attachments.count(owner, row.id),
      activeAt: newest ? newest.created_at : row.created_at,
    };
  }

  /** Deletes a thread if no row was added since: the next position is then free. */
  async remove({ owner, threadId, state }: Pick<IdleThread, 'owner' | 'threadId' | 'state'>): Promise<boolean> {
    const [uid = '', position] = state.split('.');
    const keys = { owner, id: toKey(threadId) };
    const list = listOfThread(uid);
    let isEnded = false;
    const ending = this.#threads.end(keys, { uid, list }, Number(position) + 1, { purged: keys });
    if (!(await succeeds(ending.then((ended) => (isEnded = ended))))) return false;
    if (!isEnded) return false;
    await this.#finish({ list, purged: keys, ended_at: 0 });
    return true;
  }

  /** Clears the items of deleted threads, which a crash can leave, and removes the rows of those deleted long ago. */
  async reap(): Promise<void> {
    for (const row of (await this.#rows.find({ purged: { $exists: true } }).toArray()) as EndedRow[]) {
      await this.#finish(row);
    }
    const options = { projection: { list: 1 }, limit: reapedAtOnce };
    for (;;) {
      const old = { ended_at: { $lt: Date.now() - reapMs } };
      const rows = (await this.#rows.find(old, options).toArray()) as EndedRow[];
      if (rows.length === 0) return;
      await this.#rows.deleteMany({ list: { $in: rows.map(({ list }) => list) } });
    }
  }

  async #finish({ list, purged }: EndedRow): Promise<void> {
    if (purged) await this.#attachments.leaseOf(purged.owner, purged.id);
    await this.#log.clearAll(list);
    await this.#rows.updateMany({ list, purged: { $exists: true } }, { $unset: { purged: '' } });
  }
}

interface NewestRow {
  position: number;
  gone: boolean;
  created_at: string | null;
  cuts?: Cut[];
}
