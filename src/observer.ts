// The option `observer`: reports requests and runs to metrics, traces and error trackers.
import type { CancelReason, ModelUsage } from './hooks';

/** A request, as an observer sees it. The same object is passed for the same request. */
export interface ObservedRequest {
  /** The id of the request, which is also in the log and in the header `x-request-id` of the response. */
  readonly id: string;
  /**
   * The type of the request, such as `threads.create`, or `upload`, `attachment`, `transcribe`, `runs` or `stop`. `request`
   * for a request that was refused before its type was read.
   */
  readonly operation: string;
}

/** How a request has ended. */
export interface RequestEnd {
  /** `refused`: the client was told what is wrong with its request. `failed`: the server, its store or a hook has failed. */
  outcome: 'answered' | 'refused' | 'failed';
  /** From the arrival of the request to its answer, or to the beginning of its stream. */
  durationMs: number;
  /** The code of the error for the client, such as `not_found`. Undefined for a request that was answered. */
  code?: string;
  /** The value that was thrown. Undefined for a request that was answered. */
  error?: unknown;
}

/** A run, as an observer sees it. The same object is passed for the same run. */
export interface ObservedRun {
  readonly id: string;
  readonly threadId: string;
  /** The request that has begun the run. */
  readonly request: ObservedRequest;
  /** The hook that answers: `respond` or `action`. */
  readonly hook: string;
}

/**
 * How a run has ended: `completed`, `refused` when the hook has refused its request before its first event, or the reason
 * for which it ended early.
 */
export type RunOutcome = 'completed' | 'refused' | CancelReason;

/** The tokens of all calls of models in one run. A count that no call has reported is missing. */
export type UsageTotal = Partial<
  Record<'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens', number>
>;

/** The end of a run. */
export interface RunEnd {
  outcome: RunOutcome;
  durationMs: number;
  /** From the beginning of the run to the first event of its hook. Undefined for a hook without events. */
  firstEventMs?: number;
  /** The number of items that were stored. */
  items: number;
  usage: UsageTotal;
  /** The value that the hook has thrown, for the outcomes `failed` and `refused`. */
  error?: unknown;
}

/** Describes an error. No field holds what users or models have said. */
export interface ErrorDetails {
  /** The message of the log line that reports the same error. */
  message: string;
  request?: ObservedRequest;
  run?: ObservedRun;
}

/**
 * Observes requests and runs. Each method is optional. None is awaited, and an error that a method throws is only logged,
 * so that an observer cannot break a run.
 *
 * Calls arrive in the async context of the request. The order for a request is `requestStarted`, `requestEnded`, and for a
 * run `runStarted`, then `firstEvent`, `itemStored` and `usage`, then `runEnded`.
 */
export interface Observer {
  /** Called when the type of a request is known. Not called for a request that was refused before. */
  requestStarted?(request: ObservedRequest): void;
  /** Called once for each request, when it is answered or its stream begins. */
  requestEnded?(request: ObservedRequest, end: RequestEnd): void;
  /** Called when a run begins, before its hook is called. */
  runStarted?(run: ObservedRun): void;
  /** Called when the hook has yielded its first event. */
  firstEvent?(run: ObservedRun): void;
  /** Called when an item of the answer was stored. */
  itemStored?(run: ObservedRun, item: { id: string; type: string }): void;
  /** Called for each call of a model that was reported with `turn.usage`. */
  usage?(run: ObservedRun, usage: ModelUsage): void;
  /** Called once for each run that has begun, when all that is kept of it is stored. */
  runEnded?(run: ObservedRun, end: RunEnd): void;
  /**
   * Called once for each failure that the application did not intend: an error of a hook, of `context`, of a store. Not
   * called for ChatKitError, StreamError and CustomStreamError, with which an application informs its clients.
   */
  error?(error: unknown, details: ErrorDetails): void;
  /**
   * Calls `step`, a step of the run's hook, and returns its result. For tracers, which make the span of the run the
   * active one meanwhile.
   */
  inRun?<T>(run: ObservedRun, step: () => T): T;
}
