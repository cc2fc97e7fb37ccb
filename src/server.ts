// The entry point for every request of a client: the protocol, files and dictation. It does not depend on HTTP.
import { LazyRequestScope, type RequestSource } from './lazy-request-scope';
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
import { type Retention, retention } from './retention/retention';
import { type Answer, RequestAnswerer } from './request-answerer';
import type { EventStream } from './run-stream';
import { type CloseOptions, Shutdown } from './shutdown';
import { checkedStore, completeStore } from './stores/checked-store';
import { Sweeper } from './uploads/sweep';
import type { Label } from './work-in-progress';

export type { AnnouncedUpload, FormUse, IncomingForm, RawBody, ReadableAttachment } from './operations/files';
export type { RunFollowQuery, RunListQuery, RunPage } from './operations/runs';
export type { Answer } from './request-answerer';
export type { EventStream } from './run-stream';
export { logEntry, withLogEntry } from './runs/log-entry';
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
  /** Receives the bytes of an announced attachment. The token authorises the upload, so no context is made. */
  uploadAnnounced(upload: AnnouncedUpload): Promise<void>;
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
  const scopeOf = (context: TContext, from: RequestSource) => new LazyRequestScope(options, hookStore, context, from);
  const scopeFor = async (caller: Caller<TContext>) => scopeOf(await caller.context(), caller);

  openRegistry(options, { answerer, shutdown, scopeOf: (context) => scopeOf(context, {}) });

  const tracked = <T>(name: string, work: (label: Label) => Promise<T>) =>
    trackWork({ name }, work, { shutdown, ownerMistakes, store: options.store, hookStore, logger: options.logger });

  return {
    process: (request, context, at = {}) =>
      tracked('request', (label) => answerer.answer({ request, ...at, scope: scopeOf(context, at), label })),
    handle: (read, caller) =>
      tracked('request', async (label) => {
        const context = await caller.context();
        const request = await shutdown.untilEnded(read());
        const scope = scopeOf(context, caller);
        const { isMeasured, frameId, idempotencyKey, runControl } = caller;
        return answerer.answer({ request, isMeasured, frameId, idempotencyKey, runControl, scope, label });
      }),
    listRuns: (query, caller) => tracked('runs', async () => listRuns(query, await scopeFor(caller))),
    followRun: (query, caller) => tracked('runs', async () => answerer.follow(query, await scopeFor(caller))),
    stopRuns: (read, caller) =>
      tracked('stop', async () => stopRuns(() => shutdown.untilEnded(read()), await scopeFor(caller))),
    upload: (form, caller) =>
      tracked('upload', async () => {
        requireAttachmentStore({ options });
        return receiveForm(form, await scopeFor(caller));
      }),
    uploadAnnounced: (upload) => tracked('upload', () => receiveUpload(upload, options)),
    openAttachment: (attachment) => openAttachment(attachment, options),
    transcribe: (form, caller) =>
      tracked('transcribe', async () => transcribeForm(form, { options, context: await caller.context() })),
    async ready() {
      shutdown.refuseWhenClosing();
      await checkReady();
    },
    begin: (onClosing) => shutdown.begin(onClosing),
    get openRuns() {
      return answerer.openRuns;
    },
    sweep: () => sweeper.sweep(),
    ...retention(options, { tracked, cancelRunsOf, assertOpen: () => shutdown.refuseWhenEnded() }),
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

/** Does work that `close()` waits for. Refused once the drain has ended. */
async function trackWork<T, TContext>(
  label: Label,
  work: (label: Label) => Promise<T>,
  {
    shutdown,
    ownerMistakes,
    ...parts
  }: Parameters<typeof refusalOf<TContext>>[1] & { shutdown: Shutdown; ownerMistakes: OwnerMistakes },
): Promise<T> {
  shutdown.refuseWhenEnded();
  return shutdown.work
    .track(label, () => work(label))
    .catch((error: unknown) => {
      ownerMistakes.check(error);
      throw refusalOf(error, parts);
    });
}

/** Returns true for a request of the protocol, not checked yet, whose type is answered with a stream. */
export function isStreamRequest(request: unknown): boolean {
  const { type } = Object(request) as { type?: unknown };
  return (
    typeof type === 'string' && Object.hasOwn(operations, type) && operations[type as RequestType].mode === 'stream'
  );
}
