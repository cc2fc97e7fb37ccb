// Sends the requests of the protocol, and reads their answers.
import { pause } from '../browser/back-off';
import { isEventStream, isFinal, type ListedRun, randomKey, runsUrl } from '../browser/endpoint';
import { RunBody, type RunBodyOptions } from '../browser/run-body';
import type { Attachment, RequestParams } from '../protocol';
import type { Order } from '../protocol/page';
import { AnswerStream, type AnswerSource, type Opened } from './answer-stream';
import { LineSplitter } from './lines';
import { errorOf, RequestError } from './request-error';
import { sendUpload } from './send-upload';
import { uploadFile, type UploadOptions, type UploadSender } from './uploads';
import {
  type AnswerTo,
  type Item,
  type JsonRequestType,
  objectOf,
  pageOf,
  parseJson,
  type StreamRequestType,
  type ThreadInfo,
} from './wire';

/** Options of {@link ChatKitClient}. */
export interface ChatKitClientOptions {
  /** The endpoint: the mount path of the middleware, or a whole URL. */
  url: string | URL;
  /** Headers of every request to the endpoint, such as `authorization`. A function is called for each request. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>) | undefined;
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Decides which requests carry cookies, as in `fetch`. Default `same-origin`. */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** The format of streams: Server-Sent Events, or one line of JSON for each event. Default `sse`. */
  format?: 'sse' | 'ndjson' | undefined;
  /**
   * Lets answers continue after a lost connection and a reload. False for a server of another kind that refuses unknown
   * headers or paths. Default: found out from the server.
   */
  runs?: boolean | undefined;
  /**
   * The time without a byte after which a connection counts as lost, in milliseconds. Longer than the server's
   * `heartbeatMs`. Default 40,000.
   */
  silenceMs?: number | undefined;
  /** The pauses before a stream that was answered with 5xx is posted again, in milliseconds. Default: five of them. */
  retryPausesMs?: readonly number[] | undefined;
  /** The URL for uploads with the strategy `direct`. Default `{url}/upload`. */
  uploadUrl?: string | undefined;
  /** Sends the bytes of uploads. Default {@link sendUpload}. */
  sendUpload?: UploadSender | undefined;
}

/** Options of a request. */
export interface RequestOptions {
  /** Ends the request when it is aborted. The request then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of a request for a stream. */
export interface StreamOptions {
  /** Leaves the stream when it is aborted. The iteration then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The `Idempotency-Key` of the request. Default: a random key. */
  idempotencyKey?: string | undefined;
  /**
   * Called before the request is posted again, because it was answered with 5xx or not with a stream.
   * @param attempt From 2.
   */
  onRetry?: ((attempt: number, error: RequestError) => void) | undefined;
  /** Called with a frame that is not JSON. Default: writes a warning to the console. */
  onBadFrame?: ((raw: string) => void) | undefined;
}

/** Options of a list. */
export interface ListOptions extends RequestOptions {
  /** Default `desc` for threads, and `asc` for items. */
  order?: Order | undefined;
  /** The id of the row after which the list begins. Default: the first row. */
  after?: string | undefined;
  /** The number of rows of each page. Default 100, the server's maximum. */
  pageSize?: number | undefined;
}

/** An open run, as the server lists it. */
export interface OpenRun extends ListedRun {
  thread_id: string;
  status: 'running' | 'queued';
  created_at: string;
}

type OnFrame = NonNullable<RunBodyOptions['onFrame']>;

/** The pauses of the official client, as observed, in milliseconds. */
const officialPausesMs: readonly number[] = [1500, 2200, 7800, 5300, 5100];
const stopAttempts = 8;
/** The number of characters of a frame that a warning quotes. */
const quoted = 100;

/** A client of one endpoint. It keeps no state of threads: for that see `Chat`. */
export class ChatKitClient {
  readonly #options: ChatKitClientOptions;
  /** Resolves to true when the headers of runs may be sent. */
  #allowsHeaders: Promise<boolean> | undefined;
  #hasRuns: boolean;

  constructor(options: ChatKitClientOptions) {
    this.#options = options;
    this.#hasRuns = options.runs !== false;
  }

  /**
   * Posts a request that is answered with JSON. A 200 that is not JSON becomes `{}`, as in the official client.
   * @throws RequestError for a refused request, and when there is no answer.
   */
  async request<Type extends JsonRequestType>(
    type: Type,
    params: RequestParams<Type>,
    { signal }: RequestOptions = {},
  ): Promise<AnswerTo<Type>> {
    const init = { method: 'POST', body: JSON.stringify({ type, params }), signal: signal ?? null };
    const response = await this.#send(this.#options.url, '*/*', init);
    return (await jsonOf(response, signal)) as AnswerTo<Type>;
  }

  /** Posts a request that is answered with a stream. The request is sent at once. */
  stream<Type extends StreamRequestType>(
    type: Type,
    params: RequestParams<Type>,
    options: StreamOptions = {},
  ): AnswerStream {
    const connection = new AbortController();
    const body = JSON.stringify({ type, params });
    return this.#answer(connection, options, (onFrame, ending) =>
      this.#post(body, { connection, ending, onFrame }, options),
    );
  }

  /** Yields the threads of the user, page by page as they are needed. */
  async *threads({ order = 'desc', after, pageSize = 100, signal }: ListOptions = {}): AsyncGenerator<ThreadInfo> {
    yield* pages<ThreadInfo>(after, (cursor) =>
      this.request('threads.list', { limit: pageSize, order, after: cursor }, { signal }),
    );
  }

  /** Yields the items of a thread, page by page as they are needed. */
  async *items(
    threadId: string,
    { order = 'asc', after, pageSize = 100, signal }: ListOptions = {},
  ): AsyncGenerator<Item> {
    yield* pages<Item>(after, (cursor) =>
      this.request('items.list', { thread_id: threadId, limit: pageSize, order, after: cursor }, { signal }),
    );
  }

  /**
   * Lists the open runs of a thread, the oldest first. Empty when the server has no runs.
   * @throws RequestError when the list cannot be read.
   */
  async openRuns(threadId: string, { signal }: RequestOptions = {}): Promise<OpenRun[]> {
    if (!this.#hasRuns) return [];
    const url = runsUrl(this.#options.url, '/runs', { thread_id: threadId });
    const response = await this.#send(url, '*/*', { signal: signal ?? null });
    try {
      return pageOf(await jsonOf(response, signal)).rows as OpenRun[];
    } catch (error) {
      // This package names the code of each error. A 404 without a code is a server that does not have the path.
      if (!(error instanceof RequestError) || ![404, 405, 501].includes(error.status ?? 0)) throw error;
      if (error.code === undefined) this.#hasRuns = false;
      return [];
    }
  }

  /**
   * Joins an open run, for example after a reload. The stream begins with the items that the run has made so far. It is
   * empty when the server no longer knows the run.
   */
  join(run: Pick<OpenRun, 'id'>, options: Pick<StreamOptions, 'signal' | 'onBadFrame'> = {}): AnswerStream {
    const connection = new AbortController();
    return this.#answer(connection, options, async (onFrame) => ({
      runId: run.id,
      body: this.#bodyOf({ runId: run.id, connection, onFrame }),
      stop: () => this.#stopRun({ run_id: run.id }),
    }));
  }

  /**
   * Uploads a file. Resolves to its attachment, whose id a message can contain.
   * @throws RequestError for a refused upload. When the signal is aborted, its reason.
   */
  async upload(file: File, options: UploadOptions = {}): Promise<Attachment> {
    const { url, uploadUrl = runsUrl(url, '/upload'), sendUpload: send = sendUpload } = this.#options;
    const announce = async (wanted: RequestParams<'attachments.create'>) =>
      objectOf(await this.request('attachments.create', wanted, { signal: options.signal }));
    return uploadFile({ send, directUrl: uploadUrl, headers: () => this.#headers(), announce }, file, options);
  }

  #answer(
    connection: AbortController,
    { signal, onBadFrame = warnOfFrame }: StreamOptions,
    open: AnswerSource['open'],
  ): AnswerStream {
    const abort = () => connection.abort();
    return new AnswerStream({ open, abort, onBadFrame }, signal);
  }

  /** Posts a request for a stream, and again after a 5xx. */
  async #post(
    body: string,
    { connection, ending, onFrame }: { connection: AbortController; ending: AbortSignal; onFrame: OnFrame },
    { idempotencyKey = randomKey(), onRetry }: StreamOptions,
  ): Promise<Opened> {
    const { retryPausesMs = officialPausesMs, format } = this.#options;
    const { signal } = connection;
    const runHeaders = { 'chatkit-run-control': '1', 'idempotency-key': idempotencyKey };
    const own = (await this.#mayNameRuns(runHeaders)) ? runHeaders : undefined;
    const post = (accept: string, ended: AbortSignal) =>
      this.#send(this.#options.url, accept, { method: 'POST', body, signal: ended }, own);
    for (let attempt = 1; ; attempt++) {
      const response = await post(format === 'ndjson' ? 'application/x-ndjson' : 'text/event-stream', signal);
      const isLines = response.headers.get('content-type')?.startsWith('application/x-ndjson');
      if (isEventStream(response) || (response.ok && isLines)) {
        const runId = (own && response.headers.get('chatkit-run-id')) ?? undefined;
        let threadId = threadOf(body);
        const target = () => (runId === undefined ? { thread_id: threadId } : { run_id: runId });
        // A page of another origin reads only the headers that CORS exposes. The thread then stands for its run.
        const isHidden = own !== undefined && runId === undefined && this.#isCrossOrigin;
        const frames = isLines ? new LineSplitter() : undefined;
        const repeat = (ended: AbortSignal) => post('text/event-stream', ended);
        const opened = { runId, connection, response, repeat, frames };
        return {
          runId,
          body: this.#bodyOf({
            ...opened,
            onFrame: (frame) => {
              if (isHidden && threadId === undefined) threadId = createdThread(frame.data);
              onFrame(frame);
            },
          }),
          stop: runId === undefined && !isHidden ? undefined : () => this.#stopRun(target()),
        };
      }
      const ms = response.ok || response.status >= 500 ? retryPausesMs[attempt - 1] : undefined;
      const text = await response.text().catch(() => '');
      const error = response.ok ? new RequestError('The answer is not a stream') : errorOf(response, text);
      if (ms === undefined || ending.aborted) throw error;
      onRetry?.(attempt + 1, error);
      await wait(Math.max(ms, error.retryAfterMs ?? 0), ending);
    }
  }

  #bodyOf(given: {
    runId: string | undefined;
    connection: AbortController;
    response?: Response;
    /** Posts the request again, for a stream of which nothing has arrived. */
    repeat?: (signal: AbortSignal) => Promise<Response>;
    frames?: LineSplitter | undefined;
    onFrame: OnFrame;
  }): RunBody {
    const { runId, connection, response, repeat, frames, onFrame } = given;
    let isEmpty = true;
    const reconnect = (after: number, signal: AbortSignal) => {
      if (repeat && isEmpty) return repeat(signal);
      const path = `/runs/${encodeURIComponent(runId ?? '')}/events`;
      const url = runsUrl(this.#options.url, path, after === 0 ? {} : { after });
      return this.#send(url, 'text/event-stream', { signal });
    };
    return new RunBody({
      response,
      frames,
      silenceMs: this.#options.silenceMs ?? 40_000,
      disconnect: () => connection.abort(),
      reconnect: runId === undefined ? undefined : reconnect,
      onFrame: (frame) => {
        if (frame.data !== undefined) isEmpty = false;
        onFrame(frame);
      },
      onEnd: () => undefined,
    });
  }

  async #stopRun(target: { run_id: string } | { thread_id: string | undefined }): Promise<boolean> {
    const url = runsUrl(this.#options.url, '/runs/stop');
    // With `keepalive` the request also arrives when the page closes.
    const init = { method: 'POST', body: JSON.stringify(target), keepalive: true };
    for (let attempt = 0; attempt < stopAttempts; attempt++) {
      if (attempt > 0) await pause(attempt);
      const response = await this.#send(url, '*/*', init).catch(() => undefined);
      if (response?.ok) return true;
      if (response && isFinal(response)) break;
    }
    return false;
  }

  /**
   * Returns false when the headers of runs would fail a request. In a page of another origin the endpoint has to allow
   * them. A server of another kind may not, so a harmless request asks first.
   */
  async #mayNameRuns(runHeaders: Record<string, string>): Promise<boolean> {
    const { url, runs } = this.#options;
    if (runs === false) return false;
    if (runs === true || !this.#isCrossOrigin) return true;
    const body = JSON.stringify({ type: 'threads.list', params: { limit: 1, order: 'desc' } });
    const ask = async (more?: Record<string, string>) =>
      this.#send(url, '*/*', { method: 'POST', body }, more).then(
        () => true,
        () => false,
      );
    this.#allowsHeaders ??= ask(runHeaders).then(async (isAllowed) => {
      if (isAllowed) return true;
      if (!(await ask()))
        this.#allowsHeaders = undefined; // the server cannot be reached at all
      else {
        this.#hasRuns = false;
        console.warn('chatkit-express: the server does not allow the headers of runs: answers are not continued');
      }
      return false;
    });
    return this.#allowsHeaders;
  }

  get #isCrossOrigin(): boolean {
    const { location } = globalThis as { location?: { origin: string } };
    return location !== undefined && new URL(runsUrl(this.#options.url, '')).origin !== location.origin;
  }

  async #headers(): Promise<Record<string, string>> {
    const { headers } = this.#options;
    return { ...(typeof headers === 'function' ? await headers() : headers) };
  }

  /** Sends a request. Rejects with RequestError when there is no answer, and with the signal's reason on an abort. */
  async #send(
    url: string | URL,
    accept: string,
    init: RequestInit,
    more: Record<string, string> = {},
  ): Promise<Response> {
    const { fetch: send = globalThis.fetch, credentials = 'same-origin' } = this.#options;
    const headers = { ...(init.body && { 'content-type': 'application/json' }), accept, ...(await this.#headers()) };
    try {
      return await send(url, { ...init, credentials, headers: { ...headers, ...more } });
    } catch (error) {
      init.signal?.throwIfAborted();
      throw new RequestError('The server could not be reached', { cause: error });
    }
  }
}

/** Reads a JSON answer. Returns `{}` for a 200 that is not JSON. */
async function jsonOf(response: Response, signal?: AbortSignal): Promise<Record<string, unknown>> {
  const text = await response.text().catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new RequestError('The answer broke off', { cause: error });
  });
  if (!response.ok) throw errorOf(response, text);
  return objectOf(parseJson(text));
}

/** Returns the id of the thread that a request names. */
function threadOf(body: string): string | undefined {
  const { thread_id } = objectOf(objectOf(parseJson(body))['params']);
  return typeof thread_id === 'string' ? thread_id : undefined;
}

/** Returns the id of the thread that an event has created. */
function createdThread(data = ''): string | undefined {
  const { type, thread } = objectOf(parseJson(data));
  const { id } = objectOf(thread);
  return type === 'thread.created' && typeof id === 'string' ? id : undefined;
}

/** Yields the rows of all pages. The cursor is the id of the last row, whatever the page says. */
async function* pages<Row extends { id: string }>(
  after: string | undefined,
  read: (after: string | undefined) => Promise<unknown>,
): AsyncGenerator<Row> {
  for (let cursor = after; ;) {
    const { rows, hasMore } = pageOf(await read(cursor));
    yield* rows as Row[];
    const last = objectOf(rows.at(-1))['id'];
    if (!hasMore || typeof last !== 'string' || last === cursor) return; // a server may say so for ever
    cursor = last;
  }
}

function warnOfFrame(raw: string): void {
  console.warn(`chatkit-express: a frame of the stream is not JSON: ${raw.slice(0, quoted)}`);
}

/** Waits for `ms` milliseconds. Rejects when the signal is aborted. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
