// A run: drives a hook, checks and stores its events, and sends them. This module does not know HTTP or clients. The
// server attaches readers, and cancels the run when the run has to end early.
import { CustomStreamError, NotFoundError, StreamError } from '../errors';
import type { CancelReason, HookEvents, Turn } from '../hooks';
import type { HookEvent, ThreadItem } from '../protocol';
import { toClientThread } from '../protocol/client-view';
import type { Store } from '../stores/store';
import {
  asTextDelta,
  checkEvent,
  correctThread,
  InvalidEventError,
  markPendingCall,
  noteUnknownWidgetParts,
} from './check';
import { Deadlines, type RunTimes } from './deadlines';
import { deltaSize } from './event-size';
import { FairShare } from './fair-share';
import { HookBeginning } from './hook-beginning';
import { returnError } from './hook-mistakes';
import { ItemWriter } from './item-writer';
import { keepLogEntry } from './log-entry';
import { RunObservation } from './run-observation';
import { RunOutput } from './output';
import { PartialAnswer } from './partial-answer';
import { CheckpointedItems } from './checkpointed-items';
import { guardedStore } from './guarded-store';
import { PendingItems } from './pending';
import type { RunPlan } from './plan';
import type { FeedReader } from './reader';
import type { RunHost, RunSnapshot } from './registry';
import { repeatWrites } from './repeat-writes';
import { retryView } from './retry-view';
import { RunRules } from './run-rules';
import { itemLoader, type RunOptions, type RunScope, type RunSetup } from './setup';
import { ThreadChanges } from './thread-changes';
import { createTurn } from './turn';

const defaultStreamOptions: HookEvent = { type: 'stream_options', stream_options: { allow_cancel: true } };

/** One answer, from its first event to its last. Made and started by the server. */
export class Run<TContext> implements RunHost {
  /** Settles when the run has ended, in any way, and all items that it keeps are stored. Never rejects. */
  readonly ended: Promise<void>;
  /** Settles when the run has ended and can no longer be followed. Never rejects. */
  readonly forgotten: Promise<void>;
  /** Lets the hook refuse the request: see {@link RunPlan.refusalOf}. */
  readonly beginning = new HookBeginning();
  /** Stored with the client tool calls that the run leaves pending, so that their results find the calls. */
  readonly id: string;
  /** True for a run that continues without readers. */
  readonly isDetachable: boolean;

  readonly #plan: RunPlan<TContext>;
  readonly #setup: RunSetup;
  readonly #context: TContext;
  readonly #options: RunOptions<TContext>;
  readonly #changes: ThreadChanges;
  /** The store whose writes are repeated. */
  readonly #writes: Store<TContext>;
  readonly #items: ItemWriter<TContext>;
  readonly #pending: PendingItems;
  /** The same as `#pending`, for a run that another process may take over. */
  readonly #survives: CheckpointedItems | undefined;
  readonly #rules: RunRules;
  readonly #partial: PartialAnswer<TContext>;
  readonly #output: RunOutput;
  readonly #observed: RunObservation;
  readonly #turn: Turn<TContext>;
  readonly #abort = new AbortController();
  /** The name of the hook that is running, for the log. */
  #hookName: string;
  #iterator: AsyncIterator<unknown> | undefined;
  /** The write that is in progress. A cancelled run waits for it, so that nothing is stored twice. */
  #writing: Promise<void> = Promise.resolve();
  /** `ending`: the hook has ended or failed, and only its last writes are left. */
  #state: 'running' | 'ending' | 'cancelled' = 'running';
  /** True once a client tool call waits for its output. Then the turn continues, and its workflow may continue. */
  #awaitsClient = false;
  readonly #deadlines: Deadlines;
  #markEnded!: () => void;
  #markForgotten!: () => void;

  constructor(plan: RunPlan<TContext>, scope: RunScope<TContext>, options: RunOptions<TContext>, setup: RunSetup) {
    const { context, show, attachments, observed } = scope;
    const { thread, store, replaces } = plan;
    const { logger } = options;
    this.id = setup.lease.id;
    this.isDetachable = setup.isDetachable;
    this.#plan = plan;
    this.#setup = setup;
    this.#context = context;
    this.#hookName = plan.hookName;
    this.#options = options;
    this.#observed = new RunObservation(observed, { id: this.id, threadId: thread.id, hook: plan.hookName });
    this.#changes = new ThreadChanges(thread);
    const { lease, restored } = setup;
    this.#survives = lease.guard && new CheckpointedItems();
    this.#pending = this.#survives ?? new PendingItems();
    if (restored) this.#survives?.restore(restored);
    this.#writes = guardedStore(repeatWrites(store, logger), lease);
    const onStored = (item: ThreadItem) => this.#observed.noteItem(item);
    this.#items = new ItemWriter(this.#writes, thread.id, context, { replaces, onStored });
    const logFields = () => this.#logFields();
    this.#rules = new RunRules({ logger, isAnswer: plan.isAnswer ?? false, thread, logFields });
    const guarded = guardedStore(plan.hookStore, lease);
    const hookStore = replaces ? retryView(guarded, thread.id, this.#items) : guarded;
    this.#turn = createTurn(plan, hookStore, {
      context,
      signal: this.#abort.signal,
      attachments,
      logger,
      usage: this.#observed.usage,
      checkpoint: (value) => this.#survives?.checkpoint(value),
    });
    const source = {
      show,
      pendingItems: () => this.#pending.list(),
      loadItem: itemLoader(plan, scope),
      failed: (error: unknown) => this.#log(error, 'a reader of a run could not be brought up to date'),
    };
    const { maxQueuedEvents, maxQueuedBytes } = options;
    const { isDetachable, isNumbered } = setup;
    const maxReplayEvents = isDetachable ? setup.maxReplayEvents : 0;
    this.#output = new RunOutput(source, { maxQueuedEvents, maxQueuedBytes, maxReplayEvents, isNumbered });
    const [pending, items, writes, output] = [this.#pending, this.#items, this.#writes, this.#output];
    const report = (error: unknown, message: string) => this.#observed.error(error, message);
    const parts = { plan, context, pending, items, writes, hookStore, output, options, report, logFields };
    this.#partial = new PartialAnswer(parts);
    this.#deadlines = new Deadlines(setup.times, (limit) => this.#timeOut(limit));
    this.ended = new Promise((resolve) => (this.#markEnded = resolve));
    this.forgotten = new Promise((resolve) => (this.#markForgotten = resolve));
  }

  start(): void {
    this.#observed.start();
    void this.#run();
    this.#setup.lease.attach(this);
  }

  /** True when the hook can refuse the request before its first event. */
  get canRefuse(): boolean {
    return this.#plan.refusalOf !== undefined;
  }

  /** The reader for the answer to the request that began the run. */
  get reader(): FeedReader {
    return this.#output.first;
  }

  /** Adds a reader for the repetition of the request that began the run. Rejects when the store fails. */
  answerAgain(): Promise<FeedReader> {
    return this.#output.answerAgain();
  }

  follow(after: number | undefined): Promise<FeedReader> {
    return after === 0 ? this.#output.answerAgain() : this.#output.follow(after);
  }

  /** True while somebody reads the run. */
  get hasReaders(): boolean {
    return this.#output.feed.hasReaders;
  }

  get version(): number {
    return this.#survives?.version ?? 0;
  }

  snapshot(): RunSnapshot {
    return this.#survives?.snapshot() ?? { pending: this.#pending.list() };
  }

  pendingItems(): ThreadItem[] {
    return this.#pending.list();
  }

  forget(): void {
    this.#markForgotten();
  }

  /** Ends the run at once, in any state of its hook: see {@link RunHost.cancel}. */
  async cancel(reason: CancelReason): Promise<boolean> {
    const isFirst = this.#state === 'running';
    if (isFirst) {
      this.#state = 'cancelled';
      this.#observed.noteEnd(reason);
      void this.#keepAndEnd(reason);
    }
    await this.ended;
    return isFirst;
  }

  lose(): void {
    if (this.#state === 'cancelled') return;
    this.#state = 'cancelled';
    this.#observed.noteEnd('lost');
    this.#abort.abort();
    this.#closeIterator();
    this.#output.push({ type: 'error', code: 'stream.error', allow_retry: true });
    this.#end();
  }

  async #run(): Promise<void> {
    try {
      await this.#open();
      if (this.#cancelled) return;
      if (this.#setup.lease.turn) await this.#waitForTurn(this.#setup.lease.turn);
      if (this.#cancelled) return;
      await this.#drive();
      if (this.#cancelled) return;
      this.#state = 'ending';
      this.#rules.end(true);
      if (!this.#awaitsClient) await this.#partial.settle('ended');
      if (this.#changes.any) await this.#saveThread();
      await this.#items.finish();
      this.#observed.noteEnd('completed');
    } catch (error) {
      if (this.#cancelled) {
        this.#logAfterCancel(error);
        return;
      }
      this.#state = 'ending';
      this.#rules.end(false);
      const isRefused = this.beginning.refuse(this.#plan.refusalOf?.(error));
      this.#observed.noteEnd(isRefused ? 'refused' : 'failed', error);
      if (!isRefused) await this.#fail(error);
    }
    this.#end();
  }

  // This is a method because the compiler does not see that the state changes during an await.
  get #cancelled(): boolean {
    return this.#state === 'cancelled';
  }

  async #open(): Promise<void> {
    const { open, first = [] } = this.#plan;
    if (open) await this.#write(open((event) => this.#output.push(event)));
    if (this.#cancelled) return;
    this.#output.push(this.#options.getStreamOptions ? await this.#askStreamOptions() : defaultStreamOptions);
    for (const event of first) this.#output.send(event);
  }

  /** Waits for the earlier runs of the thread, then reads their changes. */
  async #waitForTurn(turn: Promise<void>): Promise<void> {
    await turn;
    if (this.#cancelled) return;
    await this.#changes.refresh(this.#plan.store, this.#context);
    const replaced = await this.#plan.refresh?.();
    if (replaced) this.#items.replaceFirst(replaced);
  }

  async #askStreamOptions(): Promise<HookEvent> {
    this.#hookName = 'getStreamOptions';
    this.#deadlines.begin();
    this.#deadlines.asked();
    const stream_options = await this.#options.getStreamOptions?.({
      thread: this.#plan.thread,
      context: this.#context,
    });
    this.#deadlines.answered(false);
    this.#deadlines.stop(); // a run that waits for its turn has no deadline
    const event = stream_options ? checkEvent({ type: 'stream_options', stream_options }) : defaultStreamOptions;
    this.#hookName = this.#plan.hookName;
    return event;
  }

  async #drive(): Promise<void> {
    this.#deadlines.begin();
    const events: unknown = this.#observed.step(() => this.#plan.hook(this.#turn));
    const iterator = (events as Partial<HookEvents> | undefined)?.[Symbol.asyncIterator]?.();
    if (!iterator) {
      const value = await events; // for an async function without the star, whose own error is more precise
      throw returnError(this.#plan.hookName, value, value !== events);
    }
    this.#iterator = iterator;
    const share = new FairShare();
    const { feed } = this.#output;
    const next = () => iterator.next();
    for (;;) {
      // The run can be cancelled during each await, and this await may never settle. Any later event is dropped.
      this.#deadlines.asked();
      const result = await this.#observed.step(next);
      this.#deadlines.answered();
      this.beginning.decide();
      if (this.#cancelled || result.done) return;
      this.#observed.noteEvent();
      const delta = asTextDelta(result.value ?? {});
      if (delta) {
        this.#rules.observe(delta);
        this.#pending.appendText(delta);
        feed.push(delta, deltaSize(delta.update.delta));
        if (this.#changes.any) await this.#write(this.#saveThread());
      } else await this.#write(this.#accept(checkEvent(result.value)));
      if (feed.needsDrain && !this.#cancelled) await feed.room();
      const isUsedUp = delta ? share.countDelta(delta.update.delta) : share.isUsedUp();
      if (isUsedUp && !this.#cancelled) await share.nextTick();
      if (this.#cancelled) return;
    }
  }

  /** Stores the item of an event, then sends the event, so that a client only learns of stored items. */
  async #accept(event: HookEvent): Promise<void> {
    const { thread } = this.#plan;
    if ('item' in event) {
      correctThread(event.item, thread.id, this.#options.logger);
      markPendingCall(event.item, this.id);
    }
    noteUnknownWidgetParts(event, this.#options.logger);
    this.#rules.observe(event);
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
    this.#output.send(event);
    if (this.#changes.any) await this.#saveThread();
  }

  async #saveThread(): Promise<void> {
    const saved = await this.#changes.save(this.#writes, this.#context);
    this.#output.push({ type: 'thread.updated', thread: toClientThread(saved) });
  }

  #write(work: Promise<void>): Promise<void> {
    this.#writing = work;
    return work;
  }

  /**
   * Keeps the partial answer, then reports the error, so that the page and the store agree when the page shows the
   * error.
   */
  async #fail(error: unknown): Promise<void> {
    await this.#partial.keepAfterFailure();
    if (error instanceof CustomStreamError) {
      this.#output.push({ type: 'error', code: 'custom', message: error.message, allow_retry: error.allowRetry });
    } else {
      const known = error instanceof StreamError;
      const event: HookEvent = { type: 'error', code: 'stream.error', allow_retry: known ? error.allowRetry : true };
      const message = `${this.#hookName} failed`;
      if (!known && this.#options.exposeErrors) keepLogEntry(event, error, message, this.#logFields());
      this.#output.push(event);
      if (!known) this.#log(error, message);
    }
    this.#closeIterator();
    try {
      if (this.#changes.any) await this.#saveThread();
    } catch (second) {
      // A thread that the hook left malformed was already reported.
      if (!(error instanceof InvalidEventError && second instanceof InvalidEventError)) {
        this.#log(second, 'the thread could not be saved');
      }
    }
  }

  #timeOut(limit: keyof RunTimes): void {
    if (this.#state === 'running')
      this.#options.logger.info({ limit, ...this.#logFields() }, 'a limit has ended a run');
    void this.cancel('timeout');
  }

  async #keepAndEnd(reason: CancelReason): Promise<void> {
    this.#abort.abort();
    this.#closeIterator();
    await this.#writing.catch(() => undefined); // #run reports its failure
    let isThreadGone = false;
    try {
      await this.#partial.keep(reason);
      if (this.#changes.any) await this.#changes.save(this.#writes, this.#context);
    } catch (error) {
      isThreadGone = error instanceof NotFoundError;
      // The deletion of a thread stops its runs, so that this error is expected.
      if (!isThreadGone || reason !== 'stopped') this.#log(error, 'what a cancelled run had said could not be kept');
    }
    const allow_retry = reason === 'closed' || reason === 'timeout' || reason === 'lost';
    if (allow_retry || isThreadGone) this.#output.push({ type: 'error', code: 'stream.error', allow_retry });
    this.#end();
  }

  /**
   * Lets the hook's `finally` block run. A hook that never settles never reaches the block, and nothing waits for the
   * hook.
   */
  #closeIterator(): void {
    const iterator = this.#iterator;
    if (!iterator?.return) return;
    try {
      Promise.resolve(this.#observed.step(() => iterator.return?.())).catch((error: unknown) =>
        this.#log(error, 'a hook failed while it was closed'),
      );
    } catch (error) {
      this.#log(error, 'a hook failed while it was closed');
    }
  }

  #end(): void {
    this.#deadlines.stop();
    this.beginning.decide();
    this.#observed.end();
    this.#output.end();
    const { lease, isDetachable, keepEndedMs } = this.#setup;
    lease
      .end(isDetachable ? keepEndedMs : 0)
      .catch((error: unknown) => {
        this.#log(error, 'the end of a run could not be recorded');
        this.forget(); // the registry will not forget the run
      })
      .finally(() => this.#markEnded());
  }

  #logAfterCancel(error: unknown): void {
    if (!isAbort(error)) return this.#log(error, 'a cancelled run failed');
    this.#options.logger.debug({ err: error, ...this.#logFields() }, 'a cancelled hook has stopped');
  }

  #log(error: unknown, message: string): void {
    const event = error instanceof InvalidEventError ? { event: error.event } : {};
    this.#options.logger.error({ err: error, ...this.#logFields(), ...event }, message);
    this.#observed.error(error, message);
  }

  #logFields() {
    return { hook: this.#hookName, thread_id: this.#plan.thread.id };
  }
}

/** Returns true for the error of an aborted signal. The `openai` package has its own class for this error. */
function isAbort(error: unknown): boolean {
  const { name, constructor } = Object(error) as { name?: unknown; constructor?: { name?: unknown } };
  return name === 'AbortError' || constructor?.name === 'APIUserAbortError';
}
