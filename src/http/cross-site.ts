// Refuses forms that a page of another origin sends with its user's cookies. Unlike JSON, a form needs no preflight.
import type { TLSSocket } from 'node:tls';
import type { Request, Response } from 'express';
import { ChatKitError } from '../errors';
import { originOf } from './base-url';
import { allowsCredentials } from './cors';

/**
 * Refuses a form from another origin that carries credentials which browsers add by themselves, unless CORS allows that
 * origin with credentials. A request without `Origin` and `Sec-Fetch-Site` does not come from a page.
 * @param publicUrl The option `uploads.publicUrl`. Its origin counts as the server's own, too.
 * @throws ChatKitError `forbidden`
 */
export function refuseCrossSiteForm(request: Request, response: Response, publicUrl?: string): void {
  if (!carriesCredentials(request) || !isCrossOrigin(request, publicUrl)) return;
  if (allowsCredentials(request, response)) return;
  throw new ChatKitError('forbidden', 'Forms of another origin are not accepted with cookies or a browser login');
}

/** The credentials that a browser adds to a request by itself. */
function carriesCredentials({ headers, socket }: Request): boolean {
  if (headers.cookie !== undefined || /^(?:basic|digest|negotiate|ntlm)\b/i.test(headers.authorization ?? ''))
    return true;
  const certificate = (socket as Partial<TLSSocket>).getPeerCertificate?.();
  return certificate !== undefined && Object.keys(certificate).length > 0;
}

function isCrossOrigin(request: Request, publicUrl: string | undefined): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site') return true;
  // The browser's own report also holds behind a proxy that changes the host.
  if (site === 'same-origin' || site === 'none') return false;
  const { origin } = request.headers;
  if (origin === undefined) return false;
  return ![originOf(request), publicUrl].some((url) => url !== undefined && sameOrigin(url, origin));
}

/** Compares two URLs. The default port of a scheme may be written or left out. */
export function sameOrigin(url: string, origin: string): boolean {
  return URL.canParse(origin) && URL.canParse(url) && new URL(url).origin === new URL(origin).origin;
}
