// The names of objects in a bucket: readable where they can be, and never the same for two keys.
import { createHash } from 'node:crypto';
import type { BytesKey } from './attachment-store';

/** S3 allows 1,024 bytes for a whole key, and services that keep files allow 255 for each part of it. */
const longestPart = 200;

/**
 * The object's key: `{prefix}{owner}/{id}`. Owner and id can be any text that is not empty; the key is made of ASCII
 * letters, digits and `- _ ! /`, so nothing on the way reads a folder, a query or an escape of its own into it. Letters
 * count: `Ann` and `ann` are two owners.
 */
export function objectKey(prefix: string, { owner, id }: BytesKey): string {
  return `${prefix}${keyPart(owner)}/${keyPart(id)}`;
}

/**
 * The key of an object that a client has sent and that no message has yet: `{prefix}.waiting/{owner}/{id}`. No part of an
 * {@link objectKey} contains a dot, so the two kinds of key never meet. All of them are below {@link waitingPrefix}.
 */
export function waitingKey(prefix: string, key: BytesKey): string {
  return objectKey(waitingPrefix(prefix), key);
}

/** The start of every {@link waitingKey}: for a list of them, and for a lifecycle rule. */
export function waitingPrefix(prefix: string): string {
  return `${prefix}.waiting/`;
}

/**
 * One part of a key. Letters, digits, `-` and `_` stand for themselves. Another character is `!` and two hexadecimal
 * digits, beyond ASCII `!u` and four for each unit of UTF-16, so that broken pairs of units count as well. Text that
 * would be too long is `!h` and its SHA-256. The first character after a `!` says which of them it is.
 */
function keyPart(text: string): string {
  const escaped = text.replace(/[^A-Za-z0-9_-]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x80 ? `!${code.toString(16).padStart(2, '0')}` : `!u${code.toString(16).padStart(4, '0')}`;
  });
  if (escaped.length <= longestPart) return escaped;
  return `!h${createHash('sha256').update(text, 'utf16le').digest('hex')}`;
}
