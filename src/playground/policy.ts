// The Content-Security-Policy of the page. It allows the page's own script and no script that comes with the chat.
import { ChatKitError } from '../errors';

export interface PolicyOptions {
  /** The endpoint. */
  url: string;
  /** Origins for uploads besides that of the endpoint. */
  uploadOrigins: readonly string[];
  /** Origins for images besides that of the endpoint and all https origins. */
  imageOrigins: readonly string[];
}

/** Returns the policy. @throws ChatKitError `invalid_request` that names a value which is not an origin. */
export function contentSecurityPolicy({ url, uploadOrigins, imageOrigins }: PolicyOptions): string {
  const endpoint = originOf(url);
  const own = ["'self'", ...(endpoint === undefined ? [] : [endpoint])];
  const uploads = uploadOrigins.map((origin) => checked('uploadOrigins', origin));
  const images = imageOrigins.map((origin) => checked('imageOrigins', origin));
  const directives = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': [...own, 'data:', 'blob:', 'https:', ...uploads, ...images],
    'connect-src': [...own, ...uploads],
    'media-src': ['blob:'],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'self'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${[...new Set(sources)].join(' ')}`)
    .join('; ');
}

/** Returns the origin of a complete URL, or undefined for a path. */
function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

function checked(option: string, value: string): string {
  const origin = originOf(value);
  // The origin of such a URL is the text `null`.
  if (origin === undefined || origin === 'null') {
    throw new ChatKitError(
      'invalid_request',
      `chatkitPlayground: ${option} holds ${JSON.stringify(value)}, which has no origin`,
    );
  }
  return origin;
}
