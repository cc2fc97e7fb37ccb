// Sends an attachment's bytes to the holder of a signed URL: GET and HEAD /attachments/:id.
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import parseRange from 'range-parser';
import { contentDisposition } from '../content-disposition';
import type { ReadableAttachment } from '../server';
import { hasClosed, whenFinished } from './connection';
import { writeHead } from './head';

/** These headers keep browsers from running the file, and from loading anything for it. */
const securityHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  // The file is shown by an `<img>` in the page, and by the component's own frame, which belongs to another site.
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
};

interface Range {
  start: number;
  end: number;
}

export async function sendAttachment(
  request: Request,
  response: Response,
  attachment: ReadableAttachment,
): Promise<void> {
  if (attachment.kind === 'redirect') {
    const headers = { Location: attachment.url, 'Cache-Control': 'no-store', 'Content-Length': 0 };
    writeHead(response, 302, { ...securityHeaders, ...headers });
    response.end();
    return;
  }
  const { size, etag, lastModified, mimeType, name, disposition, expiresInMs } = attachment;
  response.set({
    ...securityHeaders,
    'Content-Type': mimeType.startsWith('text/') ? `${mimeType}; charset=utf-8` : mimeType,
    'Content-Disposition': contentDisposition(name, { type: disposition }),
    'Cache-Control': `private, max-age=${Math.floor(expiresInMs / 1000)}`,
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
  const source = await attachment.read(range);
  if (hasClosed(response)) {
    source.destroy(); // the client left while the store opened the bytes
    return;
  }
  let clientLeft = false;
  // The pipeline destroys the source after its client has left, and the response after its source has failed.
  whenFinished(response, () => (clientLeft = !source.destroyed || source.readableEnded));
  try {
    await pipeline(source, response);
  } catch (error) {
    // Browsers often leave early: they seek in a film, or have the picture in their cache.
    if (!clientLeft) throw error;
  }
}

/** Returns the one range that the request asks for. Undefined for the whole file, also when the header is malformed. */
function rangeOf(request: Request, response: Response, size: number): Range | 'beyond' | undefined {
  const validator = request.headers['if-range'];
  if (validator !== undefined && validator !== response.get('ETag')) return undefined;
  const { range: header } = request.headers;
  if (request.method !== 'GET' || header === undefined) return undefined;
  // RFC 9110, 14.1.2: a suffix range longer than the file means the whole file. The package calls such a range
  // unsatisfiable.
  const within = header.replace(/([=,]\s*)-(\d+)/g, (suffix: string, before: string, length: string) =>
    Number(length) > size ? `${before}-${size}` : suffix,
  );
  const ranges = parseRange(size, within, { combine: true });
  if (ranges === -1) return 'beyond';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  const [range] = ranges;
  return range && { start: range.start, end: range.end };
}
