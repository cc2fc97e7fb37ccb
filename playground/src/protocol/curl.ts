// Writes an exchange as a curl command.
import type { Exchange } from './exchange';

/** Returns the text as one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Returns a curl command that sends the same request. The command has no cookies, because scripts cannot read session
 * cookies. The command for an upload names a file to replace, because the bytes of uploads are not kept.
 * @param base The address of the page, against which a relative URL is resolved.
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
