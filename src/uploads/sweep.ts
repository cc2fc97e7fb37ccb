// Removes unsent attachments: the user removed the file from the composer, or closed the page.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { LeasedAttachment } from '../stores/store';
import { movesBytes, uploadOf } from './state';

/** The number of attachments that are leased at a time. */
const batchSize = 100;
/** The time that a sweep has to delete a batch before another sweep tries it again, in milliseconds. */
const leaseMs = 10 * 60_000;
/** The number of failed attachments that a process remembers for its next sweep. */
const maxHeld = 1000;

/**
 * Removes unsent attachments that are older than `unsentAfterMs`, and the bytes of broken uploads of that age. An
 * attachment is leased first, so that no message can use it. Then its bytes are deleted, and then its description. A
 * failure is logged, and the next sweep tries the attachment again. Sweeps in several instances do not lease the same
 * attachment.
 * @param signal Stops the sweep after the attachment that is being removed.
 * @returns The number of removed attachments.
 */
async function sweep<TContext>(options: ResolvedOptions<TContext>, held: Held[], signal: AbortSignal): Promise<number> {
  const { attachmentStore, store, uploads, logger } = options;
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'There is no `attachmentStore` in the options');
  if (signal.aborted || !movesBytes(attachmentStore)) return 0; // the store keeps no bytes here
  const before = new Date(Date.now() - uploads.unsentAfterMs);
  await attachmentStore.removeUnfinished?.(before);
  return removeLeased({ attachmentStore, store, logger, before, held }, signal);
}

/**
 * Leases unsent attachments in batches, and deletes their bytes and their descriptions.
 * @returns The number of attachments that this call has removed.
 */
export async function removeLeased<TContext>(
  { attachmentStore, store, logger, before, held }: Removal<TContext>,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  let again = held.splice(0).filter(({ until }) => until > Date.now());
  for (;;) {
    const until = Date.now() + leaseMs;
    const batch = await store.leaseUnsentAttachments({ before, limit: batchSize, leaseMs });
    const leased = [...again, ...batch.map((lease) => ({ ...lease, until }))];
    again = [];
    let failed = 0;
    for (const lease of leased) {
      if (signal?.aborted) return removed; // a later sweep removes the other attachments
      const { owner, attachment } = lease;
      const { id } = attachment;
      try {
        const upload = uploadOf(attachment);
        if (upload) await attachmentStore?.deleteBytes({ owner: upload.owner, id });
        if ((await store.deleteLeasedAttachment({ owner, id })) !== false) removed++;
      } catch (error) {
        failed++;
        if (held.length < maxHeld) held.push(lease);
        logger.error({ err: error, attachment_id: id }, 'a leased attachment could not be removed');
      }
    }
    if (signal?.aborted) return removed;
    // A store that ignores `leaseMs` leases failed attachments again, so a batch of failures only is the last one.
    if (batch.length < batchSize || failed === leased.length) return removed;
  }
}

/** A lease of this process, until a time in milliseconds since 1970. */
interface Held extends LeasedAttachment {
  until: number;
}

/** The stores of a removal, and the time before which an attachment was first saved. */
interface Removal<TContext> extends Pick<ResolvedOptions<TContext>, 'attachmentStore' | 'store' | 'logger'> {
  before: Date;
  /** The leases whose attachment could not be removed. The next removal tries them again while the lease lasts. */
  held: Held[];
}

/** Runs one sweep at a time, also at the interval `sweepEveryMs`, until it is stopped. */
export class Sweeper<TContext> {
  readonly #options: ResolvedOptions<TContext>;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #stop = new AbortController();
  readonly #held: Held[] = [];
  #sweeping: Promise<number> | undefined;

  constructor(options: ResolvedOptions<TContext>) {
    this.#options = options;
    const { sweepEveryMs } = options.uploads;
    if (sweepEveryMs && options.attachmentStore) this.#timer = setInterval(this.#sweepAlone, sweepEveryMs).unref();
  }

  /** Begins a sweep, or returns the promise of the running sweep. */
  sweep(): Promise<number> {
    return (this.#sweeping ??= sweep(this.#options, this.#held, this.#stop.signal).finally(
      () => (this.#sweeping = undefined),
    ));
  }

  /** Ends the automatic sweeps and stops a running sweep. Settles when the sweep has stopped. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#sweeping?.catch(() => undefined); // the caller of `sweep` gets the error
  }

  readonly #sweepAlone = (): void => {
    this.sweep().catch((error: unknown) => this.#options.logger.error({ err: error }, 'a sweep failed'));
  };
}
