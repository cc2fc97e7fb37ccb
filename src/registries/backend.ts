// The atomic operations of a database that several processes share their runs through. Everything else about a shared
// registry is in shared-registry.ts, so that a backend needs no timers and no state of its own.
import type { CancelReason } from '../hooks';
import type { BusyPolicy, RunRecord } from '../runs/registry';

/** The right to make one answer. A later holder of the same run has a greater token. */
export interface RunKey {
  id: string;
  token: number;
}

/** The row of a run that is about to begin. */
export interface RunRow {
  id: string;
  threadId: string;
  /** The process that makes the answer. */
  instance: string;
  owner: string | null;
  /** Identifies the request and its repetitions. */
  key: string | null;
  answers: string | null;
  /** The data from which another process can take the run over. Opaque text. */
  recovery: string | null;
}

/** Decides how a run begins. */
export interface BeginRule {
  /** `refuse`: refuses the run when its thread has an open run. The others are as in `runs.onBusyThread`. */
  policy: BusyPolicy;
  /** How many runs of the thread may be `queued` before a further run that has to wait is refused. Null for no limit. */
  maxQueued: number | null;
  /** True for a run that waits in the status `queued` for the runs that it replaces. */
  queuesReplaced: boolean;
  leaseMs: number;
}

/** The outcome of {@link RunBackend.begin}. Nothing was written unless a run has begun. */
export type BeginOutcome =
  | {
      kind: 'begun';
      token: number;
      /** In ISO 8601. */
      createdAt: string;
      status: 'queued' | 'running';
      /** The open runs that are cancelled with `replaced` now, the oldest first. */
      replaced: string[];
      /** The open runs that the new run waits for, the oldest first, without the replaced runs. */
      awaited: string[];
    }
  | { kind: 'busy' }
  | { kind: 'full' }
  /** A run with the same `key` is open or kept. */
  | { kind: 'joined'; id: string };

/** The state of a run that this process holds. */
interface HeldRun extends RunKey {
  status: 'queued' | 'running';
  /** The text that replaces the stored snapshot. Null for no change. */
  snapshot: string | null;
}

/** The heartbeat of a process. */
export interface Beat {
  instance: string;
  leaseMs: number;
  /** All runs that the process holds. */
  runs: HeldRun[];
  /** How many dead runs the process takes over, at most. */
  maxTaken: number;
  /** True when the number of open runs of the other processes is needed. */
  needsCounts: boolean;
}

/** The requests of other processes about the runs of one process. Repeated until it is done. */
export interface Requests {
  /** The runs that must end. */
  cancels: { id: string; reason: CancelReason }[];
  /** The readers of runs of the process, also of runs that have ended and are kept. */
  readers: ReaderRequest[];
}

/** A reader in another process. */
export interface ReaderRequest {
  id: string;
  runId: string;
  /** How many events the reader has read. Null for a reader that begins with a snapshot. 0 for an answer from its start. */
  after: number | null;
}

/** A run whose lease has expired, and whose lease this process has now. */
export interface TakenRow extends RunKey {
  threadId: string;
  createdAt: string;
  status: 'queued' | 'running';
  recovery: string | null;
  snapshot: string | null;
  /** The reason for which the run must end. */
  cancelled: CancelReason | null;
}

/** The outcome of {@link RunBackend.beat}. */
export interface BeatOutcome {
  /** The ids of the given runs that the process still holds. The lease of any other run is lost, or its run has ended. */
  held: string[];
  taken: TakenRow[];
  requests: Requests;
  /** The number of open runs of all other processes, by owner. Empty when it is not needed. */
  counts: { owner: string | null; runs: number }[];
}

/** An open run. */
export interface OpenRow extends RunRecord {
  instance: string;
  snapshot: string | null;
}

/** News for a process. Signals may be lost, because everything is found by polling as well. */
export type Signal =
  /** Others ask something of the runs of a process: {@link RunBackend.look}. */
  | { kind: 'look'; instance: string }
  /** A reader of a process has mail: {@link RunBackend.collect}. */
  | { kind: 'mail'; instance: string }
  /** A run has ended. */
  | { kind: 'end'; id: string };

/** Mail that a reader has collected. */
export interface Mail {
  reader: string;
  /** The batches, the oldest first. Opaque texts. */
  batches: string[];
}

/**
 * The records of runs in a database. Each method is one step for other processes, and one statement where the database
 * has statements. Only the clock of the database counts. A method that rejects may or may not have taken effect.
 */
export interface RunBackend {
  /** Names the registry in errors and logs. */
  readonly name: string;
  /**
   * Begins a run. Of two calls for one thread the later call sees the earlier run. A run of the thread with the same
   * `key`, which is open or kept, is joined before the rule is looked at. A replaced run is an open run that answers the same message, unless the policy
   * is `refuse`, and any open run with the policy `replace`. Sends `look` to the processes of the replaced runs.
   */
  begin(run: RunRow, rule: BeginRule): Promise<BeginOutcome>;
  /**
   * Ends a run that the key holds, and sends `end`. Keeps the row for `keepMs`, without its recovery and its snapshot, or
   * deletes the row. Does nothing for an old token.
   */
  end(key: RunKey, keepMs: number): Promise<void>;
  /**
   * Renews the leases of all runs of a process, also of those that have expired and were not taken over. Stores
   * snapshots. Takes over runs of any process whose lease has expired, which are not among the given runs: each with a
   * greater token, for one caller only. Deletes rows that were kept long enough, and readers that do not collect.
   */
  beat(beat: Beat): Promise<BeatOutcome>;
  /** Returns what others ask of a process, and which of the watched runs are still open. */
  look(query: { instance: string; watched: string[] }): Promise<{ requests: Requests; open: string[] }>;
  /** Returns the open runs of a thread, the oldest first. */
  list(threadId: string): Promise<OpenRow[]>;
  /** Returns a run that is open or kept. */
  find(runId: string): Promise<RunRecord | undefined>;
  /** Asks open runs to end, and sends `look` to their processes. `marked`: the runs that nobody had asked before. */
  cancel(runIds: string[], reason: CancelReason): Promise<{ open: string[]; marked: string[] }>;
  /** Returns the open runs of an owner. */
  openOf(owner: string): Promise<string[]>;
  /** Deletes the rows of the runs of an owner that have ended. */
  forgetOwner(owner: string): Promise<void>;
  /** Deletes the rows of the runs of a process that have ended, and its readers. */
  leave(instance: string): Promise<void>;
  /**
   * Adds a reader to a run that is open or kept, and sends `look` to the process of the run. Resolves with false when
   * there is no such run. The reader is deleted with its run, and when it was not collected for `ttlMs`.
   */
  openReader(reader: ReaderRequest & { instance: string; ttlMs: number }): Promise<boolean>;
  /** Takes the mail of readers. A reader that does not exist any more is left out. */
  collect(readers: string[], ttlMs: number): Promise<Mail[]>;
  /**
   * Adds a batch to the mail of each reader, and sends `mail`. An empty batch is not added. Returns the number of batches
   * that wait, for each reader that still exists.
   */
  deliver(mail: { reader: string; batch: string }[]): Promise<{ reader: string; waiting: number }[]>;
  closeReaders(readers: string[]): Promise<void>;
  /**
   * Does the writes of a run. A store in the same database makes each statement conditional on the lease: it rejects, and
   * writes nothing, when the token is old. Other stores are not affected.
   */
  fence<Result>(key: RunKey, write: () => Promise<Result>): Promise<Result>;
  /** Returns true for the error of a statement that {@link fence} has refused. */
  isFenced(error: unknown): boolean;
  /**
   * Receives signals. Resolves with a function that ends this, and with undefined where there are none.
   * @param lost Called once when signals have stopped arriving.
   */
  listen(receive: (signal: Signal) => void, lost: () => void): Promise<(() => Promise<void>) | undefined>;
}
