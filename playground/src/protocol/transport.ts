// Sends requests as the official client does: with the same headers, reading of answers and repeated posts of a stream.
import type { ExchangeLog, Recording } from './exchange';
import { bytesOf, parseJson, readEvents } from './frames';
import { objectOf } from './wire';

/** The URL of the requests, and the headers that are added to those of the protocol. */
export interface TransportOptions {
  url: string;
  log: ExchangeLog;
  /** The locale for the header `accept-language`. Default `en`. */
  locale?: string;
  /** Returns the user's own headers, such as `authorization`. Called for each request. */
  headers?: () => Record<string, string>;
  /** Sends the requests. Default is the global `fetch`. */
  fetch?: typeof fetch;
  /** Waits between two attempts. Rejects when the signal is aborted. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface StreamHandlers {
  signal: AbortSignal;
  onEvent: (event: Record<string, unknown>) => void;
  /** Called for each frame that is not JSON. */
  onBadFrame: (raw: string) => void;
  /** Called after a 5xx or an answer that is not a stream, before the request is posted for the `attempt`th time. */
  onPostedAgain?: (attempt: number, reason: string) => void;
}

/** Reports a refused request or a failed connection. `message` is the text that the official client shows. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** The HTTP status. `undefined` if there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The pauses before a stream is posted again, as observed, in milliseconds. After the fifth the client gives up. */
export const retryPausesMs: readonly number[] = [1500, 2200, 7800, 5300, 5100];

export class Transport {
  /** The id of this page, which every request sends in the header `chatkit-frame-instance-id`. */
  readonly frameId = crypto.randomUUID();
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Returns the headers that requests and uploads share. */
  commonHeaders(): Record<string, string> {
    const { locale = 'en', headers } = this.#options;
    return { 'chatkit-frame-instance-id': this.frameId, 'accept-language': locale, ...headers?.() };
  }

  /** Posts a request whose answer is JSON. Returns `{}` for a 200 that is not JSON. @throws RequestError */
  async json(type: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const request = this.#begin('json', type, params, 1);
    const response = await this.#post(request);
    const text = await readText(request.recording, response);
    if (!response.ok) throw refusal(response, text);
    return objectOf(parseJson(text));
  }

  /**
   * Posts a request whose answer is a stream, and passes each event to the handlers when it arrives. Resolves when the
   * stream has ended.
   * @throws RequestError if the request was refused, broke off, or was answered with 5xx too often. If the signal was
   * aborted, its reason.
   */
  async stream(type: string, params: Record<string, unknown>, handlers: StreamHandlers): Promise<void> {
    const { wait = waitFor } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const request = this.#begin('stream', type, params, attempt);
      const response = await this.#post(request, handlers.signal);
      if (response.ok && isEventStream(response)) {
        await readStream(request.recording, response, handlers);
        return;
      }
      const pause = response.ok || response.status >= 500 ? retryPausesMs[attempt - 1] : undefined;
      const text = await readText(request.recording, response, pause === undefined ? 'done' : 'posted_again');
      if (pause === undefined) throw refusal(response, text);
      const reason = response.ok ? 'the answer was not a text/event-stream' : `the server answered ${response.status}`;
      handlers.onPostedAgain?.(attempt + 1, reason);
      await wait(pause, handlers.signal);
    }
  }

  #begin(kind: 'stream' | 'json', type: string, params: Record<string, unknown>, attempt: number): Request {
    const { url, log } = this.#options;
    const body = JSON.stringify({ type, params });
    const accept = kind === 'stream' ? 'text/event-stream' : '*/*';
    const headers = { 'content-type': 'application/json', accept, ...this.commonHeaders() };
    const sent = { requestHeaders: headers, requestBody: body, requestBytes: bytesOf(body) };
    return { headers, body, recording: log.begin({ kind, type, method: 'POST', url, params, attempt, ...sent }) };
  }

  /** Sends the request. Resolves when the headers have arrived. */
  async #post({ headers, body, recording }: Request, signal?: AbortSignal): Promise<Response> {
    const send = this.#options.fetch ?? fetch;
    try {
      const response = await send(this.#options.url, { method: 'POST', headers, body, signal });
      const { status, statusText } = response;
      const responseHeaders = Object.fromEntries(response.headers);
      recording.update({ status, statusText, responseHeaders, headersAfter: recording.elapsed });
      return response;
    } catch (error) {
      recording.endBadly(error, signal?.aborted === true);
      throw signal?.aborted ? error : new RequestError('The server could not be reached', undefined, { cause: error });
    }
  }
}

interface Request {
  headers: Record<string, string>;
  body: string;
  recording: Recording;
}

function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') === true;
}

async function readText(recording: Recording, response: Response, outcome: 'done' | 'posted_again' = 'done') {
  try {
    const text = await response.text();
    recording.end(outcome, { responseBody: text, responseBytes: bytesOf(text) });
    return text;
  } catch (error) {
    recording.endBadly(error, false);
    throw new RequestError('The answer broke off', undefined, { cause: error });
  }
}

async function readStream(recording: Recording, response: Response, handlers: StreamHandlers): Promise<void> {
  const { signal, onBadFrame, onEvent } = handlers;
  try {
    await readEvents(response, (frames, bytesSoFar) => {
      const at = recording.elapsed;
      recording.addEvents(
        frames.map((frame) => ({ ...frame, at })),
        bytesSoFar,
      );
      for (const { raw, data } of frames) {
        if (data === undefined) onBadFrame(raw);
        else onEvent(objectOf(data));
      }
    });
    recording.end('done');
  } catch (error) {
    recording.endBadly(error, signal.aborted);
    throw signal.aborted ? error : new RequestError('The connection broke off', undefined, { cause: error });
  }
}

/** Returns the error for a response that is not OK. Its message is `message` of the body, or else the status text. */
export function refusal({ status, statusText }: Pick<Response, 'status' | 'statusText'>, text: string): RequestError {
  const { message } = objectOf(parseJson(text));
  const shown = typeof message === 'string' && message !== '' ? message : statusText;
  return new RequestError(shown || `Status ${status}`, status);
}

/** Waits for `ms` milliseconds. Rejects when the signal is aborted. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
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
