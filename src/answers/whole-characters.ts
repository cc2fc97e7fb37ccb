// Characters outside the basic plane are two units of a string, and a stream can end a piece between these.

/** Returns the text without a first half of a character at its end. */
export function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}

/** Returns the text with U+FFFD in place of each half of a character. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}
