// Ids as they stand in the key columns of a database: any string, of any length, and no two the same.
import { createHash } from 'node:crypto';

/** Three of these are one index entry, of which PostgreSQL takes at most 2,704 bytes. */
const maxKeyBytes = 600;

// The one character that marks what was rewritten. A control character, since no sane id has one.
const mark = '\u001a';

/**
 * The key column's value for an id or an owner: itself, but for what databases do not take.
 *
 * - U+0000 (PostgreSQL refuses it, SQLite's drivers cut there) and unpaired surrogates (not UTF-8: drivers put U+FFFD
 *   for all of them) become the mark and four hexadecimal digits, and so does the mark itself.
 * - What is longer than 600 bytes becomes the mark, `#` and its SHA-256: it would not fit into an index. The document
 *   beside it has the id in full.
 */
export function toKey(id: string): string {
  const key = id
    .replaceAll(mark, `${mark}001a`)
    .replaceAll('\0', `${mark}0000`)
    .replaceAll(/\p{Surrogate}/gu, (half) => mark + half.charCodeAt(0).toString(16));
  if (key.length * 3 <= maxKeyBytes || Buffer.byteLength(key) <= maxKeyBytes) return key;
  return `${mark}#${createHash('sha256').update(key).digest('hex')}`;
}
