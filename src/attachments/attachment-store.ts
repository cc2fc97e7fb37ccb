// The interface between the server and the place where attachments' bytes are kept. Write your own by extending
// AttachmentStore: see docs/attachments.md.
import type { Readable } from 'node:stream';
import { ChatKitError } from '../errors';
import type { AttachmentInput, UploadDescriptor } from '../protocol';
import { newId } from '../stores/ids';

/** What the client says of a file before it sends the bytes. None of it is verified. */
export interface AttachmentCreateParams {
  /** Without folders and control characters, at most 255 bytes of UTF-8. */
  name: string;
  /** In bytes. */
  size: number;
  mime_type: string;
}

/** Where one attachment's bytes are: in its owner's space, under its id. Both can be any text that is not empty. */
export interface BytesKey {
  owner: string;
  id: string;
}

/** What is known of bytes without reading them. */
export interface BytesInfo {
  /** In bytes. */
  size: number;
  /** Opaque, without quotes. Another one as soon as the bytes are others. */
  etag?: string;
  lastModified?: Date;
  /** The type that the bytes were stored with, where the service keeps it. */
  mimeType?: string;
}

/** A part of the bytes: from `start` up to and with `end`, both counted from 0 and within the size. */
export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/** What bytes are stored with. */
export interface BytesDetails {
  mimeType: string;
  name: string;
  /** Aborted when the upload is: the client left, or sent what is refused. */
  signal: AbortSignal;
  /**
   * Whether nobody may want the bytes: they come by a signed URL, and what it was made for may be deleted by now. They
   * can be read like others, but `removeUnfinished` removes them, unless `keepBytes` is called first. A store without
   * `keepBytes` writes them like all others.
   */
  untilKept?: boolean;
}

/** What a URL to send bytes to must hold the sender to. */
export interface UploadDescriptorDetails {
  mimeType: string;
  /** In bytes: no more and no less. */
  size: number;
  name: string;
  expiresInMs: number;
}

/** What a URL to read bytes from answers with. */
export interface DownloadUrlDetails {
  mimeType: string;
  /** For the `Content-Disposition`. */
  name: string;
  /** `inline` for what a browser may show. Anything else must be downloaded. */
  disposition: 'inline' | 'attachment';
  expiresInMs: number;
}

/**
 * Keeps the bytes of attachments. Their descriptions are in the Store: the server saves the result of `createAttachment`
 * there, and deletes it after the bytes.
 *
 * There are two kinds of attachment stores. One that keeps bytes has `writeBytes`, `readBytes`, `statBytes` and
 * `deleteBytes`, all four. One whose bytes are elsewhere has none of them: it overrides `createAttachment`, which returns
 * its own `upload_descriptor` and `preview_url`, and `deleteAttachment`. The server then neither sees nor checks the bytes,
 * refuses direct uploads with `not_implemented`, and `sweep()` does nothing.
 *
 * Bytes are found by their key alone, since a signed URL comes without the request's context: the server asks `ownerOf`
 * who a request is from, and signs the answer. What is under another owner's key is not there.
 *
 * Calls can overlap, for one key too: each is atomic on its own. Bytes are written whole or not at all, and never
 * changed: writing to a key that is taken replaces them, and who reads the old ones reads them to their end or fails.
 */
export abstract class AttachmentStore<TContext = unknown> {
  /**
   * Who owns what this request uploads, reads and deletes: any text that is not empty. Not async. Default: `shared`,
   * one space for everybody, where access is decided by the Store's own owners.
   * @throws ChatKitError `unauthorized` when the request has no owner.
   */
  ownerOf(_context: TContext): string {
    return 'shared';
  }

  /** A fresh id. Called once for each new attachment, before anything of it is stored. */
  generateAttachmentId(_mimeType: string, _context: TContext): string {
    return newId('attachment');
  }

  /**
   * Describes a file that is about to be uploaded. The server calls it after its own checks, for both ways to upload, and
   * adds an `upload_descriptor` where there is none, and a `preview_url` where it is `lazy`. Override it to refuse files, or
   * to keep notes in `metadata`.
   * @throws ChatKitError (`too_large`, `unsupported_media_type`, `forbidden`) to refuse it.
   */
  async createAttachment(params: AttachmentCreateParams, context: TContext): Promise<AttachmentInput> {
    const { name, mime_type } = params;
    const base = { id: this.generateAttachmentId(mime_type, context), name, mime_type };
    // What an image is loaded from is known when it leaves the server, so this value is never seen.
    if (isImageType(mime_type)) return { ...base, type: 'image', preview_url: 'lazy' };
    return { ...base, type: 'file' };
  }

  /** Deletes the bytes. Does nothing when they are not there. */
  async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    await this.deleteBytes({ owner: this.ownerOf(context), id: attachmentId });
  }

  /**
   * Stores all that comes from `source`, as it comes: at any moment only a small, constant part may be in memory. The
   * bytes can be read when the call resolves, not before. When the source fails, ends early by `destroy`, or
   * `details.signal` is aborted, the call rejects with that error, the source is destroyed and nothing is left behind;
   * what the key had before stays.
   * @returns What {@link statBytes} would say.
   */
  async writeBytes(_key: BytesKey, _source: Readable, _details: BytesDetails): Promise<BytesInfo> {
    throw this.#lacks('writeBytes');
  }

  /**
   * Returns the bytes, or the part of them that `range` names, as a stream. The reader may destroy the stream early, which
   * releases what it holds. Bytes that are deleted meanwhile are read to their end, or the stream fails.
   * @param etag The bytes must be those that {@link statBytes} described with this value. A store without
   * {@link keepBytes} may ignore it.
   * @throws NotFoundError before the stream begins, when the bytes are not there; ChatKitError `conflict` when they have
   * another `etag`.
   */
  async readBytes(_key: BytesKey, _range?: ByteRange, _etag?: string): Promise<Readable> {
    throw this.#lacks('readBytes');
  }

  /** @throws NotFoundError */
  async statBytes(_key: BytesKey): Promise<BytesInfo> {
    throw this.#lacks('statBytes');
  }

  /** Does nothing when they are not there. */
  async deleteBytes(_key: BytesKey): Promise<void> {
    throw this.#lacks('deleteBytes');
  }

  #lacks(method: string): ChatKitError {
    return new ChatKitError('not_implemented', `${this.constructor.name} keeps no bytes: it has no ${method}`);
  }

  /**
   * Where a client sends the bytes itself, such as a presigned URL of a bucket. The service should refuse another size
   * or type than these; the server checks both again before the attachment becomes part of a message. Without this
   * method, clients send the bytes to the middleware.
   */
  createUploadDescriptor?(key: BytesKey, details: UploadDescriptorDetails): Promise<UploadDescriptor>;

  /**
   * Where a client reads the bytes itself, such as a presigned URL. The middleware has checked who may, and answers with
   * a redirect to it. Without this method, the bytes come from the middleware. Need not look whether they are there.
   */
  createDownloadUrl?(key: BytesKey, details: DownloadUrlDetails): Promise<string>;

  /**
   * Keeps bytes that were written with `untilKept`, or sent to the URL of {@link createUploadDescriptor}, before a message
   * has them. From then on the bytes do not change: what is written or sent to the same key later is not seen. Does nothing
   * for bytes that are kept already.
   * @param etag The bytes to keep are those that {@link statBytes} described with this value: they were checked.
   * @throws NotFoundError when the bytes are not there; ChatKitError `conflict` when they have another `etag`.
   */
  keepBytes?(key: BytesKey, etag?: string): Promise<void>;

  /**
   * Removes what uploads that began before this time have left unfinished: temporary files, parts, and bytes that were
   * written with `untilKept` or sent to a URL, and never kept. Called by `sweep()`.
   */
  removeUnfinished?(before: Date): Promise<void>;
}

/** Whether a type is that of an image that is made of pixels. An SVG is a document: it can hold scripts. */
function isImageType(mimeType: string): boolean {
  return /^image\/(?!svg)/i.test(mimeType);
}
