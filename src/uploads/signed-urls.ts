// URLs of the middleware itself, absolute and signed: where bytes are sent to and read from.
import type { BytesKey } from '../attachments/attachment-store';
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { RequestScope } from '../request-scope';
import type { Attachment, UploadDescriptor } from '../protocol';
import { type ShowAttachment, toClientAttachment } from '../protocol/client-view';
import { ownPreviewUrl, uploadOf } from './state';

/** What URLs are made of. */
export type UrlScope<TContext> = Pick<RequestScope<TContext>, 'context' | 'baseUrl'> & {
  options: Pick<ResolvedOptions<TContext>, 'attachmentStore' | 'uploads' | 'logger'>;
};

/**
 * Returns the view of a client on attachments. It has the `preview_url` of the attachment store, or a fresh one, which is
 * valid for at least half of `expiresInMs` and the same for a while, so that browsers keep the picture. Where the server
 * has no URL it stays `lazy`.
 */
export function attachmentView<TContext>(scope: UrlScope<TContext>): ShowAttachment {
  const { attachmentStore, uploads } = scope.options;
  const base = uploads.publicUrl ?? scope.baseUrl;
  if (!attachmentStore || base === undefined) return toClientAttachment;
  let owner: string | undefined;
  return (attachment) => {
    const shown = toClientAttachment(attachment);
    if (shown.type !== 'image' || !uploadOf(attachment) || ownPreviewUrl(attachment)) return shown;
    owner ??= attachmentStore.ownerOf(scope.context);
    return { ...shown, preview_url: previewUrl(attachment, { base, owner, uploads }) };
  };
}

type UrlMaker = { base: string; owner: string; uploads: ResolvedOptions<unknown>['uploads'] };

function previewUrl(attachment: Attachment, maker: UrlMaker): string {
  const step = Math.ceil(maker.uploads.expiresInMs / 2);
  return readUrl(attachment, maker, (Math.floor(Date.now() / step) + 2) * step);
}

function readUrl({ id, name, mime_type }: Attachment, { base, owner, uploads }: UrlMaker, expiresAt: number): string {
  const token = uploads.tokens.sign({ purpose: 'read', owner, id, mimeType: mime_type, name }, expiresAt);
  return `${base}/attachments/${encodeURIComponent(id)}?token=${token}`;
}

/**
 * Where the bytes of an attachment can be read for so long.
 * @throws ChatKitError `not_implemented` where the server has no URL.
 */
export function downloadUrl<TContext>(
  attachment: Attachment,
  owner: string,
  scope: UrlScope<TContext>,
  expiresInMs = scope.options.uploads.expiresInMs,
): string {
  const maker = { base: baseOf(scope), owner, uploads: scope.options.uploads };
  return readUrl(attachment, maker, Date.now() + expiresInMs);
}

/** Where and how the client sends the bytes to the middleware. @throws ChatKitError as {@link downloadUrl}. */
export function uploadDescriptor<TContext>(
  { owner, id }: BytesKey,
  { name, mimeType, size }: { name: string; mimeType: string; size: number },
  scope: UrlScope<TContext>,
): UploadDescriptor {
  const { tokens, expiresInMs } = scope.options.uploads;
  const payload = { purpose: 'upload' as const, owner, id, size, mimeType, name };
  const token = tokens.sign(payload, Date.now() + expiresInMs);
  return { url: `${baseOf(scope)}/upload/${encodeURIComponent(id)}?token=${token}`, method: 'PUT', headers: {} };
}

function baseOf<TContext>({ options: { uploads, logger }, baseUrl }: UrlScope<TContext>): string {
  const base = uploads.publicUrl ?? baseUrl;
  if (base !== undefined) return base;
  logger.error({}, 'files have no URL here: set `uploads.publicUrl`, or give `process` a `baseUrl`, to have one');
  throw new ChatKitError('not_implemented', 'This server has no URL for files');
}
