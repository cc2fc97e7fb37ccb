// Every feature of templates beside Jinja2 itself, as vectors/record-jinja.py recorded it.
import { WidgetTemplate } from '../../src/widgets/template';
import recorded from './vectors/jinja.json';

interface Case {
  /** One of these two: an expression, whose value is printed as JSON, or a whole template. */
  expression?: string;
  template?: string;
  name?: string;
  data: Record<string, unknown>;
  /** What Jinja2 printed, or the class of the exception that it raised. */
  expected?: unknown;
  error?: string;
}
const cases = (recorded as Case[]).map((each) => [each.expression ?? each.name ?? '', each] as const);

const notParsed = 'The template of the widget case cannot be used: ';

/** What Jinja2 takes and we refuse, as soon as the template is read unless said otherwise. docs/widget-templates.md lists it. */
const refused: Record<string, string> = {
  '1 < n < 9': `${notParsed}a chain of comparisons is not supported: write \`a < b and b < c\``,
  'n < 3 == no': `${notParsed}a chain of comparisons`,
  'n in list == no': `${notParsed}a chain of comparisons`,
  '1e3 if false else 10': notParsed,
  "(1,) ~ ''": notParsed,
  '()': notParsed,
  raw: `${notParsed}Unknown statement type: raw`,
  with: `${notParsed}Unknown statement type: with`,
  'a recursive loop': notParsed,
  'a plus in a tag': notParsed,
  'a loop over values without brackets': notParsed,
  'varargs and kwargs': 'The widget case cannot be built: the macro m takes at most 1 arguments',
  "name.format('x')": "The widget case cannot be built: 'str' object has no method 'format'",
};
/**
 * What Jinja2 refuses and we take: a key of the data goes before a method of the same name where no call is made, and
 * what its methods give can be printed as a list.
 */
const taken: Record<string, unknown> = {
  'map.items': [9],
  'map.items()': [
    ['b', 2],
    ['a', 1],
    ['items', [9]],
    ['keys', 'k'],
  ],
};

const differs = (title: string): boolean => title in refused || title in taken;

function build({ expression, template, data }: Case): unknown {
  const source = template ?? `{"type":"Card","value":{{ (${expression ?? ''}) | tojson }}}`;
  return new WidgetTemplate({ version: '1.0', name: 'case', template: source }).build(data);
}

describe('a template prints what Jinja2 prints', () => {
  it.each(cases.filter(([title, { error }]) => error === undefined && !differs(title)))('%s', (_title, each) => {
    expect(build(each)).toEqual(each.expected);
  });
});

describe('a template fails where Jinja2 fails', () => {
  it.each(cases.filter(([title, { error }]) => error !== undefined && !differs(title)))('%s', (_title, each) => {
    expect(() => build(each)).toThrow(/^The (template of the )?widget case cannot be/);
  });
});

describe('a template differs from Jinja2', () => {
  const find = (title: string): Case => {
    const found = cases.find(([known]) => known === title);
    if (!found) throw new Error(`no case ${title}`);
    return found[1];
  };

  it.each(Object.entries(refused))('and refuses: %s', (title, message) => {
    expect(find(title).error).toBeUndefined();
    expect(() => build(find(title))).toThrow(message);
  });

  it.each(Object.entries(taken))('and takes: %s', (title, value) => {
    expect(find(title).error).toBeDefined();
    expect(build(find(title))).toEqual({ type: 'Card', value });
  });
});
