// Finds the public URL of the middleware, as the client of a request sees it.
import type { Request } from 'express';

/**
 * Returns scheme, host and mount path, without a slash at the end: `https://chat.example.com/chatkit`. Undefined for a
 * request that names no host. The headers of a proxy count as far as Express's `trust proxy` allows:
 * `X-Forwarded-Proto`, `X-Forwarded-Host`, and `X-Forwarded-Prefix` for a path that the proxy has removed.
 */
export function baseUrlOf(request: Request): string | undefined {
  const origin = originOf(request);
  return origin && `${origin}${forwardedPrefix(request)}${request.baseUrl}`.replace(/\/+$/, '');
}

/** Returns scheme and host: `https://chat.example.com`. Undefined for a request that names no host. */
export function originOf(request: Request): string | undefined {
  const host = firstOf(trusted(request, 'x-forwarded-host')) ?? request.headers.host;
  // Accepts a name or an address, and a port. Any other text could change the rest of the URL.
  if (host === undefined || !/^[\w.-]+(?::\d+)?$|^\[[\da-fA-F:.]+\](?::\d+)?$/.test(host)) return undefined;
  return `${request.protocol}://${host}`;
}

/** Returns true when Express trusts the proxy that sent the request. */
export function trustsProxy(request: Request): boolean {
  const trusts = request.app.get('trust proxy fn') as
    ((address: string | undefined, hop: number) => boolean) | undefined;
  return trusts?.(request.socket.remoteAddress, 0) === true;
}

/**
 * Returns a header that a trusted proxy has set. The host is read with it as well, because Express 4 and 5 have the
 * host under different names, and Express 4 drops the port.
 */
function trusted(request: Request, name: string): string | undefined {
  const given = request.get(name);
  return given !== undefined && trustsProxy(request) ? given : undefined;
}

function firstOf(list: string | undefined): string | undefined {
  return list?.split(',')[0]?.trim();
}

/** Each proxy of a chain may have removed a path of its own. The first path is that of the outermost proxy. */
function forwardedPrefix(request: Request): string {
  const prefixes = trusted(request, 'x-forwarded-prefix')?.split(',') ?? [];
  const prefix = prefixes.map((path) => path.trim().replace(/\/+$/, '')).join('');
  // Accepts a path only. Two slashes at its start would not name another host, but some servers would read another
  // path.
  return /^(?:\/[\w.~!$&'()*+,;=:@%-]+)+$/.test(prefix) && prefix.length <= 2000 ? prefix : '';
}
