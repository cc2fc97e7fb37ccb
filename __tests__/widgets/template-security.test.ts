// What data can do to a widget: fill in its strings and numbers, whatever it holds, and nothing else.
import fc from 'fast-check';
import { WidgetTemplate } from '../../src/widgets/template';

const make = (template: string): WidgetTemplate => new WidgetTemplate({ version: '1.0', name: 'mine', template });
const build = (template: string, data: object = {}): unknown => make(template).build(data);

/** Text that would end a JSON string, a tag or a script, if it could. */
const hostile = [
  '"',
  '\\',
  '\\"',
  '"}],"type":"ListView","x":[{"a":"',
  '","onClickAction":{"type":"steal"},"y":"',
  ',',
  '",',
  '{{ 7 * 7 }}',
  '{% endset %}',
  '</script><script>',
  '\u0000\u001f\u2028\u2029\ufeff',
  '\ud800',
  'x\ud83d',
  '\\u0022',
  "it's",
];
const anyText = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom('"', '\\', ',', ':', '{', '}', '[', ']', 'u0022', 'a', '\n')).map((parts) => parts.join('')),
);
const keys = fc.oneof(
  anyText,
  fc.constantFrom('__proto__', 'constructor', 'toString', 'items', 'append', 'length', 'toJSON'),
);
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    anyText,
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e21, 5e-324),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** JSON that says the same, with plain objects: fast-check makes some without a prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('data with tojson', () => {
  it('comes out as it went in, whatever it is', () => {
    const template = make('{"type":"Card","a":{{ x | tojson }},"b":{{ [x, {"k": x}] | tojson }}}');
    fc.assert(
      fc.property(anyJson, (x) => {
        expect(template.build({ x })).toEqual({ type: 'Card', a: plain(x), b: [plain(x), { k: plain(x) }] });
      }),
      { numRuns: 500 },
    );
  });

  it('is the same after a detour through captures, macros and loops', () => {
    const template = make(
      '{% macro m(v) %}{{ v | tojson }}{% endmacro %}' +
        '{"type":"Card","a":[{% set c %}{% for v in [x, x] %},{{ m(v) }}{% endfor %}{% endset %}{{ c[1:] }}]}',
    );
    fc.assert(
      fc.property(anyJson, (x) => {
        expect(template.build({ x })).toEqual({ type: 'Card', a: [plain(x), plain(x)] });
      }),
    );
  });
});

describe('data inside of quotes', () => {
  it.each([
    ['as it is', '{{ x }}', (x: string) => x],
    ['among other text', 'a {{ x }}, {{ x }}', (x: string) => `a ${x}, ${x}`],
    ['put together', '{{ "<" ~ x ~ ">" }}', (x: string) => `<${x}>`],
    ['captured', '{% set c %}-{{ x }}-{% endset %}{{ c }}', (x: string) => `-${x}-`],
    ['captured, cut', '{% set c %}-{{ x }}-{% endset %}{{ c[1:-1] }}', (x: string) => x],
    ['from a macro', '{% macro m(v) %}[{{ v }}]{% endmacro %}{{ m(x) }}', (x: string) => `[${x}]`],
    [
      'from a call block',
      '{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ x }}{% endcall %}',
      (x: string) => x,
    ],
    ['filtered', '{{ x | replace("\\\\", "/") | safe }}', (x: string) => x.replaceAll('\\', '/')],
    ['joined', '{{ [x, x] | join(" - ") }}', (x: string) => `${x} - ${x}`],
    ['as a key', '{% for k in {"k": 1} %}{{ x }}{% endfor %}', (x: string) => x],
    ['through a list', '{{ [x] | first }}{{ [x][0] }}', (x: string) => x + x],
    ['formatted', '{{ "%s" | format(x) }}', (x: string) => x],
    ['through tojson, taken out of its quotes', '{{ (x | tojson)[1:-1] }}', (x: string) => x],
  ])('stays inside of them: %s', (_title, inner, expected) => {
    const template = make(`{"type":"Card","a":"${inner}","b":[1]}`);
    fc.assert(
      fc.property(anyText, (x) => {
        expect(template.build({ x })).toEqual({ type: 'Card', a: expected(x), b: [1] });
      }),
    );
  });

  it('stays inside of them as a key of the widget', () => {
    const key = '","type":"Basic","__proto__';
    expect(build('{"type":"Card","a {{ x }}":1}', { x: key })).toEqual({ type: 'Card', [`a ${key}`]: 1 });
    const built = build('{"type":"Card","{{ x }}":{"polluted":1}}', { x: '__proto__' });
    expect(Object.keys(built as object)).toEqual(['type', '__proto__']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    ['a list of texts', '"{{ x | tojson }}"', [',']],
    ['text', '["{{ x | tojson }}"]', ','],
    ['a part of JSON', '"{{ (x | tojson)[1:] }}"', 'a'],
    ['after a backslash', '"\\{{ x }}"', 'n'],
  ])('is refused where it would end them: %s', (_title, value, x) => {
    expect(() => build(`{"type":"Card","a":${value}}`, { x })).toThrow(
      /is printed (inside of quotes|after a backslash)/,
    );
  });
});

describe('data outside of quotes', () => {
  it.each([
    ['as it is', '{{ x }}'],
    ['put together', '{{ x ~ "" }}'],
    ['captured', '{% set c %}{{ x }}{% endset %}{{ c }}'],
    ['marked as safe', '{{ x | safe }}'],
    ['from tojson, with its backslashes taken out', '{{ x | tojson | replace("\\\\", "") }}'],
    ['from tojson, cut', '{{ (x | tojson)[:3] }}'],
    ['from tojson, turned round', '{{ x | tojson | reverse }}'],
    ['as a key of a dict', '{% for k in {"a": {x: 1}}.a %}{{ k }}{% endfor %}'],
    ['as the default of what is missing', '{{ missing | default(x) }}'],
    ['in a list', '{{ [x] }}'],
  ])('is refused: %s', (_title, value) => {
    const template = make(`{"type":"Card","a":[${value}]}`);
    for (const x of ['1,2', '"a","b"', '{"type":"Button"}', 'true', '","x', '\\","y']) {
      expect(() => template.build({ x })).toThrow(/is printed (outside of quotes: add `\| tojson`|in part)/);
    }
  });

  it('may be a number, and nothing at all', () => {
    expect(build('{"type":"Card","a":[{{ x }}{{ y }}]}', { x: 5, y: '' })).toEqual({ type: 'Card', a: [5] });
  });
});

describe('a template reaches nothing but its data', () => {
  it.each([
    'process',
    'globalThis',
    'require',
    'module',
    'console',
    'this',
    'constructor',
    '__proto__',
    'Object',
    'self',
    'x.constructor',
    'x.__proto__',
    'x["__proto__"]',
    'x["const" ~ "ructor"]',
    'x.toString',
    'x.hasOwnProperty',
    'list.constructor',
    'list.map',
    'list.push',
    'list["length"]',
    'text.constructor',
    'text.length',
    'text["at"]',
    'n.constructor',
    'n.toFixed',
    'm.constructor',
    'range.call',
    'loop',
    'namespace().constructor',
    'cycler("a").attributes',
    '(x | items)[0].items',
  ])('%s is undefined', (expression) => {
    const template = `{% macro m() %}{% endmacro %}{"type":"Card","x":{{ (${expression}) is defined | tojson }}}`;
    expect(build(template, { x: { a: 1 }, list: [1], text: 'a', n: 1 })).toEqual({ type: 'Card', x: false });
  });

  it.each([
    'x.toString()',
    'list.push(1)',
    'list.map(m)',
    'text.at(0)',
    'text.constructor("a")',
    'x.get.call()',
    'm.call()',
    'n.toFixed(1)',
  ])('%s cannot be called', (expression) => {
    const template = `{% macro m() %}{% endmacro %}{"type":"Card","x":{{ ${expression} | tojson }}}`;
    expect(() => build(template, { x: { a: 1 }, list: [1], text: 'a', n: 1 })).toThrow(
      'The widget mine cannot be built: ',
    );
  });

  it('reads keys of such names from the data, where they are in it', () => {
    const data: unknown = JSON.parse('{"x":{"__proto__":{"admin":1},"constructor":2,"items":[3],"get":4}}');
    const template =
      '{"type":"Card","a":{{ [x.__proto__.admin, x.constructor, x.items, x.get, x.admin is defined] | tojson }},' +
      '"b":{{ x.items() | length }},"c":{{ x.get("constructor") }}}';
    expect(build(template, data as object)).toEqual({ type: 'Card', a: [1, 2, [3], 4, false], b: 4, c: 2 });
  });

  it('calls no function of the data', () => {
    const call = jest.fn(() => 'called');
    const data = { f: call, x: { get: call, items: call }, list: Object.assign([1], { append: call }) };
    expect(() => build('{"type":"Card","a":{{ f() }}}', data)).toThrow("'f' is undefined");
    expect(
      build('{% set _ = list.append(2) %}{"type":"Card","a":{{ [list, x.items() | list] | tojson }}}', data),
    ).toEqual({
      type: 'Card',
      a: [[1, 2], []],
    });
    expect(call).not.toHaveBeenCalled();
  });

  it('does not let a key of the data stand for true, false or none', () => {
    const data = { none: 1, true: 0, True: 0, false: 1, None: 'x' };
    expect(build('{"type":"Card","a":{{ [none, true, True, false, None] | tojson }}}', data)).toEqual({
      type: 'Card',
      a: [null, true, true, false, null],
    });
  });
});

describe('numbers of the data', () => {
  it.each([
    '{% for i in range(n) %}{% endfor %}',
    '{{ "x" * n }}',
    '{{ "" * n }}',
    '{{ [0] * n }}',
    '{{ "x" | center(n) }}',
    '{{ ("%" ~ n ~ "d") | format(1) }}',
    '{{ [1] | slice(n) | list }}',
    '{{ [1] | batch(n, 0) | list }}',
    '{{ 1.5 | round(n) }}',
    '{{ 2 ** n }}',
  ])('cannot make it build for long: %s', (template) => {
    expect(() => build(`{% set x %}${template}{% endset %}{"type":"Card"}`, { n: 1_000_000_000 })).toThrow(
      'The widget mine cannot be built: ',
    );
  });
});

describe('deep data', () => {
  it('is refused before it is walked', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(() => build('{"type":"Card","a":{{ x | tojson }}}', { x: deep })).toThrow('nests too deep');
  });
});
