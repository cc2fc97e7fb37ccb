// Records the requests of the client for the inspector, and adds the header by which the official client names its page.
import { sendUpload, type UploadSender } from 'chatkit-express/client';
import { isEventStream, randomKey } from '../../../src/browser/endpoint';
import type { ExchangeLog, ExchangeStart, Recording } from './exchange';
import { bytesOf, eventReader, parseJson } from './frames';
import { objectOf } from './wire';

/** The number of times that the client posts a stream which is answered with 5xx. */
const maxAttempts = 6;

export interface Recorder {
  fetch: typeof fetch;
  sendUpload: UploadSender;
}

/**
 * Returns functions that send requests and record them.
 * @param send Sends the requests. Default: the global `fetch`.
 * @param sendFile Sends the bytes of uploads. Default: that of the client.
 */
export function recorderOf(
  log: ExchangeLog,
  { send = fetch, sendFile = sendUpload }: { send?: typeof fetch; sendFile?: UploadSender } = {},
): Recorder {
  const frame = { 'chatkit-frame-instance-id': randomUuid() };
  /** How often each body was answered with something that lets the client post it again. */
  const attempts = new Map<string, number>();
  return {
    async fetch(input, init = {}) {
      const url = input instanceof Request ? input.url : input.toString();
      const headers = { ...frame, ...Object.fromEntries(new Headers(init.headers)) };
      const start = startOf(url, { ...init, headers });
      const attempt = (attempts.get(start.requestBody) ?? 0) + 1;
      const recording = log.begin({ ...start, attempt });
      try {
        const response = await send(url, { ...init, headers });
        const { status, statusText } = response;
        const responseHeaders = Object.fromEntries(response.headers);
        recording.update({ status, statusText, responseHeaders, headersAfter: recording.elapsed });
        const isRepeated = start.kind === 'stream' && mayRepeat(response) && start.method === 'POST';
        attempts.delete(start.requestBody);
        if (isRepeated && attempt < maxAttempts) attempts.set(start.requestBody, attempt);
        const outcome = isRepeated && attempt < maxAttempts ? 'posted_again' : 'done';
        return recorded(response, recording, { outcome, signal: init.signal });
      } catch (error) {
        recording.endBadly(error, init.signal?.aborted === true);
        throw error;
      }
    },
    async sendUpload(request) {
      const headers = { ...frame, ...request.headers };
      const recording = log.begin(startOfUpload({ ...request, headers }));
      const onProgress = (progress: number) => {
        recording.update({ progress });
        request.onProgress(progress);
      };
      try {
        const answer = await sendFile({ ...request, headers, onProgress });
        const { status, statusText, headers: responseHeaders, text } = answer;
        const size = bytesOf(text);
        recording.end('done', { status, statusText, responseHeaders, responseBody: text, responseBytes: size });
        return answer;
      } catch (error) {
        recording.endBadly(error, request.signal.aborted);
        throw error;
      }
    },
  };
}

/** Returns a UUID of version 4, also in a page that is not secure, which lacks `crypto.randomUUID`. */
function randomUuid(): string {
  return randomKey().replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5');
}

function mayRepeat(response: Response): boolean {
  return response.status >= 500 || (response.ok && !isEventStream(response));
}

function startOf(url: string, { method = 'GET', headers, body }: RequestInit): Omit<ExchangeStart, 'attempt'> {
  const requestHeaders = headers as Record<string, string>;
  const requestBody = typeof body === 'string' ? body : '';
  const { type, params } = objectOf(parseJson(requestBody));
  const [, path] = /\/(runs(?:\/.*)?)$/.exec(new URL(url, 'http://page.invalid').pathname) ?? [];
  return {
    kind: requestHeaders['accept'] === 'text/event-stream' ? 'stream' : 'json',
    type: typeof type === 'string' ? type : nameOf(path),
    method,
    url,
    requestHeaders,
    requestBody,
    params: objectOf(params),
    requestBytes: bytesOf(requestBody),
  };
}

/** Names a request for runs, which has no type of the protocol. */
function nameOf(path: string | undefined): string {
  if (path === undefined) return 'unknown';
  if (path === 'runs') return 'runs.list';
  return path === 'runs/stop' ? 'runs.stop' : 'runs.events';
}

function startOfUpload({ method, url, headers, body }: Parameters<UploadSender>[0]): ExchangeStart {
  const file = body instanceof FormData ? (body.get('file') as File) : (body as File);
  const what = method === 'POST' ? 'A form with the field "file"' : 'Raw bytes';
  return {
    kind: 'upload',
    type: 'upload',
    method,
    url,
    requestHeaders: headers,
    requestBody: `${what}: ${file.name}, ${file.type || 'application/octet-stream'}, ${file.size} bytes`,
    params: {},
    requestBytes: file.size,
    attempt: 1,
  };
}

/** Returns the response with a body that is recorded as it is read. */
function recorded(
  response: Response,
  recording: Recording,
  { outcome, signal }: { outcome: 'done' | 'posted_again'; signal?: AbortSignal | null },
): Response {
  if (!response.body) {
    recording.end(outcome, { responseBody: '' });
    return response;
  }
  const reader = response.body.getReader();
  const take = isEventStream(response) ? takeEvents(recording) : takeText(recording);
  let isOver = false;
  const end = (finish: () => void) => {
    if (isOver) return;
    isOver = true;
    signal?.removeEventListener('abort', abort);
    finish();
  };
  // A reader that has read the mark at the end of a stream may close the connection before its end.
  const abort = () => end(() => (take.isWhole() ? recording.end(outcome) : recording.end('aborted')));
  signal?.addEventListener('abort', abort);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            take.chunk(value);
            controller.enqueue(value);
            return;
          }
          end(() => recording.end(outcome, take.end()));
          controller.close();
        } catch (error) {
          end(() => recording.endBadly(error, false));
          controller.error(error);
        }
      },
      async cancel(reason) {
        end(() => recording.end('aborted'));
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

interface Taker {
  chunk(bytes: Uint8Array): void;
  /** Returns true when the whole answer was read, although its connection is open. */
  isWhole(): boolean;
  end(): { responseBody?: string; responseBytes?: number };
}

function takeEvents(recording: Recording): Taker {
  const reader = eventReader();
  return {
    chunk(bytes) {
      const at = recording.elapsed;
      const { frames, bytesSoFar } = reader.read(bytes);
      recording.addEvents(
        frames.map((frame) => ({ ...frame, at })),
        bytesSoFar,
      );
    },
    isWhole: () => reader.hasEnded,
    end: () => ({}),
  };
}

function takeText(recording: Recording): Taker {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  return {
    chunk(bytes) {
      text += decoder.decode(bytes, { stream: true });
      size += bytes.byteLength;
      recording.update({ responseBytes: size });
    },
    isWhole: () => false,
    end: () => ({ responseBody: text + decoder.decode(), responseBytes: size }),
  };
}
