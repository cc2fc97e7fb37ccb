// Base64 that arrives in pieces is what Node's own decoder makes of the whole text, and nothing else is taken.
import * as fc from 'fast-check';
import { Base64Decoder, decodeBase64 } from '../../src/operations/base64';

const cuts = fc.array(fc.nat(), { maxLength: 8 });

/** Decodes the text in pieces that end at the positions. */
function inPieces(text: string, at: number[], expected: number): Buffer | undefined {
  const decoder = new Base64Decoder(expected, text.length);
  const ends = [...at.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    decoder.write(text.slice(start, end));
    start = end;
  }
  return decoder.end();
}

test('any bytes, with or without padding, cut anywhere, whatever was expected', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const property = fc.property(bytes, fc.boolean(), cuts, fc.nat(400), (given, isPadded, at, expected) => {
    const padded = Buffer.from(given).toString('base64');
    const text = isPadded ? padded : padded.replace(/=+$/, '');
    expect(inPieces(text, at, expected)).toEqual(Buffer.from(given));
    expect(decodeBase64(text)).toEqual(Buffer.from(given));
  });
  fc.assert(property, { numRuns: 500 });
});

test('any text is taken or refused as a whole, wherever it is cut', () => {
  const letters = fc.array(fc.constantFrom('A', 'b', '9', '+', '/', '=', '-', '_', ' ', '\n', 'é', '\0'), {
    maxLength: 12,
  });
  const property = fc.property(letters, cuts, (given, at) => {
    const text = given.join('');
    const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
    expect(decodeBase64(text)).toEqual(isBase64 ? Buffer.from(text, 'base64') : undefined);
    expect(inPieces(text, at, 0)).toEqual(decodeBase64(text));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('a text that is longer than a piece, and grows beyond what was expected', () => {
  const bytes = Buffer.alloc(300_001, 'a long recording');
  const text = bytes.toString('base64');
  expect(decodeBase64(text)?.equals(bytes)).toBe(true);
  expect(inPieces(text, [1, 70_001, 200_003], 10)?.equals(bytes)).toBe(true);
  expect(decodeBase64(`${text.slice(0, 200_000)}=${text.slice(200_000)}`)).toBeUndefined();
});
