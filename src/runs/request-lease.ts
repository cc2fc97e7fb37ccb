// The lease of the run that one request begins.
import { randomUUID } from 'node:crypto';
import type { Store } from '../stores/store';
import { guardedStore } from './guarded-store';
import type { ReplacedItems } from './item-writer';
import type { BusyPolicy, NewRun, RunLease, RunRegistry } from './registry';

/** The run of a request, as its operation knows it. */
export interface RequestedRun extends Pick<NewRun, 'thread_id' | 'answers' | 'isStored'> {
  /** The items that the answer replaces, in a retry. */
  replaces?: ReplacedItems | undefined;
}

/** Describes the request for other processes. */
export type DescribeRun = (run: RequestedRun) => Pick<NewRun, 'owner' | 'key' | 'recovery'>;

/** Ends an operation whose request is being answered already, by a run of another process. */
export class JoinsRun extends Error {
  /** @param runId The run to join. */
  constructor(readonly runId: string) {
    super(`The run ${runId} answers the same request`);
  }
}

/** Begins the run of one request, once. */
export class RequestLease {
  readonly #registry: RunRegistry;
  readonly #policy: BusyPolicy;
  #lease: RunLease | undefined;
  /** Set by the server before the operation begins. */
  describe: DescribeRun | undefined;

  constructor(registry: RunRegistry, policy: BusyPolicy) {
    this.#registry = registry;
    this.#policy = policy;
  }

  /**
   * Begins the run as the option `runs.onBusyThread` says. Called by an operation before its write. Does nothing for a
   * request whose run has begun.
   * @returns true when other runs had to end first: state that was read before is stale.
   * @throws ChatKitError `conflict` when the thread is being answered. JoinsRun when the request is.
   */
  async begin(run: RequestedRun): Promise<boolean> {
    if (!this.#lease) await this.#begin(run, this.#policy).then((lease) => (this.#lease = lease));
    return this.#lease?.hasWaited ?? false;
  }

  /** Returns the lease. Begins the run without regard to other runs where the operation has not begun it. */
  async take(threadId: string): Promise<RunLease> {
    const lease = this.#lease ?? (await this.#begin({ thread_id: threadId }, 'allow'));
    this.#lease = undefined;
    return lease;
  }

  /** Returns the store for the write of the operation, which fails once the lease is lost. */
  guard<TContext>(store: Store<TContext>): Store<TContext> {
    return guardedStore(store, this.#lease);
  }

  /** Ends a lease that was not taken, because the request was refused. */
  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.end(0);
  }

  async #begin(run: RequestedRun, policy: BusyPolicy): Promise<RunLease> {
    const { thread_id, answers, isStored = false } = run;
    const { owner, key, recovery } = this.describe?.(run) ?? {};
    const id = newRunId();
    const begun = await this.#registry.begin({ id, thread_id, answers, policy, isStored, owner, key, recovery });
    if ('joins' in begun) throw new JoinsRun(begun.joins);
    return begun;
  }
}

function newRunId(): string {
  return `run_${randomUUID()}`;
}
