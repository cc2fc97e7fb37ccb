// The one entry point for everything that a client can ask for: the protocol, files and dictation. It knows no HTTP.
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

export { measureJson, requestBounds };

/** An open stream of events, for one reader. Leaving the iteration before its end cancels the run behind it. */
export interface EventStream extends AsyncIterable<ThreadStreamEvent> {
  /** Returns all events that wait, or null. Costs less than a promise for each event. Take or iterate, not both. */
  take(): ThreadStreamEvent[] | null;
  /** True when everything was taken and nothing more comes. */
  readonly done: boolean;
  /** Calls back once, when there is something to take or the stream is done. */
  whenReady(callback: () => void): void;
  /** Spaces out finished items as the official page needs it: see {@link ItemPacer}. Call it before the first `take`. */
  pace(): void;
  /** Reports that the head of the response was written to an open connection. Called by `take` as well. */
  deliver(): void;
  /**
   * Ends the run because its client went away. Settles when what was said so far is stored. A run of which nothing was
   * delivered goes on for a minute, so that the client's repetition takes it over.
   */
  cancel(): Promise<void>;
}

/** The answer to a request of the protocol. */
export type Answer = { kind: 'json'; value: unknown } | { kind: 'stream'; events: EventStream };

/** Who sends a request, as the transport knows it. */
export interface Caller<TContext> {
  /** Makes the context. Called once, before the body is read. Refuses the request by throwing. */
  context(): Promise<TContext> | TContext;
  /** Aborted when the client leaves before it has its answer. Default: nothing reports that. */
  readonly signal?: AbortSignal;
  /**
   * Where the request reached the middleware, for URLs of files: `https://chat.example.com/chatkit`. `uploads.publicUrl`
   * comes first. With neither, `preview_url`s are `lazy`.
   */
  readonly baseUrl?: string | undefined;
  /**
   * Names the page that sends the request. The same request of the same page within a minute takes over an answer that
   * was never delivered. Default: no request is recognised as a repetition.
   */
  readonly frameId?: string | undefined;
  /**
   * Names the request: with the same key and body it is carried out once, however often and to whichever process it is
   * posted. The same key with another body is refused. Default: none.
   */
  readonly idempotencyKey?: string | undefined;
  /** True when the transport has measured the body with {@link measureJson}. Default false: the server measures it. */
  readonly isMeasured?: boolean;
}

/**
 * Everything that a client can ask for, without HTTP: for tests, for other frameworks, and inside
 * {@link chatkitMiddleware}. docs/other-frameworks.md has an adapter for `node:http`.
 *
 * Each method throws ChatKitError for a request that is refused; anything else is a failure of the store or of a hook.
 */
export interface ChatKitServer<TContext> {
  /**
   * Answers one request of the protocol whose context is known.
   * @param request The parsed JSON of the request: `{ type, params }`. It is checked here.
   * @param context Who is asking: given to the store and the hooks as it is.
   * @param at As in {@link Caller}.
   * @throws ChatKitError when the request is refused. A stream that has begun never throws: an `error` event reports
   * what fails.
   */
  process(request: unknown, context: TContext, at?: Omit<Caller<TContext>, 'context'>): Promise<Answer>;
  /**
   * Answers one request of the protocol.
   * @param read Reads and parses the body: called after the context was made.
   */
  handle(read: () => unknown, caller: Caller<TContext>): Promise<Answer>;
  /** Receives a file that was not announced. Settles with the attachment, to be sent as JSON. */
  upload(form: IncomingForm, caller: Caller<TContext>): Promise<Attachment>;
  /** Receives the bytes of an announced attachment. The token is the authority, so no context is made. */
  uploadAnnounced(upload: AnnouncedUpload): Promise<void>;
  /** Finds the bytes behind a signed preview or download URL. */
  openAttachment(attachment: { id: string; token: unknown }): Promise<ReadableAttachment>;
  /** Transcribes a recording that comes as a form. */
  transcribe(form: IncomingForm, caller: Caller<TContext>): Promise<{ text: string }>;
  /** Resolves when requests can be served. Rejects with ChatKitError `unavailable` while closing or without a store. */
  ready(): Promise<void>;
  /**
   * Reports that a request has arrived. `close()` waits until the returned function is called.
   * @param onClosing Called once when `close()` begins while the request is open; at once if it has begun.
   */
  begin(onClosing: () => void): () => void;
  /** How many runs are open. */
  readonly openRuns: number;
  /**
   * Removes attachments that no message ever got, once they are older than `uploads.unsentAfterMs`, and what broken
   * uploads have left. Call it now and then, or set `uploads.sweepEveryMs`. Settles with how many were removed.
   * @throws ChatKitError `not_implemented` without an `attachmentStore`; whatever the stores throw.
   */
  sweep(): Promise<number>;
  /** True once {@link close} was called. */
  readonly closed: boolean;
  /**
   * Refuses new streams at once. Lets open runs go on for `drainMs`, and serves other requests until then. Cancels the
   * runs that are left and keeps what they had said. Then waits for all work in progress and for the responses that are
   * still on their way. What is not done after `timeoutMs` is abandoned and logged. Never rejects for that reason.
   * A second call returns the promise of the first.
   * @throws ChatKitError `invalid_request` for a number that is not one of milliseconds.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** A request of the protocol, with what its answer needs. */
interface Asked<TContext> {
  request: unknown;
  isMeasured?: boolean | undefined;
  frameId?: string | undefined;
  idempotencyKey?: string | undefined;
  scope: OperationScope<TContext>;
  label: Label;
}

/** How long the response waits for a hook that can refuse its request, in milliseconds. */
const refusalGraceMs = 250;

/** Answers requests of the protocol, and keeps the runs that they open. */
function requestAnswerer<TContext>(options: ResolvedOptions<TContext>, shutdown: Shutdown) {
  const runs = new Set<Run<TContext>>();
  const paced = new Set<Run<TContext>>();
  const bounds = requestBounds(options);

  const attempts = new Attempts<TContext>();

  function open(run: Run<TContext>): Run<TContext> {
    runs.add(run);
    void shutdown.runs.track({ name: 'run' }, () => run.ended.finally(() => runs.delete(run)));
    run.start();
    if (shutdown.phase === 'ended') void run.cancel('closed'); // before its hook is called
    return run;
  }

  /** A store without owners tells nobody's requests apart, so the context has to do it. */
  function attemptOf(
    request: unknown,
    names: Pick<Caller<TContext>, 'frameId' | 'idempotencyKey'>,
    scope: OperationScope<TContext>,
  ) {
    const { frameId, idempotencyKey } = names;
    if (frameId === undefined && idempotencyKey === undefined) return undefined;
    const owner = options.store.ownerOf(scope.context) || asText(scope.context);
    return owner === undefined ? undefined : attempts.of(request, { owner, frameId, idempotencyKey });
  }

  async function answer({ request, isMeasured = false, scope, label, ...names }: Asked<TContext>): Promise<Answer> {
    shutdown.refuseWhenEnded();
    const { type, params } = parseRequest(request, isMeasured ? undefined : bounds);
    label.name = type;
    const operation = operations[type];
    const { mode, handle } = operation;
    // The registry's type ties each function to the parameters of its request type, which a lookup cannot show.
    if (mode === 'json') return { kind: 'json', value: await (handle as JsonOperation<RequestType>)(params, scope) };
    shutdown.refuseWhenClosing();
    const attempt = attemptOf(request, names, scope);
    if (attempt) scope.draft = attempt.draft;
    const start = async () => {
      if (attempt?.draft.isAnswered && !(operation.mode === 'stream' && operation.knowsRepetitions))
        throw new ChatKitError('conflict', 'The request was carried out before');
      const plan = await (handle as StreamOperation<RequestType>)(params, scope);
      const opened = open(new Run(plan, scope, options));
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

  return { runs, answer, cancelAll };
}

/** A context as JSON. Undefined for one that is not JSON. */
function asText(context: unknown): string | undefined {
  try {
    return JSON.stringify(context);
  } catch {
    return undefined;
  }
}

/** What the transport knows about the request itself. */
type RequestFrom<TContext> = Pick<Caller<TContext>, 'signal' | 'baseUrl' | 'idempotencyKey'>;

/** The scope of a request. It asks the transport for the signal and the URL only where they are used: most requests need neither. */
class LazyRequestScope<TContext> implements OperationScope<TContext> {
  readonly options: ResolvedOptions<TContext>;
  readonly hookStore: Store<TContext>;
  readonly context: TContext;
  readonly baseUrl: string | undefined;
  readonly show: OperationScope<TContext>['show'];
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
    this.show = attachmentView(this);
    this.attachments = turnAttachments(this);
  }

  get signal(): AbortSignal | undefined {
    return this.#from.signal;
  }

  get idempotencyKey(): string | undefined {
    return this.#from.idempotencyKey;
  }
}

/** Makes a server from options that were checked by `resolveOptions`. */
export function createServer<TContext>(given: ResolvedOptions<TContext>): ChatKitServer<TContext> {
  const hookStore = completeStore(given.store);
  const options = { ...given, store: checkedStore(hookStore, given.logger) };
  const shutdown = new Shutdown();
  const sweeper = new Sweeper(options);
  const checkReady = readinessCheck(given); // `ping` has no result to check
  const { runs, answer, cancelAll } = requestAnswerer(options, shutdown);
  const scopeOf = (context: TContext, from: RequestFrom<TContext>) =>
    new LazyRequestScope(options, hookStore, context, from);

  /** Work that `close()` waits for. Refused once the drain has ended. */
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

/** Returns true for a request of the protocol, not checked yet, whose type is answered with a stream. */
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
  /** True once the repetition of the request reads the run. */
  #isReplaced = false;
  #callback: (() => void) | undefined;

  /** @param paced The runs whose readers wait for the pace of their events, also after the run has ended. */
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
      await this.cancel(); // does nothing when the run has ended by itself
    }
  }
}
