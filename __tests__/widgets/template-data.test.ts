// Data that does not fit a template's schema, and the properties that the schema lets be missing.
import { WidgetTemplate } from 'chatkit-express';
import type { BuildOptions } from '../../src/widgets/template';

const define = (template: string, jsonSchema?: object): WidgetTemplate =>
  new WidgetTemplate({ version: '1.0', name: 'mine', template, jsonSchema: jsonSchema as never });

/** Builds, and returns the widget with what was warned of. */
function built(template: WidgetTemplate, data: object, options: BuildOptions = {}) {
  const warnings: unknown[] = [];
  const widget = template.build(data, { ...options, logger: { warn: (fields) => warnings.push(fields['faults']) } });
  return { widget, warnings: warnings.flat() };
}

const object = (properties: object, required: string[] = [], more: object = { additionalProperties: false }) => ({
  type: 'object',
  properties,
  required,
  ...more,
});
const text = { type: 'string', minLength: 1 };

describe('data that does not fit the schema', () => {
  // As OpenAI's metro-map has it: the template prints a name, the schema wants a label and forbids all other keys.
  const lines = () =>
    define(
      '{"type":"ListView","children":[{%- set _c -%}{%-for item in items -%},{"type":"ListViewItem","key":{{ (item.id) | tojson }},"children":[{"type":"Text","value":{{ (item.name) | tojson }}}]}{%-endfor-%}{%- endset -%}{{- (_c[1:] if _c and _c[0] == \',\' else _c) -}}]}',
      object({ items: { type: 'array', items: object({ id: text, label: text }, ['id', 'label']) } }, ['items']),
    );
  const red = { type: 'ListViewItem', key: 'red', children: [{ type: 'Text', value: 'Red line' }] };

  it.each<[string, object, string[]]>([
    [
      'another key than the schema wants',
      { id: 'red', name: 'Red line' },
      ['items[0].label is missing', 'items[0].name is unknown'],
    ],
    ['both keys', { id: 'red', label: 'Red', name: 'Red line' }, ['items[0].name is unknown']],
    [
      'an empty text',
      { id: 'red', label: '', name: 'Red line' },
      ['items[0].label must NOT have fewer than 1 characters', 'items[0].name is unknown'],
    ],
    [
      'a value of another type',
      { id: 'red', label: 7, name: 'Red line' },
      ['items[0].label must be string', 'items[0].name is unknown'],
    ],
  ])('is built with a warning: %s', (_title, item, warnings) => {
    expect(built(lines(), { items: [item] })).toEqual({ widget: { type: 'ListView', children: [red] }, warnings });
  });

  it('is warned of once for each field, and once for all elements of a list', () => {
    const template = lines();
    const item = { id: 'red', label: 'Red', name: 'Red line' };
    expect(built(template, { items: [item, item] }).warnings).toEqual(['items[0].name is unknown']);
    expect(built(template, { items: [item] }).warnings).toEqual([]);
    expect(built(template, { items: [item], more: 1 }).warnings).toEqual(['more is unknown']);
  });

  it('is warned of at most a hundred times', () => {
    const template = lines();
    const many = Object.fromEntries(Array.from({ length: 300 }, (_none, index) => [`key${index}`, 1]));
    expect(built(template, { items: [], ...many }).warnings).toHaveLength(100);
  });

  it('goes to the console without a logger', () => {
    const warn = jest.spyOn(console, 'warn').mockReturnValue();
    lines().build({ items: [{ id: 'red', label: '', name: 'Red line' }] });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      '[chatkit-express] the data of a widget does not fit its schema',
      expect.objectContaining({ widget: 'mine' }),
    );
    warn.mockRestore();
  });

  it("is refused with `validate: 'throw'`, and data that fits is built", () => {
    const build = (item: object) => built(lines(), { items: [item] }, { validate: 'throw' });
    expect(() => build({ id: 'red', label: '', name: 'Red line' })).toThrow(
      new TypeError('The data does not fit the widget mine: items[0].label must NOT have fewer than 1 characters'),
    );
    expect(() => build({ id: 'red', name: 'Red line' })).toThrow(/: items\[0\]\.label is missing$/);
    expect(build({ id: 'red', label: 'Red', name: 'Red line' }).widget).toEqual({ type: 'ListView', children: [red] });
  });

  it.each<[string, object]>([
    ['in alternatives', { anyOf: [object({ a: text }, ['a']), object({ b: text }, ['b'])] }],
    ['where just one alternative holds', { oneOf: [object({ a: text }, ['a']), object({ b: text }, ['b'])] }],
    ['in parts', { allOf: [{ properties: { a: text } }], unevaluatedProperties: false, required: ['a'] }],
    ['behind a reference', { $ref: '#/properties/v/$defs/a', $defs: { a: object({ a: text }, ['a']) } }],
  ])("with an unknown key is never refused by 'throw': %s", (_title, value) => {
    const template = define('{"type":"Card","x":{{ v.a | tojson }}}', object({ v: value }, ['v']));
    const { widget, warnings } = built(template, { v: { a: 'x', more: 1 } }, { validate: 'throw' });
    expect(widget).toEqual({ type: 'Card', x: 'x' });
    expect(warnings).toContain('v.more is unknown');
    expect(() => built(template, { v: { a: 5, more: 1 } }, { validate: 'throw' })).toThrow('v.a must be string');
    expect(built(template, { v: { a: 'x' } }, { validate: 'throw' }).warnings).toEqual([]);
  });

  it('does not take a property of that name for the keyword', () => {
    const schema = object({ additionalProperties: { const: false } }, ['additionalProperties']);
    const template = define('{"type":"Card"}', schema);
    expect(() => built(template, { additionalProperties: 1, more: 1 }, { validate: 'throw' })).toThrow(
      'additionalProperties must be equal to constant',
    );
    expect(built(template, { additionalProperties: false, more: 1 }, { validate: 'throw' }).warnings).toEqual([
      'more is unknown',
    ]);
  });

  it("is not looked at with `validate: 'off'`", () => {
    expect(built(lines(), { items: [{ id: 'red', name: 'Red line' }] }, { validate: 'off' })).toEqual({
      widget: { type: 'ListView', children: [red] },
      warnings: [],
    });
    expect(() => lines().build([] as never, { validate: 'off' })).toThrow('the data must be object');
  });

  it('is not built with a `validate` that there is not', () => {
    expect(() => lines().build({ items: [] }, { validate: 'warm' as never })).toThrow(
      new TypeError('`validate` must be warn, throw or off, not warm'),
    );
  });
});

describe('a property that the schema does not require', () => {
  const value = (expression: string, data: object, schema: object): unknown =>
    built(define(`{"type":"Card","x":{{ (${expression}) | tojson }}}`, schema), data, { validate: 'throw' }).widget[
      'x'
    ];
  const schema = {
    ...object(
      {
        note: text,
        user: object({ name: text, mail: text, boss: { $ref: '#/$defs/person' } }, ['name']),
        items: { type: 'array', items: object({ id: text, tag: text }, ['id']) },
        pair: { type: 'array', prefixItems: [object({ a: text })], items: object({ b: text }) },
        map: { type: 'object', additionalProperties: object({ c: text }) },
        parts: { allOf: [object({ d: text }, [], {}), { required: ['d'] }] },
        kinds: { type: 'array', items: { anyOf: [object({ e: text }, ['e']), object({ f: text }, ['f'])] } },
      },
      ['items'],
    ),
    $defs: { person: object({ nick: text, boss: { $ref: '#/$defs/person' } }) },
  };
  const data = { items: [{ id: 'a' }, { id: 'b', tag: 'new' }] };

  it.each<[string, object, unknown]>([
    ['note', data, null],
    ['note is none', data, true],
    ['note == none', data, true],
    ['"none" if note is none else note', data, 'none'],
    ['note or "-"', data, '-'],
    ['"yes" if note else "no"', data, 'no'],
    ['items[0].tag', data, null],
    ['items[0]["tag"]', data, null],
    ['items[1].tag', data, 'new'],
    ['items | map(attribute="tag") | list', data, [null, 'new']],
    ['items | selectattr("tag") | map(attribute="id") | list', data, ['b']],
    ['{"tag": items[0].tag}', data, { tag: null }],
    ['user', data, null],
    ['user.name', data, null],
    ['user.boss.nick', data, null],
    ['user.mail', { ...data, user: { name: 'Ada' } }, null],
    ['user.boss.boss.nick', { ...data, user: { name: 'Ada', boss: { boss: {} } } }, null],
    ['[pair[0].a, pair[1].b]', { ...data, pair: [{}, {}] }, [null, null]],
    ['map.any.c', { ...data, map: { any: {} } }, null],
    ['kinds[0].f', { ...data, kinds: [{ e: 'x' }] }, null],
    ['(pair or []) | length', data, 0],
    ['pair | length', data, 0],
    ['note > 5', data, false],
    // Templates that ask first are built as before.
    ['note is defined', data, false],
    ['note is undefined', data, true],
    ['note | default("-")', data, '-'],
    ['items[0].tag | default("-")', data, '-'],
    ['items | map(attribute="tag", default="-") | list', data, ['-', 'new']],
    ['items[0]', data, { id: 'a' }],
  ])('is None where it is missing: %s', (expression, given, expected) => {
    expect(value(expression, given, schema)).toEqual(expected);
  });

  it('has no rounds in a loop', () => {
    const template = define('{"type":"Card","x":[{% for p in pair %}{{ p | tojson }}{% endfor %}]}', schema);
    expect(template.build(data)).toEqual({ type: 'Card', x: [] });
  });

  it.each([
    ['other', "'other' is undefined"],
    ['items[0].other', "has no attribute 'other'"],
    ['parts.d', "has no attribute 'd'"],
  ])('is not any other that is missing: %s', (expression, message) => {
    const template = define(`{"type":"Card","x":{{ (${expression}) | tojson }}}`, schema);
    expect(() => built(template, { ...data, parts: {} })).toThrow(message);
  });
});

describe('the words that ChatKit Studio leaves in a template', () => {
  const card = (template: string, data: object = {}): unknown =>
    built(define(`{"type":"Card","x":[${template}]}`), data).widget['x'];

  it.each<[string, unknown]>([
    ['{{ (undefined) | tojson }}', null],
    ['{% if a %}"x"{% else %}{{ (undefined) | tojson }}{% endif %}', null],
    ['{{ (a == undefined) | tojson }}', false],
    ['{{ (none == undefined) | tojson }}', true],
    ['{{ (a is undefined) | tojson }}', false],
    ['{{ (undefined or "x") | tojson }}', 'x'],
    ['{{ (undefined | default("x")) | tojson }}', 'x'],
    ['{{ ({"a": undefined}) | tojson }}', { a: null }],
  ])('undefined is None: %s', (template, expected) => {
    expect(card(template, { a: 0 })).toEqual([expected]);
  });

  it('index counts the rounds of the innermost loop from 0', () => {
    const list =
      '{% for a in xs %}{% if index > 0 %},{% endif %}{{ index }}{% for b in xs %},{{ (index) | tojson }}{% endfor %},{{ index + 10 }}{% endfor %}';
    expect(card(list, { xs: ['p', 'q'] })).toEqual([0, 0, 1, 10, 1, 0, 1, 11]);
    expect(
      card('{% for a in xs %}"key-{{ index }}"{% if not loop.last %},{% endif %}{% endfor %}', { xs: [1, 2] }),
    ).toEqual(['key-0', 'key-1']);
  });

  it('a variable of the same name goes before them', () => {
    expect(card('{% for a in [1] %}{{ index }}{% endfor %},{{ undefined }}', { index: 7, undefined: 8 })).toEqual([
      7, 8,
    ]);
    expect(card('{% for a in [1] %}{% set index = loop.index %}{{ index }}{% endfor %}')).toEqual([1]);
    expect(card('{% for index in [5] %}{{ index }}{% endfor %}')).toEqual([5]);
  });

  it('index is unknown outside of a loop', () => {
    expect(() => card('{{ index }}')).toThrow("'index' is undefined");
    expect(() => card('{{ index }}', { loop: { index0: 3 } })).toThrow("'index' is undefined");
  });
});
