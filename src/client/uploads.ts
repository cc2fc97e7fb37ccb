// Uploads: a form to the endpoint, or a request that asks where the bytes go and then the bytes.
import type { Attachment } from '../protocol';
import { errorOf, RequestError } from './request-error';
import { objectOf, parseJson } from './wire';

/** `direct` posts the file to the endpoint. `two_phase` asks first where the bytes go, for example to a bucket. */
export type UploadStrategy = 'direct' | 'two_phase';

/** How a file is uploaded. */
export interface UploadOptions {
  /** Default `two_phase`. */
  strategy?: UploadStrategy | undefined;
  /** Called with the share of the file that was sent, from 0 to 1. */
  onProgress?: ((sent: number) => void) | undefined;
  /** Ends the upload when it is aborted. */
  signal?: AbortSignal | undefined;
}

/** One request of an upload. */
export interface UploadRequest {
  method: 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body: Blob | FormData;
  /** Called with the share that was sent, from 0 to 1. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

/** The answer to an upload. */
export interface UploadAnswer {
  status: number;
  statusText: string;
  /** With names in lower case. */
  headers: Record<string, string>;
  text: string;
}

/** Sends a body and reports progress. Rejects when there is no answer, and when the signal is aborted. */
export type UploadSender = (request: UploadRequest) => Promise<UploadAnswer>;

export interface Uploading {
  send: UploadSender;
  directUrl: string;
  /** Returns the headers of a request to the endpoint. */
  headers: () => Promise<Record<string, string>>;
  /** Announces a file. Returns its attachment, with the `upload_descriptor`. */
  announce: (wanted: { name: string; size: number; mime_type: string }) => Promise<Record<string, unknown>>;
}

/** The type that the browser reports for the file, or a fallback for a type that the browser does not know. */
const typeOf = (file: File) => file.type || 'application/octet-stream';

/** Uploads one file. Resolves to its attachment. */
export async function uploadFile(uploading: Uploading, file: File, options: UploadOptions): Promise<Attachment> {
  const { strategy = 'two_phase', onProgress = () => undefined, signal = new AbortController().signal } = options;
  const watcher = { onProgress, signal };
  signal.throwIfAborted();
  if (strategy === 'direct') {
    const target = { method: 'POST', url: uploading.directUrl, headers: await uploading.headers() } as const;
    const answer = await transfer(uploading.send, { ...target, ...watcher }, file);
    if (typeof answer['id'] !== 'string' || typeof answer['mime_type'] !== 'string') {
      throw new RequestError('The answer to the upload has no id or no mime_type');
    }
    return attachmentOf(answer, file);
  }
  const created = await uploading.announce({ name: file.name, size: file.size, mime_type: typeOf(file) });
  const { url, method, headers } = objectOf(created['upload_descriptor']);
  if (typeof url !== 'string') throw new RequestError('The attachment has no upload_descriptor');
  const isPut = method === 'PUT'; // any other method is sent as a form, as by the official client
  const own = { ...(isPut && { 'content-type': typeOf(file) }), ...lowerCase(objectOf(headers)) };
  await transfer(uploading.send, { method: isPut ? 'PUT' : 'POST', url, headers: own, ...watcher }, file);
  return attachmentOf(created, file);
}

async function transfer(send: UploadSender, target: Omit<UploadRequest, 'body'>, file: File) {
  const { signal } = target;
  signal.throwIfAborted();
  const answer = await send({ ...target, body: target.method === 'PUT' ? file : formOf(file) }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw new RequestError('The upload failed', { cause: error });
    },
  );
  const { status, text, headers } = answer;
  if (status < 200 || status > 299) throw errorOf({ ...answer, headers: new Headers(headers) }, text);
  return objectOf(parseJson(text));
}

function formOf(file: File): FormData {
  const form = new FormData();
  form.append('file', file, file.name);
  return form;
}

/** Reads the response as an attachment. Missing fields are taken from the file. */
function attachmentOf({ upload_descriptor: _sent, ...answer }: Record<string, unknown>, file: File): Attachment {
  const type = typeof answer['preview_url'] === 'string' ? 'image' : 'file';
  return { name: file.name, type, ...answer } as Attachment;
}

function lowerCase(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
