// The data that the parts of the server share while they serve one request.
import type { TurnAttachments } from './hooks';
import type { ResolvedOptions } from './options';
import type { Attachment } from './protocol';
import type { RequestObservation } from './request-observation';
import type { ShowAttachment } from './protocol/client-view';
import type { Store } from './stores/store';

/** One request: its context, and the options and stores that serve it. A function that needs less takes a `Pick`. */
export interface RequestScope<TContext> {
  /** The options. Every result of their `store` is checked, and their `logger` is the logger of the request. */
  options: ResolvedOptions<TContext>;
  /** The store for hooks: the application's own, completed by the methods that it lacks. */
  hookStore: Store<TContext>;
  context: TContext;
  /** The request in the log, and for the observer. */
  observed: RequestObservation;
  /** The URL of the mount path, without a slash at the end. Undefined without HTTP. */
  baseUrl?: string | undefined;
  /** Returns an attachment as this client sees it. */
  show: ShowAttachment;
  /** Reads the previews of attachments that {@link show} puts into the answer. Call it first. Never rejects. */
  prepare: (attachments: readonly Attachment[]) => Promise<void>;
  /** The attachments, for the hooks of this request. */
  attachments: TurnAttachments;
  /** Aborted when the client disconnects before it has its answer. Undefined when the transport cannot report that. */
  signal?: AbortSignal | undefined;
  /** Throws when the client has disconnected. Costs less than the signal. */
  throwIfLeft(): void;
  /** The same for a request and its repetitions. Undefined for a request whose repetitions cannot be recognised. */
  idempotencyKey?: string | undefined;
}
