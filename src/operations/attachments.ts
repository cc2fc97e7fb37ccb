// attachments.create, attachments.delete and attachments.get_preview.
import type { AttachmentStore } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import { AttachmentSchema } from '../protocol';
import { toClientAttachment } from '../protocol/client-view';
import { checkAccepted } from '../uploads/accept';
import { cleanFileName } from '../uploads/file-name';
import { tooLarge } from '../uploads/upload-stream';
import { downloadUrl, uploadDescriptor } from '../uploads/signed-urls';
import { mediaType } from '../uploads/media-type';
import { movesBytes, ownPreviewUrl, uploadOf, withUpload } from '../uploads/state';
import type { JsonOperation, OperationScope } from './operation';
import { invalidField, orNotFound } from './lookup';

export const createAttachment: JsonOperation<'attachments.create'> = async ({ name, size, mime_type }, scope) => {
  const { options, context } = scope;
  const { uploads } = options;
  const bytes = requireAttachmentStore(scope);
  if (size === 0) throw invalidField(['size'], 'the file is empty');
  if (size > uploads.maxBytes) throw tooLarge(uploads.maxBytes);
  const file = { name: cleanFileName(name), size, mime_type: mediaType(mime_type) };
  checkAccepted(uploads.accept, { name: file.name, mimeType: file.mime_type });
  const described = AttachmentSchema.parse(await bytes.createAttachment(file, context));
  if (!movesBytes(bytes)) {
    await options.store.saveAttachment(described, context);
    return toClientAttachment(described);
  }
  const key = { owner: bytes.ownerOf(context), id: described.id };
  const details = { name: described.name, mimeType: file.mime_type, size };
  // Before any write, because this call may fail. The descriptor is part of this answer only and is not stored.
  const upload_descriptor =
    described.upload_descriptor ??
    (await bytes.createUploadDescriptor?.(key, { ...details, expiresInMs: uploads.expiresInMs })) ??
    uploadDescriptor(key, details, scope);
  const created_at = new Date().toISOString();
  const stored = withUpload(described, { owner: key.owner, size, created_at, stage: 'announced' });
  await options.store.saveAttachment(stored, context);
  return { ...scope.show(stored), upload_descriptor };
};

export const deleteAttachment: JsonOperation<'attachments.delete'> = async ({ attachment_id }, scope) => {
  const { options, context } = scope;
  const bytes = requireAttachmentStore(scope);
  try {
    await options.store.loadAttachment(attachment_id, context);
  } catch (error) {
    // The attachment does not exist or belongs to another owner, so that this client may not delete its bytes.
    if (error instanceof NotFoundError) return {};
    throw error;
  }
  await bytes.deleteAttachment(attachment_id, context);
  await options.store.deleteAttachment(attachment_id, context);
  return {};
};

export const getPreview: JsonOperation<'attachments.get_preview'> = async ({ attachment_id }, scope) => {
  const { options, context } = scope;
  const load = options.store.loadAttachment(attachment_id, context);
  const attachment = await orNotFound(load, 'params.attachment_id: there is no such attachment');
  const own = ownPreviewUrl(attachment);
  if (own !== undefined) return { url: own };
  const owner = uploadOf(attachment) && options.attachmentStore?.ownerOf(context);
  if (owner === undefined) throw new NotFoundError('params.attachment_id: the attachment has no preview');
  return { url: downloadUrl(attachment, owner, scope) };
};

/**
 * Returns the option `attachmentStore`. Logs an error when the option is missing.
 * @throws ChatKitError `not_implemented` when the option is missing.
 */
export function requireAttachmentStore<TContext>({
  options,
}: Pick<OperationScope<TContext>, 'options'>): AttachmentStore<TContext> {
  if (options.attachmentStore) return options.attachmentStore;
  options.logger.error({}, 'an attachment arrived, but there is no store for it: add `attachmentStore` to the options');
  throw new ChatKitError('not_implemented', 'This server does not accept attachments');
}
