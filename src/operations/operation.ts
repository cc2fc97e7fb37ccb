// What an operation is: a function from a request's checked parameters to a JSON value or to the plan of a run.
import type { Draft } from '../attempts';
import type { RunPlan } from '../events/run';
import type { TurnAttachments } from '../hooks';
import type { ResolvedOptions } from '../options';
import type { Attachment, RequestParams, RequestType } from '../protocol';
import type { ShowAttachment } from '../protocol/client-view';
import type { Store } from '../stores/store';

/** What an operation works with. */
export interface Scope<TContext> {
  /** The options. Every result of their `store` is checked. */
  options: ResolvedOptions<TContext>;
  /** The store that hooks are given: the application's own, with the methods that it lacks. */
  hookStore: Store<TContext>;
  context: TContext;
  /** Where this request reached the middleware, without a slash at the end. Undefined where there is no HTTP. */
  baseUrl?: string | undefined;
  /** What this client sees of an attachment. */
  show: ShowAttachment;
  /** Call it before {@link show} with the attachments to show. Never rejects. */
  prepare: (attachments: readonly Attachment[]) => Promise<void>;
  /** For the hooks of this request. */
  attachments: TurnAttachments;
  /** The ids and the time of what the request stores, kept for its repetition. Empty at first. */
  draft?: Draft;
  /** Aborted when the client leaves before it has its answer. Undefined where nothing can report that. */
  signal?: AbortSignal | undefined;
  /** The same for a request and its repetitions. Undefined where nothing tells a repetition from a new request. */
  idempotencyKey?: string | undefined;
}

/** Answers with a JSON value. Refuses by throwing ChatKitError. */
export type JsonOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: Scope<TContext>,
) => Promise<unknown>;

/**
 * Answers with a stream. Everything that can be refused is refused here, by throwing ChatKitError. At most one write
 * may be made here, as the last thing: when it fails, nothing is stored and the client may safely post again. What
 * comes before it, attachments that are tied to the thread, is undone then.
 */
export type StreamOperation<Type extends RequestType> = <TContext>(
  params: RequestParams<Type>,
  scope: Scope<TContext>,
) => Promise<RunPlan<TContext>>;
