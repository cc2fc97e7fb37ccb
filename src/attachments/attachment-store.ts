// The interface between the server and the place where attachments' bytes are kept.
import type { Attachment } from '../protocol';
import { newId } from '../stores/ids';

/** What the client says of a file before it sends the bytes. All of it is a claim. */
export interface AttachmentCreateParams {
  name: string;
  /** In bytes. */
  size: number;
  mime_type: string;
}

/**
 * Where attachments' bytes are kept. Their descriptions live in the Store: the server saves what `createAttachment`
 * returns there, and deletes it after `deleteAttachment`.
 */
export abstract class AttachmentStore<TContext = unknown> {
  /** A fresh id. */
  generateAttachmentId(_mimeType: string, _context: TContext): string {
    return newId('attachment');
  }

  /**
   * Describes a file that the client is about to upload, with the `upload_descriptor` that says where to.
   * @throws ChatKitError (`too_large`, `unsupported_media_type`, `forbidden`) to refuse it.
   */
  abstract createAttachment(params: AttachmentCreateParams, context: TContext): Promise<Attachment>;

  /** Deletes the bytes. Does nothing when they are not there. */
  abstract deleteAttachment(attachmentId: string, context: TContext): Promise<void>;
}
