// Checks the types of files against patterns, as the `accept` attribute of `<input type="file">` does.
import { ChatKitError } from '../errors';

const form = /^(?:\.[^\s,/]+|\*\/\*|[\w!#$&^.+-]+\/(?:\*|[\w!#$&^.+-]+))$/;

/**
 * Returns the patterns of an `accept` option in lower case, such as `image/*`, `application/pdf` and `.md`. Returns
 * null for an option that is not set, and undefined for an invalid option.
 */
export function parseAccept(given: unknown): readonly string[] | null | undefined {
  if (given === undefined) return null;
  const list: unknown[] = typeof given === 'string' ? given.split(',') : Array.isArray(given) ? given : [undefined];
  const patterns = list.map((entry) => (typeof entry === 'string' ? entry.trim().toLowerCase() : ''));
  return patterns.length > 0 && patterns.every((pattern) => form.test(pattern)) ? patterns : undefined;
}

/** Returns true when a pattern matches the type or the end of the file's name. Without patterns every file matches. */
export function accepts(patterns: readonly string[] | null, { name, mimeType }: { name: string; mimeType: string }) {
  if (patterns === null) return true;
  return patterns.some((pattern) => {
    if (pattern.startsWith('.')) return name.toLowerCase().endsWith(pattern);
    return (
      pattern === '*/*' || pattern === mimeType || (pattern.endsWith('/*') && mimeType.startsWith(pattern.slice(0, -1)))
    );
  });
}

/** @throws ChatKitError `unsupported_media_type` for a file that matches no pattern. */
export function checkAccepted(patterns: readonly string[] | null, file: { name: string; mimeType: string }): void {
  if (accepts(patterns, file)) return;
  const accepted = patterns?.join(', ') ?? '';
  throw new ChatKitError(
    'unsupported_media_type',
    `Files of the type ${file.mimeType} are not accepted, only ${accepted}`,
  );
}
