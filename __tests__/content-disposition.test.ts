// The header of downloads, whose names come from users.
import { parse } from 'content-disposition';
import { contentDisposition } from '../src/content-disposition';

test.each([
  ['a.x', 'attachment; filename="a.x"'],
  ['a b.txt', 'attachment; filename="a b.txt"'],
  ['a"b.txt', 'attachment; filename="a\\"b.txt"'],
  ['x; filename=y', 'attachment; filename="x; filename=y"'],
  ['50%20.txt', `attachment; filename="50%20.txt"; filename*=UTF-8''50%2520.txt`],
  ['Ünal €.txt', `attachment; filename="?nal ?.txt"; filename*=UTF-8''%C3%9Cnal%20%E2%82%AC.txt`],
])('quotes %s', (name, header) => {
  expect(contentDisposition(name, { type: 'attachment' })).toBe(header);
  expect(parse(header).parameters['filename']).toBe(name);
});

test('takes the type, and the ASCII name for old clients', () => {
  const header = contentDisposition('Ü.txt', { type: 'inline', fallback: 'U.txt' });
  expect(header).toBe(`inline; filename="U.txt"; filename*=UTF-8''%C3%9C.txt`);
});

test.each(['../a.txt', 'C:\\files\\a.txt', 'files/a.txt'])('leaves the folders of %s out', (name) => {
  expect(contentDisposition(name, { type: 'inline', fallback: name })).toBe('inline; filename="a.txt"');
});
