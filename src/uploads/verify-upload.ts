// Verifies the bytes of an attachment before it becomes part of a message: their size and their type.
import { buffer } from 'node:stream/consumers';
import type { BytesKey } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Attachment } from '../protocol';
import { checkType, headBytes, isImage } from './media-type';
import { uploadOf, type UploadState, withUpload } from './state';

/**
 * Returns the attachment once its bytes are verified. Direct uploads were verified while they were received. Announced
 * uploads are verified here.
 * @param field Names the attachment in error messages.
 * @throws ChatKitError `conflict` when the bytes are missing, have another size or have changed, and
 * `unsupported_media_type` when they do not match the declared type.
 */
export async function verifyUpload<TContext>(
  attachment: Attachment,
  field: string,
  { options: { attachmentStore }, context }: { options: ResolvedOptions<TContext>; context: TContext },
): Promise<Attachment> {
  const upload = uploadOf(attachment);
  if (!upload || upload.stage === 'checked') return attachment;
  const notThere = new ChatKitError('conflict', `${field}: the file has not been uploaded`);
  if (!attachmentStore || upload.stage === 'arriving') throw notThere;
  const key: BytesKey = { owner: attachmentStore.ownerOf(context), id: attachment.id };
  try {
    const { size, etag } = await attachmentStore.statBytes(key);
    if (size !== upload.size) {
      throw new ChatKitError('conflict', `${field}: the file was announced with ${upload.size} bytes and has ${size}`);
    }
    const range = { start: 0, end: Math.min(size, headBytes) - 1 };
    // The `etag` makes sure that the bytes which are kept are the checked ones, because the client may upload them
    // again.
    const head = await buffer(await orChanged(attachmentStore.readBytes(key, range, etag), field));
    const whole = checked(attachment, checkType(attachment.mime_type, head), { ...upload, stage: 'checked' });
    await orChanged(attachmentStore.keepBytes?.(key, etag), field);
    return whole;
  } catch (error) {
    if (error instanceof NotFoundError) throw notThere;
    throw error;
  }
}

/** Names the attachment in the error of a store that reports changed bytes. */
async function orChanged<T>(work: T, field: string): Promise<Awaited<T>> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ChatKitError) || error.code !== 'conflict') throw error;
    throw new ChatKitError('conflict', `${field}: the file is being uploaded again`, { cause: error });
  }
}

/** Returns the checked attachment. Without a declared type it has the type of its bytes. */
function checked(attachment: Attachment, mime_type: string, upload: UploadState): Attachment {
  if (mime_type === attachment.mime_type || !isImage(mime_type)) return withUpload(attachment, upload);
  return withUpload({ ...attachment, mime_type, type: 'image', preview_url: 'lazy' }, upload);
}
