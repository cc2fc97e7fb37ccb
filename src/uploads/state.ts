// What the server keeps with an attachment's description, beside what the protocol has: a field that no client sees.
import { AttachmentStore } from '../attachments/attachment-store';
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

/** Returns the description as it is stored: without the upload descriptor, which is for one answer alone. */
export function withUpload({ upload_descriptor: _never, ...attachment }: Attachment, upload: UploadState): Attachment {
  const stored = { ...attachment, upload };
  return stored;
}

/** Returns the `preview_url` that the attachment store has given. Undefined where the middleware makes one. */
export function ownPreviewUrl(attachment: Attachment): string | undefined {
  return attachment.type === 'image' && attachment.preview_url !== 'lazy' ? attachment.preview_url : undefined;
}

/** Tells whether the store keeps bytes. One that only describes files has them elsewhere. */
export function movesBytes<TContext>(store: AttachmentStore<TContext>): boolean {
  return has(store, 'writeBytes');
}

const bytesMethods = ['writeBytes', 'readBytes', 'statBytes', 'deleteBytes'] as const;

function has(store: object, method: keyof AttachmentStore): boolean {
  const own = (store as Record<string, unknown>)[method];
  return typeof own === 'function' && own !== AttachmentStore.prototype[method];
}

/** Says what an attachment store lacks. Undefined for one that is complete. */
export function attachmentStoreFault(store: object): string | undefined {
  const isStore = typeof (store as { createAttachment?: unknown }).createAttachment === 'function';
  if (!isStore) return '`attachmentStore` must be an AttachmentStore';
  const [missing] = bytesMethods.filter((method) => !has(store, method));
  if (missing === undefined) return undefined;
  const [present] = bytesMethods.filter((method) => has(store, method));
  if (present !== undefined) return `\`attachmentStore\` has ${present} and lacks ${missing}`;
  const deletes = has(store, 'deleteAttachment');
  return deletes ? undefined : '`attachmentStore` must have deleteAttachment, since it has no deleteBytes';
}
