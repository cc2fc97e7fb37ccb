// What a file is: the type it is said to be, held against its first bytes.
import { filetypemime } from 'magic-bytes.js';
import { ChatKitError } from '../errors';

/** How many of the first bytes tell a file's type. */
export const headBytes = 4096;

const unknownType = 'application/octet-stream';

/** Names that browsers give, and the one that is registered. */
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

/** Images that browsers draw and that cannot hold a script. */
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

/** Types whose first bytes are so much their own that nothing else begins with them by chance. */
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

/** Types, images aside, that are believed only when the bytes say the same. */
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

/** A type in lower case, without parameters. `application/octet-stream` for none, and for what is no type. */
export function mediaType(given: string): string {
  const type = given.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) && type.length <= 127 ? type : unknownType;
}

/** Whether a type is that of an image made of pixels. An SVG is a document: it can hold scripts. */
export function isImage(type: string): boolean {
  return /^image\/(?!svg)/.test(type);
}

/** Whether a browser may show it in the page. Everything else is downloaded. */
export function isSafeInline(type: string): boolean {
  return inlineTypes.has(type);
}

/**
 * The type of a file that is said to be `declared` and begins with `head`. An image is one by its bytes, also where
 * nothing was declared. Text has no bytes of its own: it is believed unless the bytes are plainly something else.
 * @throws ChatKitError `unsupported_media_type` when the bytes are not what was declared.
 */
export function checkType(declared: string, head: Uint8Array): string {
  const type = mediaType(declared);
  const found = new Set(filetypemime(head).map((name) => canonical(mediaType(name))));
  // Some programs write a few bytes before the header.
  if (Buffer.from(head.subarray(0, 1024)).includes('%PDF-')) found.add('application/pdf');
  const clear = [...found].find((name) => unmistakable.has(name));
  if (type === unknownType) return clear !== undefined && isImage(clear) ? clear : type;
  if (found.has(canonical(type))) return type;
  if (isImage(type) || provable.has(canonical(type))) throw mismatch(type, clear);
  if (textual.test(type) && isBinary(head)) throw mismatch(type, clear);
  // Every document of an office program is a zip archive, and so are many more.
  if (clear !== undefined && !(clear === 'application/zip' && type.startsWith('application/') && !textual.test(type))) {
    throw mismatch(type, clear);
  }
  return type;
}

function canonical(type: string): string {
  return aliases[type] ?? type;
}

/** Whether it cannot be text: a zero byte, and no mark that it is UTF-16 or UTF-32. */
function isBinary(head: Uint8Array): boolean {
  const isWide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return head.includes(0) && !isWide && !(head[0] === 0 && head[1] === 0 && head[2] === 0xfe && head[3] === 0xff);
}

function mismatch(declared: string, found: string | undefined): ChatKitError {
  const is = found === undefined ? 'are something else' : `are ${found}`;
  return new ChatKitError('unsupported_media_type', `The file is said to be ${declared}, and its bytes ${is}`);
}
