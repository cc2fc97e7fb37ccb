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
  ThreadItem,
  UserMessageItem,
  WidgetItem,
} from './protocol';
import type { ItemIdType } from './stores/ids';
import type { Store } from './stores/store';

/**
 * Gives hooks access to the bytes of the owner's attachments. Each method rejects with ChatKitError `not_implemented`
 * when there is no `attachmentStore`, and with NotFoundError when the bytes do not exist.
 */
export interface TurnAttachments {
  /** Returns the bytes as a stream. Destroy the stream when you stop early. */
  read(attachment: Attachment): Promise<Readable>;
  /**
   * Returns all bytes as a data URL, `data:image/png;base64,…`.
   * @throws ChatKitError `too_large` above `uploads.maxDataUrlBytes`.
   */
  toDataUrl(attachment: Attachment): Promise<string>;
  /**
   * Returns a signed URL, from which anybody can read the attachment until the URL expires. The URL leads to the
   * storage service if the attachment store makes such URLs, and otherwise to this server.
   * @param options.expiresInMs In milliseconds. Default `uploads.expiresInMs`.
   * @throws ChatKitError `not_implemented` when the server does not know its own URL. Set `uploads.publicUrl`.
   */
  toUrl(attachment: Attachment, options?: { expiresInMs?: number | undefined }): Promise<string>;
}

/**
 * The tokens of one call of a model. A count that is missing or null is not known. The counts of a call include each other:
 * `cachedInputTokens` and `cacheWriteTokens` are part of `inputTokens`, and `reasoningTokens` are part of `outputTokens`.
 */
export interface ModelUsage {
  /** The provider, by its name in OpenTelemetry's `gen_ai.provider.name`, such as `openai` or `anthropic`. */
  provider?: string | null | undefined;
  /** The model that answered, as the provider names it. */
  model?: string | null | undefined;
  inputTokens?: number | null | undefined;
  outputTokens?: number | null | undefined;
  /** The tokens that were read from the provider's cache. */
  cachedInputTokens?: number | null | undefined;
  /** The tokens that were written to the provider's cache. */
  cacheWriteTokens?: number | null | undefined;
  /** The tokens that the model spent on reasoning. */
  reasoningTokens?: number | null | undefined;
}

/** The argument of every streaming hook. */
export interface Turn<TContext> {
  /**
   * This run's own copy of the thread. Changing `title`, `status`, `metadata` or `allowed_image_domains` saves the
   * thread and sends `thread.updated` right after the next event, or at the end of the stream.
   */
  thread: Thread;
  /** The context that the `context` option made from the request. */
  context: TContext;
  /** The store. During a retry it does not return the items that are being replaced. */
  store: Store<TContext>;
  /** Aborted when the run ends early: see {@link CancelReason}. Pass it to the model's client. */
  readonly signal: AbortSignal;
  /** Returns a new id from the store for an item of this thread. */
  generateId: (type: ItemIdType) => string;
  /** Reads the attachments of messages, and converts them for a model. */
  attachments: TurnAttachments;
  /**
   * Records a value from which `resume` can continue this answer in another process, such as the id of a response and the
   * number of its last event. Belongs to everything that the hook has yielded before the call. Stored with the next
   * snapshot. Needs a registry that several processes share, and does nothing with others.
   * @throws TypeError for a value that is not JSON. RangeError for more than 64 KiB of JSON.
   */
  checkpoint: (value: unknown) => void;
  /** The logger of the request. Helpers that take a turn write their warnings to it. */
  logger: Logger;
  /**
   * Reports the tokens of one call of a model to the option `observer`. The adapters call it. Call it for models that you
   * call yourself, once for each call: the run adds up the counts. Never throws. A count that is not a whole number from 0
   * on is left out, with a warning.
   */
  usage: (usage: ModelUsage) => void;
}

/** The argument of `respond`. */
export interface RespondTurn<TContext> extends Turn<TContext> {
  /** The user's message. Null when the client completed items instead. */
  input: UserMessageItem | null;
  /**
   * The items that the client has completed: all client tool calls of the previous turn with their outputs, in the
   * order of the calls, or one structured input with its answers. Empty when `input` is not null.
   */
  completed: (ClientToolCallItem | StructuredInputItem)[];
}

/** The argument of `resume`. The run continues in another process than the one that has begun it. */
export interface ResumeTurn<TContext> extends Turn<TContext> {
  /** The message that the run answers. Null for the result of a client tool, a form, or an action. */
  input: UserMessageItem | null;
  /**
   * The items that were begun and are not stored, as they were at the last checkpoint. Updates of the hook continue them.
   * An item that the hook does not finish is stored as it is.
   */
  pending: ThreadItem[];
  /** The last value of `turn.checkpoint`. Undefined when nothing was recorded. */
  checkpointed: unknown;
}

/**
 * The argument of `action` and `syncAction`. `sender` is the widget of the action. Null for an action of the page
 * itself.
 */
export interface ActionTurn<TContext> extends Turn<TContext> {
  /** Not validated. Check the payload before using it. */
  action: Action;
  sender: WidgetItem | null;
}

/** The events that a streaming hook returns. Each event is checked before it is stored and sent. */
export type HookEvents = AsyncIterable<HookEventInput>;

/** A voice recording. */
export interface Audio {
  data: Uint8Array;
  /** The type that the client sent, such as `audio/webm;codecs=opus`. */
  mimeType: string;
  /** The type without parameters, in lower case, such as `audio/webm`. */
  mediaType: string;
}

/**
 * Why a run ended early.
 * - `stopped`: the user pressed Stop in a page that reports it, or the thread was deleted.
 * - `disconnected`: the client's connection closed. Without page code, Stop and a reload look the same.
 * - `closed`: the server was closed.
 * - `failed`: the hook threw.
 * - `timeout`: the run took longer than `limits.maxRunMs`, `limits.firstEventMs` or `limits.idleMs` allows.
 * - `replaced`: another request of the thread took its place.
 * - `lost`: the process has lost the right to make the answer.
 */
export type CancelReason = 'stopped' | 'disconnected' | 'closed' | 'failed' | 'timeout' | 'replaced' | 'lost';
