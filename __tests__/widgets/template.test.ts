// .widget files: how they are read, what data they take, and the widgets that Jinja2 makes of them (vectors/record-jinja.py).
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WidgetTemplate } from 'chatkit-express';
import { WidgetRootSchema } from '../../src/protocol';
import { temporaryFolder } from '../support/temporary-folder';
import recorded from './vectors/templates.json';

interface Case {
  file: string;
  data: object;
  expected: unknown;
}

const folder = join(__dirname, 'templates');
const fileOf = (name: string): string => join(folder, name);
const definitionOf = (name: string): Record<string, unknown> => JSON.parse(readFileSync(fileOf(name), 'utf8'));

const definition = (template: string, jsonSchema?: unknown) => ({ version: '1.0', name: 'mine', template, jsonSchema });
const card = '{"type":"Card"}';
const strictly = { validate: 'throw' } as const;

describe('WidgetTemplate', () => {
  it.each(
    (recorded as Case[]).map((each) => [`${each.file} ${JSON.stringify(each.data).slice(0, 60)}`, each] as const),
  )('builds what Jinja2 builds: %s', (_title, { file, data, expected }) => {
    const widget = new WidgetTemplate(definitionOf(file)).build(data);
    expect(widget).toEqual(expected);
    // As it is sent: nulls are left out on the way.
    const sent = JSON.stringify(expected, (_key, value: unknown) => value ?? undefined);
    expect(WidgetRootSchema.parse(widget)).toEqual(JSON.parse(sent));
  });

  it.each([
    ['0.0 * -1', '-0.0'],
    ['0.0 * 1', '0.0'],
    ['0 * -1', '0'],
  ])('prints a zero as Python does: %s', (expression, expected) => {
    const value = `{"type":"Card","children":[{"type":"Text","value":{{ ((${expression}) ~ '') | tojson }}}]}`;
    expect(new WidgetTemplate(definition(value)).build()).toMatchObject({ children: [{ value: expected }] });
  });

  it('knows its name, and builds without data where none is asked for', () => {
    const template = new WidgetTemplate(definitionOf('plain.widget'));
    expect(template.name).toBe('Plain');
    expect(template.build()).toEqual({
      type: 'Basic',
      children: [{ type: 'Text', value: 'Nothing to fill in' }],
    });
  });

  it('builds anew each time, and leaves the data as it was', () => {
    const template = new WidgetTemplate(
      definition('{% set _ = list.append(1) %}{{ {"type": "Card", "x": list} | tojson }}'),
    );
    const data = { list: [0] };
    const [first, second] = [template.build(data), template.build(data)];
    expect(first).toEqual({ type: 'Card', x: [0, 1] });
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
    expect(data).toEqual({ list: [0] });
  });

  it('keeps nothing from one build to the next', () => {
    const template = new WidgetTemplate(
      definition('{% if a is defined %}{% set seen = 1 %}{% endif %}{"type":"Card","x":{{ seen | default(0) }}}'),
    );
    expect([template.build({ a: 1 }), template.build({})]).toEqual([
      { type: 'Card', x: 1 },
      { type: 'Card', x: 0 },
    ]);
  });

  it('takes data as JSON would: dates as text, undefined as missing', () => {
    const template = new WidgetTemplate(
      definition('{"type":"Card","at":{{ at | tojson }},"gone":{{ (gone is defined) | tojson }}}'),
    );
    expect(template.build({ at: new Date(0), gone: undefined })).toEqual({
      type: 'Card',
      at: '1970-01-01T00:00:00.000Z',
      gone: false,
    });
    expect(() => template.build({ at: 1n })).toThrow(new TypeError('at is a bigint, which JSON cannot hold'));
  });
});

describe('new WidgetTemplate', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /not a widget definition/],
    ['another version', { ...definition(card), version: '2.0' }, /version/],
    ['no name', { ...definition(card), name: undefined }, /name/],
    ['no template', { ...definition(card), template: 5 }, /template/],
    ['a schema that is none', definition(card, 'x'), /jsonSchema/],
    ['a wrong schema', definition(card, { type: 'objekt' }), /^The jsonSchema of the widget mine is not valid: /],
  ])('refuses %s', (_title, given, message) => {
    const make = () => new WidgetTemplate(given as never);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  it.each([
    ['{% if x %}', 'it ends too early'],
    ['{{ x | nothing }}', 'there is no filter nothing'],
    ['{% if x is nothing %}{% endif %}', 'there is no test nothing'],
    ['{% if x is nothing(1) %}{% endif %}', 'there is no test nothing'],
    ['{% include "x" %}', 'include'],
    ['{% set 5 = 1 %}', 'cannot be set'],
  ])('refuses the template %s', (template, message) => {
    const make = () => new WidgetTemplate(definition(template));
    expect(make).toThrow(SyntaxError);
    expect(make).toThrow(`The template of the widget mine cannot be used: `);
    expect(make).toThrow(message);
  });

  it('takes the keys that the Studio adds', () => {
    const template = new WidgetTemplate({ ...definition(card), outputJsonPreview: {}, encodedWidget: 'eyJ9' });
    expect(template.build()).toEqual({ type: 'Card' });
  });
});

describe('WidgetTemplate.fromFile', () => {
  const built = { type: 'Basic', children: [{ type: 'Text', value: 'Nothing to fill in' }] };

  it.each<[string, () => WidgetTemplate]>([
    ['an absolute path', () => WidgetTemplate.fromFile(fileOf('plain.widget'))],
    ['a URL', () => WidgetTemplate.fromFile(pathToFileURL(fileOf('plain.widget')))],
    ['the text of a URL', () => WidgetTemplate.fromFile(pathToFileURL(fileOf('plain.widget')).href)],
    [
      'a path from the current directory',
      () => WidgetTemplate.fromFile(relative(process.cwd(), fileOf('plain.widget'))),
    ],
    ['a path from a file', () => WidgetTemplate.fromFile('templates/plain.widget', { from: __filename })],
    [
      'a path from the URL of a module',
      () => WidgetTemplate.fromFile('./templates/plain.widget', { from: pathToFileURL(__filename).href }),
    ],
    [
      'an absolute path, whatever file asks',
      () => WidgetTemplate.fromFile(fileOf('plain.widget'), { from: '/nowhere/x.js' }),
    ],
  ])('takes %s', (_title, read) => {
    expect(read().build()).toEqual(built);
  });

  it('does not look beside the caller unless told where that is', () => {
    expect(() => WidgetTemplate.fromFile('templates/plain.widget')).toThrow(/ENOENT.*plain\.widget/);
  });

  describe('with files of its own', () => {
    const own = temporaryFolder();
    const write = (name: string, content: string): string => {
      const file = join(own, name);
      writeFileSync(file, content);
      return file;
    };

    it('reads and parses the file once', () => {
      const file = write('once.widget', JSON.stringify(definition('{"type":"Card","n":{{ n }}}')));
      const template = WidgetTemplate.fromFile(file);
      rmSync(file);
      expect([template.build({ n: 1 }), template.build({ n: 2 })]).toEqual([
        { type: 'Card', n: 1 },
        { type: 'Card', n: 2 },
      ]);
    });

    it.each<[string, string, ErrorConstructor, RegExp]>([
      ['text', 'hello', TypeError, /text\.widget is not JSON: /],
      ['other JSON', '[]', TypeError, /other JSON\.widget: This is not a widget definition/],
      [
        'a bad template',
        JSON.stringify(definition('{{')),
        SyntaxError,
        /a bad template\.widget: The template of the widget/,
      ],
    ])('names the file when it holds %s', (name, content, kind, message) => {
      const read = () => WidgetTemplate.fromFile(write(`${name}.widget`, content));
      expect(read).toThrow(kind);
      expect(read).toThrow(message);
    });
  });
});

describe('the data of a widget', () => {
  const order = { number: 1, customer: 'Zoë', state: 'open', note: null, lines: [] };
  const line = { sku: 'a', label: 'Tea', count: 1, price: 3 };
  const template = new WidgetTemplate(definitionOf('order_status.widget'));
  const faultOf = (data: unknown): string => {
    try {
      template.build(data as object, { validate: 'throw' });
      return 'none';
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return (error as Error).message.replace('The data does not fit the widget Order status: ', '');
    }
  };

  it.each<[string, unknown]>([
    ['order is missing', {}],
    ['order must be object', { order: 5 }],
    ['order.number must be integer', { order: { ...order, number: '1' } }],
    ['order.number must be >= 1', { order: { ...order, number: 0 } }],
    ['order.customer must NOT have fewer than 1 characters', { order: { ...order, customer: '' } }],
    ['order.state must be one of ["open","sent","late"]', { order: { ...order, state: 'lost' } }],
    ['order.lines[1].label must be string', { order: { ...order, lines: [line, { ...line, label: 7 }] } }],
    ['order.lines[0].price is missing', { order: { ...order, lines: [{ ...line, price: undefined }] } }],
    [
      'order.customer must be string, order.state must be one of ["open","sent","late"]',
      { order: { ...order, customer: 1, state: 2 } },
    ],
    ['the data must be object', [order]],
    ['the data must be object', 'order'],
    ['the data must be object', null],
  ])('is refused: %s', (message, data) => {
    expect(faultOf(data)).toBe(message);
  });

  it('names the first eight fields when more are wrong', () => {
    const lines = Array.from({ length: 20 }, () => ({ ...line, label: 5 }));
    expect(faultOf({ order: { ...order, lines } })).toMatch(
      /^order\.lines\[0\]\.label must.*lines\[7\]\.label.*, 12 more$/,
    );
  });

  it('may be null where it may be missing, as the templates of the Studio want it', () => {
    const author = new WidgetTemplate(
      definition(
        '{"type":"Card","x":{{ [name, count] | tojson }}{% if count is not none %},"count":{{ count }}{% endif %}}',
        {
          type: 'object',
          properties: {
            name: { type: 'string' },
            count: { type: 'integer' },
            'a/b': { properties: { c: { enum: [1] }, d: { type: 'string' } }, required: ['d'] },
            list: { items: { type: 'string' } },
          },
          required: ['name'],
          additionalProperties: false,
        },
      ),
    );
    expect(author.build({ name: 'Ada', count: 2 })).toEqual({ type: 'Card', x: ['Ada', 2], count: 2 });
    expect(author.build({ name: 'Ada', count: null })).toEqual({ type: 'Card', x: ['Ada', null] });
    expect(author.build({ name: 'Ada', count: null, 'a/b': { c: null, d: '' } })).toEqual({
      type: 'Card',
      x: ['Ada', null],
    });
    expect(author.build({ name: 'Ada' })).toEqual({ type: 'Card', x: ['Ada', null] });
    expect(() => author.build({ name: null, count: null }, strictly)).toThrow(/: name must be string$/);
    expect(() => author.build({ name: 5, count: null }, strictly)).toThrow(/: name must be string$/);
    expect(() => author.build({ name: '', count: null, 'a/b': { c: null, d: null } }, strictly)).toThrow(
      /: \["a\/b"\]\.d must be string$/,
    );
    expect(() => author.build({ name: '', count: null, list: [null] }, strictly)).toThrow(
      /: list\[0\] must be string$/,
    );
  });

  it('does not inherit what is required', () => {
    const needs = new WidgetTemplate(definition(card, { type: 'object', required: ['constructor'] }));
    expect(() => needs.build({}, strictly)).toThrow('constructor is missing');
  });

  it('may have any format, since formats are remarks', () => {
    const schema = { type: 'object', properties: { image: { type: 'string', format: 'uri' } } };
    const template = new WidgetTemplate(definition('{"type":"Card","x":{{ image | tojson }}}', schema));
    expect(template.build({ image: '/cat.png' })).toEqual({ type: 'Card', x: '/cat.png' });
  });

  it.each([
    [
      'draft 7',
      { $schema: 'http://json-schema.org/draft-07/schema#', properties: { a: { items: [{ type: 'string' }] } } },
    ],
    [
      '2020-12',
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        properties: { a: { prefixItems: [{ type: 'string' }] } },
      },
    ],
    ['references', { properties: { a: { items: { $ref: '#/$defs/b' } } }, $defs: { b: { type: 'string' } } }],
    [
      'an id, as another template has it',
      { $id: 'https://example.com/same', properties: { a: { items: { type: 'string' } } } },
    ],
    ['that id', { $id: 'https://example.com/same', properties: { a: { items: { type: 'string' } } } }],
  ])('is checked by a schema with %s', (_title, schema) => {
    const template = new WidgetTemplate(definition(card, schema));
    expect(template.build({ a: ['x'] })).toEqual({ type: 'Card' });
    expect(() => template.build({ a: [5] }, strictly)).toThrow('a[0] must be string');
  });

  it('is not checked without a schema, nor by an empty one', () => {
    for (const schema of [undefined, true, {}]) {
      expect(new WidgetTemplate(definition(card, schema)).build({ a: 1 })).toEqual({ type: 'Card' });
    }
  });
});

describe('a template that prints no widget', () => {
  it.each([
    ['', 'the template does not print JSON'],
    ['[]', 'the template does not print a Card, a ListView or a Basic'],
    ['{"type":"Text"}', 'the template does not print a Card, a ListView or a Basic'],
    ['{{ missing }}', "'missing' is undefined"],
    ['{{ a.b.c }}', "'dict' object has no attribute 'b'"],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'call stack'],
  ])('is refused when it is built: %s', (template, message) => {
    const build = () => new WidgetTemplate(definition(template)).build({ a: {} });
    expect(build).toThrow('The widget mine cannot be built: ');
    expect(build).toThrow(message);
  });
});
