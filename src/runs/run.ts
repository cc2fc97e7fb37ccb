// A run: drives a hook, checks and stores its events, and hands them to whoever reads. It knows no HTTP and no client:
// the response takes from `queue`, and cancels the run when its client goes away.
import { randomUUID } from 'node:crypto';
import { CustomStreamError, NotFoundError, StreamError } from '../errors';
import type { Logger } from '../logger';
import type { CancelReason, HookEvents, Turn } from '../hooks';
import type { BaseOptions } from '../options';
import type { HookEvent, Thread, ThreadItem, ThreadStreamEvent } from '../protocol';
import { isHidden, type ShowAttachment, toClientItem, toClientThread } from '../protocol/client-view';
import type { RequestScope } from '../request-scope';
import type { Store } from '../stores/store';
import { noteFor, settlePending } from './cancelled';
import {
  asTextDelta,
  checkEvent,
  correctThread,
  InvalidEventError,
  markPendingCall,
  noteUnknownWidgetParts,
} from './check';
import { deltaSize, eventSize } from './event-size';
import { FairShare } from './fair-share';
import { HookBeginning } from './hook-beginning';
import { joinDeltas } from './join-deltas';
import { ItemWriter, type ReplacedItems } from './item-writer';
import { PendingItems } from './pending';
import { BatchQueue } from './queue';
import { repeatWrites } from './repeat-writes';
import { retryView } from './retry-view';
import { ThreadChanges } from './thread-changes';
import { createTurn } from './turn';

/** What an operation has decided on once the request can no longer be refused. */
export interface RunPlan<TContext> {
  thread: Thread;
  /** What the run itself writes to. */
  store: Store<TContext>;
  /** What the hooks are given. */
  hookStore: Store<TContext>;
  /** In a retry: the items whose place the answer takes. The hooks do not see them. */
  replaces?: ReplacedItems;
  /** Writes and sends what comes before the hook's stream. */
  open?: (send: (event: ThreadStreamEvent) => void) => Promise<void>;
  /** Events that come after the stream's options and before the hook's own. What they tell is stored already. */
  first?: HookEvent[];
  /** The hook's name, for the log. */
  hookName: string;
  hook(turn: Turn<TContext>): HookEvents;
  /**
   * Where the hook can still refuse the request: returns the error to refuse it with for an error that the hook throws
   * before its first event, else undefined.
   */
  refusalOf?(error: unknown): unknown;
}

type RunOptions<TContext> = Pick<BaseOptions<TContext>, 'getStreamOptions' | 'handleStreamCancelled'> & {
  logger: Logger;
  maxQueuedEvents: number;
  maxQueuedBytes: number;
};

const defaultStreamOptions: HookEvent = { type: 'stream_options', stream_options: { allow_cancel: true } };

/** One answer, from its first event to its last. Made and started by the server. */
export class Run<TContext> {
  /** The events that wait to be read. The hook is paused while it is full. */
  readonly queue: BatchQueue<ThreadStreamEvent>;
  /** Settles when the run has ended, whichever way, and everything it keeps is stored. Never rejects. */
  readonly ended: Promise<void>;
  /** For requests that a hook can refuse: see {@link RunPlan.refusalOf}. */
  readonly beginning = new HookBeginning();
  /** Kept with the client tool calls that the run leaves pending, so that their results find them. */
  readonly id = `run_${randomUUID()}`;

  readonly #plan: RunPlan<TContext>;
  readonly #context: TContext;
  readonly #show: ShowAttachment;
  readonly #options: RunOptions<TContext>;
  readonly #changes: ThreadChanges;
  /** The store whose writes are repeated. */
  readonly #writes: Store<TContext>;
  readonly #items: ItemWriter<TContext>;
  readonly #hookStore: Store<TContext>;
  readonly #pending = new PendingItems();
  readonly #turn: Turn<TContext>;
  readonly #abort = new AbortController();
  /** The hook that is at work, for the log. */
  #hookName: string;
  #iterator: AsyncIterator<unknown> | undefined;
  /** The write that is under way: a cancelled run waits for it, so that nothing is kept twice. */
  #writing: Promise<void> = Promise.resolve();
  /** `ending`: the hook has ended or failed, and only its last writes are left. */
  #state: 'running' | 'ending' | 'cancelled' = 'running';
  /** True once a client tool call waits for its output: the turn continues, and so may its workflow. */
  #awaitsClient = false;
  #markEnded!: () => void;

  constructor(
    plan: RunPlan<TContext>,
    { context, show, attachments }: Pick<RequestScope<TContext>, 'context' | 'show' | 'attachments'>,
    options: RunOptions<TContext>,
  ) {
    this.#plan = plan;
    this.#context = context;
    this.#show = show;
    this.#hookName = plan.hookName;
    this.#options = options;
    this.#changes = new ThreadChanges(plan.thread);
    const { thread, store, hookStore, replaces } = plan;
    this.#writes = repeatWrites(store, options.logger);
    this.#items = new ItemWriter(this.#writes, thread.id, context, replaces);
    this.#hookStore = this.#items.hidden ? retryView(hookStore, thread.id, this.#items) : hookStore;
    this.#turn = createTurn(plan, this.#hookStore, context, this.#abort.signal, attachments, options.logger);
    this.queue = new BatchQueue({
      maxValues: options.maxQueuedEvents,
      maxBytes: options.maxQueuedBytes,
      sizeOf: eventSize,
      join: joinDeltas,
      isUrgent: (event) => event.type === 'error',
    });
    this.ended = new Promise((resolve) => (this.#markEnded = resolve));
  }

  start(): void {
    void this.#run();
  }

  /** Ends the run at once, whatever its hook is doing, and keeps what was said so far. Settles when that is stored. */
  cancel(reason: CancelReason): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'cancelled';
      void this.#keepAndEnd(reason);
    }
    return this.ended;
  }

  async #run(): Promise<void> {
    try {
      await this.#open();
      if (this.#cancelled) return;
      await this.#drive();
      if (this.#cancelled) return;
      this.#state = 'ending';
      if (!this.#awaitsClient) await this.#settle('ended');
      if (this.#changes.any) await this.#saveThread();
      await this.#items.finish();
    } catch (error) {
      if (this.#cancelled) {
        this.#logAfterCancel(error);
        return;
      }
      this.#state = 'ending';
      if (!this.beginning.refuse(this.#plan.refusalOf?.(error))) await this.#fail(error);
    }
    this.#end();
  }

  // A method, since the compiler does not see that the state changes during an await.
  get #cancelled(): boolean {
    return this.#state === 'cancelled';
  }

  async #open(): Promise<void> {
    const { open, first = [] } = this.#plan;
    if (open) await this.#write(open((event) => this.queue.push(event)));
    if (this.#cancelled) return;
    this.queue.push(this.#options.getStreamOptions ? await this.#askStreamOptions() : defaultStreamOptions);
    for (const event of first) this.#send(event);
  }

  async #askStreamOptions(): Promise<HookEvent> {
    this.#hookName = 'getStreamOptions';
    const stream_options = await this.#options.getStreamOptions?.({
      thread: this.#plan.thread,
      context: this.#context,
    });
    const event = stream_options ? checkEvent({ type: 'stream_options', stream_options }) : defaultStreamOptions;
    this.#hookName = this.#plan.hookName;
    return event;
  }

  async #drive(): Promise<void> {
    const events: unknown = this.#plan.hook(this.#turn);
    const iterator = (events as Partial<HookEvents> | undefined)?.[Symbol.asyncIterator]?.();
    if (!iterator) {
      await events; // an async function without the star: what it throws says more than we can
      throw new TypeError(`${this.#plan.hookName} must return an async iterable: write it as async function*`);
    }
    this.#iterator = iterator;
    const share = new FairShare();
    for (;;) {
      // The run can be cancelled during each await, this one for ever: what comes after that is dropped.
      const result = await iterator.next();
      this.beginning.decide();
      if (this.#cancelled || result.done) return;
      const delta = asTextDelta(result.value ?? {});
      if (delta) {
        this.#pending.appendText(delta);
        this.queue.push(delta, deltaSize(delta.update.delta));
        if (this.#changes.any) await this.#write(this.#saveThread());
      } else await this.#write(this.#accept(checkEvent(result.value)));
      if (this.queue.needsDrain && !this.#cancelled) await this.queue.room();
      const isUsedUp = delta ? share.countDelta(delta.update.delta) : share.isUsedUp();
      if (isUsedUp && !this.#cancelled) await share.nextTick();
      if (this.#cancelled) return;
    }
  }

  /** Stores what an event asks to store, and sends it. Stored first: what a client was told is there. */
  async #accept(event: HookEvent): Promise<void> {
    const { thread } = this.#plan;
    if ('item' in event) {
      correctThread(event.item, thread.id, this.#options.logger);
      markPendingCall(event.item, this.id);
    }
    noteUnknownWidgetParts(event, this.#options.logger);
    switch (event.type) {
      case 'thread.item.added':
        this.#pending.add(event.item);
        break;
      case 'thread.item.updated':
        this.#pending.update(event.item_id, event.update);
        break;
      case 'thread.item.done':
        await this.#items.put('addThreadItem', event.item);
        this.#pending.remove(event.item.id);
        if (event.item.type === 'client_tool_call' && event.item.status === 'pending') this.#awaitsClient = true;
        break;
      case 'thread.item.replaced':
        await this.#items.put('saveItem', event.item);
        this.#pending.remove(event.item.id);
        break;
      case 'thread.item.removed':
        await this.#items.remove(event.item_id);
        this.#pending.remove(event.item_id);
        break;
      default:
    }
    this.#send(event);
    if (this.#changes.any) await this.#saveThread();
  }

  #send(event: HookEvent): void {
    if (!('item' in event)) return this.queue.push(event);
    const { item } = event;
    if (isHidden(item)) return;
    // A client runs the tool for `added` and again for `done`.
    if (event.type === 'thread.item.added' && item.type === 'client_tool_call') return;
    this.queue.push({ ...event, item: toClientItem(item, this.#show) });
  }

  async #saveThread(): Promise<void> {
    const saved = await this.#changes.save(this.#writes, this.#context);
    this.queue.push({ type: 'thread.updated', thread: toClientThread(saved) });
  }

  #write(work: Promise<void>): Promise<void> {
    this.#writing = work;
    return work;
  }

  /** Keeps what was said, then reports the error, so that the page has what the store has when it shows the error. */
  async #fail(error: unknown): Promise<void> {
    await this.#keepAfterFailure();
    if (error instanceof CustomStreamError) {
      this.queue.push({ type: 'error', code: 'custom', message: error.message, allow_retry: error.allowRetry });
    } else {
      const known = error instanceof StreamError;
      this.queue.push({ type: 'error', code: 'stream.error', allow_retry: known ? error.allowRetry : true });
      if (!known) this.#log(error, `${this.#hookName} failed`);
    }
    this.#closeIterator();
    try {
      if (this.#changes.any) await this.#saveThread();
    } catch (second) {
      // A thread that was left malformed has been told of already.
      if (!(error instanceof InvalidEventError && second instanceof InvalidEventError)) {
        this.#log(second, 'the thread could not be saved');
      }
    }
  }

  async #keepAndEnd(reason: CancelReason): Promise<void> {
    this.#abort.abort();
    this.#closeIterator();
    await this.#writing.catch(() => undefined); // its failure is #run's to tell
    try {
      await this.#keep(reason);
      if (this.#changes.any) await this.#changes.save(this.#writes, this.#context);
    } catch (error) {
      this.#log(error, 'what a cancelled run had said could not be kept');
    }
    if (reason === 'closed') this.queue.push({ type: 'error', code: 'stream.error', allow_retry: true });
    this.#end();
  }

  async #keepAfterFailure(): Promise<void> {
    if (this.#pending.list().length === 0) return;
    // A retry that fails before it has stored anything leaves the old answer whole.
    if (this.#items.hidden) return;
    try {
      await this.#keep('failed');
    } catch (error) {
      // The failure may be that the thread was deleted: then there is nowhere to keep it.
      if (!(error instanceof NotFoundError)) this.#log(error, 'what a failed run had said could not be kept');
    }
  }

  /** Keeps what was said, by the application's own hook where there is one. */
  async #keep(reason: CancelReason): Promise<void> {
    const { thread, store, hookStore } = this.#plan;
    const { handleStreamCancelled } = this.#options;
    const pendingItems = this.#pending.list();
    // Without a partial answer the old one stays, and the note follows it.
    const isAnswer = settlePending(pendingItems).kept.length > 0;
    if (handleStreamCancelled) {
      const view = isAnswer ? this.#hookStore : hookStore;
      await handleStreamCancelled({ thread, pendingItems, context: this.#context, store: view, reason });
      return;
    }
    await this.#settle(reason);
    if (reason === 'failed' && !isAnswer) return;
    const note = noteFor(reason, thread, store, this.#context);
    if (isAnswer) await this.#items.put('addThreadItem', note);
    else await this.#writes.addThreadItem(thread.id, note, this.#context);
  }

  /**
   * Stores the pending items that are worth keeping. Tells a client that still reads: after an error the page drops by
   * itself what has no content, and after a normal end it does not.
   */
  async #settle(reason: CancelReason | 'ended'): Promise<void> {
    const { kept, dropped } = settlePending(this.#pending.list());
    for (const item of kept) {
      await this.#items.put('addThreadItem', item);
      this.#pending.remove(item.id);
      if (reason === 'ended' || reason === 'failed') this.#send({ type: 'thread.item.done', item });
    }
    for (const item of dropped) {
      this.#pending.remove(item.id);
      const isShown = !isHidden(item) && item.type !== 'client_tool_call';
      if (isShown && reason === 'ended') this.queue.push({ type: 'thread.item.removed', item_id: item.id });
    }
    if (kept.length + dropped.length > 0) this.#logSettled(reason, kept, dropped);
  }

  #logSettled(reason: CancelReason | 'ended', kept: ThreadItem[], dropped: ThreadItem[]): void {
    const [kept_ids, dropped_ids] = [kept, dropped].map((items) => items.map(({ id }) => id));
    const fields = { ...this.#logFields(), kept_ids, dropped_ids };
    const { logger } = this.#options;
    if (reason === 'ended') logger.warn(fields, 'a hook ended before its items were done');
    else logger.debug({ ...fields, reason }, 'items of a run that ended early were kept or dropped');
  }

  /** Lets the hook's `finally` run. A hook that never settles never gets there, and nobody waits for it. */
  #closeIterator(): void {
    const iterator = this.#iterator;
    if (!iterator?.return) return;
    try {
      Promise.resolve(iterator.return()).catch((error: unknown) =>
        this.#log(error, 'a hook failed while it was closed'),
      );
    } catch (error) {
      this.#log(error, 'a hook failed while it was closed');
    }
  }

  #end(): void {
    this.beginning.decide();
    this.queue.end();
    this.#markEnded();
  }

  #logAfterCancel(error: unknown): void {
    if (!isAbort(error)) return this.#log(error, 'a cancelled run failed');
    this.#options.logger.debug({ err: error, ...this.#logFields() }, 'a cancelled hook has stopped');
  }

  #log(error: unknown, message: string): void {
    const event = error instanceof InvalidEventError ? { event: error.event } : {};
    this.#options.logger.error({ err: error, ...this.#logFields(), ...event }, message);
  }

  #logFields() {
    return { hook: this.#hookName, thread_id: this.#plan.thread.id };
  }
}

/** Whether an error says no more than that a signal was aborted. The `openai` package has a class of its own for it. */
function isAbort(error: unknown): boolean {
  const { name, constructor } = Object(error) as { name?: unknown; constructor?: { name?: unknown } };
  return name === 'AbortError' || constructor?.name === 'APIUserAbortError';
}
