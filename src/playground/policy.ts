// The page's Content-Security-Policy: it runs its own script and nothing that the chat brings.
import { ChatKitError } from '../errors';

export interface PolicyOptions {
  /** The endpoint. */
  url: string;
  /** Origins that files are uploaded to, besides the endpoint's. */
  uploadOrigins: readonly string[];
  /** Origins that images are loaded from, besides every https one and the endpoint's. */
  imageOrigins: readonly string[];
}

/** The policy for these addresses. @throws ChatKitError `invalid_request` naming an origin that is none. */
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

/** The origin of a whole URL; `undefined` for a path. */
function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

function checked(option: string, value: string): string {
  const origin = originOf(value);
  // An opaque origin is the text `null`.
  if (origin === undefined || origin === 'null') {
    throw new ChatKitError(
      'invalid_request',
      `chatkitPlayground: ${option} holds ${JSON.stringify(value)}, which has no origin`,
    );
  }
  return origin;
}
