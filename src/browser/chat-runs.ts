// The runs of a page: which requests begin them, which bodies carry them, and how they are stopped.
import { onWindow, pause } from './back-off';
import { type ChatRequest, isEventStream, isFinal, type ListedRun, optionsOf, randomKey, runsUrl } from './endpoint';
import type { Frame } from './frames';
import { RunBody } from './run-body';

type Fetch = typeof globalThis.fetch;

/** The type of the action that joins a run. It never reaches the server. */
export const joinAction = 'chatkit-express.join_run';

/** The time in which the element must report a Stop that the wrapper has seen as an abort, in milliseconds. */
const stopEventMs = 2000;
const stopAttempts = 8;
const listAttempts = 4;
/** The longest body that is searched for the thread that it loads. */
const maxLoadRequest = 2000;

interface OpenRun {
  body: RunBody;
  threadId: string | undefined;
  /** The thread that was shown when the request was sent, for a run that creates its thread. */
  shownBefore: string | null | undefined;
}

/** A run that an action joins. */
interface Join {
  run: ListedRun;
  threadId: string;
  settle: (isJoined: boolean) => void;
}

interface Sent {
  type: string;
  params: { thread_id?: unknown; action?: { type?: unknown; payload?: { run_id?: unknown } } };
}

export interface ChatRunsOptions {
  fetch: Fetch;
  silenceMs: number;
}

export class ChatRuns {
  readonly #options: ChatRunsOptions;
  /** The client's repetitions of one post share their headers object, and so their key. */
  readonly #keys = new WeakMap<object, string>();
  readonly #open = new Set<OpenRun>();
  readonly #posts = new Set<Promise<unknown>>();
  readonly #joins = new Map<string, Join>();
  /** The runs that a body of this page carries or has carried. */
  readonly #known = new Set<string>();
  /** The last request of the chat, from which the others are derived. */
  #latest: ChatRequest | undefined;
  #isLeaving = false;
  #isPlain = false;
  #lastStopEvent = -Infinity;
  /** The thread that the element shows. Undefined when no event has named one. */
  shown: string | null | undefined;
  /** Set while an element reports its events. Called before a request that loads a thread is sent. Returns the function to call with its response. */
  onLoad: ((threadId: string) => (response: Response) => void) | undefined;

  constructor(options: ChatRunsOptions) {
    this.#options = options;
    onWindow('pagehide', () => void (this.#isLeaving = true));
    onWindow('pageshow', () => void (this.#isLeaving = false));
  }

  fetch: Fetch = (input, init) => {
    if (this.#isPlain || (typeof input !== 'string' && !(input instanceof URL)) || typeof init?.body !== 'string') {
      return this.#options.fetch(input, init);
    }
    const request: ChatRequest = { url: input, init };
    const accept = new Headers(init.headers).get('accept') ?? '';
    const isStream = accept.includes('text/event-stream');
    const sent = isStream || init.body.length < maxLoadRequest ? (parse(init.body) as Partial<Sent>) : {};
    const { type } = sent;
    const params = sent.params ?? {};
    if (typeof type !== 'string') return this.#options.fetch(input, init);
    this.#latest = request;
    const { thread_id: threadId, action } = params;
    if (isStream) {
      if (action?.type === joinAction) return Promise.resolve(this.#join(request, params));
      const response = this.#begin(request, type, params);
      this.#posts.add(response);
      const settle = () => this.#posts.delete(response);
      response.then(settle, settle);
      return response;
    }
    const isLoad = type === 'threads.get_by_id' && typeof threadId === 'string';
    const loaded = isLoad ? this.onLoad?.(threadId) : undefined;
    const response = this.#options.fetch(input, init);
    if (loaded) response.then(loaded, () => undefined);
    return response;
  };

  /** Posts a request for a stream, and gives the chat a body of our own. */
  async #begin(request: ChatRequest, type: string, params: Sent['params']): Promise<Response> {
    const { url, init } = request;
    const headers = new Headers(init.headers);
    headers.set('chatkit-run-control', '1');
    if (!headers.has('idempotency-key')) headers.set('idempotency-key', this.#keyOf(init.headers));
    const shownBefore = this.shown;
    const connection = new AbortController();
    let open = undefined as OpenRun | undefined;
    const hearAbort = () => (open ? this.#hearAbort(open) : connection.abort(init.signal?.reason));
    if (init.signal?.aborted) hearAbort();
    init.signal?.addEventListener('abort', hearAbort);
    const response = await this.#options.fetch(url, { ...init, headers, signal: connection.signal });
    if (!isEventStream(response) || !response.body) return response;
    const runId = response.headers.get('chatkit-run-id');
    if (runId !== null) this.#known.add(runId);
    const threadId = typeof params.thread_id === 'string' ? params.thread_id : undefined;
    open = this.#carry(request, {
      run: runId === null ? undefined : { id: runId },
      threadId,
      shownBefore: type === 'threads.create' ? shownBefore : undefined,
      response,
      disconnect: () => connection.abort(),
      repeat: (signal) => this.#options.fetch(url, { ...init, headers, signal }),
    });
    return new Response(open.body.stream, response);
  }

  #join(request: ChatRequest, params: Sent['params']): Response {
    const join = this.#joins.get(String(params.action?.payload?.run_id));
    const headers = { 'content-type': 'text/event-stream' };
    if (!join || params.thread_id !== join.threadId) {
      join?.settle(false);
      return new Response('', { headers });
    }
    const { run, threadId, settle } = join;
    const end = (how: string) => settle(how !== 'unknown');
    const { body } = this.#carry(request, { run, threadId, end });
    return new Response(body.stream, { headers });
  }

  #carry(
    request: ChatRequest,
    given: {
      run: ListedRun | undefined;
      threadId: string | undefined;
      shownBefore?: string | null | undefined;
      response?: Response;
      disconnect?: () => void;
      /** Posts the request again, for a stream of which nothing has arrived. */
      repeat?: (signal: AbortSignal) => Promise<Response>;
      end?: (how: string) => void;
    },
  ): OpenRun {
    const { run, repeat, response, disconnect } = given;
    const reconnect = (after: number, signal: AbortSignal) => {
      if (after === 0 && repeat) return repeat(signal);
      const url = runsUrl(
        request.url,
        `/runs/${encodeURIComponent(run?.id ?? '')}/events`,
        after === 0 ? {} : { after },
      );
      return this.#options.fetch(url, optionsOf(request, 'text/event-stream', signal));
    };
    const open: OpenRun = {
      threadId: given.threadId,
      shownBefore: given.shownBefore,
      body: new RunBody({
        response,
        disconnect,
        silenceMs: this.#options.silenceMs,
        reconnect: run && reconnect,
        onFrame: (frame) => (open.threadId ??= createdThread(frame)),
        onEnd: (how) => {
          this.#open.delete(open);
          if (how === 'left' && run) this.#known.delete(run.id); // the page may join it again
          given.end?.(how);
          if (how !== 'stopped') return;
          const target = run ? { run_id: run.id } : { thread_id: open.threadId };
          if (run ?? open.threadId) void this.#postStop(request, target);
        },
      }),
    };
    this.#open.add(open);
    return open;
  }

  #keyOf(headers: unknown): string {
    if (typeof headers !== 'object' || headers === null) return randomKey();
    const key = this.#keys.get(headers) ?? randomKey();
    this.#keys.set(headers, key);
    return key;
  }

  /** Handles `chatkit.response.stop`, which does not name the thread: the element stops the answer that it shows. */
  hearStop(): void {
    this.#lastStopEvent = performance.now();
    for (const open of this.#open) {
      const isShown = open.threadId === this.shown || open.threadId === undefined || this.shown === undefined;
      const isNew = open.shownBefore !== undefined && open.shownBefore === this.shown;
      if (isShown || isNew) open.body.stop();
    }
  }

  /** Handles an abort by the chat. It comes after the end of every stream, too, and after the page was left. */
  #hearAbort({ body }: OpenRun): void {
    if (!body.isOpen || this.#isLeaving) return;
    body.stop();
    if (!this.onLoad) return; // no element reports its events
    setTimeout(() => {
      if (performance.now() - this.#lastStopEvent < 2 * stopEventMs) return;
      this.bePlain('fires no chatkit.response.stop');
    }, stopEventMs);
  }

  async #postStop(request: ChatRequest, target: object): Promise<void> {
    const options = optionsOf(request, '*/*', null, JSON.stringify(target));
    const response = await this.#ask(runsUrl(request.url, '/runs/stop'), options, stopAttempts);
    if (!response) console.warn('chatkit-express: Stop could not be sent');
  }

  /** Asks until there is an answer that a later attempt will not change. Returns undefined when there is none. */
  async #ask(url: string, options: RequestInit, attempts: number): Promise<Response | undefined> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await pause(attempt);
      const response = await this.#options.fetch(url, options).catch(() => undefined);
      if (response && (response.ok || isFinal(response))) return response;
    }
    return undefined;
  }

  /** Makes every later request a plain `fetch`, because the element does not behave as the rules here expect. */
  bePlain(reason: string): void {
    if (this.#isPlain) return;
    this.#isPlain = true;
    console.warn(`chatkit-express: the element ${reason}: answers are no longer continued`);
  }

  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Returns true while a body carries a run of the thread. */
  isCarrying(threadId: string): boolean {
    return [...this.#open].some((open) => open.threadId === threadId);
  }

  /** Returns the open runs of a thread. Undefined when they cannot be listed. */
  async list(threadId: string): Promise<ListedRun[] | undefined> {
    if (!this.#latest) return undefined;
    const url = runsUrl(this.#latest.url, '/runs', { thread_id: threadId });
    const response = await this.#ask(url, optionsOf(this.#latest, '*/*', null), listAttempts);
    if (!response?.ok) return undefined;
    const { data } = Object(await response.json().catch(() => undefined)) as { data?: ListedRun[] };
    return data;
  }

  /** Returns the first run that no body of this page has carried, once the posts under way have named theirs. */
  async firstUnknown(runs: readonly ListedRun[]): Promise<ListedRun | undefined> {
    await Promise.allSettled(this.#posts);
    return runs.find(({ id }) => !this.#known.has(id));
  }

  /** Lets an action join the run. Resolves when its body has ended, with false for a run that could not be joined. */
  join(run: ListedRun, threadId: string, act: () => Promise<unknown>): Promise<boolean> {
    this.#known.add(run.id);
    return new Promise((resolve) => {
      const settle: Join['settle'] = (isJoined) => {
        this.#joins.delete(run.id);
        resolve(isJoined);
      };
      this.#joins.set(run.id, { run, threadId, settle });
      act().catch(() => settle(false));
    });
  }
}

function parse(text = ''): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}

function createdThread({ data }: Frame): string | undefined {
  if (!data?.includes('"thread.created"')) return undefined;
  const { type, thread } = parse(data) as { type?: string; thread?: { id?: string } };
  return type === 'thread.created' ? thread?.id : undefined;
}
