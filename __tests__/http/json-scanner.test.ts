// The scanner against JSON.parse: the same counts for any text, cut into chunks anywhere.
import * as fc from 'fast-check';
import { JsonScanner } from '../../src/http/json-scanner';
import { findRepeatedKey } from '../../src/http/repeated-keys';
import { measureJson } from '../../src/protocol/bounds';
import { sized } from '../support/sizes';

const limits = { maxDepth: 128, maxEntries: 1_000_000 };

/** What the scanner finds in a text that comes in pieces which end at these positions. */
function scan(text: string, cuts: number[], given = limits) {
  const bytes = Buffer.from(text);
  const scanner = new JsonScanner(given);
  let audio = '';
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    const chunk = bytes.subarray(start, end);
    scanner.write(chunk);
    audio += chunk.toString('latin1', scanner.audioStart, scanner.audioEnd);
    start = end;
  }
  return { keys: scanner.keys, type: scanner.type, audioBytes: scanner.audioBytes, audio, fault: scanner.fault };
}

const cuts = fc.array(fc.nat(), { maxLength: 6 });
const audio = fc.stringMatching(/^[A-Za-z0-9+/]{0,200}$/);

test('counts the keys of any value, and finds its type', () => {
  const property = fc.property(fc.jsonValue(), fc.string(), fc.boolean(), cuts, (params, type, isSpaced, at) => {
    const value = { params, type, more: [params] };
    const text = JSON.stringify(value, null, isSpaced ? 1 : undefined);
    const found = scan(text, at);
    expect(found.fault).toBeUndefined();
    expect(found.keys).toBe(measureJson(JSON.parse(text), limits).keys);
    if (Buffer.byteLength(JSON.stringify(type)) <= 100) expect(found.type).toBe(type);
    expect(findRepeatedKey(text)).toBeUndefined();
  });
  fc.assert(property, { numRuns: sized(300, 20_000) });
});

test('finds the audio, and nothing else of the kind', () => {
  const property = fc.property(audio, fc.jsonValue(), fc.boolean(), cuts, (text, other, isFirst, at) => {
    const params = { other, audio_base64: text };
    const body = isFirst ? { params, audio_base64: 'no', other } : { other: { params }, params, more: [params] };
    expect(scan(JSON.stringify(body), at)).toMatchObject({ audio: text, audioBytes: text.length });
  });
  fc.assert(property, { numRuns: sized(300, 20_000) });
});

test('counts entries as the walk over the value does', () => {
  const property = fc.property(fc.jsonValue(), fc.nat(40), cuts, (value, maxEntries, at) => {
    const { exceeded } = measureJson(value, { ...limits, maxEntries });
    expect(scan(JSON.stringify(value), at, { ...limits, maxEntries }).fault !== undefined).toBe(exceeded !== undefined);
  });
  fc.assert(property, { numRuns: sized(300, 20_000) });
});

test('stops at the depth that a value may have', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const text = (levels: number) => `${open.repeat(levels)}0${close.repeat(levels)}`;
    expect(scan(text(128), []).fault).toBeUndefined();
    expect(scan(text(129), []).fault?.message).toBe('nests deeper than 128 levels');
  }
});

test('takes any bytes', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, at) => {
    scan(Buffer.from(bytes).toString('latin1'), at);
  });
  fc.assert(property, { numRuns: sized(300, 20_000) });
});

test.each<[string, string[] | undefined]>([
  ['{"type":"a","type":', ['type']],
  ['{"params":{},"params":{', ['params']],
  ['{"params":{"audio_base64":"a","audio_base64":"', ['params', 'audio_base64']],
  ['{"params":{"audio_base64":"a","type":"b","params":1},"audio_base64":"c","type":"', undefined],
])('refuses a second key of those that it reads before its value arrives: %s', (text, path) => {
  const fault = path && { path, message: 'the key is repeated' };
  expect(scan(text, []).fault).toEqual(fault);
  expect(
    scan(
      text,
      Array.from(text, (_, at) => at),
    ).fault,
  ).toEqual(fault);
});

test('a key that is repeated is found by its path, wherever it is', () => {
  const property = fc.property(fc.jsonValue(), fc.string({ maxLength: 30 }), (value, key) => {
    const name = JSON.stringify(key);
    const text = `{"x":[${JSON.stringify(value)},{${name}:${JSON.stringify(value)},${name}:1}]}`;
    expect(findRepeatedKey(text)).toEqual(['x', 1, key]);
  });
  fc.assert(property, { numRuns: sized(200, 10_000) });
});
