// An exchange as a command for a terminal.
import type { Exchange } from './exchange';

/** The text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The request as a curl command that sends the same. Cookies are not in it: scripts cannot read those of a session.
 * An upload's bytes are not kept, so its command names a file to put in their place.
 * @param base The page's own address, for a relative one of the exchange.
 */
export function curlOf({ method, url, requestHeaders, requestBody, kind }: Exchange, base: string): string {
  const target = new URL(url, base).href;
  const flags = kind === 'stream' ? '-sN' : '-s';
  const lines = [`curl ${flags} ${quoted(target)}`];
  if (method !== 'POST') lines.push(`-X ${method}`);
  for (const [name, value] of Object.entries(requestHeaders)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (kind !== 'upload') lines.push(`--data-raw ${quoted(requestBody)}`);
  else if (method === 'PUT') lines.push(`--data-binary @FILE`);
  else lines.push(`-F 'file=@FILE'`);
  return lines.join(' \\\n  ');
}
