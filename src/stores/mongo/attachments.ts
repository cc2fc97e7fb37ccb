// The calls of MongoStore on attachments. Each is one conditional write, except a lease of several attachments.
import { NotFoundError } from '../../errors';
import type { Attachment, Page } from '../../protocol';
import { toKey } from '../keys';
import { pageSize } from '../page-size';
import type { LeasedAttachment } from '../store';
import type { MongoCollection } from './driver';
import { parseRow, type Written } from './rows';
import { succeeds } from './threads';

/** The value of `leased_at` without a lease. Before every time, so that a lease takes these attachments first. */
const unleased = -1;
/** The time of the lease of an attachment whose thread was purged: a lease that has ended. */
const longAgo = 0;

interface AttachmentRow {
  _id: unknown;
  owner: string;
  document: string;
  leased_at: number;
}

export class Attachments {
  readonly #rows: MongoCollection;

  constructor(rows: MongoCollection) {
    this.#rows = rows;
  }

  async save(owner: string, { id, document, copied }: Written<Attachment>): Promise<void> {
    const thread = typeof copied.thread_id === 'string' ? toKey(copied.thread_id) : null;
    const update = { $set: { thread, document }, $setOnInsert: { saved_at: Date.now() } };
    for (;;) {
      const saving = this.#rows.updateOne({ owner, id, leased_at: unleased }, update, { upsert: true });
      if (await succeeds(saving)) return;
      const row = (await this.#rows.findOne({ owner, id })) as AttachmentRow | null;
      if (row && row.leased_at !== unleased) throw new NotFoundError(`There is no attachment ${copied.id}`);
    }
  }

  async attach(owner: string, { id, document, copied }: Written<Attachment>): Promise<void> {
    const thread = toKey(copied.thread_id as string);
    const filter = { owner, id, leased_at: unleased, thread: { $in: [null, thread] } };
    const { matchedCount } = await this.#rows.updateOne(filter, { $set: { thread, document } });
    if (matchedCount === 0) throw new NotFoundError(`There is no attachment ${copied.id} outside other threads`);
  }

  async load(owner: string, id: string): Promise<Attachment> {
    const row = await this.#rows.findOne({ owner, id: toKey(id), leased_at: unleased });
    if (!row) throw new NotFoundError(`There is no attachment ${id}`);
    return parseRow(row) as Attachment;
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.#rows.deleteOne({ owner, id: toKey(id) });
  }

  async idsOf(owner: string, thread: string): Promise<string[]> {
    const rows = await this.#rows.find({ owner, thread }).toArray();
    return rows.map((row) => (parseRow(row) as Attachment).id);
  }

  async count(owner: string, thread: string): Promise<number> {
    return this.#rows.countDocuments({ owner, thread });
  }

  async page(owner: string, limit: number, after: string | null): Promise<Page<Attachment>> {
    const size = pageSize(limit);
    const filter = { owner, id: { $gt: after === null ? '' : toKey(after) } };
    const rows = await this.#rows.find(filter, { sort: { id: 1 }, limit: size + 1 }).toArray();
    const data = rows.slice(0, size).map((row) => parseRow(row) as Attachment);
    return rows.length > size ? { data, has_more: true, after: data.at(-1)?.id } : { data, has_more: false };
  }

  async lease(before: Date, limit: number, leaseMs: number): Promise<LeasedAttachment[]> {
    const now = Date.now();
    const filter = { thread: null, saved_at: { $lt: before.getTime() }, leased_at: { $lte: now - leaseMs } };
    const options = { sort: { leased_at: 1, saved_at: 1 }, limit };
    const found = (await this.#rows.find(filter, options).toArray()) as AttachmentRow[];
    const leased = await Promise.all(
      found.map(async (row) => {
        const { _id, leased_at } = row;
        // Only one of several leases at once finds the row unchanged.
        const { matchedCount } = await this.#rows.updateOne(
          { _id, thread: null, leased_at },
          { $set: { leased_at: Math.max(now, leased_at + 1) } },
        );
        return matchedCount > 0 ? [{ owner: row.owner, attachment: parseRow(row) as Attachment }] : [];
      }),
    );
    return leased.flat();
  }

  async removeLeased(owner: string, id: string): Promise<boolean> {
    const { deletedCount } = await this.#rows.deleteOne({ owner, id: toKey(id), leased_at: { $ne: unleased } });
    return deletedCount > 0;
  }

  /** Makes the attachments of a purged thread unsent attachments of 1970 whose lease has ended. */
  async leaseOf(owner: string, thread: string): Promise<void> {
    await this.#rows.updateMany({ owner, thread }, { $set: { thread: null, saved_at: longAgo, leased_at: longAgo } });
  }
}
