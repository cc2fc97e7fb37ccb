// Checks the declared type of a file against its first bytes.
import { filetypemime } from 'magic-bytes.js';
import { ChatKitError } from '../errors';

/** The number of first bytes from which the type is detected. */
export const headBytes = 4096;

const unknownType = 'application/octet-stream';

/** Names that browsers use for a type, and its registered name. */
const aliases: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'image/x-ms-bmp': 'image/bmp',
  'image/vnd.microsoft.icon': 'image/x-icon',
  'image/heic': 'image/heif',
  'image/heic-sequence': 'image/heif',
  'image/heif-sequence': 'image/heif',
  'application/x-pdf': 'application/pdf',
  'application/x-zip-compressed': 'application/zip',
  'application/x-gzip': 'application/gzip',
};

/** Image types that browsers draw and that cannot contain a script. */
const inlineTypes = new Set([
  'image/png',
  'image/apng',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'image/heif',
  'image/heic',
  'image/tiff',
  'image/x-icon',
]);

/** Types with a long signature, so that other files do not begin with the same bytes by chance. */
const unmistakable = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/heif',
  'application/pdf',
  'application/zip',
  'application/gzip',
  'application/x-executable',
]);

/** Types besides images that are accepted only when the bytes have the same type. */
const provable = new Set([
  'application/pdf',
  'application/zip',
  'application/gzip',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
]);

const textual =
  /^(?:text\/.*|.*\+(?:xml|json)|application\/(?:json|xml|yaml|x-yaml|toml|sql|javascript|ecmascript|rtf))$/;

/** Returns a type in lower case, without parameters. `application/octet-stream` for an empty or invalid type. */
export function mediaType(given: string): string {
  const type = given.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) && type.length <= 127 ? type : unknownType;
}

/** Returns true for the type of a raster image. An SVG is a document, because it can contain scripts. */
export function isImage(type: string): boolean {
  return /^image\/(?!svg)/.test(type);
}

/** Returns true for a type that a browser may show inline. All other types are downloaded. */
export function isSafeInline(type: string): boolean {
  return inlineTypes.has(type);
}

/**
 * Returns the type of a file from its declared type and its first bytes. An image is recognised by its bytes, also
 * without a declared type. A declared text is accepted unless the bytes clearly have another type, because text has no
 * signature.
 * @throws ChatKitError `unsupported_media_type` when the bytes do not match the declared type.
 */
export function checkType(declared: string, head: Uint8Array): string {
  const type = mediaType(declared);
  const found = new Set(filetypemime(head).map((name) => canonical(mediaType(name))));
  // Searched for, because some programs write a few bytes before the header of a PDF.
  if (Buffer.from(head.subarray(0, 1024)).includes('%PDF-')) found.add('application/pdf');
  const clear = [...found].find((name) => unmistakable.has(name));
  if (type === unknownType) return clear !== undefined && isImage(clear) ? clear : type;
  if (found.has(canonical(type))) return type;
  if (isImage(type) || provable.has(canonical(type))) throw mismatch(type, clear);
  if (textual.test(type) && isBinary(head)) throw mismatch(type, clear);
  // A zip archive is accepted for other types, because office documents and many other formats are zip archives.
  if (clear !== undefined && !(clear === 'application/zip' && type.startsWith('application/') && !textual.test(type))) {
    throw mismatch(type, clear);
  }
  return type;
}

function canonical(type: string): string {
  return aliases[type] ?? type;
}

/** Returns true for bytes that cannot be text: they have a zero byte and no BOM of UTF-16 or UTF-32. */
function isBinary(head: Uint8Array): boolean {
  const isWide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return head.includes(0) && !isWide && !(head[0] === 0 && head[1] === 0 && head[2] === 0xfe && head[3] === 0xff);
}

function mismatch(declared: string, found: string | undefined): ChatKitError {
  const actual = found === undefined ? 'another type' : `the type ${found}`;
  return new ChatKitError(
    'unsupported_media_type',
    `The file is declared as ${declared}, but its bytes have ${actual}`,
  );
}
