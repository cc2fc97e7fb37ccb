// The lease of the run that one request begins.
import { randomUUID } from 'node:crypto';
import type { BusyPolicy, NewRun, RunLease, RunRegistry } from './registry';

/** Begins the run of one request, once. */
export class RequestLease {
  readonly #registry: RunRegistry;
  readonly #policy: BusyPolicy;
  #lease: RunLease | undefined;

  constructor(registry: RunRegistry, policy: BusyPolicy) {
    this.#registry = registry;
    this.#policy = policy;
  }

  /**
   * Begins the run as the option `runs.onBusyThread` says. Called by an operation before its write.
   * @returns true when other runs had to end first: state that was read before is stale.
   * @throws ChatKitError `conflict` when the thread is being answered.
   */
  async begin(run: Omit<NewRun, 'id' | 'policy'>): Promise<boolean> {
    this.#lease = await this.#registry.begin({ ...run, id: newRunId(), policy: this.#policy });
    return this.#lease.hasWaited;
  }

  /** Returns the lease. Begins the run without regard to other runs where the operation has not begun it. */
  async take(threadId: string): Promise<RunLease> {
    const lease = this.#lease ?? (await this.#registry.begin({ id: newRunId(), thread_id: threadId, policy: 'allow' }));
    this.#lease = undefined;
    return lease;
  }

  /** Ends a lease that was not taken, because the request was refused. */
  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.end(0);
  }
}

function newRunId(): string {
  return `run_${randomUUID()}`;
}
