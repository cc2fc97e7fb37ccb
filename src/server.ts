// The server itself: a request and its context go in, a JSON value or a stream of events comes out. It knows no HTTP.
import { ChatKitError } from './errors';
import { ItemPacer } from './events/item-pacer';
import { Run } from './events/run';
import type { ResolvedOptions } from './options';
import { parseRequest } from './operations/parse-request';
import { operations } from './operations/registry';
import type { JsonOperation, StreamOperation } from './operations/operation';
import type { RequestType, ThreadStreamEvent } from './protocol';
import { measureJson, requestBounds } from './protocol/bounds';
import { attachmentView } from './uploads/links';
import { sweep } from './uploads/sweep';
import { turnAttachments } from './uploads/turn-attachments';

export { measureJson, requestBounds };

/** An open stream of events, for one reader. Leaving the iteration before its end cancels the run behind it. */
export interface EventStream extends AsyncIterable<ThreadStreamEvent> {
  /** All events that wait, or null: for readers to whom a promise for each event is too much. Take or iterate, not both. */
  take(): ThreadStreamEvent[] | null;
  /** Whether everything was taken and no more comes. */
  readonly done: boolean;
  /** Calls back once, when there is something to take or the stream is done. */
  whenReady(callback: () => void): void;
  /** Spaces out finished items as the official page needs it: see {@link ItemPacer}. Call it before the first `take`. */
  pace(): void;
  /** Ends the run because its client went away. Settles when what was said so far is stored. */
  cancel(): Promise<void>;
}

/** What a request is answered with. */
export type Answer = { kind: 'json'; value: unknown } | { kind: 'stream'; events: EventStream };

/** The protocol without HTTP: for tests, for other frameworks, and inside {@link chatkitMiddleware}. */
export interface ChatKitServer<TContext> {
  /**
   * Answers one request.
   * @param request The parsed JSON of the request: `{ type, params }`. It is checked here.
   * @param context Who is asking: given to the store and the hooks as it is.
   * @param at.baseUrl Where the request reached the middleware, for URLs of files: `https://chat.example.com/chatkit`.
   * `uploads.publicUrl` comes first. With neither, `preview_url`s are `lazy`.
   * @param at.isMeasured True when the caller has measured the request with {@link measureJson}. Default false.
   * @throws ChatKitError when the request is refused; anything else is a fault of the store or of a hook. A stream that
   * has begun never throws: it tells what fails in an `error` event.
   */
  process(request: unknown, context: TContext, at?: { baseUrl?: string; isMeasured?: boolean }): Promise<Answer>;
  /** How many runs are open. */
  readonly openRuns: number;
  /**
   * Removes attachments that no message ever got, once they are older than `uploads.unsentAfterMs`, and what broken
   * uploads have left. Call it now and then, or set `uploads.sweepEveryMs`. Settles with how many were removed.
   * @throws ChatKitError `not_implemented` without an `attachmentStore`; whatever the stores throw.
   */
  sweep(): Promise<number>;
  /** Whether {@link close} was called. */
  readonly closed: boolean;
  /** Refuses new requests, ends the open runs and keeps what they had said. Settles when all of it is stored. */
  close(): Promise<void>;
}

/** Makes a server from options that were checked by `resolveOptions`. */
export function createServer<TContext>(options: ResolvedOptions<TContext>): ChatKitServer<TContext> {
  const runs = new Set<Run<TContext>>();
  const openings = new Set<Promise<unknown>>();
  const paced = new Set<Run<TContext>>();
  let closed = false;
  let sweeping: Promise<number> | undefined;
  const bounds = requestBounds(options);
  const { sweepEveryMs } = options.uploads;
  const timer = sweepEveryMs && options.attachmentStore && setInterval(sweepAlone, sweepEveryMs).unref();

  function open(run: Run<TContext>): EventStream {
    runs.add(run);
    void run.ended.then(() => runs.delete(run));
    run.start();
    if (closed) void run.cancel('closed'); // before its hook is called
    return new RunEvents(run, paced);
  }

  function sweepAlone(): void {
    server.sweep().catch((error: unknown) => options.logger.error({ err: error }, 'a sweep failed'));
  }

  const server: ChatKitServer<TContext> = {
    async process(request, context, { baseUrl, isMeasured = false } = {}) {
      if (closed) throw new ChatKitError('unavailable', 'The server is shutting down');
      const { type, params } = parseRequest(request, isMeasured ? undefined : bounds);
      const { mode, run } = operations[type];
      const links = { options, context, baseUrl };
      const scope = { options, context, baseUrl, show: attachmentView(links), attachments: turnAttachments(links) };
      // The registry's type ties each function to the parameters of its request type, which a lookup cannot show.
      if (mode === 'json') return { kind: 'json', value: await (run as JsonOperation<RequestType>)(params, scope) };
      const opening = (run as StreamOperation<RequestType>)(params, scope).then((plan) =>
        open(new Run(plan, scope, options)),
      );
      openings.add(opening);
      const events = await opening.finally(() => openings.delete(opening));
      if (closed) await this.close();
      return { kind: 'stream', events };
    },
    get openRuns() {
      return runs.size;
    },
    get closed() {
      return closed;
    },
    sweep: () => (sweeping ??= sweep(options).finally(() => (sweeping = undefined))),
    async close() {
      closed = true;
      for (const { queue } of paced) queue.hurry();
      clearInterval(timer);
      await sweeping?.catch(() => undefined); // whoever called it is told
      const endRuns = () => Promise.all([...runs].map((run) => run.cancel('closed')));
      await endRuns();
      await Promise.allSettled(openings); // the requests that were being prepared
      await endRuns();
    },
  };
  return server;
}

class RunEvents<TContext> implements EventStream {
  readonly #run: Run<TContext>;
  readonly #paced: Set<Run<TContext>>;

  /** @param paced The runs whose readers wait for the pace of their events, also after the run has ended. */
  constructor(run: Run<TContext>, paced: Set<Run<TContext>>) {
    this.#run = run;
    this.#paced = paced;
  }

  pace(): void {
    this.#run.queue.pace(new ItemPacer());
    this.#paced.add(this.#run);
  }

  take(): ThreadStreamEvent[] | null {
    return this.#run.queue.take();
  }

  get done(): boolean {
    return this.#run.queue.done;
  }

  whenReady(callback: () => void): void {
    this.#run.queue.whenReady(callback);
  }

  cancel(): Promise<void> {
    this.#paced.delete(this.#run);
    return this.#run.cancel('disconnected');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ThreadStreamEvent, void, undefined> {
    const { queue } = this.#run;
    try {
      while (!queue.done) {
        yield* queue.take() ?? [];
        if (!queue.done) await new Promise<void>((resolve) => queue.whenReady(resolve));
      }
    } finally {
      await this.cancel(); // does nothing when the run has ended by itself
    }
  }
}
