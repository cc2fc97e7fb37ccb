// The keys of objects: safe in any service, readable, and one for each owner and id.
import fc from 'fast-check';
import { objectKey } from '../../src/attachments/s3-key';

const keyOf = (owner: string, id: string) => objectKey('', { owner, id });

test.each([
  ['user_1', 'atc_0a1b', 'user_1/atc_0a1b'],
  ['ann@example.com', 'a', 'ann!40example!2ecom/a'],
  ['.', '..', '!2e/!2e!2e'],
  ['a/b', 'c', 'a!2fb/c'],
  ['a', 'b/c', 'a/b!2fc'],
  ['!2f', '/', '!212f/!2f'],
  ['Zoë', 'é', 'Zo!u00eb/!u00e9'],
  ['é', 'e\u0301', '!u00e9/e!u0301'],
  ['\ud800', '\ufffd', '!ud800/!ufffd'],
  ['a\0b', 'a b', 'a!00b/a!20b'],
])('%j and %j give %s', (owner, id, key) => {
  expect(keyOf(owner, id)).toBe(key);
});

test('the prefix stands before them as it is', () => {
  expect(objectKey('chat/files/', { owner: 'a', id: 'b' })).toBe('chat/files/a/b');
});

test('long names become short ones, each its own', () => {
  const names = ['x'.repeat(201), 'x'.repeat(202), '😀'.repeat(100), '\ud800'.repeat(201), '\ud801'.repeat(201)];
  const keys = names.map((name) => keyOf(name, name));
  for (const key of keys) expect(key).toMatch(/^!h[0-9a-f]{64}\/!h[0-9a-f]{64}$/);
  expect(new Set(keys).size).toBe(names.length);
});

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  // Units of UTF-16 in any order, and what escapes are made of.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom('!', 'u', 'h', '0', '2', 'f', '/', '.'), minLength: 1 }),
);

// Read back, so no two can have been written the same way.
const read = (part: string) =>
  part.replace(/!u(.{4})|!(..)/g, (_all, unit?: string, ascii?: string) =>
    String.fromCharCode(parseInt((unit ?? ascii)!, 16)),
  );

test('owner and id can be read back from a key', () => {
  fc.assert(
    fc.property(name, name, (owner, id) => {
      const parts = keyOf(owner, id).split('/');
      fc.pre(parts.every((part) => !part.startsWith('!h')));
      expect(parts.map(read)).toEqual([owner, id]);
    }),
    { numRuns: 2000 },
  );
});

test('every key is safe: two parts of plain characters, short enough', () => {
  fc.assert(
    fc.property(name, name, (owner, id) => {
      expect(keyOf(owner, id)).toMatch(/^[A-Za-z0-9_!-]{1,200}\/[A-Za-z0-9_!-]{1,200}$/);
    }),
    { numRuns: 2000 },
  );
});
