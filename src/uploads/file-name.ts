// Cleans the file name of a client, so that it can be stored, shown and sent in a header.

/** The longest name that common file systems allow, in bytes of UTF-8. */
const maxNameBytes = 255;

/** Control characters, characters that are invisible or change the direction of text, and lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Returns the last segment of a POSIX or Windows path without invisible characters. A name that is too long is cut
 * before its extension. Returns `file` when no visible character is left.
 */
export function cleanFileName(given: string): string {
  // Kept, because joiners are part of emoji and of words in some scripts.
  const seen = given.replace(unseen, (character) =>
    character === '\u200d' || character === '\u200c' ? character : '',
  );
  const name = (seen.split(/[/\\]/).at(-1) ?? '').trim();
  if (/^[.\s\u200c\u200d]*$/.test(name)) return 'file';
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const extension = /\.[^.\s]{1,16}$/.exec(name)?.[0] ?? '';
  return cut(name.slice(0, name.length - extension.length), maxNameBytes - Buffer.byteLength(extension)) + extension;
}

/** Returns the longest beginning of whole characters that fits into a number of bytes. */
function cut(text: string, bytes: number): string {
  let size = 0;
  let kept = '';
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}
