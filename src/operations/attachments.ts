// attachments.create and attachments.delete.
import type { AttachmentStore } from '../attachments/attachment-store';
import { ChatKitError, NotFoundError } from '../errors';
import { AttachmentSchema } from '../protocol';
import { toClientAttachment } from '../protocol/client-view';
import type { JsonOperation, Scope } from './operation';

export const createAttachment: JsonOperation<'attachments.create'> = async (params, scope) => {
  const { options, context } = scope;
  const attachment = AttachmentSchema.parse(await attachmentStore(scope).createAttachment(params, context));
  await options.store.saveAttachment(attachment, context);
  return toClientAttachment(attachment);
};

export const deleteAttachment: JsonOperation<'attachments.delete'> = async ({ attachment_id }, scope) => {
  const { options, context } = scope;
  const bytes = attachmentStore(scope);
  try {
    await options.store.loadAttachment(attachment_id, context);
  } catch (error) {
    // Not there, or another owner's: its bytes are not this client's to delete.
    if (error instanceof NotFoundError) return {};
    throw error;
  }
  await bytes.deleteAttachment(attachment_id, context);
  await options.store.deleteAttachment(attachment_id, context);
  return {};
};

function attachmentStore<TContext>({ options }: Scope<TContext>): AttachmentStore<TContext> {
  if (options.attachmentStore) return options.attachmentStore;
  options.logger.error({}, 'an attachment came and there is no place for it: add `attachmentStore` to the options');
  throw new ChatKitError('not_implemented', 'This server does not take attachments');
}
