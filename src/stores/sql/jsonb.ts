// JSON as PostgreSQL's JSONB takes it: without U+0000 and unpaired surrogates, which come back when it is read.

/**
 * JSON text in which the escapes that JSONB refuses are rewritten: U+001A, which is escaped itself, and four hexadecimal
 * digits. Takes what JSON.stringify gives, which escapes all three in lower case. Other text stays as it is, so that
 * documents can be queried.
 */
export function toJsonb(json: string): string {
  if (!/\\u(?:0000|001a|d)/.test(json)) return json;
  // A backslash that is escaped is taken together with its escape, so that no text after it looks like one.
  return json.replaceAll(/\\(?:\\|u(0000|001a|d[89a-f][0-9a-f]{2}))/g, (escape, code?: string) =>
    code === undefined ? escape : `\\u001a${code}`,
  );
}

/** The JSON text that {@link toJsonb} was given, from what JSONB gives as text. */
export function fromJsonb(text: string): string {
  if (!text.includes('\\u001a')) return text;
  return text.replaceAll(/\\(?:\\|u001a([0-9a-f]{4}))/g, (escape, code?: string) =>
    code === undefined ? escape : `\\u${code}`,
  );
}
