// Previews as `data:` URLs, for development. The official element shows images inside a frame of another site, where a
// recent Chrome loads nothing from a loopback address.
import { buffer } from 'node:stream/consumers';
import { NotFoundError } from '../errors';
import type { Attachment } from '../protocol';
import type { RequestScope } from '../request-scope';
import { isSafeInline } from './media-type';
import { movesBytes, ownPreviewUrl, uploadOf } from './state';

/** The largest image, in bytes. */
const maxImageBytes = 64 * 1024;
/** How many bytes of images one answer may have. Images beyond that keep their signed URLs. */
const maxAnswerBytes = 1024 * 1024;

/** Returns true for the URL of a host that is this machine: `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]`. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url); // in lower case, and every spelling of an address as one
  return /^(?:(?:.+\.)?localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** The previews of one answer. */
export interface InlinePreviews {
  /** Reads the small images among the attachments. An image that cannot be read keeps its signed URL. Never rejects. */
  load(attachments: readonly Attachment[]): Promise<void>;
  /** Returns the `data:` URL of an image that was loaded. */
  of(attachment: Attachment): string | undefined;
}

/** @param base The URL of the middleware as the client sees it. */
export function inlinePreviews<TContext>(
  scope: Pick<RequestScope<TContext>, 'context'> & {
    options: Pick<RequestScope<TContext>['options'], 'attachmentStore' | 'logger'>;
  },
  base: string,
): InlinePreviews {
  const { attachmentStore, logger } = scope.options;
  const urls = new Map<string, string>();
  if (!attachmentStore || !movesBytes(attachmentStore) || !isLoopback(base)) {
    return { load: async () => undefined, of: () => undefined };
  }
  let left = maxAnswerBytes;

  async function read({ id, mime_type }: Attachment): Promise<void> {
    if (!attachmentStore) return;
    const key = { owner: attachmentStore.ownerOf(scope.context), id };
    const { size } = await attachmentStore.statBytes(key);
    if (size > Math.min(maxImageBytes, left)) return;
    const bytes = await buffer(await attachmentStore.readBytes(key));
    if (bytes.length > Math.min(maxImageBytes, left)) return; // replaced a moment ago
    left -= bytes.length;
    urls.set(id, `data:${mime_type};base64,${bytes.toString('base64')}`);
  }

  return {
    async load(attachments) {
      for (const attachment of attachments) {
        const isOurs = uploadOf(attachment) !== undefined && ownPreviewUrl(attachment) === undefined;
        if (attachment.type !== 'image' || !isOurs || !isSafeInline(attachment.mime_type)) continue;
        if (urls.has(attachment.id)) continue;
        try {
          await read(attachment);
        } catch (error) {
          if (error instanceof NotFoundError) continue; // announced, and not sent yet
          logger.warn({ err: error, attachment_id: attachment.id }, 'an image could not be read for its preview');
        }
      }
    },
    of: ({ id }) => urls.get(id),
  };
}
