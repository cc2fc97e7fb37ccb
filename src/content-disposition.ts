// Encodes the file names of downloads.
import { create } from 'content-disposition';

/**
 * Returns the header `Content-Disposition`. Only the part of the name behind the last slash or backslash is sent. A name
 * that ASCII cannot hold is added in the encoding of RFC 8187, beside `fallback`, which by default has a question mark
 * in place of each such character.
 */
export function contentDisposition(
  name: string,
  options: { type: 'attachment' | 'inline'; fallback?: string },
): string {
  const header = create(lastPart(name), {
    type: options.type,
    ...(options.fallback !== undefined && { fallback: lastPart(options.fallback) }),
  });
  // The package quotes only the names that need it. Quotes are always valid, and keep the header the same for each name.
  return header.replace(/^(\w+; filename=)([^";]+)/, '$1"$2"');
}

const lastPart = (name: string) => name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
