// Reads a form with one file: POST /upload, POST /upload/:id and POST /transcribe.
import type { Request, Response } from 'express';
import type { StorageEngine } from 'multer';
import { ChatKitError } from '../errors';
import type { FormUse, IncomingForm, RawBody } from '../server';
import { clientSignal } from './connection';

/** The largest other field of a form, in bytes. */
const fieldBytes = 64 * 1024;

/** The form that a request brings. Nothing is read before the server asks for it. */
export function formOf(request: Request, response: Response): IncomingForm {
  return { ...sizeOf(request), read: (use) => readForm(request, response, use) };
}

/** The body of a request that is the file itself. */
export function rawBodyOf(request: Request, response: Response): RawBody {
  return {
    ...sizeOf(request),
    mimeType: request.headers['content-type'] ?? '',
    open() {
      checkUnread(request);
      return { source: request, signal: clientSignal(response) };
    },
  };
}

/** The size that the request says for its body, in bytes. A chunked request says none. */
function sizeOf({ headers }: Request): { size?: number } {
  return headers['content-length'] === undefined ? {} : { size: Number(headers['content-length']) };
}

/**
 * Receives the one file of a form, in its field `file`. Settles as soon as the end is known: the package that reads the
 * form would read all that the client still sends before it reports an error.
 */
async function readForm<T>(request: Request, response: Response, { receive, undo }: FormUse<T>): Promise<T> {
  if (!request.is('multipart/form-data')) {
    throw new ChatKitError('unsupported_media_type', 'content-type: send multipart/form-data');
  }
  const { default: multer } = await import('multer'); // at the first form: most servers receive none
  checkUnread(request);
  const signal = clientSignal(response);
  let receiving: Promise<T> | undefined;
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
          receiving.catch(reject); // at once: `done` waits for the rest of the form
          receiving.then(
            () => done(null, {}),
            (error: unknown) => {
              source.resume();
              done(error);
            },
          );
        },
        _removeFile: (_request, _file, done) => done(null), // undone below, whatever the package knows of it
      };
      const limits = { fields: 20, fieldSize: fieldBytes, fieldNameSize: 200, headerPairs: 100 };
      const read = multer({ storage, limits, defParamCharset: 'utf8' }).any();
      read(request, response, (error: unknown) => {
        if (error) reject(formError(error));
        else resolve();
      });
    });
    if (!receiving) throw new ChatKitError('invalid_request', 'file: send a file in this field');
    return await receiving;
  } catch (error) {
    await receiving?.then(undo, () => undefined);
    throw error;
  }
}

/** The messages of multer and busboy about a malformed form are meant for its sender. */
function formError(error: unknown): ChatKitError {
  if (error instanceof ChatKitError) return error;
  const message = error instanceof Error ? error.message : 'it is malformed';
  return new ChatKitError('invalid_request', `The form cannot be read: ${message}`, { cause: error });
}

function checkUnread(request: Request): void {
  if (!request.readableDidRead && !request.readableEnded) return;
  throw new ChatKitError('internal', 'The body of an upload was read before the middleware');
}
