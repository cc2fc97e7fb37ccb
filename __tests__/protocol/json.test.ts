// copyJson against what JSON itself does, and the limit on nesting.
import { JsonObjectSchema, JsonSchema, maxJsonDepth } from '../../src/protocol';
import { copyJson } from '../../src/protocol/json';

/** What `value` is after a trip through JSON. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

describe('copyJson', () => {
  const hole: unknown[] = [1];
  hole[3] = 4;
  class Point {
    x = 1;
    #y = 2;
    get y() {
      return this.#y;
    }
  }
  const selfless = {
    a: 1,
    toJSON() {
      return this;
    },
  };
  const renewed = {
    b: 2,
    toJSON: () => ({ ...renewed, c: 3 }),
  };

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['an empty array', []],
    ['null', null],
    ['strings', { a: '', b: 'é€😀\ud800\u0000"\\', ' ': 'x', '': 'y' }],
    ['numbers', [0, -0, 1.5, -1e-9, 1e300, Number.MAX_SAFE_INTEGER]],
    ['numbers that are none', { a: NaN, b: [Infinity, -Infinity] }],
    ['booleans', [true, false]],
    ['a date', { at: new Date(0), list: [new Date(86_400_000)] }],
    ['a date that is none', { at: new Date(NaN) }],
    ['a url', { url: new URL('https://files.example/a') }],
    ['bytes', { bytes: Buffer.from('hi') }],
    ['toJSON', { money: { toJSON: () => ({ amount: 1, none: undefined }) } }],
    ['toJSON that gives nothing', { a: { toJSON: () => undefined }, b: [{ toJSON: () => undefined }] }],
    ['toJSON that gives itself', { selfless }],
    ['toJSON that gives another with toJSON', { renewed }],
    ['toJSON that is no function', { toJSON: 'plain', a: 1 }],
    ['an array with toJSON', { list: Object.assign([1, 2], { toJSON: () => 'two' }) }],
    ['undefined', { a: undefined, b: [undefined, { c: undefined }] }],
    ['functions', { a: () => 1, b: [() => 1] }],
    ['symbols', { a: Symbol('a'), b: [Symbol('b')], [Symbol('c')]: 1 }],
    ['a sparse array', hole],
    ['an array with properties', Object.assign([1], { extra: 2 })],
    ['keys that are not enumerable', Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false })],
    ['inherited keys', Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })],
    ['no prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['an instance with a private field', new Point()],
    ['a map and a set', { map: new Map([['a', 1]]), set: new Set([1]) }],
    [
      'a getter',
      {
        get a() {
          return { b: 1 };
        },
      },
    ],
    ['keys like numbers', { 2: 'b', 1: 'a', x: 'c' }],
    ['keys of Object.prototype', { constructor: 1, toString: 2, hasOwnProperty: { a: 3 } }],
  ])('copies %s as JSON does', (_name, value) => {
    expect(copyJson(value)).toStrictEqual(throughJson(value));
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['an object whose toJSON gives nothing', { toJSON: () => undefined }],
  ])('gives undefined for %s, which JSON has no text for', (_name, value) => {
    expect(JSON.stringify(value)).toBeUndefined();
    expect(copyJson(value)).toBeUndefined();
  });

  it('writes the same text as JSON, in the same order of keys', () => {
    const value = { z: 1, a: { y: undefined, x: [new Date(0)] }, 1: 'one' };
    expect(JSON.stringify(copyJson(value))).toBe(JSON.stringify(value));
  });

  it('copies a key named __proto__ as a key', () => {
    const value = JSON.parse('{"a":{"__proto__":{"polluted":true}},"__proto__":[1]}') as object;
    const copied = copyJson(value);
    expect(JSON.stringify(copied)).toBe(JSON.stringify(value));
    expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
    expect((copied as { a: object }).a).not.toHaveProperty('polluted');
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(Object.getOwnPropertyDescriptor(copied, '__proto__')).toEqual({
      value: [1],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  });

  it('shares nothing that can be changed', () => {
    const shared = { list: [1] };
    const value = { first: shared, second: shared, deep: [[shared]] };
    const copied = copyJson(value);
    copied.first.list.push(2);
    expect(value.first.list).toEqual([1]);
    expect(copied.second.list).toEqual([1]);
    expect(copied.deep[0]?.[0]?.list).toEqual([1]);
  });

  it('copies what is frozen into what is not', () => {
    const copied = copyJson(Object.freeze({ list: Object.freeze([1]) as number[] }));
    copied.list.push(2);
    expect(copied).toEqual({ list: [1, 2] });
  });

  it.each<[string, unknown]>([
    ['value', 1n],
    ['a.b', { a: { b: 1n } }],
    ['list[1].n', { list: [0, { n: 1n }] }],
    ['[0][2]', [[0, 0, 1n]]],
    ['money.amount', { money: { toJSON: () => ({ amount: 1n }) } }],
  ])('names the path of a bigint: %s', (path, value) => {
    expect(() => copyJson(value)).toThrow(new TypeError(`${path} is a bigint, which JSON cannot hold`));
  });

  it('throws for a cycle and says where it began', () => {
    const object: Record<string, unknown> = { fine: 1 };
    object['self'] = { object };
    expect(() => copyJson({ top: object })).toThrow(TypeError);
    expect(() => copyJson({ top: object })).toThrow(/^top\.self\.object\.self\..*nests too deep or contains itself$/);

    const array: unknown[] = [];
    array.push(array);
    expect(() => copyJson(array)).toThrow(/^\[0\]\[0\].*nests too deep or contains itself$/);

    const endless = { toJSON: (): object => ({ next: endless }) };
    expect(() => copyJson(endless)).toThrow(/^next\.next\..*nests too deep or contains itself$/);
  });

  it('throws a TypeError, not a RangeError, for nesting that would overflow the stack', () => {
    const text = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
    expect(() => copyJson(JSON.parse(text) as unknown)).toThrow(TypeError);
  });

  it('copies whatever the schemas let through', () => {
    let value: unknown = {};
    for (let level = 1; level < maxJsonDepth; level++) value = level % 2 ? [value] : { a: value };
    const item = { task: { later: { value: JsonSchema.parse(value) } } };
    expect(copyJson(item)).toEqual(throughJson(item));
  });

  it('equals a trip through JSON for 2,000 seeded random values', () => {
    const random = seeded(20_260_301);
    const sizes = { objects: 0, arrays: 0 };
    for (let round = 0; round < 2000; round++) {
      const value = randomValue(random, 5, sizes);
      const copied = copyJson(value);
      expect(copied).toStrictEqual(throughJson(value));
      expect(JSON.stringify(copied)).toBe(JSON.stringify(value));
    }
    expect(sizes.objects).toBeGreaterThan(1000);
    expect(sizes.arrays).toBeGreaterThan(1000);
  });
});

describe('the schemas of JSON values', () => {
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

  it('take any value as far as the limit, and the value itself', () => {
    const value = { a: [null, false, 0, '', { b: nested(maxJsonDepth - 3) }] };
    expect(JsonSchema.parse(value)).toBe(value);
    expect(JsonObjectSchema.parse(value)).toEqual(value);
    expect(JsonSchema.parse(nested(maxJsonDepth))).toEqual(nested(maxJsonDepth));
  });

  it('take a hundred levels', () => {
    expect(JsonSchema.safeParse(nested(100)).success).toBe(true);
    expect(JsonSchema.safeParse(nested(101)).success).toBe(false);
  });

  it.each([maxJsonDepth + 1, 100_000])('refuse %d levels', (levels) => {
    const refusal = `nests deeper than ${maxJsonDepth} levels`;
    expect(JsonSchema.safeParse(nested(levels)).error?.issues).toMatchObject([{ path: [], message: refusal }]);
    expect(JsonObjectSchema.safeParse({ a: nested(levels) }).error?.issues).toMatchObject([
      { path: [], message: refusal },
    ]);
  });

  it('refuse what contains itself', () => {
    const value: Record<string, unknown> = {};
    value['list'] = [value];
    expect(JsonSchema.safeParse(value).success).toBe(false);
  });

  it.each([[[]], ['text'], [7], [null], [undefined]])('take no %j for an object', (value) => {
    expect(JsonObjectSchema.safeParse(value).success).toBe(false);
  });
});

/** The mulberry32 generator: the same numbers from 0 to 1 for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function randomValue(random: () => number, depth: number, sizes: { objects: number; arrays: number }): unknown {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const leaves = [null, true, false, 0, -0, 1, -2.5, 1e21, NaN, '', 'text', '\ud83d', undefined, new Date(0)];
  if (depth === 0 || random() < 0.3) return pick(leaves.filter((leaf) => leaf !== undefined || depth < 5));
  const length = Math.floor(random() * 5);
  const child = () => randomValue(random, depth - 1, sizes);
  if (random() < 0.5) {
    sizes.arrays++;
    return Array.from({ length }, child);
  }
  sizes.objects++;
  const keys = ['a', 'b', '', '1', 'length', 'toString', 'é', '__proto__'];
  // fromEntries defines its keys, so that `__proto__` is one like the others.
  return Object.fromEntries(Array.from({ length }, () => [pick(keys), child()]));
}

it('copies values that nest twice as deep as those of a request, and refuses deeper ones by their path', () => {
  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}0${'}'.repeat(levels)}`) as unknown;
  expect(copyJson(nested(201))).toEqual(nested(201)); // the value at level 201 is the last that is looked into
  expect(() => copyJson(nested(202))).toThrow(/^a[.]a[.]a.*nests too deep or contains itself$/);
});
