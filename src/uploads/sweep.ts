// Removes unsent attachments: the user removed the file from the composer, or closed the page.
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import { movesBytes, uploadOf } from './state';

/** The number of attachments that are leased at a time. */
const batchSize = 100;

/**
 * Removes unsent attachments that are older than `unsentAfterMs`, and the bytes of broken uploads of that age. An
 * attachment is leased first, so that no message can use it. Then its bytes are deleted, and then its description. A
 * failure is logged, the attachment stays leased, and the next sweep tries again. Can run in several instances at once.
 * @param signal Stops the sweep after the attachment that is being removed.
 * @returns The number of removed attachments.
 */
async function sweep<TContext>(options: ResolvedOptions<TContext>, signal?: AbortSignal): Promise<number> {
  const { attachmentStore, store, uploads, logger } = options;
  if (!attachmentStore) throw new ChatKitError('not_implemented', 'There is no `attachmentStore` in the options');
  if (signal?.aborted || !movesBytes(attachmentStore)) return 0; // the store keeps no bytes here
  const before = new Date(Date.now() - uploads.unsentAfterMs);
  await attachmentStore.removeUnfinished?.(before);
  let removed = 0;
  for (;;) {
    const leased = await store.leaseUnsentAttachments({ before, limit: batchSize });
    let failed = 0;
    for (const { owner, attachment } of leased) {
      if (signal?.aborted) return removed; // the other attachments stay leased, for the next sweep
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
    // Failed attachments are leased again after all others, so that a batch of failures only is the last one.
    if (leased.length < batchSize || failed === leased.length) return removed;
  }
}

/** Runs one sweep at a time, also at the interval `sweepEveryMs`, until it is stopped. */
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

  /** Begins a sweep, or returns the promise of the running sweep. */
  sweep(): Promise<number> {
    return (this.#sweeping ??= sweep(this.#options, this.#stop.signal).finally(() => (this.#sweeping = undefined)));
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
