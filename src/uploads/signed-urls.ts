// Makes the signed URLs of the middleware, to which bytes are uploaded and from which they are downloaded.
import type { BytesKey } from '../attachments/attachment-store';
import { ChatKitError } from '../errors';
import type { ResolvedOptions } from '../options';
import type { RequestScope } from '../request-scope';
import type { Attachment, UploadDescriptor } from '../protocol';
import { type ShowAttachment, toClientAttachment } from '../protocol/client-view';
import { inlinePreviews } from './inline-previews';
import { ownPreviewUrl, uploadOf } from './state';

/** The part of a request's scope that URLs are made from. */
export type UrlScope<TContext> = Pick<RequestScope<TContext>, 'context' | 'baseUrl'> & {
  options: Pick<ResolvedOptions<TContext>, 'attachmentStore' | 'uploads' | 'logger'>;
};

/** The view of a client on attachments. */
export interface AttachmentView {
  show: ShowAttachment;
  /** Call it before {@link show} with the attachments to show. Never rejects. */
  prepare: (attachments: readonly Attachment[]) => Promise<void>;
}

/**
 * Returns a function that makes the client's view of an attachment. The view has the `preview_url` of the attachment
 * store, or a signed URL that is valid for at least half of `expiresInMs`. The signed URL stays the same for some time,
 * so that browsers can cache the picture. Without a URL of the server, `preview_url` stays `lazy`. On a
 * loopback address, a small image that was prepared has a `data:` URL.
 */
export function attachmentView<TContext>(scope: UrlScope<TContext>): AttachmentView {
  const { attachmentStore, uploads } = scope.options;
  const base = uploads.publicUrl ?? scope.baseUrl;
  if (!attachmentStore || base === undefined) return { show: toClientAttachment, prepare: async () => undefined };
  const inline = inlinePreviews(scope, base);
  let owner: string | undefined;
  const show: ShowAttachment = (attachment) => {
    const shown = toClientAttachment(attachment);
    if (shown.type !== 'image' || !uploadOf(attachment) || ownPreviewUrl(attachment)) return shown;
    owner ??= attachmentStore.ownerOf(scope.context);
    return { ...shown, preview_url: inline.of(attachment) ?? previewUrl(attachment, { base, owner, uploads }) };
  };
  return { show, prepare: (attachments) => inline.load(attachments) };
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
 * Returns a signed URL from which the bytes of an attachment can be read until it expires.
 * @throws ChatKitError `not_implemented` when the URL of the server is unknown.
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

/** Returns the signed URL to which the client uploads the bytes. @throws ChatKitError as {@link downloadUrl}. */
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
  logger.error({}, 'the URL of the server is unknown: set `uploads.publicUrl`, or pass a `baseUrl` with the request');
  throw new ChatKitError('not_implemented', 'This server has no URL for files');
}
