// Files: an upload as a form, the bytes of an announced attachment, and the download of an attachment.
import type { Readable } from 'node:stream';
import type { ByteRange } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Attachment } from '../protocol';
import { tooLarge } from '../uploads/upload-stream';
import { isSafeInline } from '../uploads/media-type';
import { discardFile, type IncomingFile, receiveAnnounced, receiveFile } from '../uploads/receive-upload';
import type { OperationScope } from './operation';

/** A form with one file, in its field `file`, which the transport reads. */
export interface IncomingForm {
  /** The size of the request's body, in bytes. Undefined when the request does not declare the size. */
  size?: number;
  /**
   * Calls `receive` with the file as soon as its bytes begin. Calls `undo` with the result when the rest of the form is
   * refused. Rejects with ChatKitError `invalid_request` for a form that does not have exactly one file.
   */
  read<T>(use: FormUse<T>): Promise<T>;
}

export interface FormUse<T> {
  /** The largest body of the form, in bytes. The transport refuses a larger body as `too_large` at this limit. */
  maxBytes: number;
  receive: (file: IncomingFile) => Promise<T>;
  undo: (received: T) => Promise<void>;
}

/** The bytes of an announced attachment, as a form or as the raw body. */
export interface AnnouncedUpload {
  id: string;
  /** The token of the upload URL. */
  token: unknown;
  body: IncomingForm | RawBody;
}

/** A request body that is the file itself. */
export interface RawBody {
  /** The size of the request's body, in bytes. Undefined when the request does not declare the size. */
  size?: number;
  /** The declared type. Empty when the request does not declare a type. */
  mimeType: string;
  /** @throws ChatKitError `internal` when another middleware has read the body. */
  open(): { source: Readable; signal: AbortSignal };
}

/** An attachment that can be read: by a redirect to its bytes, or from a stream of them. */
export type ReadableAttachment =
  | { kind: 'redirect'; url: string }
  | {
      kind: 'bytes';
      name: string;
      mimeType: string;
      /** `inline` for images that browsers draw and that cannot hold a script. */
      disposition: 'inline' | 'attachment';
      /** In bytes. */
      size: number;
      etag?: string;
      lastModified?: Date;
      /** The remaining lifetime of the signed URL, in milliseconds. */
      expiresInMs: number;
      /** Reads a range, which includes both ends. Default: all bytes. */
      read(range?: ByteRange): Promise<Readable>;
    };

/** The size that a form may have besides its file, in bytes. */
const formBytes = 64 * 1024;

/**
 * Refuses a form whose declared size is too large, before any of it is read. Returns the largest allowed body, in
 * bytes, for a form that does not declare its size.
 */
export function checkFormSize({ size }: IncomingForm, maxFileBytes: number, refusal: () => ChatKitError): number {
  const maxBytes = maxFileBytes + formBytes;
  if (size !== undefined && size > maxBytes) throw refusal();
  return maxBytes;
}

/** Receives a file that was not announced. Returns the attachment as the client sees it. */
export async function receiveForm<TContext>(form: IncomingForm, scope: OperationScope<TContext>): Promise<Attachment> {
  const { maxBytes } = scope.options.uploads;
  const received = await form.read({
    maxBytes: checkFormSize(form, maxBytes, () => tooLarge(maxBytes)),
    receive: (file) => receiveFile(file, form.size ?? maxBytes, scope),
    undo: (attachment) => discardFile(attachment, scope),
  });
  await scope.prepare([received]);
  return scope.show(received);
}

/** Receives the bytes of an announced attachment. The token names its owner, size and type. */
export async function receiveUpload<TContext>(
  { id, token, body }: AnnouncedUpload,
  options: ResolvedOptions<TContext>,
): Promise<void> {
  const announced = options.uploads.tokens.verify(token, { purpose: 'upload', id });
  const receive = (file: IncomingFile) => receiveAnnounced(file, announced, options);
  const { name, size } = announced;
  if ('read' in body) {
    const maxBytes = checkFormSize(body, size, () => tooLarge(size));
    await body.read({ receive, undo: async () => undefined, maxBytes });
    return;
  }
  if (body.size !== undefined && body.size !== size) {
    throw new ChatKitError('invalid_request', `content-length: the file was announced with ${size} bytes`);
  }
  await receive({ ...body.open(), name, mimeType: body.mimeType });
}

/**
 * Finds the bytes of an attachment by its signed URL.
 * @throws ChatKitError `forbidden` for an invalid token, `not_found` for bytes that do not exist.
 */
export async function openAttachment<TContext>(
  { id, token }: { id: string; token: unknown },
  { attachmentStore, uploads }: ResolvedOptions<TContext>,
): Promise<ReadableAttachment> {
  const { owner, mimeType, name, expiresAt } = uploads.tokens.verify(token, { purpose: 'read', id });
  if (!attachmentStore) throw new NotFoundError('There is nothing at this path');
  const key = { owner, id };
  const disposition = isSafeInline(mimeType) ? 'inline' : 'attachment';
  const expiresInMs = Math.max(1, expiresAt - Date.now());
  if (attachmentStore.createDownloadUrl) {
    const url = await attachmentStore.createDownloadUrl(key, { mimeType, name, disposition, expiresInMs });
    return { kind: 'redirect', url };
  }
  const { size, etag, lastModified } = await attachmentStore.statBytes(key);
  return {
    kind: 'bytes',
    name,
    mimeType,
    disposition,
    size,
    ...(etag !== undefined && { etag }),
    ...(lastModified && { lastModified }),
    expiresInMs,
    read: (range) => attachmentStore.readBytes(key, range),
  };
}
