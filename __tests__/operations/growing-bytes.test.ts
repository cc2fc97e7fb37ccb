// GrowingBytes: the room that bytes get, and the bytes themselves.
import { GrowingBytes } from '../../src/operations/growing-bytes';

const piece = (fill: number) => Buffer.alloc(50_000, fill);

test('the expected bytes stay in the place that they got first', () => {
  const grown = new GrowingBytes({ expected: 200_000, max: 1_000_000 });
  const place = grown.bytes.buffer;
  for (let count = 1; count <= 4; count++) grown.append(piece(count));
  expect(grown.bytes.buffer).toBe(place);
  expect(grown.bytes).toEqual(Buffer.concat([piece(1), piece(2), piece(3), piece(4)]));
});

test('a few bytes stay in the place that they got first, when their number is not known', () => {
  const grown = new GrowingBytes({ expected: 0, max: 1_000_000 });
  const place = grown.bytes.buffer;
  grown.append(piece(1));
  expect(grown.bytes.buffer).toBe(place);
});

test('an expected size above the limit gets no more room than the limit', () => {
  const grown = new GrowingBytes({ expected: 1_000_000_000, max: 100_000 });
  expect(grown.bytes.buffer.byteLength).toBe(100_000);
});

test('bytes beyond the expected size, and beyond the limit, are taken', () => {
  const grown = new GrowingBytes({ expected: 10, max: 120_000 });
  for (let count = 1; count <= 3; count++) grown.append(piece(count));
  expect(grown.bytes).toEqual(Buffer.concat([piece(1), piece(2), piece(3)]));
  grown.appendBase64(piece(4).toString('base64'));
  expect(grown.bytes.subarray(150_000)).toEqual(piece(4));
});

test('room grows to twice its size, and at first not beyond the limit', () => {
  const grown = new GrowingBytes({ expected: 0, max: 150_000 });
  const sizes = [1, 2, 3].map((fill) => (grown.append(piece(fill)), grown.bytes.buffer.byteLength));
  expect(sizes).toEqual([64 * 1024, 128 * 1024, 150_000]);
});
