// The cost of a build: each filter and each method takes time in proportion to the text or the list that it is given, and
// no template goes on for ever.
import { sized } from '../support/sizes';
import { WidgetTemplate } from '../../src/widgets/template';
import { filters } from '../../src/widgets/jinja/filters';
import { methods } from '../../src/widgets/jinja/methods';

const build = (template: string, data: object = {}): unknown =>
  new WidgetTemplate({ version: '1.0', name: 'mine', template }).build(data);

/** Texts of about `size` characters on which careless patterns go back and forth. */
const hostileTexts: Record<string, (size: number) => string> = {
  'tags that are not closed': (size) => '<'.repeat(size),
  'comments that are not closed': (size) => '<!--'.repeat(size / 4),
  'comments that are not closed, with dashes': (size) => `<!${'--<!'.repeat(size / 4)}`,
  'tags with comments in them': (size) => '<!<!-- -->-- -->'.repeat(size / 16),
  'digits before a letter': (size) => `${'1'.repeat(size)}x`,
  'groups of digits before a letter': (size) => `${'1_'.repeat(size / 2)}x`,
  'digits after a point': (size) => `1.${'1_'.repeat(size / 2)}x`,
  'digits of an exponent': (size) => `1e${'1'.repeat(size)}x`,
  zeros: (size) => '0'.repeat(size),
  spaces: (size) => ' '.repeat(size),
  'spaces around a letter': (size) => `${' '.repeat(size / 2)}x${' '.repeat(size / 2)}`,
  'lines that are empty': (size) => '\n'.repeat(size),
  'lines that are empty, and a letter': (size) => `${'\r\n'.repeat(size / 2)}x`,
  'placeholders with zeros': (size) => `%${'0'.repeat(size)}`,
  'placeholders with signs': (size) => `%${'-+ 0'.repeat(size / 4)}`,
  'placeholders that are not closed': (size) => '%('.repeat(size / 2),
  'a placeholder with a long name': (size) => `%(${'a'.repeat(size)}`,
  'many percent signs': (size) => '%'.repeat(size),
  'ampersands and numbers': (size) => '&#1'.repeat(size / 3),
  'characters of two units': (size) => '😀'.repeat(size / 2),
  'halves of characters': (size) => '\ud83d'.repeat(size),
  'brackets and dashes': (size) => '([{<-'.repeat(size / 5),
  'one letter': (size) => 'a'.repeat(size),
  words: (size) => 'ab '.repeat(size / 3),
  quotes: (size) => `'"\\`.repeat(size / 3),
};

/** How a filter is called where it needs arguments, with the text in every place that takes one. */
const filterCalls: Record<string, string[]> = {
  batch: ['x | batch(3)', 'x | batch(3, y)'],
  slice: ['x | slice(3)', 'x | slice(3, y)'],
  default: ['x | default(y, true)'],
  format: ['x | format(y)', '"%s" | format(x)', '"%.5s" | format(x)', 'x | format(a=y)'],
  groupby: ['(x | list) | groupby(0)'],
  indent: ['x | indent', 'x | indent(2, true, true)'],
  int: ['x | int', 'x | int(0, 16)', 'x | int(0, 7)'],
  items: ['{x: x} | items | list'],
  dictsort: ['{x: x} | dictsort'],
  join: ['x | join', 'x | join(",")', '[x, y] | join(x)'],
  map: ['(x | list) | map("upper") | list'],
  reject: ['x | reject("eq", "a") | list'],
  rejectattr: ['[{"k": x}] | rejectattr("k", "eq", y) | list'],
  replace: ['x | replace("a", "b")', 'x | replace("", "b")', '"abc" | replace("b", x)', 'x | replace(y, "b")'],
  select: ['x | select("eq", "a") | list'],
  selectattr: ['[{"k": x}] | selectattr("k", "eq", y) | list'],
  sum: ['(x | map("length")) | sum'],
  trim: ['x | trim', 'x | trim(y)'],
  truncate: ['x | truncate', 'x | truncate(9, true)', 'x | truncate(x | length - 9)', 'x | truncate(9, false, "")'],
  tojson: ['x | tojson', '(x | list) | tojson(2)'],
};

const methodCalls: Record<'text' | 'list' | 'dict', Record<string, string[]>> = {
  text: {
    count: ['x.count("a")', 'x.count(y)'],
    endswith: ['x.endswith("a")', 'x.endswith(y)'],
    find: ['x.find("zz")', 'x.find(y)'],
    join: ['x.join(["a", "b"])', '",".join(x)'],
    lstrip: ['x.lstrip()', 'x.lstrip(y)'],
    replace: ['x.replace("a", "b")', 'x.replace("", "b")'],
    rstrip: ['x.rstrip()', 'x.rstrip(y)'],
    split: ['x.split()', 'x.split("a")', 'x.split(" ", 5)', 'x.split(y)'],
    startswith: ['x.startswith("a")', 'x.startswith(y)'],
    strip: ['x.strip()', 'x.strip(y)'],
  },
  list: {
    append: ['(x | list).append(1)'],
    count: ['(x | list).count("a")'],
    extend: ['(x | list).extend(x)'],
    index: ['(["z"] + (x | list)).index("z")'],
    insert: ['(x | list).insert(0, 1)'],
    pop: ['((x | list) + [1]).pop(0)'],
    remove: ['(["z"] + (x | list)).remove("z")'],
  },
  dict: {
    get: ['{x: 1}.get(y)'],
    pop: ['{x: 1}.pop(x)'],
    setdefault: ['{x: 1}.setdefault(y, x)'],
    update: ['{x: 1}.update({y: 2})'],
  },
};

const calls = new Set([
  ...[...filters.keys()].flatMap((name) => filterCalls[name] ?? [`x | ${name}`, `(x | list) | ${name}`]),
  ...[...methods.text.keys()].flatMap((name) => methodCalls.text[name] ?? [`x.${name}()`]),
  ...[...methods.list.keys()].flatMap((name) => methodCalls.list[name] ?? [`(x | list).${name}()`]),
  ...[...methods.dict.keys()].flatMap((name) => methodCalls.dict[name] ?? [`{x: x}.${name}()`]),
  'x[::-1]',
  'x[1:]',
  'x ~ x',
  'x == y',
  'x < y',
  '"zz" in x',
  'y in x',
  'x[5]',
  '"%s" % x',
]);

describe('the time of a filter or a method grows with the text', () => {
  const size = sized(800, 1_600); // a multiple of the length of every piece that is repeated
  const limit = 90;
  /** Quadratic work on 16 times the size takes more milliseconds. */
  const leastQuadratic = 40 * (size / 1_600) ** 2;

  // Each text is made once, because every call is tried with every text.
  const texts = Object.entries(hostileTexts).map(([title, makeText]) => ({
    title,
    small: { x: makeText(size), y: makeText(size / 2) },
    large: { x: makeText(16 * size), y: makeText(8 * size) },
  }));

  /** The processor time of a build in milliseconds. A template or a text that is refused has a time as well. */
  function timeOf(template: WidgetTemplate, data: object): number {
    const start = process.cpuUsage();
    try {
      template.build(data);
    } catch {
      // A text is no number, for example.
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  }

  // Sixteen times the text takes 16 times the time where it is linear, and 256 times where it is quadratic. Other work of the
  // machine and the compiler of the engine make a measurement slow and never fast, so the fastest of several counts.
  function ratioOf(template: WidgetTemplate, { small, large }: { small: object; large: object }): number {
    const first = timeOf(template, large);
    if (first < leastQuadratic) return 0;
    // The small text takes little time, so it is measured several times before the large one is measured again.
    let fastest = Math.min(...Array.from({ length: 3 }, () => timeOf(template, small)));
    let fastestOfLarge = first;
    for (let round = 0; round < 10 && fastestOfLarge / fastest >= limit; round++) {
      fastestOfLarge = Math.min(fastestOfLarge, timeOf(template, large));
      fastest = Math.min(fastest, timeOf(template, small));
    }
    return fastestOfLarge / fastest;
  }

  it.each([...calls])('%s', (call) => {
    const source = `{% set result = ${call} %}{"type":"Card"}`;
    const template = new WidgetTemplate({ version: '1.0', name: 'mine', template: source });
    const slow = texts
      .map((text) => ({ title: text.title, ratio: ratioOf(template, text) }))
      .filter(({ ratio }) => ratio > limit);
    expect(slow).toEqual([]);
  });

  it('and all of them were called', () => {
    const names = [...filters.keys(), ...Object.values(methods).flatMap((each) => [...each.keys()])];
    const called = [...calls].join('\n');
    expect(names.filter((name) => !new RegExp(`[|.] ?${name}\\b`).test(called))).toEqual([]);
  });
});

describe('a build stops after a million steps', () => {
  const list = Array.from({ length: 1000 }, (_none, index) => index);
  const text = 'a'.repeat(100_000);
  const message = 'The widget mine cannot be built: it takes more than 1,000,000 steps';

  it.each<[string, string, object]>([
    [
      'loops in loops',
      '{% for a in l %}{% for b in l %}{% for c in l %} {% endfor %}{% endfor %}{% endfor %}',
      { l: list },
    ],
    [
      'a long text printed often',
      '{% for a in l %}{% for b in l %}{{ t | tojson }}{% endfor %}{% endfor %}',
      { l: list, t: text },
    ],
    [
      'a text that doubles',
      '{% set n = namespace(t=t) %}{% for a in l %}{% set n.t = n.t ~ n.t %}{% endfor %}',
      { l: list, t: text },
    ],
    [
      'a list that doubles',
      '{% set n = namespace(l=l) %}{% for a in l %}{% set n.l = n.l + n.l %}{% endfor %}',
      { l: list },
    ],
    [
      'lists of lists that are shared',
      '{% set n = namespace(l=l) %}{% for a in l %}{% set n.l = [n.l, n.l] %}{% if index == 30 %}{{ n.l | tojson }}{% endif %}{% endfor %}',
      { l: list },
    ],
    [
      'a filter called often',
      '{% for a in l %}{% for b in l %}{% set x = t | upper %}{% endfor %}{% endfor %}',
      { l: list, t: text },
    ],
    [
      'a macro that calls itself twice',
      '{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}',
      {},
    ],
    [
      'a filter of all elements, often',
      '{% for a in l %}{% for b in l %}{% set x = l | sort %}{% endfor %}{% endfor %}',
      { l: list },
    ],
    ['placeholders for one long text', '{{ (f % {"a": t}) | tojson }}', { f: '%(a)s'.repeat(10_000), t: text }],
    [
      'a search for each element',
      '{% for a in l2 %}{% if a in l2 %}{% endif %}{% endfor %}',
      { l2: Array.from({ length: 20_000 }, (_none, index) => index) },
    ],
    ['a separator as long as the text', '{{ t | join(t) | upper }}', { t: text }],
  ])('%s', (_title, template, data) => {
    const start = process.cpuUsage(); // not the clock, because the machine may do other work meanwhile
    expect(() => build(template, data)).toThrow(message);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(10_000);
  });

  it('and not before', () => {
    const rows = Array.from({ length: 20_000 }, (_none, index) => ({
      id: `row-${index}`,
      title: 'A title',
      done: index % 2 === 0,
    }));
    const template =
      '{"type":"ListView","children":[{% for row in rows %}{% if not loop.first %},{% endif %}{"type":"ListViewItem","key":{{ row.id | tojson }},"children":[{"type":"Text","value":{{ ("* " ~ row.title) | tojson }}{% if row.done %},"color":"success"{% endif %}}]}{% endfor %}]}';
    expect(build(template, { rows })).toMatchObject({ type: 'ListView', children: { length: 20_000 } });
  });

  it('counts anew for each build', () => {
    const template = new WidgetTemplate({
      version: '1.0',
      name: 'mine',
      template: '{% for a in l %}{% for b in s %}{% endfor %}{% endfor %}{"type":"Card"}',
    });
    const data = { l: list, s: list.slice(0, 300) };
    for (let round = 0; round < 5; round++) expect(template.build(data)).toEqual({ type: 'Card' });
  });
});
