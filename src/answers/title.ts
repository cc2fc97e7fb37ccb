// titleFrom(): makes the title of a thread from a message, without splitting a character.

/**
 * Returns the beginning of a text as the title of a thread. Returns undefined for a text without visible characters, so
 * that a later message can become the title:
 *
 * ```ts
 * turn.thread.title ??= titleFrom(messageText(turn.input));
 * ```
 *
 * White space becomes one space. A longer text is cut at the end of a word if possible, and ends with `…`.
 *
 * @param maxCharacters The largest number of visible characters, including `…`. An emoji of several code points counts
 * as one character. Default 40.
 */
export function titleFrom(text: string, maxCharacters = 40): string | undefined {
  // Bounded first, because a text can be very long and one character can have any number of accents.
  const plain = text
    .slice(0, maxCharacters * 50)
    .replace(/[\uD800-\uDBFF]$/, '')
    .replace(/\s+/gu, ' ')
    .trim();
  if (plain === '') return undefined;
  if (firstCharacters(plain, maxCharacters) === plain) return plain;
  const beginning = firstCharacters(plain, maxCharacters - 1);
  const words = beginning.slice(0, Math.max(0, beginning.lastIndexOf(' ')));
  // A word that takes more than half of the title is cut, because the title would be too short without it.
  return `${(words.length * 2 > beginning.length ? words : beginning).trimEnd()}…`;
}

let segmenter: Intl.Segmenter | undefined;

/** Returns the first visible characters of a text. It does not split an emoji, an accent or a flag. */
export function firstCharacters(text: string, count: number): string {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let taken = 0;
  for (const { index } of segmenter.segment(text)) if (taken++ === count) return text.slice(0, index);
  return text;
}
