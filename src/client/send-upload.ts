// Sends a file. Browsers report the progress of a request only for XMLHttpRequest.
import type { UploadSender } from './uploads';

/** The part of XMLHttpRequest that is used here. */
interface ProgressRequest {
  upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  onload: (() => void) | null;
  readonly status: number;
  readonly statusText: string;
  readonly responseText: string;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  abort(): void;
  send(body: Blob | FormData): void;
}

/** Sends a file with XMLHttpRequest where there is one, and otherwise with `fetch`, which reports no progress. */
export const sendUpload: UploadSender = (request) => {
  const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: new () => ProgressRequest };
  return XMLHttpRequest ? sendWithProgress(new XMLHttpRequest(), request) : sendWithFetch(request);
};

const sendWithFetch: UploadSender = async ({ method, url, headers, body, onProgress, signal }) => {
  const response = await fetch(url, { method, headers, body, signal });
  const text = await response.text();
  onProgress(1);
  const { status, statusText } = response;
  return { status, statusText, headers: Object.fromEntries(response.headers), text };
};

function sendWithProgress(
  request: ProgressRequest,
  { method, url, headers, body, onProgress, signal }: Parameters<UploadSender>[0],
): ReturnType<UploadSender> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => () => reject(new Error(message));
    const abort = () => request.abort();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = fail('The connection broke off, or the server does not allow this page (CORS)');
    request.onabort = fail('The upload was aborted');
    request.onload = () => {
      const { status, statusText, responseText: text } = request;
      signal.removeEventListener('abort', abort);
      resolve({ status, statusText, text, headers: headersFrom(request.getAllResponseHeaders()) });
    };
    signal.addEventListener('abort', abort);
    request.send(body);
  });
}

function headersFrom(lines: string): Record<string, string> {
  const entries = lines
    .trim()
    .split(/\r?\n/)
    .map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    });
  return Object.fromEntries(entries);
}
