// Defines an operation: a function from the validated parameters of a request to a JSON value or to the plan of a run.
import type { Draft } from '../attempts';
import type { RunPlan } from '../runs/plan';
import type { RequestParams, RequestType } from '../protocol';
import type { RequestLease } from '../runs/request-lease';
import type { RequestScope } from '../request-scope';

/** The request that an operation serves. */
export interface OperationScope<TContext> extends RequestScope<TContext> {
  /** The ids and the time of the rows that the request stores, for its repetition. Empty at first. */
  draft?: Draft;
  /** Begins the run of the request. */
  readonly lease: RequestLease;
  /** The audio of a dictation, where the transport has decoded it. `params.audio_base64` may be empty then. */
  audio?: Buffer | undefined;
}

/** Answers with a JSON value. Refuses by throwing ChatKitError. */
export type JsonOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: OperationScope<TContext>,
) => Promise<unknown>;

/**
 * Answers with a stream. The operation refuses a request by throwing ChatKitError. It makes at most one write, as its
 * last step: when the write fails, nothing is stored and the client may post the request again. Attachments that were
 * attached to the thread before the write are detached then.
 */
export type StreamOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: OperationScope<TContext>,
) => Promise<RunPlan<TContext>>;
