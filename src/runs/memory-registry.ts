// Keeps the runs of one process in memory.
import type { CancelReason } from '../hooks';
import type { ThreadItem } from '../protocol';
import { type Place, ShortLivedList, ShortLivedMap } from '../short-lived';
import { settlesWithin } from '../work-in-progress';
import type { RunReader } from './reader';
import { isBusy, maxQueued, patienceMs, tooManyWait } from './busy';
import type { JoinedRun, NewRun, RunHost, RunLease, RunRecord, RunRegistry } from './registry';

/** A run that is open or kept. */
class Entry {
  readonly record: RunRecord;
  readonly answers: string | undefined;
  readonly owner: string | undefined;
  readonly key: string | undefined;
  /** The attached run. Undefined before a run is attached, and for a run that has ended and is not kept. */
  host: RunHost | undefined;
  /** The reason for which the run was cancelled before it was attached. */
  cancelled: CancelReason | undefined;
  /** Settles when the run is attached, or has ended before. */
  readonly attached: Promise<void>;
  markAttached!: () => void;
  readonly ended: Promise<void>;
  markEnded!: () => void;
  /** Set while the run is open. */
  place: Place<Entry> | undefined;
  /** Forgets the run. Set while it is kept after its end. */
  timer: NodeJS.Timeout | undefined;

  constructor({ id, thread_id, answers, owner, key }: NewRun) {
    this.record = { id, thread_id, created_at: new Date().toISOString(), status: 'running' };
    this.answers = answers;
    this.owner = owner;
    this.key = key;
    this.attached = new Promise((resolve) => (this.markAttached = resolve));
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
  }

  /** Resolves with true when this call has ended the run. */
  async cancel(reason: CancelReason): Promise<boolean> {
    if (this.host) return this.host.cancel(reason);
    const isFirst = this.cancelled === undefined;
    this.cancelled ??= reason;
    await this.ended;
    return isFirst;
  }
}

/** Keeps the runs of this process. Another process does not see them. */
export class MemoryRunRegistry implements RunRegistry {
  readonly isShared: boolean = false;
  readonly #entries = new ShortLivedMap<string, Entry>();
  /** The open and kept runs that have a key. */
  readonly #keys = new ShortLivedMap<string, Entry>();
  /** The open runs of each thread, the oldest first. */
  readonly #threads = new ShortLivedMap<string, ShortLivedList<Entry>>();

  open(): void {
    // No run of this process can lose its lease.
  }

  async begin(run: NewRun): Promise<RunLease | JoinedRun> {
    const { policy, answers, key, isStored = false } = run;
    const earlier = this.#openIn(run.thread_id);
    const joined = key === undefined ? undefined : this.#keys.get(key);
    if (joined) return { joins: joined.record.id };
    if (policy === 'refuse' && !isStored && earlier.length > 0) throw isBusy();
    const isReplaced = (entry: Entry) =>
      policy === 'replace' || (policy !== 'refuse' && answers !== undefined && entry.answers === answers);
    const replaced = earlier.filter(isReplaced);
    const isQueued = policy === 'queue' || (policy === 'refuse' && isStored);
    const before = isQueued ? earlier.filter((entry) => !isReplaced(entry)) : [];
    if (before.length > 0 && !isStored && queuedIn(earlier) >= maxQueued) throw tooManyWait();
    const entry = this.#add(run);
    const cancels = replaced.map((one) => one.cancel('replaced'));
    if (isStored) before.push(...replaced);
    else if (cancels.length > 0 && !(await settlesWithin(patienceMs, Promise.all(cancels)))) {
      this.#end(entry, 0);
      throw isBusy();
    }
    return this.#lease(entry, { hasWaited: cancels.length > 0, turns: before.map(({ ended }) => ended) });
  }

  #add(run: NewRun): Entry {
    const entry = new Entry(run);
    this.#entries.set(run.id, entry);
    if (run.key !== undefined) this.#keys.set(run.key, entry);
    let open = this.#threads.get(run.thread_id);
    if (!open) this.#threads.set(run.thread_id, (open = new ShortLivedList()));
    entry.place = open.add(entry);
    return entry;
  }

  #openIn(threadId: string): Entry[] {
    return this.#threads.get(threadId)?.values() ?? [];
  }

  #lease(entry: Entry, { hasWaited, turns }: { hasWaited: boolean; turns: Promise<unknown>[] }): RunLease {
    const { record } = entry;
    let turn: Promise<void> | undefined;
    if (turns.length > 0) {
      record.status = 'queued';
      turn = Promise.all(turns).then(() => {
        if (record.status === 'queued') record.status = 'running';
      });
    }
    return {
      id: record.id,
      hasWaited,
      turn,
      attach: (host) => {
        entry.host = host;
        entry.markAttached();
        if (entry.cancelled) void host.cancel(entry.cancelled);
      },
      end: async (keepMs) => this.#end(entry, keepMs),
    };
  }

  #end(entry: Entry, keepMs: number): void {
    const { record } = entry;
    record.status = 'ended';
    const open = this.#threads.get(record.thread_id);
    if (entry.place) open?.delete(entry.place);
    if (open?.size === 0) this.#threads.delete(record.thread_id);
    entry.markAttached();
    entry.markEnded();
    if (keepMs <= 0) this.#forget(entry);
    else entry.timer = setTimeout(() => this.#forget(entry), keepMs).unref();
  }

  #forget({ record, host, key, timer }: Entry): void {
    clearTimeout(timer);
    this.#entries.delete(record.id);
    if (key !== undefined) this.#keys.delete(key);
    host?.forget();
  }

  async list(threadId: string): Promise<RunRecord[]> {
    return this.#openIn(threadId).map(({ record }) => ({ ...record }));
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    const entry = this.#entries.get(runId);
    return entry && { ...entry.record };
  }

  async cancel(runIds: readonly string[], reason: CancelReason): Promise<number> {
    const open = runIds.flatMap((id) => this.#entries.get(id) ?? []).filter(({ record }) => record.status !== 'ended');
    const ended = await Promise.all(open.map((entry) => entry.cancel(reason)));
    return ended.filter(Boolean).length;
  }

  async pendingItems(threadId: string): Promise<ThreadItem[]> {
    return this.#openIn(threadId).flatMap(({ host }) => host?.pendingItems() ?? []);
  }

  async follow(runId: string, after: number | undefined): Promise<RunReader | undefined> {
    const entry = this.#entries.get(runId);
    await entry?.attached; // its request may still be writing
    return entry?.host?.follow(after);
  }

  elsewhere(): number {
    return 0;
  }

  async forgetOwner(owner: string): Promise<void> {
    const owned = this.#entries.values().filter((entry) => entry.owner === owner);
    await Promise.all(owned.flatMap((entry) => (entry.record.status === 'ended' ? [] : [entry.cancel('closed')])));
    for (const entry of owned) if (entry.record.status === 'ended') this.#forget(entry);
  }

  async close(): Promise<void> {
    for (const entry of this.#entries.values()) if (entry.record.status === 'ended') this.#forget(entry);
  }
}

function queuedIn(entries: readonly Entry[]): number {
  return entries.filter(({ record }) => record.status === 'queued').length;
}
