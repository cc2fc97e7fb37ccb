// A file's name as the client gave it, made fit to be stored, shown and sent in a header.

/** In UTF-8: what file systems take. */
const maxNameBytes = 255;

/** Control characters, those that change the direction of text or cannot be seen, and halves of characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The last part of a path, of either system, without what cannot be seen. A name that is too long is cut in the middle:
 * its extension stays. `file` where nothing is left.
 */
export function cleanFileName(given: string): string {
  // Joiners hold emoji and the letters of some scripts together; alone they are nothing.
  const seen = given.replace(unseen, (character) =>
    character === '\u200d' || character === '\u200c' ? character : '',
  );
  const name = (seen.split(/[/\\]/).at(-1) ?? '').trim();
  if (/^[.\s\u200c\u200d]*$/.test(name)) return 'file';
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const extension = /\.[^.\s]{1,16}$/.exec(name)?.[0] ?? '';
  return cut(name.slice(0, name.length - extension.length), maxNameBytes - Buffer.byteLength(extension)) + extension;
}

/** As many whole characters from the start as fit into so many bytes. */
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
