// The state of an upload, which the server stores in the description of the attachment and never sends to clients.
import { AttachmentStore } from '../attachments/attachment-store';
import type { Attachment } from '../protocol';

/** The owner, the size and the stage of an upload. */
export interface UploadState {
  /** The owner of the bytes in the attachment store. */
  owner: string;
  /** In bytes: the announced size, and the actual size once the bytes are checked. */
  size: number;
  /** ISO 8601. */
  created_at: string;
  /** `announced`: not uploaded, as far as is known. `arriving`: being uploaded. `checked`: uploaded and verified. */
  stage: 'announced' | 'arriving' | 'checked';
}

/** Returns the state of an upload. Undefined for an attachment whose bytes the server does not handle. */
export function uploadOf(attachment: Attachment): UploadState | undefined {
  return (attachment as { upload?: UploadState }).upload;
}

/** Returns the description to store: without the upload descriptor, which is part of one answer only. */
export function withUpload({ upload_descriptor: _never, ...attachment }: Attachment, upload: UploadState): Attachment {
  const stored = { ...attachment, upload };
  return stored;
}

/** Returns the `preview_url` of the attachment store. Undefined when the middleware makes the URL. */
export function ownPreviewUrl(attachment: Attachment): string | undefined {
  return attachment.type === 'image' && attachment.preview_url !== 'lazy' ? attachment.preview_url : undefined;
}

/** Returns true for a store that keeps bytes, and false for a store that only describes files. */
export function movesBytes<TContext>(store: AttachmentStore<TContext>): boolean {
  return has(store, 'writeBytes');
}

const bytesMethods = ['writeBytes', 'readBytes', 'statBytes', 'deleteBytes'] as const;

function has(store: object, method: keyof AttachmentStore): boolean {
  const own = (store as Record<string, unknown>)[method];
  return typeof own === 'function' && own !== AttachmentStore.prototype[method];
}

/** Returns a description of the methods that an attachment store lacks. Undefined for a complete store. */
export function attachmentStoreFault(store: object): string | undefined {
  const isStore = typeof (Object(store) as { createAttachment?: unknown }).createAttachment === 'function';
  if (!isStore) return '`attachmentStore` must be an AttachmentStore';
  const [missing] = bytesMethods.filter((method) => !has(store, method));
  if (missing === undefined) return undefined;
  const [present] = bytesMethods.filter((method) => has(store, method));
  if (present !== undefined) return `\`attachmentStore\` has ${present} and lacks ${missing}`;
  const deletes = has(store, 'deleteAttachment');
  return deletes ? undefined : '`attachmentStore` must have deleteAttachment, since it has no deleteBytes';
}
