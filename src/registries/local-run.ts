// A run whose lease this process holds.
import type { CancelReason } from '../hooks';
import type { RunHost, RunRecord } from '../runs/registry';
import type { RunKey } from './backend';

/** A run that this process holds, or has ended and keeps. */
export class LocalRun {
  readonly key: RunKey;
  readonly record: RunRecord;
  /** The attached run. Undefined before a run is attached, and for a run that never began. */
  host: RunHost | undefined;
  /** The reason for which the run was cancelled before it was attached. */
  #cancelled: CancelReason | undefined;
  /** True once another process may have the lease. */
  isLost = false;
  /** The version of the snapshot that was stored last. */
  storedVersion = 0;
  /** The time at which the lease was confirmed last, before the call that confirmed it, by `performance.now()`. */
  confirmedAt: number;
  /** For how long the run is kept, once its end is to be recorded. */
  keepMs: number | undefined;
  /** The timer of a run that has ended and is kept. */
  keeping: NodeJS.Timeout | undefined;
  /** Settles when the run is attached, or has ended before. */
  readonly attached: Promise<void>;
  #markAttached!: () => void;
  readonly ended: Promise<void>;
  #markEnded!: () => void;

  constructor(key: RunKey, record: RunRecord, confirmedAt: number) {
    this.key = key;
    this.record = record;
    this.confirmedAt = confirmedAt;
    this.attached = new Promise((resolve) => (this.#markAttached = resolve));
    this.ended = new Promise((resolve) => (this.#markEnded = resolve));
  }

  /** True until the run has ended in this process. */
  get isOpen(): boolean {
    return this.record.status !== 'ended';
  }

  attach(host: RunHost): void {
    this.host = host;
    this.#markAttached();
    if (this.isLost) host.lose();
    else if (this.#cancelled) void host.cancel(this.#cancelled);
  }

  /** Resolves with true when this call has ended the run. */
  async cancel(reason: CancelReason): Promise<boolean> {
    if (this.host) return this.host.cancel(reason);
    const isFirst = this.#cancelled === undefined;
    this.#cancelled ??= reason;
    await this.ended;
    return isFirst;
  }

  lose(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.host?.lose();
  }

  /** Marks the end in this process. */
  end(): void {
    this.record.status = 'ended';
    this.#markAttached();
    this.#markEnded();
  }

  /** Returns the snapshot to store. Null when it has not changed. */
  nextSnapshot(): { version: number; text: string } | null {
    const { host } = this;
    if (!host || host.version === this.storedVersion) return null;
    return { version: host.version, text: JSON.stringify(host.snapshot()) };
  }
}
