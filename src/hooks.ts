// The types of hooks: the arguments that the application's functions receive, and the values they return.
import type { Readable } from 'node:stream';
import type { Logger } from './logger';
import type {
  Action,
  Attachment,
  ClientToolCallItem,
  HookEventInput,
  StructuredInputItem,
  Thread,
  UserMessageItem,
  WidgetItem,
} from './protocol';
import type { ItemIdType } from './stores/ids';
import type { Store } from './stores/store';

/**
 * The bytes of attachments, for hooks: those of the request's owner. Each method rejects with ChatKitError
 * `not_implemented` where there is no `attachmentStore`, and with NotFoundError where the bytes are not there.
 */
export interface TurnAttachments {
  /** The bytes, as a stream. Destroy it when you stop early. */
  read(attachment: Attachment): Promise<Readable>;
  /**
   * All of it in one text, `data:image/png;base64,…`.
   * @throws ChatKitError `too_large` above `uploads.maxDataUrlBytes`.
   */
  toDataUrl(attachment: Attachment): Promise<string>;
  /**
   * A URL that anybody can read it from, until it expires: of the storage service where that has such URLs, else of this
   * server.
   * @param options.expiresInMs In milliseconds. Default `uploads.expiresInMs`.
   * @throws ChatKitError `not_implemented` where the server does not know its own URL: set `uploads.publicUrl`.
   */
  toUrl(attachment: Attachment, options?: { expiresInMs?: number | undefined }): Promise<string>;
}

/** What every streaming hook is given. */
export interface Turn<TContext> {
  /**
   * The thread, this run's own copy. Changing `title`, `status`, `metadata` or `allowed_image_domains` saves the
   * thread and sends `thread.updated` right after the next event, or at the end of the stream.
   */
  thread: Thread;
  /** What the `context` option made of the request. */
  context: TContext;
  /** The store. During a retry the items that are being replaced are not in it. */
  store: Store<TContext>;
  /** Aborted when the run is cancelled: the user pressed Stop or left, or the server closes. Give it to the model's client. */
  readonly signal: AbortSignal;
  /** A fresh id from the store for an item of this thread. */
  generateId: (type: ItemIdType) => string;
  /** Reads the attachments of messages, and makes of them what a model takes. */
  attachments: TurnAttachments;
  /** The logger of the options. Helpers that take a turn write their warnings to it. */
  logger: Logger;
}

/** `respond`'s argument. */
export interface RespondTurn<TContext> extends Turn<TContext> {
  /** What the user said; null when the client completed something instead. */
  input: UserMessageItem | null;
  /**
   * The items that the client has completed: all client tool calls of the turn before, with their outputs, in the order
   * of the calls, or one structured input with its answers. Empty when there is `input`.
   */
  completed: (ClientToolCallItem | StructuredInputItem)[];
}

/** `action`'s and `syncAction`'s argument. `sender` is the widget the action came from, null for one from the page itself. */
export interface ActionTurn<TContext> extends Turn<TContext> {
  /** Comes from the client as it is: check the payload before using it. */
  action: Action;
  sender: WidgetItem | null;
}

/** What a streaming hook returns: events, checked one by one before they are stored and sent. */
export type HookEvents = AsyncIterable<HookEventInput>;

/** A voice recording. */
export interface Audio {
  data: Uint8Array;
  /** As the client named it: `audio/webm;codecs=opus`. */
  mimeType: string;
  /** Without parameters, in lower case: `audio/webm`. */
  mediaType: string;
}

/** Why a run was cancelled: its client went away (Stop and a refresh look the same), or `close()` was called. */
export type CancelReason = 'disconnected' | 'closed' | 'failed';
