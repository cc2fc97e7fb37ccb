// Encodes ids for the key columns of a database, for every store. Any two strings have different keys.
import { createHash } from 'node:crypto';

/** The longest key. An index entry has three keys, and PostgreSQL allows at most 2,704 bytes for it. */
const maxKeyBytes = 600;

// Marks encoded characters. A control character, because ids rarely contain one.
const mark = '\u001a';

/**
 * Returns the value of a key column for an id or an owner, for a store of your own as well. Most strings are not
 * changed, and two different strings never have the same key.
 *
 * - U+0000, lone surrogates and the mark itself become the mark and four hexadecimal digits. PostgreSQL refuses U+0000,
 *   drivers of SQLite truncate there, and drivers replace every lone surrogate by U+FFFD.
 * - A string of more than 600 bytes becomes the mark, `#` and its SHA-256, because it would not fit into an index. The
 *   document of the row has the full id.
 */
export function toKey(id: string): string {
  const key = id
    .replaceAll(mark, `${mark}001a`)
    .replaceAll('\0', `${mark}0000`)
    .replaceAll(/\p{Surrogate}/gu, (half) => mark + half.charCodeAt(0).toString(16));
  if (key.length * 3 <= maxKeyBytes || Buffer.byteLength(key) <= maxKeyBytes) return key;
  return `${mark}#${createHash('sha256').update(key).digest('hex')}`;
}
