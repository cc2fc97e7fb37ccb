// What the server keeps with an attachment's description, beside what the protocol has: a field that no client sees.
import type { AttachmentStore } from '../attachments/attachment-store';
import type { Attachment } from '../protocol';

/** Where an attachment's bytes belong, and how far they are. */
export interface UploadState {
  /** Whose space in the attachment store they are in. */
  owner: string;
  /** In bytes: as announced, or once they are checked, as they are. */
  size: number;
  /** ISO 8601. */
  created_at: string;
  /** `announced`: the client sends them, or not. `arriving`: it is sending them. `checked`: they are there, and right. */
  stage: 'announced' | 'arriving' | 'checked';
}

/** Undefined for an attachment whose bytes are not the server's business: its own store describes and serves it. */
export function uploadOf(attachment: Attachment): UploadState | undefined {
  return (attachment as { upload?: UploadState }).upload;
}

/** The description as it is stored: without what is made anew each time it leaves the server. */
export function withUpload({ upload_descriptor: _never, ...attachment }: Attachment, upload: UploadState): Attachment {
  const stored = { ...attachment, upload };
  return stored.type === 'image' ? { ...stored, preview_url: 'lazy' } : stored;
}

/** Whether the store moves bytes. One that only describes them, as a subclass in JavaScript may, does all by itself. */
export function movesBytes<TContext>(store: AttachmentStore<TContext>): boolean {
  return typeof (store as Partial<AttachmentStore<TContext>>).writeBytes === 'function';
}
