// Removes the attachments that no message ever got: the user took the file out of the composer, or closed the page.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import { movesBytes, uploadOf } from './state';

/** How many are leased at a time. */
const batchSize = 100;

/**
 * Removes what was never sent and is older than `unsentAfterMs`, and what broken uploads of that age have left. Each is
 * leased first, after which no message can have it; then its bytes go, then its description. One that fails is logged,
 * stays leased, and is tried again by the next sweep. Can run in several instances at once.
 * @param signal Stops the sweep after the attachment that is being removed.
 * @returns How many were removed.
 */
async function sweep<TContext>(options: ResolvedOptions<TContext>, signal?: AbortSignal): Promise<number> {
  const { attachmentStore, store, uploads, logger } = options;
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'There is no `attachmentStore` in the options');
  if (signal?.aborted || !movesBytes(attachmentStore)) return 0; // its bytes are its own business
  const before = new Date(Date.now() - uploads.unsentAfterMs);
  await attachmentStore.removeUnfinished?.(before);
  let removed = 0;
  for (;;) {
    const leased = await store.leaseUnsentAttachments({ before, limit: batchSize });
    let failed = 0;
    for (const { owner, attachment } of leased) {
      if (signal?.aborted) return removed; // the rest stays leased, for the next sweep
      const { id } = attachment;
      try {
        const upload = uploadOf(attachment);
        if (upload) await attachmentStore.deleteBytes({ owner: upload.owner, id });
        await store.deleteLeasedAttachment({ owner, id });
        removed++;
      } catch (error) {
        failed++;
        logger.error({ err: error, attachment_id: id }, 'an attachment that was never sent could not be removed');
      }
    }
    if (signal?.aborted) return removed;
    // What failed comes again after everything else, so a batch of nothing else is the last one.
    if (leased.length < batchSize || failed === leased.length) return removed;
  }
}

/** Runs one sweep at a time, by itself where `sweepEveryMs` says so, until it is stopped. */
export class Sweeper<TContext> {
  readonly #options: ResolvedOptions<TContext>;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #stop = new AbortController();
  #sweeping: Promise<number> | undefined;

  constructor(options: ResolvedOptions<TContext>) {
    this.#options = options;
    const { sweepEveryMs } = options.uploads;
    if (sweepEveryMs && options.attachmentStore) this.#timer = setInterval(this.#sweepAlone, sweepEveryMs).unref();
  }

  /** Begins a sweep, or joins the one that is running. */
  sweep(): Promise<number> {
    return (this.#sweeping ??= sweep(this.#options, this.#stop.signal).finally(() => (this.#sweeping = undefined)));
  }

  /** Begins no more sweeps by itself and stops the one that is running. Settles when it has stopped. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#sweeping?.catch(() => undefined); // its caller has the error
  }

  readonly #sweepAlone = (): void => {
    this.sweep().catch((error: unknown) => this.#options.logger.error({ err: error }, 'a sweep failed'));
  };
}
