// Encodes U+0000 and lone surrogates, which PostgreSQL's JSONB refuses.

/**
 * Replaces the escapes that JSONB refuses by U+001A and four hexadecimal digits. U+001A itself is encoded as well.
 * Takes the output of JSON.stringify, whose escapes are in lower case. Other text is not changed, so that documents can
 * be queried.
 */
export function toJsonb(json: string): string {
  if (!/\\u(?:0000|001a|d)/.test(json)) return json;
  // Matches an escaped backslash too, so that the text after it is not read as an escape.
  return json.replaceAll(/\\(?:\\|u(0000|001a|d[89a-f][0-9a-f]{2}))/g, (escape, code?: string) =>
    code === undefined ? escape : `\\u001a${code}`,
  );
}

/** Decodes the JSON that {@link toJsonb} encoded. */
export function fromJsonb(text: string): string {
  if (!text.includes('\\u001a')) return text;
  return text.replaceAll(/\\(?:\\|u001a([0-9a-f]{4}))/g, (escape, code?: string) =>
    code === undefined ? escape : `\\u${code}`,
  );
}
