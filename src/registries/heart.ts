// The heartbeat of a process: one statement renews the leases of its runs, stores their snapshots, and finds dead runs.
import type { Logger } from '../logger';
import type { ShortLivedMap } from '../short-lived';
import type { Requests, RunBackend, Signal, TakenRow } from './backend';
import type { LocalRun } from './local-run';

/** How many dead runs a process takes over with one heartbeat, so that the others take their part. */
const maxTaken = 20;

/** The parts of the registry that the heartbeat uses. */
interface HeartOptions {
  backend: RunBackend;
  instance: string;
  leaseMs: number;
  heartbeatMs: number;
  snapshotMs: number;
  local: ShortLivedMap<string, LocalRun>;
  logger: () => Logger | undefined;
  needsCounts: () => boolean;
  canRecover: () => boolean;
  serve: (requests: Requests) => void;
  recover: (row: TakenRow) => void;
  /** Records the end of a run whose end could not be recorded before. */
  recordEnd: (run: LocalRun) => Promise<void>;
  receive: (signal: Signal) => void;
}

/** Beats until it is stopped. */
export class Heart {
  readonly #options: HeartOptions;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = true;
  #beating: Promise<void> | undefined;
  #lastBeat = -Infinity;
  /** The time of the first heartbeat since the last failure. Undefined after a failure. */
  #wellSince: number | undefined;
  #isFailing = false;
  #counts = new Map<string | null, number>();
  #stopListening: (() => Promise<void>) | undefined;
  #isStartingToListen = false;

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  get #logger(): Logger | undefined {
    return this.#options.logger();
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#listen();
    this.#schedule(0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async stopListening(): Promise<void> {
    const stop = this.#stopListening;
    this.#stopListening = undefined;
    await stop?.();
  }

  /** True while signals arrive. */
  get isListening(): boolean {
    return this.#stopListening !== undefined;
  }

  /** True when the lease of the run was confirmed a moment ago. */
  isFresh({ confirmedAt }: LocalRun): boolean {
    return performance.now() - confirmedAt < 2 * this.#options.heartbeatMs;
  }

  /** Counts the open runs of other processes at the last heartbeat. */
  elsewhere(owner?: string): number {
    if (owner !== undefined) return this.#counts.get(owner) ?? 0;
    let all = 0;
    for (const runs of this.#counts.values()) all += runs;
    return all;
  }

  /** Renews the leases now. Settles when that has succeeded or failed. Never rejects. */
  beat(): Promise<void> {
    return (this.#beating ??= this.#beat().finally(() => (this.#beating = undefined)));
  }

  #schedule(ms: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(
      () => void this.#tick().finally(() => this.#schedule(this.#options.snapshotMs)),
      ms,
    ).unref();
  }

  async #tick(): Promise<void> {
    const { heartbeatMs, snapshotMs, local } = this.#options;
    const isDue = performance.now() - this.#lastBeat >= heartbeatMs - snapshotMs / 2;
    const isChanged = () =>
      local.values().some((run) => run.isOpen && run.host && run.host.version !== run.storedVersion);
    if (isDue || isChanged()) await this.beat();
    if (isDue && !this.isListening) this.#listen();
  }

  async #beat(): Promise<void> {
    const { backend, instance, leaseMs, local } = this.#options;
    const startedAt = performance.now();
    // A run whose end could not be recorded is renewed as well.
    const runs = local.values().filter((run) => !run.isLost && (run.isOpen || run.keepMs !== undefined));
    const snapshots = new Map(runs.map((run) => [run, run.isOpen ? run.nextSnapshot() : null]));
    try {
      const { held, taken, requests, counts } = await backend.beat({
        instance,
        leaseMs,
        runs: runs.map((run) => ({
          ...run.key,
          status: run.record.status === 'queued' ? 'queued' : 'running',
          snapshot: snapshots.get(run)?.text ?? null,
        })),
        maxTaken: this.#canTakeOver(startedAt) ? maxTaken : 0,
        needsCounts: this.#options.needsCounts(),
      });
      this.#succeeded(startedAt);
      this.#counts = new Map(counts.map(({ owner, runs: count }) => [owner, count]));
      const stillHeld = new Set(held);
      for (const run of runs) this.#confirm(run, stillHeld.has(run.key.id), startedAt, snapshots.get(run)?.version);
      for (const row of taken) this.#options.recover(row);
      this.#options.serve(requests);
    } catch (error) {
      this.#failed(error);
      return;
    }
    for (const run of runs) if (!run.isOpen && run.keepMs !== undefined) await this.#recordEnd(run);
  }

  #confirm(run: LocalRun, isHeld: boolean, at: number, version: number | undefined): void {
    if (isHeld) {
      run.confirmedAt = at;
      if (version !== undefined) run.storedVersion = version;
    } else if (run.isOpen && run.keepMs === undefined) {
      this.#logger?.warn({ run_id: run.key.id }, 'another process has taken over a run of this process');
      run.lose();
    }
  }

  async #recordEnd(run: LocalRun): Promise<void> {
    try {
      await this.#options.recordEnd(run);
    } catch (error) {
      this.#logger?.debug({ err: error, run_id: run.key.id }, 'the end of a run is still not recorded');
    }
  }

  /**
   * Takes nothing over before the database has answered for the time of a lease. Otherwise the first process to reach a
   * database that was away would take the runs of all processes that are alive.
   */
  #canTakeOver(now: number): boolean {
    const { leaseMs, canRecover } = this.#options;
    // After a pause of this process the others may have been paused as well.
    const wasPaused = now - this.#lastBeat >= leaseMs;
    return canRecover() && !wasPaused && this.#wellSince !== undefined && now - this.#wellSince >= leaseMs;
  }

  #succeeded(startedAt: number): void {
    const { leaseMs } = this.#options;
    if (startedAt - this.#lastBeat >= leaseMs) this.#wellSince = undefined;
    this.#lastBeat = startedAt;
    this.#wellSince ??= startedAt;
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#logger?.info({}, 'the registry of runs is back');
  }

  #failed(error: unknown): void {
    this.#lastBeat = performance.now();
    this.#wellSince = undefined;
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#logger?.warn({ err: error }, 'the registry of runs is away; open runs continue');
  }

  /** Begins to receive signals. A failure is tried again with a later heartbeat. */
  #listen(): void {
    if (this.isListening || this.#isStartingToListen) return;
    const { backend, receive } = this.#options;
    this.#isStartingToListen = true;
    const lost = () => (this.#stopListening = undefined);
    void backend
      .listen(receive, lost)
      .then(async (stop) => {
        if (this.#isStopped) await stop?.();
        else this.#stopListening = stop;
      })
      .catch((error: unknown) => this.#logger?.debug({ err: error }, 'signals of other processes cannot be received'))
      .finally(() => (this.#isStartingToListen = false));
  }
}
