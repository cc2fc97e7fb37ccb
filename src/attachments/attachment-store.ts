// The interface between the server and the storage of attachments' bytes. To write your own, extend AttachmentStore:
// see docs/attachments.md.
import type { Readable } from 'node:stream';
import { ChatKitError } from '../errors';
import type { AttachmentInput, UploadDescriptor } from '../protocol';
import { newId } from '../stores/ids';

/** Describes a file as the client declares it before the upload. Nothing of it is verified. */
export interface AttachmentCreateParams {
  /** A name without folders and control characters, at most 255 bytes of UTF-8. */
  name: string;
  /** The declared size, in bytes. */
  size: number;
  mime_type: string;
}

/** Identifies the bytes of one attachment. Owner and id can be any non-empty string. */
export interface BytesKey {
  owner: string;
  id: string;
}

/** Describes stored bytes. */
export interface BytesInfo {
  /** In bytes. */
  size: number;
  /** An opaque string without quotes. It changes when the bytes change. */
  etag?: string | undefined;
  lastModified?: Date | undefined;
  /** The type that the bytes were stored with, if the service keeps it. */
  mimeType?: string | undefined;
}

/** A part of the bytes. Both offsets count from 0 and are below the size. */
export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/** The details that bytes are stored with. */
export interface BytesDetails {
  mimeType: string;
  name: string;
  /** Aborted when the client disconnects, and when the server refuses the upload. */
  signal: AbortSignal;
  /**
   * True for bytes that no message has yet. They can be read like other bytes, but `removeUnfinished` removes them
   * unless `keepBytes` is called first: they are uploaded by a signed URL, and its attachment may be deleted already. A
   * store without `keepBytes` ignores this. Default: false.
   */
  untilKept?: boolean | undefined;
}

/** The conditions that an upload URL must enforce. */
export interface UploadDescriptorDetails {
  mimeType: string;
  /** The exact size, in bytes. */
  size: number;
  name: string;
  expiresInMs: number;
}

/** The response headers and the lifetime of a download URL. */
export interface DownloadUrlDetails {
  mimeType: string;
  /** The file name for `Content-Disposition`. */
  name: string;
  /** `inline` for a file that a browser may show. Every other file must be downloaded. */
  disposition: 'inline' | 'attachment';
  expiresInMs: number;
}

/**
 * Keeps the bytes of attachments. The Store keeps their descriptions: the server saves the result of `createAttachment`
 * there, and deletes it after the bytes.
 *
 * There are two kinds of attachment stores. A store that keeps bytes implements all of `writeBytes`, `readBytes`,
 * `statBytes` and `deleteBytes`. A store whose bytes are elsewhere implements none of them: it overrides
 * `createAttachment`, which returns its own `upload_descriptor` and `preview_url`, and `deleteAttachment`. The server
 * then does not see or check the bytes, refuses direct uploads with `not_implemented`, and `sweep()` does nothing.
 *
 * Bytes are found by their key alone, because a request with a signed URL has no context. The server asks `ownerOf` for
 * the owner of a request and signs it into the URL. An owner never sees the bytes of another owner.
 *
 * Calls can overlap, also for one key. Each call is atomic: bytes are written whole or not at all. Bytes never change
 * in place. A write to an existing key replaces the bytes, and a reader of the old bytes reads all of them or fails.
 */
export abstract class AttachmentStore<TContext = unknown> {
  /**
   * Returns the owner of a request: any non-empty string. Not async. Default: `shared`, one space for all requests, in
   * which the owners of the Store decide who has access.
   * @throws ChatKitError `unauthorized` when the request has no owner.
   */
  ownerOf(_context: TContext): string {
    return 'shared';
  }

  /** Returns a new id. Called once for each new attachment, before anything of it is stored. */
  generateAttachmentId(_mimeType: string, _context: TContext): string {
    return newId('attachment');
  }

  /**
   * Returns the description of a file that is about to be uploaded. The server calls it after its own checks, for both
   * kinds of upload. The server adds a missing `upload_descriptor`, and replaces a `preview_url` that is `lazy`.
   * Override this method to refuse files, or to store your own `metadata`.
   * @throws ChatKitError (`too_large`, `unsupported_media_type`, `forbidden`) to refuse the file.
   */
  async createAttachment(params: AttachmentCreateParams, context: TContext): Promise<AttachmentInput> {
    const { name, mime_type } = params;
    const base = { id: this.generateAttachmentId(mime_type, context), name, mime_type };
    // Clients never see `lazy`, because the server replaces it in every response.
    if (isImageType(mime_type)) return { ...base, type: 'image', preview_url: 'lazy' };
    return { ...base, type: 'file' };
  }

  /** Deletes the bytes. Does nothing when they do not exist. */
  async deleteAttachment(attachmentId: string, context: TContext): Promise<void> {
    await this.deleteBytes({ owner: this.ownerOf(context), id: attachmentId });
  }

  /**
   * Stores the bytes of `source` as a stream: only a small, constant part may be in memory at any moment. The bytes can
   * be read when the call resolves, not before. When the source fails, is destroyed, or `details.signal` is aborted,
   * the call rejects with that error, destroys the source and leaves nothing behind. Earlier bytes of the key then
   * stay.
   * @returns The same as {@link statBytes}.
   */
  async writeBytes(_key: BytesKey, _source: Readable, _details: BytesDetails): Promise<BytesInfo> {
    throw this.#lacks('writeBytes');
  }

  /**
   * Returns a stream of the bytes, or of the part that `range` names. The reader may destroy the stream early, which
   * releases its resources. When the bytes are deleted meanwhile, the stream still has all of them, or it fails.
   * @param etag The `etag` that the bytes must have. A store without {@link keepBytes} may ignore it.
   * @throws NotFoundError before the stream begins, when the bytes do not exist. ChatKitError `conflict` when they have
   * another `etag`.
   */
  async readBytes(_key: BytesKey, _range?: ByteRange, _etag?: string): Promise<Readable> {
    throw this.#lacks('readBytes');
  }

  /** Returns the size and the details of the bytes. @throws NotFoundError when they do not exist. */
  async statBytes(_key: BytesKey): Promise<BytesInfo> {
    throw this.#lacks('statBytes');
  }

  /** Deletes the bytes. Does nothing when they do not exist. */
  async deleteBytes(_key: BytesKey): Promise<void> {
    throw this.#lacks('deleteBytes');
  }

  #lacks(method: string): ChatKitError {
    return new ChatKitError('not_implemented', `${this.constructor.name} keeps no bytes: it has no ${method}`);
  }

  /**
   * Returns a URL to which the client uploads the bytes directly, such as a presigned URL of a bucket. The service
   * should refuse another size or type. The server checks both again before the attachment becomes part of a message.
   * Without this method, clients upload the bytes to the middleware.
   */
  createUploadDescriptor?(key: BytesKey, details: UploadDescriptorDetails): Promise<UploadDescriptor>;

  /**
   * Returns a URL from which the client downloads the bytes directly, such as a presigned URL. The middleware checks
   * the access and then redirects to this URL. Without this method, the middleware sends the bytes. The method does not
   * need to check that the bytes exist.
   */
  createDownloadUrl?(key: BytesKey, details: DownloadUrlDetails): Promise<string>;

  /**
   * Makes bytes permanent that were written with `untilKept` or uploaded to the URL of {@link createUploadDescriptor}.
   * Called before the attachment becomes part of a message. From then on the bytes do not change: later uploads to the
   * same key have no effect. Does nothing for bytes that are permanent already.
   * @param etag The `etag` of the bytes that were checked.
   * @throws NotFoundError when the bytes do not exist. ChatKitError `conflict` when they have another `etag`.
   */
  keepBytes?(key: BytesKey, etag?: string): Promise<void>;

  /**
   * Removes the remains of uploads that began before this time: temporary files, parts, and bytes that were written
   * with `untilKept` or uploaded to a URL, but never made permanent by {@link keepBytes}. Called by `sweep()`.
   */
  removeUnfinished?(before: Date): Promise<void>;
}

/** Returns true for the type of a raster image. An SVG is a document, because it can contain scripts. */
function isImageType(mimeType: string): boolean {
  return /^image\/(?!svg)/i.test(mimeType);
}
