// titleFrom(): a title made of a message, which never splits a character.

/**
 * Returns the beginning of a text as the title of a thread; undefined when there is nothing to read in it, so that a later
 * message can give the title:
 *
 * ```ts
 * turn.thread.title ??= titleFrom(messageText(turn.input));
 * ```
 *
 * White space counts as one space. A longer text is cut off at the end of a word where it can be, and ends in `…`.
 *
 * @param maxCharacters the most characters as readers see them, `…` among them: an emoji of several code points counts as
 * one. Default 40.
 */
export function titleFrom(text: string, maxCharacters = 40): string | undefined {
  const plain = firstCharacters(text, maxCharacters * 8 + 200)
    .replace(/\s+/gu, ' ')
    .trim();
  if (plain === '') return undefined;
  if (firstCharacters(plain, maxCharacters) === plain) return plain;
  const beginning = firstCharacters(plain, maxCharacters - 1);
  const words = beginning.slice(0, Math.max(0, beginning.lastIndexOf(' ')));
  // A word that takes more than half of the title is cut, where the title would say too little without it.
  return `${(words.length * 2 > beginning.length ? words : beginning).trimEnd()}…`;
}

let segmenter: Intl.Segmenter | undefined;

/** Returns the first characters of a text, as readers see them: no emoji, accent or flag is cut in two. */
export function firstCharacters(text: string, count: number): string {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let taken = 0;
  for (const { index } of segmenter.segment(text)) if (taken++ === count) return text.slice(0, index);
  return text;
}
