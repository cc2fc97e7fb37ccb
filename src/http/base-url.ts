// Where a request reached the middleware, as its client sees it.
import type { Request } from 'express';

/**
 * Scheme, host and mount path, without a slash at the end: `https://chat.example.com/chatkit`. The headers of a proxy
 * count as far as Express's `trust proxy` says. Undefined for a request that names no host.
 */
export function baseUrlOf(request: Request): string | undefined {
  const host = forwardedHost(request) ?? request.headers.host;
  // A name or an address, and a port: nothing that would make another URL of it.
  if (host === undefined || !/^[\w.-]+(?::\d+)?$|^\[[\da-fA-F:.]+\](?::\d+)?$/.test(host)) return undefined;
  return `${request.protocol}://${host}${request.baseUrl}`.replace(/\/+$/, '');
}

/** Express 4 and 5 tell the host with its port under different names, and 4 without it. */
function forwardedHost(request: Request): string | undefined {
  const given = request.get('x-forwarded-host');
  if (given === undefined) return undefined;
  const trusts = request.app.get('trust proxy fn') as
    ((address: string | undefined, hop: number) => boolean) | undefined;
  return trusts?.(request.socket.remoteAddress, 0) === true ? given.split(',')[0]?.trim() : undefined;
}
