// Uploads files, with both strategies of the official client.
import type { ExchangeLog } from './exchange';
import { bytesOf, parseJson } from './frames';
import { refusal, RequestError, type Transport } from './transport';
import { type Attachment, objectOf } from './wire';

/** `direct` sends the file to one address; `two_phase` asks where to send it first. */
export type UploadStrategy = 'direct' | 'two_phase';

export interface UploadRequest {
  method: 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body: Blob | FormData;
  /** From 0 to 1. */
  onProgress: (sent: number) => void;
  signal: AbortSignal;
}

export interface UploadAnswer {
  status: number;
  statusText: string;
  headers: Record<string, string>;
  text: string;
}

/** Sends a body and reports progress. A browser uses XMLHttpRequest, because fetch reports no progress. */
export type UploadSender = (request: UploadRequest) => Promise<UploadAnswer>;

export interface UploaderOptions {
  transport: Transport;
  log: ExchangeLog;
  send: UploadSender;
  /** Where the strategy `direct` sends to. */
  directUrl: string;
}

type Watcher = Pick<UploadRequest, 'onProgress' | 'signal'>;
type Target = Pick<UploadRequest, 'method' | 'url' | 'headers'>;

/** Returns the type that the browser reports for the file, or a fallback for a type that the browser does not know. */
const typeOf = (file: File) => file.type || 'application/octet-stream';

export class Uploader {
  readonly #options: UploaderOptions;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  /** Uploads one file and resolves to its attachment. @throws RequestError; when aborted, what the sender throws. */
  async upload(strategy: UploadStrategy, file: File, watcher: Watcher): Promise<Attachment> {
    return strategy === 'direct' ? this.#direct(file, watcher) : this.#twoPhase(file, watcher);
  }

  async #direct(file: File, watcher: Watcher): Promise<Attachment> {
    const { transport, directUrl: url } = this.#options;
    const answer = await this.#transfer({ method: 'POST', url, headers: transport.commonHeaders() }, file, watcher);
    if (typeof answer['id'] !== 'string' || typeof answer['mime_type'] !== 'string') {
      throw new RequestError('The answer to the upload has no id or no mime_type');
    }
    return attachmentOf(answer, file);
  }

  async #twoPhase(file: File, watcher: Watcher): Promise<Attachment> {
    const { transport } = this.#options;
    const wanted = { name: file.name, size: file.size, mime_type: typeOf(file) };
    const created = await transport.json('attachments.create', wanted);
    const { url, method, headers } = objectOf(created['upload_descriptor']);
    if (typeof url !== 'string') throw new RequestError('The attachment has no upload_descriptor');
    const put = method === 'PUT'; // anything but exactly this is sent as a form
    const ownHeaders = {
      'chatkit-frame-instance-id': transport.frameId,
      ...(put && { 'content-type': typeOf(file) }),
      ...lowerCase(objectOf(headers)),
    };
    await this.#transfer({ method: put ? 'PUT' : 'POST', url, headers: ownHeaders }, file, watcher);
    return attachmentOf(created, file);
  }

  async #transfer({ method, url, headers }: Target, file: File, watcher: Watcher): Promise<Record<string, unknown>> {
    const form = method === 'POST';
    const recording = this.#options.log.begin({
      kind: 'upload',
      type: 'upload',
      method,
      url,
      requestHeaders: headers,
      requestBody: `${form ? 'A form with the field "file"' : 'Raw bytes'}: ${file.name}, ${typeOf(file)}, ${file.size} bytes`,
      params: {},
      requestBytes: file.size,
      attempt: 1,
    });
    const onProgress = (progress: number) => {
      recording.update({ progress });
      watcher.onProgress(progress);
    };
    const body = form ? formOf(file) : file;
    const { signal } = watcher;
    let answer: UploadAnswer;
    try {
      answer = await this.#options.send({ method, url, headers, body, onProgress, signal });
    } catch (error) {
      recording.endBadly(error, signal.aborted);
      throw signal.aborted ? error : new RequestError('The upload failed', undefined, { cause: error });
    }
    const { status, statusText, headers: responseHeaders, text } = answer;
    recording.end('done', { status, statusText, responseHeaders, responseBody: text, responseBytes: bytesOf(text) });
    if (status < 200 || status > 299) throw refusal(answer, text);
    return objectOf(parseJson(text));
  }
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
