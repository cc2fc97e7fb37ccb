// Which files are taken, said as in HTML: the `accept` attribute of `<input type="file">`.
import { ChatKitError } from '../errors';

const form = /^(?:\.[^\s,/]+|\*\/\*|[\w!#$&^.+-]+\/(?:\*|[\w!#$&^.+-]+))$/;

/**
 * The patterns of an `accept` option, in lower case: `image/*`, `application/pdf`, `.md`. Null for none.
 * @returns undefined when it is not such a list.
 */
export function parseAccept(given: unknown): readonly string[] | null | undefined {
  if (given === undefined) return null;
  const list: unknown[] = typeof given === 'string' ? given.split(',') : Array.isArray(given) ? given : [undefined];
  const patterns = list.map((entry) => (typeof entry === 'string' ? entry.trim().toLowerCase() : ''));
  return patterns.length > 0 && patterns.every((pattern) => form.test(pattern)) ? patterns : undefined;
}

/** Whether one of the patterns names the type, or the end of the file's name. Without patterns everything is taken. */
export function accepts(patterns: readonly string[] | null, { name, mimeType }: { name: string; mimeType: string }) {
  if (patterns === null) return true;
  return patterns.some((pattern) => {
    if (pattern.startsWith('.')) return name.toLowerCase().endsWith(pattern);
    return (
      pattern === '*/*' || pattern === mimeType || (pattern.endsWith('/*') && mimeType.startsWith(pattern.slice(0, -1)))
    );
  });
}

/** @throws ChatKitError `unsupported_media_type` for a file that is not taken. */
export function checkAccepted(patterns: readonly string[] | null, file: { name: string; mimeType: string }): void {
  if (accepts(patterns, file)) return;
  const taken = patterns?.join(', ') ?? '';
  throw new ChatKitError('unsupported_media_type', `Files of the type ${file.mimeType} are not taken, only ${taken}`);
}
