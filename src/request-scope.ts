// What the parts of the server share while they serve one request.
import type { TurnAttachments } from './hooks';
import type { ResolvedOptions } from './options';
import type { ShowAttachment } from './protocol/client-view';
import type { Store } from './stores/store';

/** One request: who sends it, and what serves it. A function that needs less takes a `Pick` of it. */
export interface RequestScope<TContext> {
  /** The options. Every result of their `store` is checked. */
  options: ResolvedOptions<TContext>;
  /** The store that hooks are given: the application's own, with the methods that it lacks. */
  hookStore: Store<TContext>;
  context: TContext;
  /** Where this request reached the middleware, without a slash at the end. Undefined where there is no HTTP. */
  baseUrl?: string | undefined;
  /** Returns an attachment as this client sees it. */
  show: ShowAttachment;
  /** For the hooks of this request. */
  attachments: TurnAttachments;
  /** Aborted when the client leaves before it has its answer. Undefined where nothing can report that. */
  signal?: AbortSignal | undefined;
  /** The same for a request and its repetitions. Undefined where nothing tells a repetition from a new request. */
  idempotencyKey?: string | undefined;
}
