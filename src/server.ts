// The entry point for every request of a client: the protocol, files and dictation. It does not depend on HTTP.
import { LazyRequestScope, type RequestSource } from './lazy-request-scope';
import type { Logger } from './logger';
import type { ResolvedOptions } from './options';
import { requireAttachmentStore } from './operations/attachments';
import { transcribeForm } from './operations/dictation';
import {
  type AnnouncedUpload,
  type IncomingForm,
  openAttachment,
  type ReadableAttachment,
  receiveUpload,
  receiveForm,
} from './operations/files';
import { OwnerMistakes } from './operations/owner-mistakes';
import { operations } from './operations/registry';
import { listRuns, type RunFollowQuery, type RunListQuery, type RunPage, stopRuns } from './operations/runs';
import { refusalOf } from './operations/unreachable-store';
import type { Attachment, RequestType } from './protocol';
import { measureJson, requestBounds } from './protocol/bounds';
import { readinessCheck } from './readiness';
import { requestIdOf, RequestObservation } from './request-observation';
import { type Retention, retention } from './retention/retention';
import { type Answer, RequestAnswerer } from './request-answerer';
import type { EventStream } from './run-stream';
import { type CloseOptions, Shutdown } from './shutdown';
import { SafeObserver } from './safe-observer';
import { checkedStore, completeStore } from './stores/checked-store';
import { Sweeper } from './uploads/sweep';
import type { Label } from './work-in-progress';

export type { AnnouncedUpload, FormUse, IncomingForm, RawBody, ReadableAttachment } from './operations/files';
export type { RunFollowQuery, RunListQuery, RunPage } from './operations/runs';
export type { Answer } from './request-answerer';
export type { EventStream } from './run-stream';
export { logEntry, withLogEntry } from './runs/log-entry';
export type { RequestObservation } from './request-observation';
export type { CloseOptions } from './shutdown';
export type { IncomingFile } from './uploads/receive-upload';

export { Base64Decoder } from './operations/base64';
export { measureJson, requestBounds };

/** The sender of a request, as the transport knows it. */
export interface Caller<TContext> {
  /** Makes the context. Called once, before the body is read. Refuses the request by throwing. */
  context(): Promise<TContext> | TContext;
  /** Aborted when the client disconnects before it has its answer. Default: never aborted. */
  readonly signal?: AbortSignal;
  /**
   * False while the client is connected, where the transport knows that without the signal. Saves most requests the cost of
   * a signal. Default: the signal decides.
   */
  readonly hasLeft?: boolean | undefined;
  /**
   * The URL of the mount path, for URLs of files: `https://chat.example.com/chatkit`. `uploads.publicUrl` takes
   * precedence. Without both, each `preview_url` is `lazy`.
   */
  readonly baseUrl?: string | undefined;
  /**
   * Identifies the page that sends the request. The same request from the same page within a minute takes over an
   * answer that was never delivered. Default: repetitions are not recognised.
   */
  readonly frameId?: string | undefined;
  /**
   * The idempotency key. A request with the same key and body is processed once, however often it is posted and to
   * whichever process. The same key with another body is refused. Default: none.
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * True when the page reports Stop itself, with {@link ChatKitServer.stopRuns}. Its closed connection does not end the run,
   * its events are counted, and its repetition by `idempotencyKey` joins the run. Default false.
   */
  readonly runControl?: boolean | undefined;
  /**
   * The audio of a dictation, where the transport has decoded it while it arrived. It comes in place of
   * `params.audio_base64`, which may be empty then. Read after the body. Default: the server decodes the text.
   */
  readonly audio?: Buffer | undefined;
  /** The request in the log and for the observer, as {@link ChatKitServer.observe} returns it. Default: the server makes it. */
  readonly observed?: RequestObservation | undefined;
  /** True when the transport has checked the body with {@link measureJson}. Default false: the server checks it. */
  readonly isMeasured?: boolean;
}

/**
 * Handles every request of a client without HTTP: in tests, for other frameworks, and inside {@link chatkitMiddleware}.
 * docs/other-frameworks.md has an adapter for `node:http`.
 *
 * Each method rejects with ChatKitError for a refused request. Any other error is a failure of the store or of a hook.
 */
export interface ChatKitServer<TContext> extends Retention<TContext> {
  /**
   * Answers one request of the protocol whose context is known.
   * @param request The parsed JSON of the request: `{ type, params }`. It is not validated yet.
   * @param context Identifies the sender. The store and the hooks receive it unchanged.
   * @param at As in {@link Caller}.
   * @throws ChatKitError when the request is refused. A stream that has begun never throws: an `error` event reports
   * its failure.
   */
  process(request: unknown, context: TContext, at?: Omit<Caller<TContext>, 'context'>): Promise<Answer>;
  /**
   * Answers one request of the protocol.
   * @param read Reads and parses the body. Called after the context was made.
   */
  handle(read: () => unknown, caller: Caller<TContext>): Promise<Answer>;
  /** Receives a file that was not announced. Resolves with the attachment, to be sent as JSON. */
  upload(form: IncomingForm, caller: Caller<TContext>): Promise<Attachment>;
  /**
   * Makes the id and the logger of a request, for {@link Caller.observed} and for the log of the transport.
   * @param given.id The id that the client or a proxy has sent. Default: a new id. Replaced when it is longer than 128
   * characters, or has characters other than letters, digits and `_ . : = + @ / -`.
   * @param given.logger The logger of the request. Default: the option `logger`.
   */
  observe(given?: { id?: unknown; logger?: Logger | undefined }): RequestObservation;
  /** Receives the bytes of an announced attachment. The token authorises the upload, so no context is made. */
  uploadAnnounced(upload: AnnouncedUpload, at?: Pick<Caller<TContext>, 'observed'>): Promise<void>;
  /** Finds the bytes behind a signed preview or download URL. */
  openAttachment(attachment: { id: string; token: unknown }): Promise<ReadableAttachment>;
  /** Transcribes a recording that is sent as a form. */
  transcribe(form: IncomingForm, caller: Caller<TContext>): Promise<{ text: string }>;
  /** Returns the open runs of a thread, the oldest first. */
  listRuns(query: RunListQuery, caller: Caller<TContext>): Promise<RunPage>;
  /**
   * Follows a run of any request. A page that joins, or has read fewer events than are kept, is sent a snapshot first: the
   * options of the stream, the items that are stored, and the pending items with their content.
   */
  followRun(query: RunFollowQuery, caller: Caller<TContext>): Promise<EventStream>;
  /**
   * Ends the open runs of a thread, or one run, because the user pressed Stop. Settles with how many were ended, once
   * what they had said is stored.
   * @param read Reads and parses the body, `{ thread_id }` or `{ run_id }`: called after the context was made.
   */
  stopRuns(read: () => unknown, caller: Caller<TContext>): Promise<{ stopped: number }>;
  /** Resolves when requests can be served. Rejects with ChatKitError `unavailable` while closing or without a store. */
  ready(): Promise<void>;
  /**
   * Reports that a request has arrived. `close()` waits until the returned function is called.
   * @param onClosing Called once when `close()` begins while the request is open, or at once if it has begun.
   */
  begin(onClosing: () => void): () => void;
  /** The number of open runs. */
  readonly openRuns: number;
  /**
   * Removes unsent attachments that are older than `uploads.unsentAfterMs`, and the bytes of broken uploads. Call it at
   * intervals, or set `uploads.sweepEveryMs`.
   * @returns The number of removed attachments.
   * @throws ChatKitError `not_implemented` without an `attachmentStore`, and the errors of the stores.
   */
  sweep(): Promise<number>;
  /** True once {@link close} was called. */
  readonly closed: boolean;
  /**
   * Refuses new streams at once. Lets open runs continue for `drainMs`, and serves other requests until then. Cancels
   * the remaining runs and stores their partial answers. Then waits for all work in progress and for all open
   * responses. Work that is not done after `timeoutMs` is abandoned and logged, without a rejection. A second call
   * returns the promise of the first.
   * @throws ChatKitError `invalid_request` for an invalid number of milliseconds.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Creates a server from options that `resolveOptions` has checked. */
export function createServer<TContext>(given: ResolvedOptions<TContext>): ChatKitServer<TContext> {
  const hookStore = completeStore(given.store);
  const options = { ...given, store: checkedStore(hookStore, given.logger) };
  const shutdown = new Shutdown();
  const sweeper = new Sweeper(options);
  const ownerMistakes = new OwnerMistakes(options);
  const checkReady = readinessCheck(given); // `ping` has no result to check
  const answerer = new RequestAnswerer(options, shutdown);
  const cancelRunsOf = (context: TContext) => answerer.cancelRunsOf(context);
  const observer = options.observer && new SafeObserver(options.observer, options.logger);
  const observe: ChatKitServer<TContext>['observe'] = ({ id, logger = options.logger } = {}) =>
    new RequestObservation(requestIdOf(id, logger), observer, logger, options.logger);
  const scopeOf = (context: TContext, from: RequestSource, observed: RequestObservation) =>
    new LazyRequestScope(options, hookStore, { context, observed, from });
  const scopeFor = async (caller: Caller<TContext>, { observed }: Tracked) =>
    scopeOf(await caller.context(), caller, observed);

  openRegistry(options, { answerer, shutdown, scopeOf: (context) => scopeOf(context, {}, observe()) });

  const parts = { shutdown, ownerMistakes, store: options.store, hookStore };
  const tracked = <T>(name: string, work: (tracked: Tracked) => Promise<T>, observed = observe()) =>
    trackWork({ name, observed }, work, parts);
  const unobserved = new RequestObservation('', undefined, options.logger, options.logger);
  const work = <T>(name: string, work: () => Promise<T>) => trackWork({ name, observed: unobserved }, work, parts);

  return {
    ...requestMethods({ answerer, shutdown, tracked, scopeOf }),
    observe,
    ...runMethods({ answerer, shutdown, tracked, scopeFor }),
    ...fileMethods({ options, tracked, scopeFor }),
    async ready() {
      shutdown.refuseWhenClosing();
      await checkReady();
    },
    begin: (onClosing) => shutdown.begin(onClosing),
    get openRuns() {
      return answerer.openRuns;
    },
    sweep: () => sweeper.sweep(),
    ...retention(options, { tracked: work, cancelRunsOf, assertOpen: () => shutdown.refuseWhenEnded() }),
    get closed() {
      return shutdown.phase !== 'open';
    },
    close: (given) =>
      shutdown.close(given, {
        logger: options.logger,
        stopSweeps: () => sweeper.stop(),
        cancelRuns: () => answerer.cancelAll(),
        forgetRuns: () => options.runs.registry.close(),
      }),
  };
}

/** The parts of a server that its methods need. */
interface MethodParts<TContext> {
  options: ResolvedOptions<TContext>;
  answerer: RequestAnswerer<TContext>;
  shutdown: Shutdown;
  tracked: <T>(name: string, work: (label: Tracked) => Promise<T>, observed?: RequestObservation) => Promise<T>;
  scopeFor: (caller: Caller<TContext>, label: Tracked) => Promise<LazyRequestScope<TContext>>;
  scopeOf: (context: TContext, from: RequestSource, observed: RequestObservation) => LazyRequestScope<TContext>;
}

function requestMethods<TContext>({
  answerer,
  shutdown,
  tracked,
  scopeOf,
}: Omit<MethodParts<TContext>, 'options' | 'scopeFor'>): Pick<ChatKitServer<TContext>, 'process' | 'handle'> {
  return {
    process: (request, context, at = {}) => {
      const answer = (label: Tracked) =>
        answerer.answer({ request, ...at, scope: scopeOf(context, at, label.observed), label });
      return tracked('request', answer, at.observed);
    },
    handle(read, caller) {
      const answer = async (label: Tracked) => {
        const context = await caller.context();
        const request = await shutdown.untilEnded(read());
        const scope = scopeOf(context, caller, label.observed);
        const { isMeasured, frameId, idempotencyKey, runControl } = caller;
        return await answerer.answer({ request, isMeasured, frameId, idempotencyKey, runControl, scope, label });
      };
      return tracked('request', answer, caller.observed);
    },
  };
}

function runMethods<TContext>({
  answerer,
  shutdown,
  tracked,
  scopeFor,
}: Omit<MethodParts<TContext>, 'options' | 'scopeOf'>): Pick<
  ChatKitServer<TContext>,
  'listRuns' | 'followRun' | 'stopRuns'
> {
  return {
    listRuns: (query, caller) =>
      tracked('runs', async (label) => listRuns(query, await scopeFor(caller, label)), caller.observed),
    followRun: (query, caller) =>
      tracked('runs', async (label) => answerer.follow(query, await scopeFor(caller, label)), caller.observed),
    stopRuns(read, caller) {
      const stop = async (label: Tracked) => stopRuns(() => shutdown.untilEnded(read()), await scopeFor(caller, label));
      return tracked('stop', stop, caller.observed);
    },
  };
}

function fileMethods<TContext>({
  options,
  tracked,
  scopeFor,
}: Pick<MethodParts<TContext>, 'options' | 'tracked' | 'scopeFor'>): Pick<
  ChatKitServer<TContext>,
  'upload' | 'uploadAnnounced' | 'openAttachment' | 'transcribe'
> {
  const optionsFor = ({ observed: { logger } }: Tracked) => ({ ...options, logger });
  return {
    upload(form, caller) {
      const receive = async (label: Tracked) => {
        requireAttachmentStore({ options: optionsFor(label) });
        return receiveForm(form, await scopeFor(caller, label));
      };
      return tracked('upload', receive, caller.observed);
    },
    uploadAnnounced: (upload, at = {}) =>
      tracked('upload', (label) => receiveUpload(upload, optionsFor(label)), at.observed),
    openAttachment: (attachment) => openAttachment(attachment, options),
    transcribe(form, caller) {
      const transcribe = async (label: Tracked) =>
        transcribeForm(form, { options: optionsFor(label), context: await caller.context() });
      return tracked('transcribe', transcribe, caller.observed);
    },
  };
}

/** Lets the registry take over runs of other processes. */
function openRegistry<TContext>(
  options: ResolvedOptions<TContext>,
  {
    answerer,
    shutdown,
    scopeOf,
  }: {
    answerer: RequestAnswerer<TContext>;
    shutdown: Shutdown;
    scopeOf: (context: TContext) => LazyRequestScope<TContext>;
  },
): void {
  const { registry, limits } = options.runs;
  registry.open({
    logger: options.logger,
    needsCounts: limits.maxRuns !== undefined || limits.maxRunsPerOwner !== undefined,
    canRecover: () => shutdown.phase === 'open',
    recover: (lost) => answerer.recover(lost, { options, scopeOf }),
  });
}

/** Work that `close()` waits for, and the request that it serves. */
interface Tracked extends Label {
  observed: RequestObservation;
}

/** Does work that `close()` waits for. Refused once the drain has ended. */
async function trackWork<T, TContext>(
  label: Tracked,
  work: (label: Tracked) => Promise<T>,
  {
    shutdown,
    ownerMistakes,
    ...stores
  }: Pick<Parameters<typeof refusalOf<TContext>>[1], 'store' | 'hookStore'> & {
    shutdown: Shutdown;
    ownerMistakes: OwnerMistakes;
  },
): Promise<T> {
  const { name, observed } = label;
  if (name !== 'request') observed.start(name);
  const place = shutdown.work.begin(label);
  try {
    shutdown.refuseWhenEnded();
    const result = await work(label);
    observed.succeed();
    return result;
  } catch (error) {
    ownerMistakes.check(error);
    const refusal = refusalOf(error, { ...stores, observed });
    observed.fail(refusal);
    throw refusal;
  } finally {
    shutdown.work.end(place);
  }
}

/** Returns true for a request of the protocol, not checked yet, whose type is answered with a stream. */
export function isStreamRequest(request: unknown): boolean {
  const { type } = Object(request) as { type?: unknown };
  return (
    typeof type === 'string' && Object.hasOwn(operations, type) && operations[type as RequestType].mode === 'stream'
  );
}
