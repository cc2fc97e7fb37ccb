// What an operation is: a function from a request's checked parameters to a JSON value or to the plan of a run.
import type { RunPlan } from '../events/run';
import type { ResolvedOptions } from '../options';
import type { RequestParams, RequestType } from '../protocol';

/** What an operation works with. */
export interface Scope<TContext> {
  options: ResolvedOptions<TContext>;
  context: TContext;
}

/** Answers with a JSON value. Refuses by throwing ChatKitError. */
export type JsonOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: Scope<TContext>,
) => Promise<unknown>;

/**
 * Answers with a stream. Everything that can be refused is refused here, by throwing ChatKitError. At most one write
 * may be made here, as the last thing: when it fails, nothing is stored and the client may safely post again.
 */
export type StreamOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: Scope<TContext>,
) => Promise<RunPlan<TContext>>;
