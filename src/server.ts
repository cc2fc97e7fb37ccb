// The entry point for every request of a client: the protocol, files and dictation. It does not depend on HTTP.
import { type Attempt, Attempts } from './attempts';
import { ChatKitError } from './errors';
import { ItemPacer } from './runs/item-pacer';
import { Run } from './runs/run';
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
import { operations } from './operations/registry';
import type { JsonOperation, OperationScope, StreamOperation } from './operations/operation';
import { refusalOf } from './operations/unreachable-store';
import { parseRequest } from './operations/parse-request';
import type { Attachment, RequestType, ThreadStreamEvent } from './protocol';
import { measureJson, requestBounds } from './protocol/bounds';
import { readinessCheck } from './readiness';
import { type Retention, retention } from './retention/retention';
import { type CloseOptions, Shutdown } from './shutdown';
import { checkedStore, completeStore } from './stores/checked-store';
import type { Store } from './stores/store';
import { attachmentView } from './uploads/signed-urls';
import { Sweeper } from './uploads/sweep';
import { turnAttachments } from './uploads/turn-attachments';
import type { Label } from './work-in-progress';

export type { AnnouncedUpload, FormUse, IncomingForm, RawBody, ReadableAttachment } from './operations/files';
export type { CloseOptions } from './shutdown';
export type { IncomingFile } from './uploads/receive-upload';

export { Base64Decoder } from './operations/base64';
export { measureJson, requestBounds };

/** An open stream of events, for one reader. Leaving the iteration before its end cancels the run behind it. */
export interface EventStream extends AsyncIterable<ThreadStreamEvent> {
  /** Returns all waiting events, or null. Faster than a promise for each event. Take or iterate, not both. */
  take(): ThreadStreamEvent[] | null;
  /** True when the run has ended and every event was taken. */
  readonly done: boolean;
  /** Calls back once, when events are waiting or the stream is done. */
  whenReady(callback: () => void): void;
  /** Spaces out finished items, as the official page needs: see {@link ItemPacer}. Call it before the first `take`. */
  pace(): void;
  /** Reports that the head of the response was written to an open connection. Called by `take` as well. */
  deliver(): void;
  /**
   * Cancels the run because its client disconnected. Settles when the partial answer is stored. A run of which nothing
   * was delivered continues for a minute, so that a repetition of the request can take it over.
   */
  cancel(): Promise<void>;
}

/** The answer to a request of the protocol. */
export type Answer = { kind: 'json'; value: unknown } | { kind: 'stream'; events: EventStream };

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

/** A request of the protocol, and the data for its answer. */
interface Asked<TContext> {
  request: unknown;
  isMeasured?: boolean | undefined;
  frameId?: string | undefined;
  idempotencyKey?: string | undefined;
  scope: OperationScope<TContext>;
  label: Label;
}

/** The time for which the response waits for a hook that can refuse its request, in milliseconds. */
const refusalGraceMs = 250;

/** Answers requests of the protocol, and keeps track of the runs that they open. */
function requestAnswerer<TContext>(options: ResolvedOptions<TContext>, shutdown: Shutdown) {
  const runs = new Set<Run<TContext>>();
  const paced = new Set<Run<TContext>>();
  const owners = new WeakMap<Run<TContext>, string | undefined>();
  const bounds = requestBounds(options);

  const attempts = new Attempts<TContext>();

  function open(run: Run<TContext>): Run<TContext> {
    runs.add(run);
    void shutdown.runs.track({ name: 'run' }, () => run.ended.finally(() => runs.delete(run)));
    run.start();
    if (shutdown.phase === 'ended') void run.cancel('closed'); // before its hook is called
    return run;
  }

  /** Returns the owner of a context. Without owners in the store, the context itself identifies the sender. */
  function ownerOf(context: TContext): string | undefined {
    return options.store.ownerOf(context) || asText(context);
  }

  /** Returns the attempt of a request. */
  function attemptOf(
    request: unknown,
    names: Pick<Caller<TContext>, 'frameId' | 'idempotencyKey'>,
    scope: OperationScope<TContext>,
  ) {
    const { frameId, idempotencyKey } = names;
    if (frameId === undefined && idempotencyKey === undefined) return undefined;
    const owner = ownerOf(scope.context);
    return owner === undefined ? undefined : attempts.of(request, { owner, frameId, idempotencyKey });
  }

  async function answer({ request, isMeasured = false, scope, label, ...names }: Asked<TContext>): Promise<Answer> {
    shutdown.refuseWhenEnded();
    const { type, params } = parseRequest(request, isMeasured ? undefined : bounds);
    label.name = type;
    const operation = operations[type];
    const { mode, handle } = operation;
    // The registry's type pairs each function with the parameters of its request type, which a lookup cannot express.
    if (mode === 'json') return { kind: 'json', value: await (handle as JsonOperation<RequestType>)(params, scope) };
    shutdown.refuseWhenClosing();
    const attempt = attemptOf(request, names, scope);
    if (attempt) scope.draft = attempt.draft;
    const start = async () => {
      if (attempt?.draft.isAnswered && !(operation.mode === 'stream' && operation.knowsRepetitions))
        throw new ChatKitError('conflict', 'The request was processed before');
      const plan = await (handle as StreamOperation<RequestType>)(params, scope);
      const run = new Run(plan, scope, options);
      owners.set(run, ownerOf(scope.context));
      const opened = open(run);
      if (plan.refusalOf) await opened.beginning.wait(refusalGraceMs);
      return opened;
    };
    const opened = await shutdown.runs.track(label, () => (attempt ? attempt.open(start) : start()));
    return { kind: 'stream', events: new RunEvents(opened, paced, attempt) };
  }

  function cancelAll(): void {
    for (const run of runs) void run.cancel('closed');
    for (const { queue } of paced) queue.hurry();
  }

  async function cancelRunsOf(context: TContext): Promise<void> {
    const owner = ownerOf(context);
    const cancelled = [...runs].filter((run) => owner !== undefined && owners.get(run) === owner);
    await Promise.all(cancelled.map((run) => run.cancel('closed')));
  }

  return { runs, answer, cancelAll, cancelRunsOf };
}

/** Returns a context as JSON. Undefined for a context that JSON cannot represent. */
function asText(context: unknown): string | undefined {
  try {
    return JSON.stringify(context);
  } catch {
    return undefined;
  }
}

/** The properties of a request that only the transport knows. */
type RequestFrom<TContext> = Pick<Caller<TContext>, 'signal' | 'baseUrl' | 'idempotencyKey' | 'audio'>;

/** Asks the transport for the signal and the URL only when they are used, because most requests need neither. */
class LazyRequestScope<TContext> implements OperationScope<TContext> {
  readonly options: ResolvedOptions<TContext>;
  readonly hookStore: Store<TContext>;
  readonly context: TContext;
  readonly baseUrl: string | undefined;
  readonly show: OperationScope<TContext>['show'];
  readonly prepare: OperationScope<TContext>['prepare'];
  readonly attachments: OperationScope<TContext>['attachments'];
  readonly #from: RequestFrom<TContext>;

  constructor(
    options: ResolvedOptions<TContext>,
    hookStore: Store<TContext>,
    context: TContext,
    from: RequestFrom<TContext>,
  ) {
    const makesUrls = options.attachmentStore !== undefined && options.uploads.publicUrl === undefined;
    this.options = options;
    this.hookStore = hookStore;
    this.context = context;
    this.baseUrl = makesUrls ? from.baseUrl : undefined;
    this.#from = from;
    const view = attachmentView(this);
    this.show = view.show;
    this.prepare = view.prepare;
    this.attachments = turnAttachments(this);
  }

  get signal(): AbortSignal | undefined {
    return this.#from.signal;
  }

  get idempotencyKey(): string | undefined {
    return this.#from.idempotencyKey;
  }

  get audio(): Buffer | undefined {
    return this.#from.audio;
  }
}

/** Creates a server from options that `resolveOptions` has checked. */
export function createServer<TContext>(given: ResolvedOptions<TContext>): ChatKitServer<TContext> {
  const hookStore = completeStore(given.store);
  const options = { ...given, store: checkedStore(hookStore, given.logger) };
  const shutdown = new Shutdown();
  const sweeper = new Sweeper(options);
  const checkReady = readinessCheck(given); // `ping` has no result to check
  const { runs, answer, cancelAll, cancelRunsOf } = requestAnswerer(options, shutdown);
  const scopeOf = (context: TContext, from: RequestFrom<TContext>) =>
    new LazyRequestScope(options, hookStore, context, from);

  /** Runs work that `close()` waits for. Refuses it once the drain has ended. */
  async function tracked<T>(name: string, work: (label: Label) => Promise<T>): Promise<T> {
    shutdown.refuseWhenEnded();
    const label = { name };
    return shutdown.work
      .track(label, () => work(label))
      .catch((error: unknown) => {
        throw refusalOf(error, { store: options.store, hookStore, logger: options.logger });
      });
  }

  return {
    process: (request, context, at = {}) =>
      tracked('request', (label) => answer({ request, ...at, scope: scopeOf(context, at), label })),
    handle: (read, caller) =>
      tracked('request', async (label) => {
        const context = await caller.context();
        const request = await shutdown.untilEnded(read());
        const { isMeasured, frameId, idempotencyKey } = caller;
        return answer({ request, isMeasured, frameId, idempotencyKey, scope: scopeOf(context, caller), label });
      }),
    upload: (form, caller) =>
      tracked('upload', async () => {
        requireAttachmentStore({ options });
        return receiveForm(form, scopeOf(await caller.context(), caller));
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
      return runs.size;
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
        cancelRuns: cancelAll,
      }),
  };
}

/** Returns true for a request, not validated yet, whose type is answered with a stream. */
export function isStreamRequest(request: unknown): boolean {
  const { type } = Object(request) as { type?: unknown };
  return (
    typeof type === 'string' && Object.hasOwn(operations, type) && operations[type as RequestType].mode === 'stream'
  );
}

class RunEvents<TContext> implements EventStream {
  readonly #run: Run<TContext>;
  readonly #paced: Set<Run<TContext>>;
  readonly #attempt: Attempt<TContext> | undefined;
  /** True once a repetition of the request reads the run. */
  #isReplaced = false;
  #callback: (() => void) | undefined;

  /** @param paced The runs whose events are spaced out. A run may have ended before its reader has all of them. */
  constructor(run: Run<TContext>, paced: Set<Run<TContext>>, attempt?: Attempt<TContext>) {
    this.#run = run;
    this.#paced = paced;
    this.#attempt = attempt;
    attempt?.read(() => {
      this.#isReplaced = true;
      this.#callback?.();
    });
  }

  deliver(): void {
    if (!this.#isReplaced) this.#attempt?.deliver();
  }

  pace(): void {
    this.#run.queue.pace(new ItemPacer());
    this.#paced.add(this.#run);
  }

  take(): ThreadStreamEvent[] | null {
    if (this.#isReplaced) return null;
    const events = this.#run.queue.take();
    if (events) this.deliver();
    return events;
  }

  get done(): boolean {
    return this.#isReplaced || this.#run.queue.done;
  }

  whenReady(callback: () => void): void {
    if (this.#isReplaced) {
      process.nextTick(callback);
      return;
    }
    this.#callback = callback;
    this.#run.queue.whenReady(callback);
  }

  async cancel(): Promise<void> {
    if (this.#isReplaced || this.#attempt?.release(this.#run)) return;
    this.#paced.delete(this.#run);
    return this.#run.cancel('disconnected');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ThreadStreamEvent, void, undefined> {
    try {
      while (!this.done) {
        yield* this.take() ?? [];
        if (!this.done) await new Promise<void>((resolve) => this.whenReady(resolve));
      }
    } finally {
      await this.cancel(); // has no effect on a run that has ended
    }
  }
}
