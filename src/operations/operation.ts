// What an operation is: a function from a request's checked parameters to a JSON value or to the plan of a run.
import type { Draft } from '../attempts';
import type { RunPlan } from '../runs/run';
import type { RequestParams, RequestType } from '../protocol';
import type { RequestScope } from '../request-scope';

/** What an operation works with. */
export interface OperationScope<TContext> extends RequestScope<TContext> {
  /** The ids and the time of what the request stores, kept for its repetition. Empty at first. */
  draft?: Draft;
}

/** Answers with a JSON value. Refuses by throwing ChatKitError. */
export type JsonOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: OperationScope<TContext>,
) => Promise<unknown>;

/**
 * Answers with a stream. Everything that can be refused is refused here, by throwing ChatKitError. At most one write
 * may be made here, as the last thing: when it fails, nothing is stored and the client may safely post again. What
 * comes before it, attachments that are attached to the thread, is undone then.
 */
export type StreamOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: OperationScope<TContext>,
) => Promise<RunPlan<TContext>>;
