// Checks URLs from the chat, because anybody can write a URL, and a `javascript:` URL would run code.

/** The use of a URL. Links also allow `mailto:` and `tel:`, and images also allow `data:` and `blob:`. */
type UrlUse = 'link' | 'image';

const schemes: Record<UrlUse, ReadonlySet<string>> = {
  link: new Set(['http:', 'https:', 'mailto:', 'tel:']),
  image: new Set(['http:', 'https:', 'data:', 'blob:']),
};

/**
 * Returns a URL that is safe to put into `href` or `src`, or `undefined` for any other value. Resolves a relative URL
 * against the address of the page.
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
