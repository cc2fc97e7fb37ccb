// The options of chatkitMiddleware: adapters, hooks and limits, their defaults, and the checks at construction.
import type { Request, Response } from 'express';
import type { AttachmentStore } from './attachments/attachment-store';
import { checkCors, type CorsOptions } from './cors-options';
import { ChatKitError } from './errors';
import type { Logger } from './logger';
import { checkObserver } from './safe-observer';
import { resolveLogger, type ResolvedLogger } from './request-logger';
import type { Observer } from './observer';
import type { ActionTurn, Audio, CancelReason, RespondTurn, ResumeTurn } from './hooks';
import type {
  ChatKitRequest,
  FeedbackKind,
  HookEventInput,
  StreamOptions,
  Thread,
  ThreadItem,
  ThreadItemInput,
} from './protocol';
import { type ResolvedRuns, resolveRuns, type RunLimits, type RunOptions } from './runs/options';
import { missingMethods, requiredMethods } from './stores/checked-store';
import type { Store } from './stores/store';
import { type ActionHandlers, type ActionMap, handledTwice } from './widgets/actions';
import { type ResolvedUploads, resolveUploads, type UploadOptions } from './uploads/options';
import { attachmentStoreFault } from './uploads/state';

/**
 * Options of {@link chatkitMiddleware}. `TContext` is the type of the per-request context, which TypeScript infers from
 * the `context` option. That option is required where the context has keys that a store or a hook needs. `Payloads` are
 * the types of the payloads of `actions`, which TypeScript infers where the options are written in the call.
 */
export type ChatKitOptions<TContext = unknown, Payloads = Record<string, unknown>> = BaseOptions<TContext, Payloads> &
  ContextOption<TContext>;

/** Requires the option `context`, unless the default context `{}` is enough. */
export type ContextOption<Needed> = object extends Needed ? unknown : RequiredContext;
/** The option that makes the context which a store or a hook needs. */
export interface RequiredContext {
  context: object;
}

/** A request of the protocol, as the option `admit` receives it: `{ type, params, context }`. */
export type AdmitRequest<TContext> = ChatKitRequest & { context: TContext };

/** The options, of which `context` may be missing. */
export interface BaseOptions<
  TContext = unknown,
  Payloads = Record<string, unknown>,
  Event = HookEventInput,
  OfStore = TContext,
  OfFiles = TContext,
> {
  /** Keeps threads, items and the descriptions of attachments. */
  store: Store<OfStore>;
  /** Keeps the bytes of attachments. Without it, attachment requests answer 501. */
  attachmentStore?: AttachmentStore<OfFiles> | undefined;
  /** Limits of files, their signed URLs, and the removal of unsent files. */
  uploads?: UploadOptions | undefined;
  /** Answers the user: an async generator of events. */
  respond(turn: RespondTurn<TContext>): AsyncIterable<HookEventInput | Event>;
  /**
   * The handlers of actions by their type, each with a schema for its payload: see {@link defineAction}. A payload is
   * checked once. An action with a bad payload is refused with `invalid_request` before anything is sent, and so is an
   * action of an unknown type, unless there is an `action` or `syncAction` hook, which receives the other types.
   */
  actions?: ActionHandlers<TContext, Payloads> | undefined;
  /**
   * Continues an answer whose process has died, in another process: see docs/runs.md. Needs a registry that several
   * processes share. Without it the text so far is stored, with a hidden note for the model.
   */
  resume?(turn: ResumeTurn<TContext>): AsyncIterable<HookEventInput | Event>;
  /**
   * Answers a widget's action with a stream. Without it an action ends in an `error` event, and the log names the
   * option.
   */
  action?(turn: ActionTurn<TContext>): AsyncIterable<HookEventInput | Event>;
  /**
   * Answers an action of a button with `streaming: false`. The `updated_item` it returns replaces the stored item and
   * the one on the page. Without it such an action answers 501.
   */
  syncAction?(
    turn: ActionTurn<TContext>,
  ):
    | Promise<{ updated_item?: ThreadItemInput | null | undefined } | void>
    | { updated_item?: ThreadItemInput | null | undefined }
    | void;
  /** Receives a thumb up or down for the items of a turn. Without it feedback is accepted and dropped. */
  addFeedback?(feedback: {
    threadId: string;
    itemIds: string[];
    kind: FeedbackKind;
    context: TContext;
  }): Promise<void> | void;
  /** Transcribes dictation. Without it dictation answers 501. */
  transcribe?(request: { audio: Audio; context: TContext }): Promise<{ text: string }> | { text: string };
  /** Called once for each stream. Default: `{ allow_cancel: true }`. */
  getStreamOptions?(request: { thread: Thread; context: TContext }): Promise<StreamOptions> | StreamOptions;
  /**
   * Stores the partial answer of a run that ended early. `pendingItems` were added but are not done. Default: stores
   * assistant messages with text, widgets, and workflows with at least one task, and a hidden note that tells the model
   * that the answer was cut off.
   */
  handleStreamCancelled?(cancelled: {
    thread: Thread;
    pendingItems: ThreadItem[];
    context: TContext;
    store: Store<TContext>;
    reason: CancelReason;
  }): Promise<void> | void;
  /**
   * Makes the context of a request, such as its user. Called before the body is read. Throw ChatKitError
   * (`unauthorized`, `forbidden`) to refuse the request. Default: `{}`.
   */
  context?(request: Request, response: Response): Promise<TContext> | TContext;
  /**
   * Admits a request of the protocol. Called after the request was parsed and before anything is written, for each request
   * that is answered with JSON or begins a run. The repetition of a request that takes over its run is not asked for again.
   * A file that is sent as a form is an `attachments.create` whose `size` is an upper bound, and a recording that is sent
   * as a form is an `input.transcribe` with an empty `audio_base64`.
   * Throw ChatKitError to refuse the request, such as `too_many_requests` with `retryAfterMs`. Default: all are admitted.
   */
  admit?(request: AdmitRequest<TContext>): Promise<void> | void;
  /** When a run outlives its connection, and what a request does while its thread is being answered. */
  runs?: RunOptions | undefined;
  /** How many runs can be open, and how long they may take. */
  limits?: RunLimits | undefined;
  /** `false` for no CORS headers, or the options of the `cors` package. Default: any origin, without credentials. */
  cors?: false | CorsOptions | undefined;
  /**
   * Checks the readiness of the server, in place of the store's `ping`. Resolves when the server is ready, and throws
   * or rejects when it is not. Called for `GET` on the mount path, at most once a second. Times out after two seconds.
   */
  health?(): Promise<void> | void;
  /**
   * The response to the official page for a message that is refused with 400, 401, 403, 404, 409, 413 or 415. `stream`:
   * a stream with one `error` event, so that the page shows the reason to the user. `status`: the HTTP status, for
   * which the page shows nothing. Other clients always get the status. Default `stream`.
   */
  refusals?: 'stream' | 'status' | undefined;
  /**
   * Decides whether the user can write in a thread whose `status` is `locked` or `closed`. `refuse`: messages, retries
   * and actions are refused with `forbidden` and the reason of the status. The client can still complete the client tool
   * calls and forms of the newest turn, so that a turn that locks its thread can end. `allow`: only the page uses the
   * status. Default `refuse`.
   */
  lockedThreads?: 'refuse' | 'allow' | undefined;
  /**
   * Adds the log entry of a failure, as `log`, to the `error` event of a stream, for requests from this computer only: see
   * docs/options.md. Refused when `NODE_ENV` is `production`. Default false.
   */
  exposeErrors?: boolean | undefined;
  /**
   * The logger, or a function that returns the logger of a request, such as `(request) => request.log` of pino-http. Default:
   * warnings and errors on the console. An error that the logger throws is reported on the console. A function is also
   * called once without a request: the logger that it returns then writes the lines that belong to no request, and the
   * console writes them if it returns none or throws.
   */
  logger?: Logger | ((request: Request) => Logger) | undefined;
  /** Observes requests and runs, for metrics, traces and error trackers: see docs/observability.md. Default: none. */
  observer?: Observer | undefined;
  /** The largest request body, in bytes. Default 1 MiB. */
  maxBodyBytes?: number | undefined;
  /** The largest dictation, in bytes of audio. Default 25 MiB. Has no effect without `transcribe`. */
  maxAudioBytes?: number | undefined;
  /**
   * The time after which an idle stream sends a comment, so that proxies keep it open, in milliseconds. Default 15,000.
   */
  heartbeatMs?: number | undefined;
  /** The number of events that may wait for a slow reader before the hook is paused. Default 512. */
  maxQueuedEvents?: number | undefined;
  /** The size of the events that may wait for a slow reader before the hook is paused, in bytes. Default 1 MiB. */
  maxQueuedBytes?: number | undefined;
}

/** The options with their defaults filled in. */
export type ResolvedOptions<TContext> = Omit<BaseOptions<TContext>, 'uploads' | 'runs' | 'limits' | 'logger'> &
  Required<
    Pick<
      BaseOptions<TContext>,
      | 'refusals'
      | 'lockedThreads'
      | 'maxBodyBytes'
      | 'maxAudioBytes'
      | 'heartbeatMs'
      | 'maxQueuedEvents'
      | 'maxQueuedBytes'
    >
  > &
  ResolvedLogger<Request> & { uploads: ResolvedUploads; runs: ResolvedRuns };

/** The longest timer of Node, in milliseconds. Node shortens a longer timer to one millisecond. */
const longestTimerMs = 2 ** 31 - 1;

const defaults = {
  maxBodyBytes: 1024 * 1024,
  maxAudioBytes: 25 * 1024 * 1024,
  heartbeatMs: 15_000,
  maxQueuedEvents: 512,
  maxQueuedBytes: 1024 * 1024,
};
const hooks = [
  'respond',
  'action',
  'syncAction',
  'resume',
  'addFeedback',
  'transcribe',
  'getStreamOptions',
  'handleStreamCancelled',
  'context',
  'admit',
  'health',
] as const;
const known = new Set<string>([
  ...hooks,
  ...Object.keys(defaults),
  'store',
  'actions',
  'attachmentStore',
  'uploads',
  'cors',
  'logger',
  'observer',
  'refusals',
  'runs',
  'limits',
  'lockedThreads',
  'exposeErrors',
]);

/**
 * Checks the options and fills in defaults.
 * @throws ChatKitError `invalid_request` that names the option that is missing, misspelt or invalid.
 */
export function resolveOptions<TContext>(options: BaseOptions<TContext>): ResolvedOptions<TContext> {
  const refuse = (what: string): never => {
    throw new ChatKitError('invalid_request', `chatkitMiddleware: ${what}. See docs/options.md`);
  };
  if (typeof options !== 'object' || options === null) return refuse('give it an object of options');
  const given = options as unknown as Record<string, unknown>;
  for (const key of Object.keys(given)) if (!known.has(key)) refuse(`there is no option \`${key}\``);
  const missing = missingMethods(options.store);
  if (missing.length === requiredMethods.length) refuse('`store` must be a Store, such as `new MemoryStore()`');
  if (missing.length > 0)
    refuse(
      `\`store\` does not have the method${missing.length > 1 ? 's' : ''} ${missing.join(', ')}. See docs/writing-a-store.md`,
    );
  if (typeof options.respond !== 'function') refuse('`respond` must be a function that returns events');
  for (const hook of hooks) {
    if (given[hook] !== undefined && typeof given[hook] !== 'function') refuse(`\`${hook}\` must be a function`);
  }
  checkGenerators(given, refuse);
  checkActions(options, refuse);
  for (const key of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const value = options[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      refuse(`\`${key}\` must be a whole number above 0`);
    }
  }
  if ((options.heartbeatMs ?? 0) > longestTimerMs) refuse(`\`heartbeatMs\` must be at most ${longestTimerMs}`);
  const fault = options.attachmentStore === undefined ? undefined : attachmentStoreFault(options.attachmentStore);
  if (fault !== undefined) refuse(fault);
  const { logger, loggerOf } = resolveLogger(options.logger, refuse);
  checkObserver(options.observer, refuse);
  checkCors(options.cors, refuse);
  checkChoice('refusals', options.refusals, ['stream', 'status'], refuse);
  checkChoice('lockedThreads', options.lockedThreads, ['refuse', 'allow'], refuse);
  checkExposeErrors(options.exposeErrors, refuse);
  const runs = resolveRuns(options, refuse);
  const uploads = resolveUploads(options.uploads, refuse);
  if (options.attachmentStore && !uploads.hasOwnSecret) {
    logger.debug(
      {},
      'URLs of files are signed with a random secret: set `uploads.secret` where several processes serve',
    );
  }
  return {
    ...defaults,
    refusals: 'stream',
    lockedThreads: 'refuse',
    ...withoutUndefined(options),
    ...inheritedHooks(options),
    logger,
    loggerOf,
    uploads,
    runs,
  };
}

/**
 * Returns the hooks that the options inherit, bound to the options, because the options may be an instance of a class.
 */
function inheritedHooks<TContext>(options: BaseOptions<TContext>): Pick<BaseOptions<TContext>, (typeof hooks)[number]> {
  const given = options as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;
  const bound = hooks.flatMap((hook) =>
    given[hook] && !Object.hasOwn(options, hook) ? [[hook, given[hook].bind(options)]] : [],
  );
  return Object.fromEntries(bound) as Pick<BaseOptions<TContext>, (typeof hooks)[number]>;
}

/** The hooks that return events. Nothing would run the generator of another hook. */
const streaming = new Set<string>(['respond', 'action', 'resume']);

function checkGenerators(given: Record<string, unknown>, refuse: (what: string) => never): void {
  for (const hook of hooks) {
    if (streaming.has(hook) || !/Generator/.test(Object.prototype.toString.call(given[hook]))) continue;
    refuse(`\`${hook}\` must not be a generator, because its code would never run: write it without the star`);
  }
}

function checkActions(options: object, refuse: (what: string) => never): void {
  const { actions, ...hooks } = options as { actions?: unknown; action?: unknown; syncAction?: unknown };
  if (actions === undefined) return;
  if (typeof actions !== 'object' || actions === null || Array.isArray(actions))
    return refuse('`actions` must be an object of handlers');
  for (const [type, handler] of Object.entries(actions) as [string, Partial<ActionMap<unknown>[string]> | null][]) {
    if (typeof handler?.handle !== 'function') refuse(`\`actions\` has no function \`handle\` for "${type}"`);
    if (handler?.payload !== undefined && typeof handler.payload.safeParseAsync !== 'function') {
      refuse(`\`actions\` has a payload for "${type}" that is not a zod schema`);
    }
  }
  for (const name of ['action', 'syncAction'] as const) {
    const [twice] = handledTwice(hooks[name], actions);
    if (twice !== undefined) refuse(`\`actions\` and \`${name}\` both handle "${twice}"`);
  }
}

function checkChoice(
  name: string,
  given: unknown,
  [first, second]: readonly [string, string],
  refuse: (what: string) => never,
): void {
  if (given !== undefined && given !== first && given !== second) {
    refuse(`\`${name}\` must be '${first}' or '${second}'`);
  }
}

function checkExposeErrors(given: unknown, refuse: (what: string) => never): void {
  if (given !== undefined && typeof given !== 'boolean') refuse('`exposeErrors` must be true or false');
  if (given === true && process.env['NODE_ENV'] === 'production') {
    refuse('`exposeErrors` must be false when NODE_ENV is production, because errors may hold private data');
  }
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, given]) => given !== undefined)) as T;
}
