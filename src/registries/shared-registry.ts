// A registry whose runs several processes share through a database. The database is a RunBackend.
import { randomUUID } from 'node:crypto';
import { ChatKitError } from '../errors';
import type { CancelReason } from '../hooks';
import type { ThreadItem } from '../protocol';
import { isBusy, maxQueued, patienceMs, tooManyWait } from '../runs/busy';
import type { RunReader } from '../runs/reader';
import type { JoinedRun, NewRun, RunLease, RunRecord, RunRegistry, RunServer, RunSnapshot } from '../runs/registry';
import { ShortLivedMap } from '../short-lived';
import { settlesWithin } from '../work-in-progress';
import type { Requests, RunBackend, Signal, TakenRow } from './backend';
import { Heart } from './heart';
import { Inbox } from './inbox';
import { LocalRun } from './local-run';
import { resolveRegistryOptions, type SharedRegistryOptions } from './options';
import { Outbox } from './outbox';
import { Watch } from './watch';

/** How often a process asks again while signals do not arrive and somebody waits, in milliseconds. */
const impatientMs = 1000;
/** How long a registry that closes waits until the last events of its runs were sent, in milliseconds. */
const flushMs = 1000;
/** How often a run is taken over before it is given up, because it may be the cause. */
const maxTokens = 5;

/** Shares the runs of several processes. */
export class SharedRunRegistry implements RunRegistry {
  readonly isShared = true;
  /** The name of this process. Not a name of the machine, because a process that starts again holds nothing. */
  readonly #instance = `instance_${randomUUID()}`;
  readonly #backend: RunBackend;
  readonly #leaseMs: number;
  readonly #local = new ShortLivedMap<string, LocalRun>();
  readonly #heart: Heart;
  readonly #watch: Watch;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #heartbeatMs: number;
  #server: RunServer | undefined;
  /** The readers of runs that this process does not know, by the time since when. */
  #unknown = new Map<string, number>();
  /** The number of runs whose `begin` has not returned, which requests of others may name already. */
  #beginning = 0;
  #missedLook = false;
  #isLooking = false;
  #isClosed = false;
  /** True once the requests of others are no longer served. */
  #isAbandoned = false;

  constructor(backend: RunBackend, options: SharedRegistryOptions = {}) {
    const { leaseMs, heartbeatMs, snapshotMs } = resolveRegistryOptions(backend.name, options);
    this.#backend = backend;
    this.#leaseMs = leaseMs;
    this.#heartbeatMs = heartbeatMs;
    const logger = () => this.#server?.logger;
    const pollMs = () => (this.#heart.isListening ? heartbeatMs : Math.min(heartbeatMs, impatientMs));
    const common = { backend, instance: this.#instance, logger, pollMs };
    this.#heart = new Heart({
      ...common,
      leaseMs,
      heartbeatMs,
      snapshotMs,
      local: this.#local,
      needsCounts: () => this.#server?.needsCounts ?? false,
      canRecover: () => this.#server?.canRecover() ?? false,
      serve: (requests) => this.#serve(requests),
      recover: (row) => void this.#recover(row),
      recordEnd: (run) => this.#recordEnd(run),
      receive: (signal) => this.#receive(signal),
    });
    this.#watch = new Watch({
      openOf: async (watched) => (await this.#lookFor(watched)).open,
      pollMs,
      logger,
    });
    this.#inbox = new Inbox({ ...common, ttlMs: leaseMs + heartbeatMs });
    this.#outbox = new Outbox(backend, logger);
  }

  open(server: RunServer): void {
    this.#server = server;
    this.#heart.start();
  }

  async begin(run: NewRun): Promise<RunLease | JoinedRun> {
    const { id, thread_id, policy, isStored = false } = run;
    const confirmedAt = performance.now();
    this.#beginning++;
    try {
      const row = {
        id,
        threadId: thread_id,
        instance: this.#instance,
        owner: run.owner ?? null,
        key: run.key ?? null,
        answers: run.answers ?? null,
        recovery: run.recovery ?? null,
      };
      const outcome = await this.#backend.begin(row, {
        // A request that is stored already cannot be refused any more.
        policy: isStored && policy === 'refuse' ? 'queue' : policy,
        maxQueued: isStored ? null : maxQueued,
        queuesReplaced: isStored,
        leaseMs: this.#leaseMs,
      });
      if (outcome.kind === 'busy') throw isBusy();
      if (outcome.kind === 'full') throw tooManyWait();
      if (outcome.kind === 'joined') return { joins: outcome.id };
      const { token, createdAt: created_at, status, replaced, awaited } = outcome;
      const local = new LocalRun({ id, token }, { id, thread_id, created_at, status }, confirmedAt);
      this.#local.set(id, local);
      const ends = replaced.map((other) => this.#replace(other));
      if (isStored) awaited.push(...replaced);
      else if (ends.length > 0 && !(await settlesWithin(patienceMs, Promise.all(ends)))) {
        await this.#end(local, 0);
        throw isBusy();
      }
      return this.#lease(local, { hasWaited: replaced.length > 0, awaited });
    } finally {
      this.#beginning--;
      if (this.#missedLook) this.#look();
    }
  }

  /** Ends a run that another run replaces. The backend has asked its process before. */
  #replace(runId: string): Promise<unknown> {
    return this.#local.get(runId)?.cancel('replaced') ?? this.#watch.ended(runId);
  }

  #lease(local: LocalRun, { hasWaited, awaited }: { hasWaited: boolean; awaited: readonly string[] }): RunLease {
    const { record } = local;
    let turn: Promise<void> | undefined;
    if (awaited.length > 0) {
      turn = Promise.all(awaited.map((id) => this.#local.get(id)?.ended ?? this.#watch.ended(id))).then(() => {
        if (record.status === 'queued') record.status = 'running';
      });
    }
    return {
      id: record.id,
      hasWaited,
      turn,
      attach: (host) => local.attach(host),
      end: (keepMs) => this.#end(local, keepMs),
      guard: (write) => this.#guard(local, write),
    };
  }

  async #guard<Result>(local: LocalRun, write: () => Promise<Result>): Promise<Result> {
    const hasEnded = () => !local.isOpen && !local.isLost;
    if (hasEnded()) return write(); // a hook may write after its answer
    // A process that was paused for a while asks first. Twice, because a heartbeat of before the pause may be on its way.
    for (let times = 0; times < 2 && !local.isLost && !this.#heart.isFresh(local); times++) await this.#heart.beat();
    if (local.isLost) throw lost();
    try {
      return await this.#backend.fence(local.key, write);
    } catch (error) {
      if (!this.#backend.isFenced(error)) throw error;
      if (hasEnded()) return write();
      local.lose();
      throw lost(error);
    }
  }

  async #end(local: LocalRun, givenMs: number): Promise<void> {
    if (!local.isOpen) return;
    // Readers in other processes collect the last events from the rows of the run.
    const keepMs = this.#outbox.hasReaders(local.key.id) ? Math.max(givenMs, this.#leaseMs) : givenMs;
    local.keepMs = keepMs;
    if (local.isLost) this.#forget(local);
    else {
      try {
        await this.#recordEnd(local);
      } catch (error) {
        // The next heartbeats renew the lease, so that nobody takes the run over, and try again.
        this.#server?.logger.warn({ err: error, run_id: local.key.id }, 'the end of a run will be recorded later');
      }
    }
    if (keepMs > 0 && !local.isLost) {
      local.keeping = setTimeout(() => this.#expire(local), keepMs).unref();
    } else if (local.keepMs === undefined) this.#forget(local);
    local.end();
  }

  /** Records the end of a run. The run stays among those that the heartbeat renews until it is recorded. */
  async #recordEnd(local: LocalRun): Promise<void> {
    const { keepMs } = local;
    if (keepMs === undefined) return;
    await this.#backend.end(local.key, keepMs);
    local.keepMs = undefined;
    if (!local.isOpen && !local.keeping) this.#forget(local);
  }

  /** Forgets a run that was kept. It stays among the runs that the heartbeat renews while its end is not recorded. */
  #expire(local: LocalRun): void {
    local.keeping = undefined;
    if (local.keepMs === undefined) this.#forget(local);
    else local.host?.forget();
  }

  #forget(local: LocalRun): void {
    clearTimeout(local.keeping);
    local.keeping = undefined;
    if (this.#local.get(local.key.id) === local) this.#local.delete(local.key.id);
    local.host?.forget();
  }

  async list(threadId: string): Promise<RunRecord[]> {
    const rows = await this.#backend.list(threadId);
    return rows.flatMap(({ id, thread_id, created_at, status }) => {
      const local = this.#local.get(id);
      if (local && !local.isOpen) return []; // its end is about to be recorded
      return [{ id, thread_id, created_at, status: local?.record.status ?? status }];
    });
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    const local = this.#local.get(runId);
    return local ? { ...local.record } : this.#backend.find(runId);
  }

  async cancel(runIds: readonly string[], reason: CancelReason): Promise<number> {
    const local = runIds.flatMap((id) => this.#local.get(id) ?? []).filter(({ isOpen }) => isOpen);
    const remote = runIds.filter((id) => !this.#local.has(id));
    const [here, elsewhere] = await Promise.all([
      Promise.all(local.map((run) => run.cancel(reason))),
      remote.length > 0 ? this.#cancelElsewhere(remote, reason) : 0,
    ]);
    return here.filter(Boolean).length + elsewhere;
  }

  async #cancelElsewhere(runIds: string[], reason: CancelReason): Promise<number> {
    const { open, marked } = await this.#backend.cancel(runIds, reason);
    const ends = Promise.all(open.map((id) => this.#watch.ended(id)));
    // A process that has died is replaced within a lease and a heartbeat, and the other one then ends the run.
    if (await settlesWithin(2 * this.#leaseMs + patienceMs, ends)) return marked.length;
    throw new ChatKitError('unavailable', 'The process of the run did not answer in time');
  }

  async pendingItems(threadId: string): Promise<ThreadItem[]> {
    const rows = await this.#backend.list(threadId);
    return rows.flatMap(({ id, snapshot }) => {
      const local = this.#local.get(id);
      if (local) return local.isOpen ? (local.host?.pendingItems() ?? []) : [];
      return readSnapshot(snapshot)?.pending ?? [];
    });
  }

  async follow(runId: string, after: number | undefined): Promise<RunReader | undefined> {
    const local = this.#local.get(runId);
    if (!local) return this.#inbox.follow(runId, after);
    await local.attached; // its request may still be writing
    return local.host?.follow(after);
  }

  elsewhere(owner?: string): number {
    return this.#heart.elsewhere(owner);
  }

  async forgetOwner(owner: string): Promise<void> {
    const open = await this.#backend.openOf(owner);
    await this.cancel(open, 'closed');
    await this.#backend.forgetOwner(owner);
    const ended = this.#local.values().filter(({ isOpen, keepMs }) => !isOpen && keepMs === undefined);
    for (const local of ended) if (!(await this.#backend.find(local.key.id))) this.#forget(local);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#outbox.flush(flushMs);
    this.abandon();
    for (const local of this.#local.values()) if (!local.isOpen) this.#forget(local);
    await this.#heart.stopListening();
    if (this.#server) await this.#backend.leave(this.#instance);
  }

  /**
   * Stops the heartbeat and the signals as the death of the process does. Leases are not ended. For tests.
   * @internal
   */
  abandon(): void {
    this.#isAbandoned = true;
    this.#heart.stop();
    this.#watch.close();
    this.#inbox.close();
    this.#outbox.close();
  }

  #receive(signal: Signal): void {
    if (this.#isAbandoned) return;
    if (signal.kind === 'end') this.#watch.note(signal.id);
    else if (signal.instance !== this.#instance) return;
    else if (signal.kind === 'mail') this.#inbox.collect();
    else this.#look();
  }

  /** Asks what others ask of this process. Never rejects. */
  #look(): void {
    this.#missedLook = this.#beginning > 0 || this.#isLooking;
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#lookFor([])
      .catch((error: unknown) => {
        // The heartbeat asks as well.
        this.#server?.logger.debug({ err: error }, 'the requests of other processes could not be read');
      })
      .finally(() => {
        this.#isLooking = false;
        if (this.#missedLook && this.#beginning === 0) this.#look();
      });
  }

  async #lookFor(watched: string[]): Promise<{ open: string[] }> {
    const { requests, open } = await this.#backend.look({ instance: this.#instance, watched });
    this.#serve(requests);
    return { open };
  }

  #serve({ cancels, readers }: Requests): void {
    if (this.#isAbandoned) return;
    for (const { id, reason } of cancels) void this.#local.get(id)?.cancel(reason);
    const unknown = new Map<string, number>();
    for (const reader of readers) {
      const local = this.#local.get(reader.runId);
      // A run that this process has just taken over may be known a moment later.
      const since = this.#unknown.get(reader.id) ?? performance.now();
      if (local || performance.now() - since >= this.#heartbeatMs) this.#outbox.open(reader, local);
      else unknown.set(reader.id, since);
    }
    this.#unknown = unknown;
  }

  /** Continues or ends a run whose process has died. Never rejects. */
  async #recover(row: TakenRow): Promise<void> {
    const { id, token, threadId: thread_id, createdAt: created_at, status } = row;
    const record: RunRecord = { id, thread_id, created_at, status };
    const local = new LocalRun({ id, token }, record, performance.now());
    this.#local.set(id, local);
    const { logger } = this.#server as RunServer;
    const fields = { run_id: id, thread_id };
    try {
      if (token > maxTokens) {
        logger.error(fields, 'a run was taken over too often and is given up');
        await this.#end(local, 0);
        return;
      }
      logger.warn(fields, 'a run has lost its process and is taken over');
      const earlier = status === 'queued' ? await this.#backend.list(thread_id) : [];
      const awaited = earlier
        .slice(
          0,
          Math.max(
            0,
            earlier.findIndex((run) => run.id === id),
          ),
        )
        .map((run) => run.id);
      await this.#server?.recover({
        lease: this.#lease(local, { hasWaited: false, awaited }),
        record,
        recovery: row.recovery ?? undefined,
        snapshot: readSnapshot(row.snapshot),
        cancelled: row.cancelled ?? undefined,
      });
      this.#look(); // its readers are served by this process now
    } catch (error) {
      logger.error({ err: error, ...fields }, 'a run that has lost its process could not be taken over');
      local.end();
      this.#forget(local); // without a heartbeat its lease expires, and it is taken over again
    }
  }
}

function readSnapshot(text: string | null): RunSnapshot | undefined {
  return text === null ? undefined : (JSON.parse(text) as RunSnapshot);
}

function lost(cause?: unknown): ChatKitError {
  return new ChatKitError('conflict', 'Another process makes this answer now', { cause });
}
