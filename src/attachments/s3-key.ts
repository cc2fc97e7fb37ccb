// Makes the keys of objects in a bucket. They are readable if possible, and no two attachments have the same key.
import { createHash } from 'node:crypto';
import type { BytesKey } from './attachment-store';

/**
 * The longest part of a key. S3 allows 1,024 bytes for a key, and services that store files allow 255 for each part.
 */
const longestPart = 200;

/**
 * Returns the permanent key of an object: `{prefix}{owner}/{id}`. Owner and id can be any non-empty string. The key
 * consists of ASCII letters, digits and `- _ ! /`, so that no proxy or client library interprets a folder, a query or
 * an escape in it. Case is significant: `Ann` and `ann` are two owners.
 */
export function objectKey(prefix: string, { owner, id }: BytesKey): string {
  return `${prefix}${keyPart(owner)}/${keyPart(id)}`;
}

/**
 * Returns the key of an object that is not permanent yet: `{prefix}.waiting/{owner}/{id}`. No part of an {@link
 * objectKey} contains a dot, so the two kinds of keys never collide. All these keys are below {@link waitingPrefix}.
 */
export function waitingKey(prefix: string, key: BytesKey): string {
  return objectKey(waitingPrefix(prefix), key);
}

/** Returns the beginning of every {@link waitingKey}, for a listing or a lifecycle rule. */
export function waitingPrefix(prefix: string): string {
  return `${prefix}.waiting/`;
}

/**
 * Encodes one part of a key. Letters, digits, `-` and `_` stay as they are. Other ASCII characters become `!` and two
 * hexadecimal digits. Each further unit of UTF-16 becomes `!u` and four digits, so that lone surrogates stay distinct.
 * A part that would be too long becomes `!h` and its SHA-256.
 */
function keyPart(text: string): string {
  const escaped = text.replace(/[^A-Za-z0-9_-]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x80 ? `!${code.toString(16).padStart(2, '0')}` : `!u${code.toString(16).padStart(4, '0')}`;
  });
  if (escaped.length <= longestPart) return escaped;
  return `!h${createHash('sha256').update(text, 'utf16le').digest('hex')}`;
}
