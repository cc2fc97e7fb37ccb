// The server itself: a request and its context go in, a JSON value or a stream of events comes out. It knows no HTTP.
import type { z } from 'zod';
import { ChatKitError, type ErrorIssue } from './errors';
import { Run } from './events/run';
import type { ResolvedOptions } from './options';
import { operations } from './operations/registry';
import type { JsonOperation, StreamOperation } from './operations/operation';
import { type ChatKitRequest, RequestSchema, type RequestType, type ThreadStreamEvent } from './protocol';
import { checkedStore, completeStore } from './stores/checked-store';
import { attachmentView } from './uploads/links';
import { sweep } from './uploads/sweep';
import { turnAttachments } from './uploads/turn-attachments';

/** An open stream of events, for one reader. Leaving the iteration before its end cancels the run behind it. */
export interface EventStream extends AsyncIterable<ThreadStreamEvent> {
  /** All events that wait, or null: for readers to whom a promise for each event is too much. Take or iterate, not both. */
  take(): ThreadStreamEvent[] | null;
  /** Whether everything was taken and no more comes. */
  readonly done: boolean;
  /** Calls back once, when there is something to take or the stream is done. */
  whenReady(callback: () => void): void;
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
   * @throws ChatKitError when the request is refused; anything else is a fault of the store or of a hook. A stream that
   * has begun never throws: it tells what fails in an `error` event.
   */
  process(request: unknown, context: TContext, at?: { baseUrl?: string }): Promise<Answer>;
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
export function createServer<TContext>(given: ResolvedOptions<TContext>): ChatKitServer<TContext> {
  const hookStore = completeStore(given.store);
  const options = { ...given, store: checkedStore(hookStore, given.logger) };
  const runs = new Set<Run<TContext>>();
  const openings = new Set<Promise<unknown>>();
  let closed = false;
  let sweeping: Promise<number> | undefined;
  const { sweepEveryMs } = options.uploads;
  const timer = sweepEveryMs && options.attachmentStore && setInterval(sweepAlone, sweepEveryMs).unref();

  function open(run: Run<TContext>): EventStream {
    runs.add(run);
    void run.ended.then(() => runs.delete(run));
    run.start();
    if (closed) void run.cancel('closed'); // before its hook is called
    return new RunEvents(run);
  }

  function sweepAlone(): void {
    server.sweep().catch((error: unknown) => options.logger.error({ err: error }, 'a sweep failed'));
  }

  const server: ChatKitServer<TContext> = {
    async process(request, context, { baseUrl } = {}) {
      if (closed) throw new ChatKitError('unavailable', 'The server is shutting down');
      const { type, params } = parseRequest(request);
      const { mode, run } = operations[type];
      const links = { options, context, baseUrl };
      const view = { show: attachmentView(links), attachments: turnAttachments(links) };
      const scope = { options, hookStore, context, baseUrl, ...view };
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

  constructor(run: Run<TContext>) {
    this.#run = run;
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

/** @throws ChatKitError `invalid_request` that names every field at fault. */
function parseRequest(request: unknown): ChatKitRequest {
  const parsed = RequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(toIssue);
  const message = issues.map(({ path, message: what }) => (path.length > 0 ? `${path.join('.')}: ${what}` : what));
  throw new ChatKitError('invalid_request', message.join('; ').slice(0, 1000), { issues });
}

function toIssue({ path, message }: z.core.$ZodIssue): ErrorIssue {
  return { path: path.map((key) => (typeof key === 'symbol' ? String(key) : key)), message };
}
