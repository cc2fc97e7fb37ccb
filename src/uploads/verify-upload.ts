// What is looked at before an attachment becomes part of a message: that its bytes are there, and what they are.
import { buffer } from 'node:stream/consumers';
import type { BytesKey } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { Attachment } from '../protocol';
import { checkType, headBytes, isImage } from './media-type';
import { uploadOf, type UploadState, withUpload } from './state';

/**
 * The attachment, once its bytes are known to be what was announced. Those that came through the middleware were looked
 * at on their way; those that a client sent elsewhere are looked at here.
 * @param field Names the attachment in messages.
 * @throws ChatKitError `conflict` when the bytes are not there, or are others; `unsupported_media_type` when they are not
 * what they were said to be.
 */
export async function verifyUpload<TContext>(
  attachment: Attachment,
  field: string,
  { options: { attachmentStore }, context }: { options: ResolvedOptions<TContext>; context: TContext },
): Promise<Attachment> {
  const upload = uploadOf(attachment);
  if (!upload || upload.stage === 'checked') return attachment;
  const notThere = new ChatKitError('conflict', `${field}: its bytes have not arrived`);
  if (!attachmentStore || upload.stage === 'arriving') throw notThere;
  const key: BytesKey = { owner: attachmentStore.ownerOf(context), id: attachment.id };
  try {
    const { size, etag } = await attachmentStore.statBytes(key);
    if (size !== upload.size) {
      throw new ChatKitError('conflict', `${field}: it was announced with ${upload.size} bytes, and has ${size}`);
    }
    const range = { start: 0, end: Math.min(size, headBytes) - 1 };
    // The same bytes all through: a client that may send them again must not have others kept than those that are checked.
    const head = await buffer(await orChanged(attachmentStore.readBytes(key, range, etag), field));
    const whole = checked(attachment, checkType(attachment.mime_type, head), { ...upload, stage: 'checked' });
    await orChanged(attachmentStore.keepBytes?.(key, etag), field);
    return whole;
  } catch (error) {
    if (error instanceof NotFoundError) throw notThere;
    throw error;
  }
}

/** Names the attachment where the store reports that its bytes have changed. */
async function orChanged<T>(work: T, field: string): Promise<Awaited<T>> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ChatKitError) || error.code !== 'conflict') throw error;
    throw new ChatKitError('conflict', `${field}: its bytes are being sent again`, { cause: error });
  }
}

/** With the type that its bytes have told, where none was declared. */
function checked(attachment: Attachment, mime_type: string, upload: UploadState): Attachment {
  if (mime_type === attachment.mime_type || !isImage(mime_type)) return withUpload(attachment, upload);
  return withUpload({ ...attachment, mime_type, type: 'image', preview_url: 'lazy' }, upload);
}
