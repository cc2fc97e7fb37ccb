// Reads a form with one file: POST /upload, POST /upload/:id and POST /transcribe.
import type { Request, Response } from 'express';
import type { StorageEngine } from 'multer';
import { ChatKitError } from '../errors';
import type { FormUse, IncomingForm, RawBody } from '../server';
import { clientSignal } from './connection';
import { unreadBody } from './raw-body';

/** The maximum size of any other field of a form, in bytes. */
const fieldBytes = 64 * 1024;

/** The form of a request. Nothing is read before the server asks for the form. */
export function formOf(request: Request, response: Response): IncomingForm {
  return { ...sizeOf(request), read: (use) => readForm(request, response, use) };
}

/** The body of a request that is the file itself. */
export function rawBodyOf(request: Request, response: Response): RawBody {
  return {
    ...sizeOf(request),
    mimeType: request.headers['content-type'] ?? '',
    open() {
      return { source: unreadBody(request), signal: clientSignal(response) };
    },
  };
}

/** Returns the size that the request declares for its body, in bytes. A chunked request does not declare a size. */
function sizeOf({ headers }: Request): { size?: number } {
  return headers['content-length'] === undefined ? {} : { size: Number(headers['content-length']) };
}

/**
 * Receives the one file of a form, in its field `file`. Settles as soon as the result is known, because the package
 * that reads the form would read everything that the client still sends before it reports an error.
 */
async function readForm<T>(request: Request, response: Response, use: FormUse<T>): Promise<T> {
  const { receive, undo, maxBytes } = use;
  if (!request.is('multipart/form-data')) {
    throw new ChatKitError('unsupported_media_type', 'content-type: send multipart/form-data');
  }
  const refused = new AbortController();
  const signal = AbortSignal.any([clientSignal(response), refused.signal]);
  const { default: multer } = await import('multer'); // loaded at the first form, because most servers receive none
  signal.throwIfAborted(); // multer would wait for the rest of a form whose client has left
  const form = formSource(request);
  let receiving: Promise<T> | undefined;
  let stopCounting: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const storage: StorageEngine = {
        _handleFile(_request, { fieldname, originalname: name, mimetype: mimeType, stream: source }, done) {
          const fault = fieldname !== 'file' ? `${fieldname}: send the file in the field file` : 'file: send one file';
          if (fieldname !== 'file' || receiving) {
            source.resume();
            reject(new ChatKitError('invalid_request', fault));
            done(new Error(fault));
            return;
          }
          receiving = receive({ source, name, mimeType, signal });
          receiving.catch(reject); // rejects at once, because `done` waits for the rest of the form
          receiving.then(
            () => done(null, {}),
            (error: unknown) => {
              source.resume();
              done(error);
            },
          );
        },
        _removeFile: (_request, _file, done) => done(null), // `undo` removes the file below
      };
      const limits = { fields: 20, fieldSize: fieldBytes, fieldNameSize: 200, headerPairs: 100 };
      const read = multer({ storage, limits, defParamCharset: 'utf8' }).any();
      stopCounting = countBytes(form, maxBytes, (error) => {
        refused.abort(error); // stops the receiver of an incomplete file
        reject(error);
      });
      read(form, response, (error: unknown) => {
        if (error) reject(formError(error));
        else resolve();
      });
    });
    if (!receiving) throw new ChatKitError('invalid_request', 'file: send a file in this field');
    return await receiving;
  } catch (error) {
    await receiving?.then(undo, () => undefined);
    throw error;
  } finally {
    stopCounting();
  }
}

/**
 * Returns the request for multer. When a platform has read the request, returns a stream of its bytes with the same
 * headers.
 */
function formSource(request: Request): Request {
  const source = unreadBody(request);
  if (source === request) return request;
  return Object.assign(source, { headers: { 'content-length': '1', ...request.headers } }) as unknown as Request;
}

/** Refuses the form once it exceeds its limit, because the package does not limit the bytes around the file. */
function countBytes(request: Request, maxBytes: number, refuse: (error: ChatKitError) => void): () => void {
  let size = 0;
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) return;
    request.off('data', onData);
    refuse(new ChatKitError('too_large', `The form can have ${maxBytes} bytes`));
  };
  request.on('data', onData);
  return () => request.off('data', onData);
}

/** Multer and busboy write their messages about a malformed form for its sender. */
function formError(error: unknown): ChatKitError {
  if (error instanceof ChatKitError) return error;
  const message = error instanceof Error ? error.message : 'it is malformed';
  return new ChatKitError('invalid_request', `The form cannot be read: ${message}`, { cause: error });
}
