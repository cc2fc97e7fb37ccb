// The routes that take files: POST /upload as a form, and PUT or POST /upload/:id with a token.
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import { attachmentView } from '../uploads/links';
import { discardFile, type IncomingFile, receiveAnnounced, receiveFile } from '../uploads/receive';
import { endedEarly, tooLarge } from '../uploads/intake';
import { baseUrlOf } from './base-url';
import { sendJson } from './json';

/** What a form may have around its file, in bytes. */
export const formBytes = 64 * 1024;

/** A file that nobody announced: the context says whose it is. Answers with the attachment. */
export async function takeFile<TContext>(
  request: Request,
  response: Response,
  options: ResolvedOptions<TContext>,
): Promise<void> {
  if (!options.attachmentStore) {
    options.logger.error({}, 'an attachment came and there is no place for it: add `attachmentStore` to the options');
    throw new ChatKitError('not_implemented', 'This server does not take attachments');
  }
  const context = options.context ? await options.context(request, response) : ({} as TContext);
  const scope = { options, context };
  const { maxBytes } = options.uploads;
  const length = contentLength(request);
  if (length > maxBytes + formBytes) throw tooLarge(maxBytes);
  const attachment = await readForm(request, response, {
    receive: (file) => receiveFile(file, length, scope),
    undo: (received) => discardFile(received, scope),
  });
  const show = attachmentView({ ...scope, baseUrl: baseUrlOf(request) });
  sendJson(response, 200, show(attachment));
}

/** The bytes of an announced file, raw or in a form. The token is the authority: no context is made. */
export async function takeAnnounced<TContext>(
  request: Request,
  response: Response,
  { id, options }: { id: string; options: ResolvedOptions<TContext> },
): Promise<void> {
  const claims = options.uploads.tokens.verify(request.query['token'], { purpose: 'upload', id });
  const receive = (file: IncomingFile) => receiveAnnounced(file, claims, options);
  if (request.method === 'POST') {
    if (contentLength(request, 0) > claims.size + formBytes) throw tooLarge(claims.size);
    await readForm(request, response, { receive, undo: async () => undefined });
  } else {
    if (contentLength(request, claims.size) !== claims.size) {
      throw new ChatKitError('invalid_request', `content-length: the file was announced with ${claims.size} bytes`);
    }
    checkUnread(request);
    const mimeType = request.headers['content-type'] ?? '';
    const { signal, stop } = leaving(request, response);
    await receive({ source: request, name: claims.name, mimeType, signal }).finally(stop);
  }
  sendJson(response, 200, {});
}

interface FormUse<T> {
  receive: (file: IncomingFile) => Promise<T>;
  /** Takes back what was received, when the rest of the form is refused. */
  undo: (received: T) => Promise<void>;
}

/**
 * Receives the one file of a form, in its field `file`. Settles as soon as it is known how this ends: the package that
 * reads the form would read all that the client still sends before it tells of an error.
 */
export async function readForm<T>(request: Request, response: Response, { receive, undo }: FormUse<T>): Promise<T> {
  if (!request.is('multipart/form-data')) {
    throw new ChatKitError('unsupported_media_type', 'content-type: send multipart/form-data');
  }
  checkUnread(request);
  const { signal, stop } = leaving(request, response);
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
      const limits = { fields: 20, fieldSize: formBytes, fieldNameSize: 200, headerPairs: 100 };
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
  } finally {
    stop();
  }
}

/** What multer and busboy say of a malformed form is meant for its sender. */
function formError(error: unknown): ChatKitError {
  if (error instanceof ChatKitError) return error;
  const message = error instanceof MulterError || error instanceof Error ? error.message : 'it is malformed';
  return new ChatKitError('invalid_request', `The form cannot be read: ${message}`, { cause: error });
}

/** A signal that is aborted when the client leaves before it has its answer. */
function leaving(request: Request, response: Response): { signal: AbortSignal; stop: () => void } {
  const abort = new AbortController();
  const leave = () => abort.abort(endedEarly());
  request.once('aborted', leave);
  response.once('close', leave);
  if (request.destroyed || request.socket.destroyed) leave(); // while the context was made: no event will tell
  const stop = () => {
    request.off('aborted', leave);
    response.off('close', leave);
  };
  return { signal: abort.signal, stop };
}

function checkUnread(request: Request): void {
  if (!request.readableDidRead && !request.readableEnded) return;
  throw new ChatKitError('internal', 'The body of an upload was read before the middleware');
}

/** What the request says of its body's size, in bytes. */
export function contentLength({ headers }: Request, unknown = Number.MAX_SAFE_INTEGER): number {
  return headers['content-length'] === undefined ? unknown : Number(headers['content-length']);
}
