// Records the open runs, so that a run can be stopped, followed, or replaced by another run in its thread.
import type { CancelReason } from '../hooks';
import type { Logger } from '../logger';
import type { ThreadItem } from '../protocol';
import type { RunReader } from './reader';

/** Decides how a request acts when its thread is being answered: see the option `runs.onBusyThread`. */
export type BusyPolicy = 'allow' | 'refuse' | 'queue' | 'replace';

/** A run, in the form that is sent to everybody who may see its thread. */
export interface RunRecord {
  /** The id, which begins with `run_`. */
  id: string;
  thread_id: string;
  /** The time at which the run was created, in ISO 8601. */
  created_at: string;
  /** `queued`: the run waits for earlier runs of its thread. */
  status: 'queued' | 'running' | 'ended';
}

/** A run that is about to begin. */
export interface NewRun {
  id: string;
  thread_id: string;
  /** The id of the message that the run answers. Undefined for a run that continues or acts. */
  answers?: string | undefined;
  policy: BusyPolicy;
  /**
   * True when the input of the run is stored already, so that its request cannot be refused. Then `refuse` acts as
   * `queue`, and the lease's `turn` waits for the runs that are replaced.
   */
  isStored?: boolean;
  /** Identifies the owner of the run. A hash. */
  owner?: string | undefined;
  /** Identifies the request of the run and its repetitions. A hash of the owner and the idempotency key. */
  key?: string | undefined;
  /** The data from which another process can take the run over: see {@link LostRun}. Text of any form. */
  recovery?: string | undefined;
}

/** A run that answers the same request already. It is open, or has ended and is kept. */
export interface JoinedRun {
  /** The id of the run. */
  joins: string;
}

/** The state of a run that survives its process. */
export interface RunSnapshot {
  /** The items that were begun and are not stored yet. */
  pending: ThreadItem[];
  /** The value that `turn.checkpoint` has stored last. */
  checkpoint?: unknown;
}

/** A run, as the process that makes its answer holds it. */
export interface RunHost {
  /**
   * Ends the run and keeps its partial answer. Resolves once the partial answer is stored: with true when this call has
   * ended the run, with false when the run was ending before. Never rejects.
   */
  cancel(reason: CancelReason): Promise<boolean>;
  /** Returns the current state of the items that were begun and are not stored yet. */
  pendingItems(): ThreadItem[];
  /**
   * Adds a reader. Rejects when the store fails.
   * @param after How many events the reader has read. 0 for the answer to a request, from its start. Undefined for a
   * reader that begins with a snapshot.
   */
  follow(after: number | undefined): Promise<RunReader>;
  /** Called when the run has ended and can no longer be found. */
  forget(): void;
  /** Changes whenever the result of `snapshot` changes. */
  readonly version: number;
  /** Returns the state for a process that takes the run over. */
  snapshot(): RunSnapshot;
  /** Ends the run without any write, because another process has its lease. */
  lose(): void;
}

/** The right to make one answer, until `end`. */
export interface RunLease {
  readonly id: string;
  /** True when other runs had to end first: state that was read before `begin` is stale. */
  readonly hasWaited: boolean;
  /** Settles when the earlier runs of the thread have ended. Undefined for a run that need not wait. Never rejects. */
  readonly turn: Promise<void> | undefined;
  /** Attaches the run, so that other calls reach it. A run that was cancelled before is cancelled now. Called once. */
  attach(host: RunHost): void;
  /**
   * Ends the lease. Called once, also for a run that never began.
   * @param keepMs For how long the run can still be found and followed, in milliseconds.
   */
  end(keepMs: number): Promise<void>;
  /**
   * Does a write of the run. Rejects with ChatKitError `conflict`, without a call of `write`, once another process has
   * the lease. A store in the database of the registry also refuses a write that arrives after that. Undefined for a
   * registry of one process, whose leases are never lost.
   */
  guard?<Result>(write: () => Promise<Result>): Promise<Result>;
}

/** A run whose process has died or was cut off, and whose lease this process has now. */
export interface LostRun {
  lease: RunLease;
  record: RunRecord;
  recovery: string | undefined;
  /** The last snapshot, which is about two seconds older than the death. Undefined for a run that had said nothing. */
  snapshot: RunSnapshot | undefined;
  /** The reason for which the run must end. Undefined for a run that may continue. */
  cancelled: CancelReason | undefined;
}

/** The server whose runs a registry keeps. */
export interface RunServer {
  logger: Logger;
  /** True when {@link RunRegistry.elsewhere} is needed. */
  needsCounts: boolean;
  /** Returns true while the server takes over runs: until it closes. */
  canRecover(): boolean;
  /**
   * Ends or continues a run that has lost its process: attaches a host to its lease, or ends the lease. When it rejects,
   * the run is taken over again later, by any process.
   */
  recover(run: LostRun): Promise<void>;
}

/**
 * Keeps all open runs, and the runs that have ended recently. Calls may overlap. The caller has checked that the client
 * may see the thread. Any call may reject with an error of the registry itself, and has changed nothing then.
 */
export interface RunRegistry {
  /** True for a registry that knows the runs of all processes with the same store. */
  readonly isShared: boolean;
  /** Called once, by the server, before any other call. */
  open(server: RunServer): void;
  /**
   * Begins a run, in one step: of two calls for one thread the later call sees the earlier run. An open run that
   * answers the same message is cancelled with `replaced`, unless the policy is `refuse`. Resolves when every replaced
   * run has ended. Resolves with the run of the same `key`, where one is open or kept, and begins nothing.
   * @throws ChatKitError `conflict` when the policy refuses the run.
   */
  begin(run: NewRun): Promise<RunLease | JoinedRun>;
  /** Returns the open runs of a thread, the oldest first. */
  list(threadId: string): Promise<RunRecord[]>;
  /** Returns a run that is open or kept. Undefined for any other id. */
  find(runId: string): Promise<RunRecord | undefined>;
  /**
   * Ends runs in any process. Resolves with the number of runs that this call has ended, once their partial answers are
   * stored.
   */
  cancel(runIds: readonly string[], reason: CancelReason): Promise<number>;
  /**
   * Returns the items that the open runs of a thread have begun and not stored, in the order of the runs. The items of a
   * run in another process are those of its last snapshot.
   */
  pendingItems(threadId: string): Promise<ThreadItem[]>;
  /**
   * Follows a run that is open or kept, also a run whose request is not stored yet. Resolves with undefined for any
   * other id, and for a run that ended before it was attached.
   * @param after How many events the reader has read. 0 for the answer to a request, from its start. Undefined for a
   * reader that begins with a snapshot.
   */
  follow(runId: string, after: number | undefined): Promise<RunReader | undefined>;
  /**
   * Returns how many runs are open in other processes, at most one heartbeat ago. 0 for a registry of one process.
   * @param owner Counts the runs of one owner. Undefined counts all runs.
   */
  elsewhere(owner?: string): number;
  /** Ends the open runs of an owner with `closed`, in any process, and then forgets its runs. */
  forgetOwner(owner: string): Promise<void>;
  /** Forgets the runs that have ended. Called when the server closes. */
  close(): Promise<void>;
}
