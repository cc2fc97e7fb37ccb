// turn.attachments: gives hooks the bytes and the URLs of attachments.
import { buffer } from 'node:stream/consumers';
import type { AttachmentStore } from '../attachments/attachment-store';
import { ChatKitError } from '../errors';
import type { TurnAttachments } from '../hooks';
import { downloadUrl, type UrlScope } from './signed-urls';
import { isSafeInline } from './media-type';
import { movesBytes, ownPreviewUrl } from './state';

/** Makes `turn.attachments` for one request. Each call finds only the attachments of the request's owner. */
export function turnAttachments<TContext>(scope: UrlScope<TContext>): TurnAttachments {
  const { options, context } = scope;
  const requireAttachmentStore = (): AttachmentStore<TContext> => {
    if (options.attachmentStore) return options.attachmentStore;
    throw new ChatKitError('not_implemented', 'There is no `attachmentStore` in the options');
  };
  return {
    async read({ id }) {
      const store = requireAttachmentStore();
      return store.readBytes({ owner: store.ownerOf(context), id });
    },
    async toDataUrl({ id, mime_type }) {
      const store = requireAttachmentStore();
      const key = { owner: store.ownerOf(context), id };
      const { size } = await store.statBytes(key);
      const max = options.uploads.maxDataUrlBytes;
      if (size > max) {
        const message = `The attachment has ${size} bytes. \`uploads.maxDataUrlBytes\` allows at most ${max} for a data URL`;
        throw new ChatKitError('too_large', message);
      }
      const bytes = await buffer(await store.readBytes(key));
      return `data:${mime_type};base64,${bytes.toString('base64')}`;
    },
    async toUrl(attachment, { expiresInMs = options.uploads.expiresInMs } = {}) {
      const store = requireAttachmentStore();
      const own = ownPreviewUrl(attachment);
      if (!movesBytes(store) && !store.createDownloadUrl) {
        if (own !== undefined) return own;
        throw new ChatKitError(
          'not_implemented',
          'The `attachmentStore` keeps no bytes and has no `createDownloadUrl`',
        );
      }
      const { id, name, mime_type: mimeType } = attachment;
      const key = { owner: store.ownerOf(context), id };
      const disposition = isSafeInline(mimeType) ? 'inline' : 'attachment';
      // The URL of the storage service, if there is one, because it needs no redirect.
      const direct = store.createDownloadUrl?.(key, { mimeType, name, disposition, expiresInMs });
      return direct ?? downloadUrl(attachment, key.owner, scope, expiresInMs);
    },
  };
}
