// Recognises requests from the developer's own computer.
import type { Request } from 'express';

/** The headers with which a proxy reports that it forwards the request of another client. */
const proxyHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
] as const;

/** Returns true for a name or an address of this computer: `localhost`, `*.localhost`, 127.0.0.0/8 and `::1`. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|.+\.localhost|\[?::ffff:127(?:\.\d{1,3}){3}\]?)$/i.test(host);
}

/**
 * Returns true for a request whose connection, host and page are of this computer, and which no proxy has forwarded.
 * The host and the page count, because any page in the developer's browser can send requests to this computer.
 */
export function isLocalRequest(request: Request): boolean {
  const { headers, socket } = request;
  // `request.ip` is not used, because with `trust proxy` the client itself chooses that address.
  if (!isLoopback((socket as { remoteAddress?: string } | undefined)?.remoteAddress ?? '')) return false;
  if (proxyHeaders.some((name) => headers[name] !== undefined)) return false;
  if (!isLocalUrl(`http://${headers.host ?? ''}`)) return false;
  return headers.origin === undefined || isLocalUrl(headers.origin);
}

function isLocalUrl(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}
