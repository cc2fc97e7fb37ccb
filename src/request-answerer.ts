// Answers requests of the protocol, and keeps the runs that they begin.
import { createHash } from 'node:crypto';
import { type Attempt, Attempts } from './attempts';
import { ChatKitError } from './errors';
import { checkAdmitted } from './admit';
import { followRun, type RunFollowQuery } from './operations/runs';
import type { JsonOperation, OperationScope, StreamOperation } from './operations/operation';
import { parseRequest } from './operations/parse-request';
import { operations } from './operations/registry';
import type { ResolvedOptions } from './options';
import type { ChatKitRequest, RequestType } from './protocol';
import { requestBounds } from './protocol/bounds';
import { type EventStream, RunStream } from './run-stream';
import { type RecoveryScope, recoverRun, recoveryOf } from './recovery';
import type { RunReader } from './runs/reader';
import type { LostRun } from './runs/registry';
import { JoinsRun, type RequestedRun } from './runs/request-lease';
import { RunSlots } from './runs/run-slots';
import type { RunPlan } from './runs/plan';
import { Run } from './runs/run';
import { ShortLivedList } from './short-lived';
import type { Shutdown } from './shutdown';
import type { Label } from './work-in-progress';

/** The answer to a request of the protocol. */
export type Answer = { kind: 'json'; value: unknown } | { kind: 'stream'; events: EventStream };

/** The names by which a repetition of a request is recognised, and who reports Stop. */
export interface RequestNames {
  readonly frameId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly runControl?: boolean | undefined;
}

/** A request of the protocol, with what its answer needs. */
interface Asked<TContext> extends RequestNames {
  request: unknown;
  isMeasured?: boolean | undefined;
  scope: OperationScope<TContext>;
  label: Label;
}

/** How long the response waits for a hook that can refuse its request, in milliseconds. */
const refusalGraceMs = 250;
/** How often a request joins a run of another process that ends before it is followed. */
const maxJoins = 5;
/** How long a run that goes on without a connection may take, in milliseconds. */
const detachedRunMs = 600_000;

/** Answers requests, and keeps the runs of this process. */
export class RequestAnswerer<TContext> {
  readonly #options: ResolvedOptions<TContext>;
  readonly #shutdown: Shutdown;
  readonly #runs = new ShortLivedList<Run<TContext>>();
  /** The open runs, and those that are kept after their end. */
  readonly #known = new ShortLivedList<Run<TContext>>();
  readonly #paced = new ShortLivedList<RunReader>();
  readonly #owners = new WeakMap<Run<TContext>, string | undefined>();
  readonly #slots: RunSlots;
  readonly #attempts = new Attempts<TContext>();

  constructor(options: ResolvedOptions<TContext>, shutdown: Shutdown) {
    this.#options = options;
    this.#shutdown = shutdown;
    const { registry, limits } = options.runs;
    this.#slots = new RunSlots(limits, (owner) =>
      registry.elsewhere(owner === undefined ? undefined : this.#named(owner)),
    );
  }

  /** Continues or ends a run of a process that has died. */
  async recover(lost: LostRun, scope: RecoveryScope<TContext>): Promise<void> {
    const run = await recoverRun(lost, scope);
    if (!run) return;
    this.#open(run);
    if (lost.cancelled !== undefined || !scope.options.resume) void run.cancel(lost.cancelled ?? 'lost');
  }

  /** How many runs are open. */
  get openRuns(): number {
    return this.#runs.size;
  }

  async answer({ request, isMeasured = false, scope, label, ...names }: Asked<TContext>): Promise<Answer> {
    this.#shutdown.refuseWhenEnded();
    const parsed = parseRequest(request, isMeasured ? undefined : requestBounds(this.#options));
    const { type, params } = parsed;
    label.name = type;
    scope.observed.start(type);
    const operation = operations[type];
    // The registry's type ties each function to the parameters of its request type, which a lookup cannot show.
    if (operation.mode === 'json') {
      if (this.#options.admit) await this.#admit(parsed, scope.context);
      return { kind: 'json', value: await (operation.handle as JsonOperation<RequestType>)(params, scope) };
    }
    this.#shutdown.refuseWhenClosing();
    const handle = operation.handle as StreamOperation<RequestType>;
    const { knowsRepetitions = false } = operation;
    const attempt = this.#attemptOf(request, names, scope);
    if (attempt) scope.draft = attempt.draft;
    const start = async () => {
      if (attempt?.draft.isAnswered && !knowsRepetitions) {
        throw new ChatKitError('conflict', 'The request was processed before');
      }
      const operate = async () => {
        if (this.#options.admit) await this.#admit(parsed, scope.context);
        return await handle(params, scope);
      };
      return await this.#begin(operate, scope, names, attempt);
    };
    const open = async () => (attempt ? this.#attempted(attempt, start) : this.#stream(await start()));
    const events = await this.#shutdown.runs.track(label, () => this.#unlessJoined(open, scope));
    return { kind: 'stream', events };
  }

  /**
   * Opens a stream. Where another process answers the same request, follows its run from the start. A run that has ended
   * before it could be followed has stored its answer, or nothing: then the request is looked at again.
   */
  async #unlessJoined(open: () => Promise<EventStream>, scope: OperationScope<TContext>): Promise<EventStream> {
    for (let times = 0; ; times++) {
      try {
        return await open();
      } catch (error) {
        if (!(error instanceof JoinsRun)) throw error;
        const { runId } = error;
        const reader = await this.#options.runs.registry.follow(runId, 0);
        if (reader) {
          return new RunStream<TContext>({ runId, reader, paced: this.#paced, leave: async () => reader.leave() });
        }
        if (times >= maxJoins) throw new ChatKitError('unavailable', 'The request is being answered');
        scope.throwIfLeft();
      }
    }
  }

  async follow(query: RunFollowQuery, scope: OperationScope<TContext>): Promise<EventStream> {
    const { runId, reader } = await followRun(query, scope);
    return new RunStream<TContext>({ runId, reader, paced: this.#paced, leave: async () => reader.leave() });
  }

  /** Ends every run, and lets the readers that wait for the pace of their events have them at once. */
  cancelAll(): void {
    for (const run of this.#runs.values()) void run.cancel('closed');
    for (const reader of this.#paced.values()) reader.hurry();
  }

  /** Ends the runs of the owner of a context, and forgets those that are kept. Settles when both is done. */
  async cancelRunsOf(context: TContext): Promise<void> {
    const owner = this.#ownerOf(context);
    if (owner === undefined) return;
    const runs = this.#known.values().filter((run) => this.#owners.get(run) === owner);
    await Promise.all(runs.map((run) => run.cancel('closed')));
    await this.#options.runs.registry.forgetOwner(this.#named(owner));
  }

  /** Returns the owner of a context. Without owners in the store, the context itself identifies the sender. */
  #ownerOf(context: TContext): string | undefined {
    const owner: unknown = this.#options.store.ownerOf(context);
    // A store whose methods were all made asynchronous returns a promise, which names nobody.
    return typeof owner === 'string' && owner !== '' ? owner : asText(context);
  }

  /** Names an owner, or a request, in the registry. The names of users do not belong into a shared registry. */
  #named(text: string): string {
    return this.#options.runs.registry.isShared ? createHash('sha256').update(text).digest('hex') : text;
  }

  /** Lets the application refuse a request before anything is written. */
  async #admit(request: ChatKitRequest, context: TContext): Promise<void> {
    if (!this.#options.admit) return;
    await checkAdmitted(request, { options: this.#options, context });
    this.#shutdown.refuseWhenEnded();
  }

  /** Returns the attempt of a request. */
  #attemptOf(request: unknown, { frameId, idempotencyKey }: RequestNames, scope: OperationScope<TContext>) {
    if (frameId === undefined && idempotencyKey === undefined) return undefined;
    const owner = this.#ownerOf(scope.context);
    return owner === undefined ? undefined : this.#attempts.of(request, { owner, frameId, idempotencyKey });
  }

  /** Begins a run. Its lease is given back when the operation refuses the request. */
  async #begin(
    operate: () => Promise<RunPlan<TContext>>,
    scope: OperationScope<TContext>,
    { runControl = false }: RequestNames,
    attempt: Attempt<TContext> | undefined,
  ): Promise<Run<TContext>> {
    const owner = this.#ownerOf(scope.context);
    const giveBack = this.#slots.take(owner);
    const { keepEndedMs, maxReplayEvents, limits, onDisconnect } = this.#options.runs;
    const isDetachable = runControl || onDisconnect === 'continue';
    const describe = (requested: RequestedRun) => ({
      owner: owner === undefined ? undefined : this.#named(owner),
      key: attempt?.draft.isDerived ? this.#named(`${attempt.draft.messageId} ${attempt.bodyHash}`) : undefined,
      recovery: this.#options.runs.registry.isShared ? recoveryOf(requested, scope) : undefined,
    });
    scope.lease.describe = describe; // V8 keeps a function that is written as part of an assignment until a full collection
    let run: Run<TContext>;
    try {
      const plan = await operate();
      const lease = await scope.lease.take(plan.thread.id);
      run = new Run(plan, scope, scope.options, {
        lease,
        isDetachable,
        isNumbered: runControl,
        keepEndedMs,
        maxReplayEvents,
        times: { ...limits, maxRunMs: limits.maxRunMs ?? (isDetachable ? detachedRunMs : undefined) },
      });
    } catch (error) {
      giveBack();
      await scope.lease.release();
      throw error;
    }
    this.#owners.set(run, owner);
    this.#open(run, giveBack);
    if (run.canRefuse) await run.beginning.wait(refusalGraceMs);
    return run;
  }

  /** @param giveBack Called when the run has ended. */
  #open(run: Run<TContext>, giveBack?: () => void): void {
    const work = this.#shutdown.runs.begin({ name: 'run' });
    const open = this.#runs.add(run);
    const known = this.#known.add(run);
    void run.forgotten.then(() => this.#known.delete(known));
    void run.ended.then(() => {
      giveBack?.();
      this.#runs.delete(open);
      this.#shutdown.runs.end(work);
    });
    run.start();
    if (this.#shutdown.phase === 'ended') void run.cancel('closed'); // before its hook is called
  }

  /** The stream of a run that was begun for this request alone. */
  #stream(run: Run<TContext>): EventStream {
    return this.#streamOf(run, run.reader);
  }

  /** The stream of a run that a repetition of the request may have begun. */
  async #attempted(attempt: Attempt<TContext>, start: () => Promise<Run<TContext>>): Promise<EventStream> {
    const { run, isJoined } = await attempt.open(start);
    const reader = isJoined || run.reader.hasLeft ? await run.answerAgain() : run.reader;
    return this.#streamOf(run, reader, isJoined ? undefined : attempt);
  }

  #streamOf(run: Run<TContext>, reader: RunReader, attempt?: Attempt<TContext>): EventStream {
    const leave = async () => {
      const isAwaited = attempt?.release(run) === true;
      if (run.isDetachable) reader.leave();
      else if (!isAwaited && !reader.done) await run.cancel('disconnected');
    };
    return new RunStream({ runId: run.id, reader, paced: this.#paced, attempt, leave });
  }
}

/** A context as JSON. Undefined for a context that is not JSON. */
function asText(context: unknown): string | undefined {
  try {
    return JSON.stringify(context);
  } catch {
    return undefined;
  }
}
