// Checks URLs from the chat, because anybody can write one, and `javascript:` is a URL too.

/** Where an address is used: a link may also write a mail, an image may also be data or a blob of this page. */
type UrlUse = 'link' | 'image';

const schemes: Record<UrlUse, ReadonlySet<string>> = {
  link: new Set(['http:', 'https:', 'mailto:', 'tel:']),
  image: new Set(['http:', 'https:', 'data:', 'blob:']),
};

/**
 * An address that is safe to put into `href` or `src`, or `undefined`. Relative addresses are taken as they are to a
 * browser: below the page's own.
 * @param use Default `link`.
 */
export function safeUrl(url: unknown, use: UrlUse = 'link'): string | undefined {
  if (typeof url !== 'string') return undefined;
  let parsed: URL;
  try {
    parsed = new URL(url, globalThis.location?.href ?? 'http://localhost/');
  } catch {
    return undefined;
  }
  if (!schemes[use].has(parsed.protocol)) return undefined;
  if (parsed.protocol === 'data:' && !/^data:image\//i.test(parsed.href)) return undefined;
  return parsed.href;
}
