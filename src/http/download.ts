// The route that gives bytes to whoever has a signed URL: GET and HEAD /attachments/:id.
import { pipeline } from 'node:stream/promises';
import contentDisposition from 'content-disposition';
import type { Request, Response } from 'express';
import type { ByteRange } from '../attachments/attachment-store';
import { NotFoundError } from '../errors';
import type { ResolvedOptions } from '../options';
import { isSafeInline } from '../uploads/media-type';

/** Whatever the bytes are, nothing in them runs, and nothing is loaded for them. */
const harmless = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  // An `<img>` in the page, and the component's own frame, which is of another site.
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
};

export async function giveBytes<TContext>(
  request: Request,
  response: Response,
  { id, options }: { id: string; options: ResolvedOptions<TContext> },
): Promise<void> {
  const { attachmentStore, uploads } = options;
  const claims = uploads.tokens.verify(request.query['token'], { purpose: 'read', id });
  if (!attachmentStore) throw new NotFoundError('There is nothing at this path');
  const { owner, mimeType, name, expiresAt } = claims;
  const key = { owner, id };
  const disposition = isSafeInline(mimeType) ? 'inline' : 'attachment';
  const leftMs = Math.max(1, expiresAt - Date.now());
  if (attachmentStore.createDownloadUrl) {
    const url = await attachmentStore.createDownloadUrl(key, { mimeType, name, disposition, expiresInMs: leftMs });
    response.writeHead(302, { ...harmless, Location: url, 'Cache-Control': 'no-store', 'Content-Length': 0 }).end();
    return;
  }
  const { size, etag, lastModified } = await attachmentStore.statBytes(key);
  response.set({
    ...harmless,
    'Content-Type': mimeType.startsWith('text/') ? `${mimeType}; charset=utf-8` : mimeType,
    'Content-Disposition': contentDisposition(name, { type: disposition }),
    'Cache-Control': `private, max-age=${Math.floor(leftMs / 1000)}`,
    'Accept-Ranges': 'bytes',
  });
  if (etag !== undefined) response.set('ETag', `"${etag}"`);
  if (lastModified) response.set('Last-Modified', lastModified.toUTCString());
  if (request.fresh) {
    response.removeHeader('Content-Type');
    response.status(304).end();
    return;
  }
  const range = rangeOf(request, response, size);
  if (range === 'beyond') {
    response.set('Content-Range', `bytes */${size}`).removeHeader('Content-Disposition');
    response.status(416).end();
    return;
  }
  if (range) response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  response.set('Content-Length', String(range ? range.end - range.start + 1 : size));
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(await attachmentStore.readBytes(key, range), response);
  } catch (error) {
    // Browsers leave early by habit: they seek in a film, or have seen the picture before.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE' || response.writableEnded) throw error;
  }
}

/** The one range that was asked for. Undefined for the whole, which is also right where the range is malformed. */
function rangeOf(request: Request, response: Response, size: number): ByteRange | 'beyond' | undefined {
  const validator = request.headers['if-range'];
  if (validator !== undefined && validator !== response.get('ETag')) return undefined;
  const ranges = request.method === 'GET' ? request.range(size, { combine: true }) : undefined;
  if (ranges === -1) return 'beyond';
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  const [range] = ranges;
  return range && { start: range.start, end: range.end };
}
