// Keeps the partial answer of a run that ends before its items are done.
import { NotFoundError } from '../errors';
import type { CancelReason } from '../hooks';
import type { BaseOptions } from '../options';
import type { ThreadItem } from '../protocol';
import { isHidden } from '../protocol/client-view';
import type { Store } from '../stores/store';
import type { Logger } from '../logger';
import { noteFor, type RunEnd, settlePending } from './cancelled';
import type { ItemWriter } from './item-writer';
import type { RunOutput } from './output';
import type { PendingItems } from './pending';
import type { RunPlan } from './plan';

/** The parts of a run from which its partial answer is made. */
export interface PartialAnswerParts<TContext> {
  plan: RunPlan<TContext>;
  context: TContext;
  pending: PendingItems;
  items: ItemWriter<TContext>;
  /** The store whose writes are repeated. */
  writes: Store<TContext>;
  /** The store as the hook of the run sees it. */
  hookStore: Store<TContext>;
  output: RunOutput;
  options: Pick<BaseOptions<TContext>, 'handleStreamCancelled'> & { logger: Logger };
  /** Reports an error to the observer. */
  report: (error: unknown, message: string) => void;
  logFields: () => Record<string, unknown>;
}

/** The ends that the stream reports as an error. The page itself drops the items that have no content. */
const errors = new Set<RunEnd>(['failed', 'timeout', 'lost']);

/**
 * The ends after which the last state of the items is sent to nobody: the client has left, or is about to load the
 * thread.
 */
const silent = new Set<RunEnd>(['disconnected', 'closed']);

/** The items of one run that are not done. */
export class PartialAnswer<TContext> {
  readonly #parts: PartialAnswerParts<TContext>;

  constructor(parts: PartialAnswerParts<TContext>) {
    this.#parts = parts;
  }

  /** Keeps the partial answer of a cancelled run. Calls the application's own hook where one is defined. */
  async keep(reason: CancelReason): Promise<void> {
    const { plan, context, pending, items, writes, options } = this.#parts;
    const { thread, store, hookStore } = plan;
    const { handleStreamCancelled } = options;
    const pendingItems = pending.list();
    // Without a partial answer the old answer stays, and the note follows it.
    const isAnswer = settlePending(pendingItems).kept.length > 0;
    if (handleStreamCancelled) {
      const view = isAnswer ? this.#parts.hookStore : hookStore;
      await handleStreamCancelled({ thread, pendingItems, context, store: view, reason });
      return;
    }
    await this.settle(reason);
    if (reason === 'failed' && !isAnswer) return;
    const note = noteFor(reason, thread, store, context);
    if (isAnswer) await items.put('addThreadItem', note);
    else await writes.addThreadItem(thread.id, note, context);
  }

  /** Keeps the partial answer of a run whose hook has failed. Never rejects. */
  async keepAfterFailure(): Promise<void> {
    const { pending, items, options, report, logFields } = this.#parts;
    if (pending.list().length === 0) return;
    // A retry that fails before it has stored anything leaves the old answer whole.
    if (items.hidden) return;
    try {
      await this.keep('failed');
    } catch (error) {
      // The hook may have failed because the thread was deleted. Then the partial answer cannot be stored.
      if (error instanceof NotFoundError) return;
      options.logger.error({ err: error, ...logFields() }, 'what a failed run had said could not be kept');
      report(error, 'what a failed run had said could not be kept');
    }
  }

  /** Stores the pending items that are worth keeping, and sends their last state to the clients that still read. */
  async settle(end: RunEnd): Promise<void> {
    const { pending, items, output } = this.#parts;
    const { kept, dropped } = settlePending(pending.list());
    for (const item of kept) {
      await items.put('addThreadItem', item);
      pending.remove(item.id);
      if (!silent.has(end)) output.send({ type: 'thread.item.done', item });
    }
    for (const item of dropped) {
      pending.remove(item.id);
      const isShown = !isHidden(item) && item.type !== 'client_tool_call';
      if (isShown && !errors.has(end) && !silent.has(end))
        output.push({ type: 'thread.item.removed', item_id: item.id });
    }
    if (kept.length + dropped.length > 0) this.#logSettled(end, kept, dropped);
  }

  #logSettled(end: RunEnd, kept: ThreadItem[], dropped: ThreadItem[]): void {
    const { options, logFields } = this.#parts;
    const [kept_ids, dropped_ids] = [kept, dropped].map((items) => items.map(({ id }) => id));
    const fields = { ...logFields(), kept_ids, dropped_ids };
    const { logger } = options;
    if (end === 'ended') logger.warn(fields, 'a hook ended before its items were done');
    else logger.debug({ ...fields, reason: end }, 'items of a run that ended early were kept or dropped');
  }
}
