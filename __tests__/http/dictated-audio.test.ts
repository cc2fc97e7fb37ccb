// The audio of a dictation against JSON.parse and Node's decoder: the same bytes, wherever the string is cut.
import * as fc from 'fast-check';
import { DictatedAudio } from '../../src/http/dictated-audio';

const cuts = fc.array(fc.nat(), { maxLength: 8 });

/** Decodes the inside of a JSON string that arrives in pieces. */
function decode(inside: string, at: number[], maxParsed: number) {
  const bytes = Buffer.from(inside, 'latin1');
  const audio = new DictatedAudio({ expected: 0, max: bytes.length, maxParsed });
  const ends = [...at.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    audio.write(bytes.subarray(start, end));
    start = end;
  }
  return audio.end();
}

/** The result that JSON.parse and a decoder of the whole text give. */
function expected(inside: string): Buffer | undefined | 'malformed' {
  let text: string;
  try {
    text = JSON.parse(`"${inside}"`) as string;
  } catch {
    return 'malformed';
  }
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}

test('letters and escape sequences of any kind', () => {
  const piece = fc.constantFrom('AAAA', 'b', '+', '/', '\\/', '\\u0041', '\\u002B', '=', '\\u003d');
  const property = fc.property(fc.array(piece, { maxLength: 20 }), cuts, fc.nat(40), (pieces, at, maxParsed) => {
    const inside = pieces.join('');
    expect(decode(inside, at, maxParsed)).toEqual(expected(inside));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('what is not JSON or not base64', () => {
  // A quote cannot be inside: the scanner ends the string there.
  const piece = fc.constantFrom(
    'AAAA',
    '\\',
    '\\\\',
    '\\x',
    '\\n',
    '\\u',
    '\\u00',
    '\\u00e9',
    '\\ud800',
    'é',
    ' ',
    '-',
  );
  const property = fc.property(fc.array(piece, { maxLength: 8 }), cuts, fc.nat(40), (pieces, at, maxParsed) => {
    const inside = pieces.join('');
    const result = decode(inside, at, maxParsed);
    const wanted = expected(inside);
    // A text with both faults may be reported as either of them, because its end is not read.
    if (wanted === 'malformed') expect(Buffer.isBuffer(result)).toBe(false);
    else expect(result).toEqual(wanted);
  });
  fc.assert(property, { numRuns: 2_000 });
});
