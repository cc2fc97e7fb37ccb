// The pure functions that uploads are checked with: names, types, patterns. And the options.
import { readFileSync } from 'node:fs';
import { ChatKitError, chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { checkFormSize } from '../../src/operations/files';
import { accepts, parseAccept } from '../../src/uploads/accept';
import { cleanFileName } from '../../src/uploads/file-name';
import { checkType, isSafeInline, mediaType } from '../../src/uploads/media-type';
import { resolveUploads } from '../../src/uploads/options';

describe('a form', () => {
  const check = (size: number | undefined) => () =>
    checkFormSize(
      { size, read: () => Promise.reject(new Error('it is not read')) },
      1000,
      () => new ChatKitError('too_large', 'no'),
    );

  test('may have 64 KiB besides the largest file, and not one byte more', () => {
    for (const size of [undefined, 0, 1000 + 65_536]) expect(check(size)()).toBe(1000 + 65_536);
    expect(check(1000 + 65_537)).toThrow('no');
  });
});

describe('a file name', () => {
  test.each([
    ['notes.txt', 'notes.txt'],
    ['  notes.txt ', 'notes.txt'],
    ['/etc/passwd', 'passwd'],
    ['../../a.png', 'a.png'],
    ['C:\\Users\\ann\\a.png', 'a.png'],
    ['a/b\\c.md', 'c.md'],
    ['a\0.png', 'a.png'],
    ['a\r\nX-Header: 1.png', 'aX-Header: 1.png'],
    ['\u202Egnp.exe', 'gnp.exe'],
    ['a\u200E\u2066\u2069\uFEFF\u00AD.txt', 'a.txt'],
    ['\ud800a.txt', 'a.txt'],
    ['Ünïcödé 日本.txt', 'Ünïcödé 日本.txt'],
    ['👩\u200d💻.png', '👩\u200d💻.png'],
    ['می\u200cخواهم.txt', 'می\u200cخواهم.txt'],
    ['"a";b.txt', '"a";b.txt'],
    ['.gitignore', '.gitignore'],
    ['', 'file'],
    ['.', 'file'],
    ['..', 'file'],
    ['a/', 'file'],
    ['\u202E\u200d ', 'file'],
  ])('%j becomes %j', (given, expected) => {
    expect(cleanFileName(given)).toBe(expected);
  });

  test.each([
    [`${'a'.repeat(300)}.txt`, `${'a'.repeat(251)}.txt`],
    [`${'é'.repeat(300)}.md`, `${'é'.repeat(126)}.md`],
    ['😀'.repeat(100), '😀'.repeat(63)],
    [`a.${'x'.repeat(300)}`, `a.${'x'.repeat(253)}`],
  ])('of 300 characters is cut to 255 bytes and keeps its extension', (given, expected) => {
    const name = cleanFileName(given);
    expect(name).toBe(expected);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });
});

const bytes = (start: string) => Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(64, 1)]);
const heads = {
  png: bytes('\x89PNG\r\n\x1a\n'),
  jpeg: bytes('\xff\xd8\xff\xe0\0\x10JFIF'),
  gif: bytes('GIF89a'),
  webp: bytes('RIFF\x01\x02\x03\x04WEBPVP8 '),
  avif: bytes('\0\0\0\x1cftypavif'),
  heic: bytes('\0\0\0\x18ftypheic'),
  bmp: bytes('BM'),
  icon: bytes('\0\0\x01\0'),
  pdf: bytes('%PDF-1.7\n'),
  latePdf: bytes('\n\nsome bytes before\n%PDF-1.4\n'),
  zip: bytes('PK\x03\x04'),
  gzip: bytes('\x1f\x8b\x08'),
  elf: bytes('\x7fELF'),
  exe: bytes('MZ\x90\0\x03\0\0\0'),
  text: Buffer.from('BM is how this text begins'),
  html: Buffer.from('<!doctype html><p>Hello'),
  svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
  json: Buffer.from('{"a": 1}'),
  utf16: Buffer.from('\ufeffHello', 'utf16le'),
  utf16be: Buffer.from('\ufeffHello', 'utf16le').swap16(),
  utf32be: Buffer.from('\0\0\xfe\xff\0\0\0H', 'latin1'),
  zeros: Buffer.alloc(64),
  mp4: bytes('\0\0\0\x18ftypmp42'),
};

/** Types whose files always begin with the same bytes. */
const provable = [
  ...['application/pdf', 'application/zip', 'application/gzip'],
  ...['text', 'spreadsheet', 'presentation'].map((kind) => `application/vnd.oasis.opendocument.${kind}`),
  ...['wordprocessingml.document', 'spreadsheetml.sheet', 'presentationml.presentation'].map(
    (kind) => `application/vnd.openxmlformats-officedocument.${kind}`,
  ),
];

describe('a type', () => {
  test.each<[string, keyof typeof heads, string]>([
    ['image/png', 'png', 'image/png'],
    ['IMAGE/PNG; charset=binary', 'png', 'image/png'],
    ['image/jpg', 'jpeg', 'image/jpg'],
    ['image/gif', 'gif', 'image/gif'],
    ['image/webp', 'webp', 'image/webp'],
    ['image/avif', 'avif', 'image/avif'],
    ['image/heic', 'heic', 'image/heic'],
    ['image/heif', 'heic', 'image/heif'],
    ['image/heic-sequence', 'heic', 'image/heic-sequence'],
    ['image/heif-sequence', 'heic', 'image/heif-sequence'],
    ['image/pjpeg', 'jpeg', 'image/pjpeg'],
    ['image/x-png', 'png', 'image/x-png'],
    ['image/x-ms-bmp', 'bmp', 'image/x-ms-bmp'],
    ['image/vnd.microsoft.icon', 'icon', 'image/vnd.microsoft.icon'],
    ['application/x-pdf', 'pdf', 'application/x-pdf'],
    ['application/x-zip-compressed', 'zip', 'application/x-zip-compressed'],
    ['application/x-gzip', 'gzip', 'application/x-gzip'],
    ['', 'png', 'image/png'],
    ['application/octet-stream', 'jpeg', 'image/jpeg'],
    ['application/octet-stream', 'zip', 'application/octet-stream'],
    ['nonsense', 'text', 'application/octet-stream'],
    ['application/pdf', 'pdf', 'application/pdf'],
    ['application/pdf', 'latePdf', 'application/pdf'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'zip', expect.any(String) as never],
    ['application/epub+zip', 'zip', 'application/epub+zip'],
    ['text/plain', 'text', 'text/plain'],
    ['text/plain', 'utf16', 'text/plain'],
    ['text/csv', 'utf16', 'text/csv'],
    ['text/csv', 'utf16be', 'text/csv'],
    ['text/csv', 'utf32be', 'text/csv'],
    ['text/markdown', 'html', 'text/markdown'],
    ['text/html', 'html', 'text/html'],
    ['image/svg+xml', 'svg', 'image/svg+xml'],
    ['application/json', 'json', 'application/json'],
    ['video/mp4', 'mp4', 'video/mp4'],
  ])('%s with the bytes of %s is taken', (declared, head, expected) => {
    expect(checkType(declared, heads[head])).toEqual(expected);
  });

  test.each<[string, keyof typeof heads]>([
    ['image/png', 'jpeg'],
    ['image/png', 'text'],
    ['image/png', 'svg'],
    ['image/x-unheard-of', 'text'],
    ['image/svg+xml', 'png'],
    ['image/jpeg', 'html'],
    ['application/pdf', 'text'],
    ['application/pdf', 'zip'],
    ['application/zip', 'pdf'],
    ['text/plain', 'png'],
    ['text/plain', 'pdf'],
    ['text/csv', 'exe'],
    ['text/plain', 'elf'],
    ['text/plain', 'zeros'],
    ['text/csv', 'zeros'],
    ...[...provable, 'application/x-pdf', 'application/x-gzip'].map((type): [string, 'text'] => [type, 'text']),
    ['text/html', 'gzip'],
    ['application/json', 'zip'],
    ['application/msword', 'png'],
    ['video/mp4', 'elf'],
  ])('%s with the bytes of %s is refused', (declared, head) => {
    expect(() => checkType(declared, heads[head])).toThrow(ChatKitError);
  });

  test.each(['\xff\xfe', '\xfe\xff', '\0\0\xfe\xff'])('text/csv with a zero byte needs the whole mark %j', (mark) => {
    const check = (head: string) => checkType('text/csv', Buffer.from(`${head}\0H`, 'latin1'));
    expect(check(mark)).toBe('text/csv');
    for (let at = 0; at < mark.length; at++) {
      expect(() => check(`${mark.slice(0, at)}H${mark.slice(at + 1)}`)).toThrow(ChatKitError);
    }
  });

  test('is shown in the page only when nothing in it can run', () => {
    const kinds = ['png', 'apng', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'heif', 'heic', 'tiff', 'x-icon'];
    const shown = kinds.map((kind) => `image/${kind}`);
    const never = ['image/svg+xml', 'text/html', 'application/pdf', 'application/xhtml+xml', 'text/plain', ''];
    expect([...shown, ...never].filter(isSafeInline)).toEqual(shown);
    expect(mediaType('text/html\r\nx: y')).toBe('application/octet-stream');
  });

  test('has at most 127 characters, and is read without case and parameters', () => {
    const long = `text/${'a'.repeat(122)}`;
    expect([long, `${long}a`].map(mediaType)).toEqual([long, 'application/octet-stream']);
    expect(mediaType(' Text/HTML ; charset=utf-8; a=b')).toBe('text/html');
  });

  test('that differs from the bytes is refused with both types', () => {
    const message = (declared: string, head: keyof typeof heads) => {
      try {
        return checkType(declared, heads[head]);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message('image/png', 'pdf')).toMatch(/declared as image\/png, .* the type application\/pdf$/);
    expect(message('image/png', 'text')).toMatch(/declared as image\/png, .* another type$/);
  });
});

describe('accept', () => {
  test.each<[unknown, string, string, boolean]>([
    [undefined, 'a', 'x/y', true],
    ['image/*', 'a.png', 'image/png', true],
    ['image/*', 'a.png', 'application/pdf', false],
    ['image/*,.pdf', 'A.PDF', 'application/pdf', true],
    [['.md', 'application/json'], 'a.md', 'text/plain', true],
    [['.md', 'Application/JSON'], 'a', 'application/json', true],
    [['.md'], 'md', 'text/markdown', false],
    ['*/*', 'a', 'x/y', true],
    ['image/p*', 'a', 'image/png', false],
  ])('%j and a file %s of %s: %s', (given, name, mimeType, expected) => {
    const patterns = parseAccept(given);
    expect(patterns === undefined ? false : accepts(patterns, { name, mimeType })).toBe(expected);
  });

  test.each([[''], [[]], [7], [['image']], [['image/']], ['a,,b'], [[7]], [{}], [null]])('%j is no list', (given) => {
    expect(parseAccept(given)).toBeUndefined();
  });
});

test.each<[object | string, RegExp]>([
  ['all', /`uploads` must be an object/],
  [{ maxbytes: 1 }, /no option `uploads.maxbytes`/],
  [{ maxBytes: 0 }, /`uploads.maxBytes` must be a whole number/],
  [{ expiresInMs: 8 * 24 * 60 * 60 * 1000 }, /`uploads.expiresInMs` must be at most 604800000/],
  [{ sweepEveryMs: 2 ** 31 }, /`uploads.sweepEveryMs` must be at most/],
  [{ accept: 'png' }, /`uploads.accept` must list types/],
  [{ secret: 'short' }, /`uploads.secret` must be a string of at least 16/],
  [{ secret: [] }, /`uploads.secret`/],
  [{ secret: ['long enough to be good', ''] }, /`uploads.secret`/],
  [{ publicUrl: '/chatkit' }, /`uploads.publicUrl` must be a URL/],
  [{ publicUrl: 'ftp://a.example' }, /`uploads.publicUrl`/],
  [{ publicUrl: 'https://a.example/?x=1' }, /`uploads.publicUrl`/],
])('the option uploads: %j is refused', (uploads, message) => {
  const options = { store: new MemoryStore(), async *respond() {}, uploads: uploads as object };
  expect(() => chatkitMiddleware(options)).toThrow(message);
});

function fail(what: string): never {
  throw new Error(what);
}

test.each([
  { expiresInMs: 7 * 24 * 60 * 60 * 1000, sweepEveryMs: 2 ** 31 - 1, maxDataUrlBytes: 256 * 1024 * 1024 },
  { maxBytes: 1, unsentAfterMs: 1 },
])('the option uploads: %j is taken', (uploads) => {
  expect(resolveUploads(uploads, fail)).toMatchObject(uploads);
});

test('a secret of 16 characters is taken, and a URL without its last slash', () => {
  const uploads = { secret: 'x'.repeat(16), publicUrl: 'http://a.example/chatkit/' };
  expect(resolveUploads(uploads, fail)).toMatchObject({ hasOwnSecret: true, publicUrl: 'http://a.example/chatkit' });
});

test('the option uploads has the defaults that the documentation lists', () => {
  expect(resolveUploads(undefined, fail)).toMatchObject({
    ...{ maxBytes: 104_857_600, accept: null, hasOwnSecret: false, expiresInMs: 3_600_000 },
    ...{ maxDataUrlBytes: 20_971_520, unsentAfterMs: 86_400_000 },
  });
  expect(Object.keys(resolveUploads(undefined, fail))).not.toContain('sweepEveryMs');
});

test('this file is a text by its bytes', () => {
  expect(checkType('text/x-typescript', readFileSync(__filename).subarray(0, 4096))).toBe('text/x-typescript');
});
