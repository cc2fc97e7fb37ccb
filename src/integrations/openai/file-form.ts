// Decides by the bytes of a file how the file is sent to a model, because the type that a browser reports is often
// wrong.
import type { Attachment } from '../../protocol';

/** How a file is sent: as text, as an image, as a file, or by its name only. */
export type FileForm = 'text' | 'image' | 'file' | 'name';

/** The content of a data URL. */
export interface FileContent {
  bytes: Uint8Array;
  /** The type that the bytes prove, else the given type. */
  mimeType: string;
}

/** Reads a data URL. Returns undefined for another URL. */
export function contentOf(url: string, attachment: Attachment): FileContent | undefined {
  const comma = url.indexOf(',');
  if (!/^data:/i.test(url) || comma < 0) return undefined;
  const data = url.slice(comma + 1);
  const bytes = /;base64$/i.test(url.slice(0, comma))
    ? Buffer.from(data, 'base64')
    : Buffer.from(decodeURIComponent(data), 'utf8');
  return { bytes, mimeType: imageTypeOf(bytes) ?? (isPdf(bytes) ? pdf : attachment.mime_type) };
}

/**
 * Returns how a file is sent by default. PNG, JPEG, GIF and WebP are images, because models accept these. A file
 * without binary data whose type is one of these, or PDF, is sent as its type says.
 */
export function formOf({ mime_type: given }: Attachment, bytes: Uint8Array): FileForm {
  if (imageTypeOf(bytes) !== undefined) return 'image';
  if (isPdf(bytes)) return 'file';
  if (readText(bytes) === undefined) return 'name';
  const type = given.toLowerCase().split(';', 1)[0]?.trim() ?? '';
  if (imageTypes.has(type)) return 'image';
  return type === pdf ? 'file' : 'text';
}

const pdf = 'application/pdf';
const imageTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/jpg', 'image/gif', 'image/webp']);

function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(start)) return 'image/gif';
  return /^RIFF.{4}WEBP$/s.test(start) ? 'image/webp' : undefined;
}

/** Some PDFs begin with a BOM or white space. */
function isPdf(bytes: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf)?\s*%PDF-\d/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
}

/** Decodes a file by its BOM, as UTF-8 or as windows-1252. Returns undefined for a file that is not text. */
function readText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decoded('utf-16le', bytes);
  if (first === 0xfe && second === 0xff) return decoded('utf-16be', bytes);
  if (hasControls(bytes)) return undefined;
  return decoded('utf-8', bytes) ?? (isWindows1252(bytes) ? windows1252(bytes) : undefined);
}

/** Decodes a file that the application has declared to be text. */
export function readAnyText(bytes: Uint8Array): string {
  return readText(bytes) ?? new TextDecoder().decode(bytes);
}

function decoded(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/**
 * Returns true for a control character other than tab, line end, form feed, backspace and escape, which occur in texts.
 */
function hasControls(bytes: Uint8Array): boolean {
  for (const byte of bytes)
    if (byte < 0x08 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b && byte !== 0x1a)) return true;
  return false;
}

/** A text in windows-1252 is mostly ASCII, and has none of the five undefined bytes. */
function isWindows1252(bytes: Uint8Array): boolean {
  let beyond = 0;
  for (const byte of bytes) {
    if (byte >= 0x80) beyond++;
    if (byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d) return false;
  }
  return beyond * 3 < bytes.length;
}

/** The characters from 0x80 to 0x9f. Some versions of Node decode them as Latin-1. */
const upper = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function windows1252(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return latin1.replace(/[\x80-\x9f]/g, (character) => upper[character.charCodeAt(0) - 0x80] ?? character);
}
