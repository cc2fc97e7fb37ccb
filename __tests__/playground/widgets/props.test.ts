// What a widget's props come to, without a page.
import { lineThrough } from '../../../playground/src/widgets/chart/chart-curves';
import { chartData, chartSummary } from '../../../playground/src/widgets/chart/chart-data';
import { barWidths, chartLayout, ticksOf } from '../../../playground/src/widgets/chart/chart-layout';
import { mergeFormValues, setField } from '../../../playground/src/widgets/form-values';
import { childrenOf } from '../../../playground/src/widgets/read-props';
import { boxStyle, spacingSides } from '../../../playground/src/widgets/style/box';
import { colourOf, paletteColour } from '../../../playground/src/widgets/style/colour';
import { safeCss } from '../../../playground/src/widgets/style/safe-css';

describe('colours', () => {
  it.each([
    ['secondary', 'text', 'var(--ckw-text-secondary)'],
    ['surface-elevated', 'background', 'var(--ckw-background-surface-elevated)'],
    ['subtle', 'border', 'var(--ckw-border-subtle)'],
    ['alpha-70', 'text', 'color-mix(in oklab, var(--ckw-text-emphasis) 70%, transparent)'],
    ['#fff', 'text', '#fff'],
    ['rgb(1 2 3 / 50%)', 'border', 'rgb(1 2 3 / 50%)'],
    ['linear-gradient(135deg, #fff 0%, red 100%)', 'background', 'linear-gradient(135deg, #fff 0%, red 100%)'],
    ['beige-500', 'text', undefined],
    ['constructor-500', 'text', undefined],
    ['blue-2000', 'text', undefined],
    [7, 'text', undefined],
    [{ light: 'white' }, 'text', undefined],
  ] as const)('%j as %s', (value, use, css) => {
    expect(colourOf(value, 'dark', use)).toBe(css);
  });

  it('are those of the theme', () => {
    const value = { light: 'blue-100', dark: 'blue-900' };
    expect(colourOf(value, 'light', 'text')).toBe(paletteColour('blue', 100));
    expect(colourOf(value, 'dark', 'text')).toBe(paletteColour('blue', 900));
  });

  it('get darker with every step, those between the known ones too', () => {
    const lightness = (step: number) => Number(/oklch\(([\d.]+)/.exec(paletteColour('yellow', step)!)![1]);
    const steps = Array.from({ length: 41 }, (_, index) => index * 25).map(lightness);
    expect(steps).toEqual([...steps].sort((one, other) => other - one));
    expect(new Set(steps).size).toBe(steps.length);
  });
});

describe('CSS of a widget', () => {
  it.each(['url(x)', 'image-set("x" 1x)', 'u\\72l(x)', 'a;b', 'src(x)', 'expression(1)', 'var(--x)', '@import'])(
    'keeps out %s',
    (value) => expect(safeCss(value)).toBeUndefined(),
  );

  it.each(['calc(100% - (2 * 4px))', 'min(20rem, 100%)', '50%', 'fit-content', '16/9', 'auto'])(
    'lets %s through',
    (value) => {
      expect(safeCss(value)).toBe(value);
    },
  );
});

it('keeps out what is too long to be meant', () => {
  expect(safeCss('a'.repeat(501))).toBeUndefined();
});

describe('boxes', () => {
  it('count spacing in units of four pixels and sizes in pixels', () => {
    expect(boxStyle({ gap: 3, padding: 2, width: 90, height: '50%', margin: { x: 1, left: 'auto' } }, 'light')).toEqual(
      {
        gap: '12px',
        paddingTop: '8px',
        paddingRight: '8px',
        paddingBottom: '8px',
        paddingLeft: '8px',
        '--ckw-edge-left': '8px',
        '--ckw-edge-right': '8px',
        '--ckw-edge-top': '8px',
        width: '90px',
        height: '50%',
        marginLeft: 'auto',
        marginRight: '4px',
      },
    );
  });

  it('let a side win over its axis', () => {
    expect(spacingSides({ x: 5, top: 2, y: 1 })).toEqual({ top: '8px', right: '20px', bottom: '4px', left: '20px' });
  });

  it.each([
    [{ border: 1 }, { border: '1px solid var(--ckw-border-default)' }],
    [{ border: { size: 2, color: '#123456', style: 'dashed' } }, { border: '2px dashed #123456' }],
    [
      { border: { y: 1, bottom: { size: 3, style: 'none' } } },
      {
        borderTop: '1px solid var(--ckw-border-default)',
        borderBottom: '3px solid var(--ckw-border-default)',
      },
    ],
    [
      { flex: 1, radius: '3xl' },
      { flex: '1 1 0%', borderRadius: '20px' },
    ],
    [
      { align: 'start', justify: 'between', wrap: 'wrap' },
      { alignItems: 'flex-start', justifyContent: 'space-between', flexWrap: 'wrap' },
    ],
    [{ align: 'toString', radius: 'huge', wrap: 4, size: null, padding: {} }, {}],
  ])('%j', (props, style) => {
    expect(boxStyle(props, 'light')).toEqual(style);
  });
});

describe('children', () => {
  it('are components, templates’ gaps left out and everything else kept to be shown as unknown', () => {
    expect(childrenOf([{ type: 'Text' }, null, undefined, false, 'text', { type: 4 }])).toEqual([
      { type: 'Text' },
      { type: '', value: 'text' },
      { type: '' },
    ]);
  });
});

describe('the fields of a form', () => {
  it('lie under their dotted names', () => {
    const values = {};
    expect([
      setField(values, 'todo.title', 'a'),
      setField(values, 'todo.done', true),
      setField(values, 'id', '1'),
    ]).toEqual([true, true, true]);
    expect(values).toEqual({ todo: { title: 'a', done: true }, id: '1' });
  });

  it.each(['todo', 'todo.title.more', 'todo.title', '__proto__.polluted', 'a..b', '', 'constructor.prototype'])(
    'cannot be called %j here',
    (name) => {
      const values = { todo: { title: 'a' } };
      expect(setField(values, name, 'new')).toBe(false);
      expect(values).toEqual({ todo: { title: 'a' } });
      expect({}).not.toHaveProperty('polluted');
    },
  );

  it.each([
    [undefined, { a: 1 }],
    [null, { a: 1 }],
    [{ b: 2 }, { a: 1, b: 2 }],
    [{ a: 'author' }, { a: 'author' }],
    ['text', 'text'],
    [[1], [1]],
  ])('join the payload %j, whose own keys stay', (payload, merged) => {
    expect(mergeFormValues(payload, { a: 1 })).toEqual(merged);
  });

  it('join a payload’s objects too', () => {
    const payload = { todo: { id: 1, title: 'author' } };
    expect(mergeFormValues(payload, { todo: { title: 'typed', done: true } })).toEqual({
      todo: { id: 1, title: 'author', done: true },
    });
  });
});

describe('charts', () => {
  const props = {
    data: [
      { day: 'mon', a: 1, b: '2', c: 'x' },
      { day: 'tue', a: 3, b: null },
    ],
    xAxis: { dataKey: 'day', labels: { mon: 'Monday' } },
    series: [
      { type: 'area', dataKey: 'a', label: 'A', stack: 's', color: 'orange', curveType: 'stepBefore' },
      { type: 'bar', dataKey: 'c', stack: 's' },
      { type: 'area', dataKey: 'b', label: 'B', stack: 's', color: { light: '#123', dark: '#456' } },
    ],
  };

  it('take their numbers, names and colours from the props', () => {
    const { categories, series } = chartData(props, 'dark');
    expect(categories).toEqual(['Monday', 'tue']);
    expect(series.map(({ values }) => values)).toEqual([
      [1, 3],
      [null, null],
      [2, null],
    ]);
    expect(series.map(({ label }) => label)).toEqual(['A', 'c', 'B']);
    expect(series.map(({ color }) => color)).toEqual([
      paletteColour('orange', 400),
      paletteColour('purple', 400),
      '#456',
    ]);
  });

  it('are told in a sentence', () => {
    expect(chartSummary(chartData(props, 'light'))).toBe('Area and bar chart of A, c, B: 2 values from Monday to tue');
    expect(chartSummary(chartData({}, 'light'))).toBe('Empty chart of : no data');
  });

  const size = { width: 200, height: 160 };
  const layoutOf = (given: Record<string, unknown>) => chartLayout(given, chartData(given, 'light'), size);
  /** Returns the numbers of a path. */
  const numbersIn = (path: string) => [...path.matchAll(/-?[\d.]+/g)].map(Number);

  it('let an area stand on the one below it, and draw lines above bars', () => {
    const series = [
      { type: 'area', dataKey: 'a', stack: 's', curveType: 'linear' },
      { type: 'bar', dataKey: 'a', stack: 's' },
      { type: 'area', dataKey: 'b', stack: 's', curveType: 'linear' },
    ];
    const data = [
      { x: 'p', a: 1, b: 2 },
      { x: 'q', a: 3, b: 2 },
    ];
    const { shapes, grid, bottom } = layoutOf({ data, series, xAxis: 'x' });
    expect(shapes.map(({ series: { kind } }) => kind)).toEqual(['bar', 'area', 'area']);
    expect(grid.map(({ label }) => label)).toEqual(['0', '1', '2', '3', '4', '5']);
    const unit = (bottom - 6) / 5;
    const [, lower, upper] = shapes.map(({ points }) => points.map((point) => (bottom - point!.y) / unit));
    expect(lower!.map(Math.round)).toEqual([1, 3]);
    expect(upper!.map(Math.round)).toEqual([3, 5]);
    // The outline of the upper area comes back on the line of the lower one.
    expect(numbersIn(shapes[2]!.fill).slice(-4)).toEqual(
      numbersIn(shapes[1]!.line).slice(-2).concat(numbersIn(shapes[1]!.line).slice(0, 2)),
    );
  });

  it('stack bars upwards and downwards from zero, and round only the last one', () => {
    const series = ['a', 'b', 'c'].map((dataKey) => ({ type: 'bar', dataKey, stack: 's' }));
    const { shapes, grid } = layoutOf({ data: [{ x: 'p', a: 2, b: -1, c: 1 }], series, xAxis: 'x' });
    expect(grid.map(({ label }) => label)).toEqual(['-1', '0', '1', '2', '3']);
    const heights = shapes.map(({ points: [point] }) => grid.findIndex(({ y }) => Math.abs(y - point!.y) < 0.5) - 1);
    expect(heights).toEqual([2, -1, 3]);
    // The sides of a bar end at another height than its end if its corners are round.
    const isRound = ({ fill }: { fill: string }) => {
      const [, side, end] = /V([\d.]+)Q[\d.]+ ([\d.]+)/.exec(fill)!;
      return side !== end;
    };
    expect(shapes.map(isRound)).toEqual([false, true, true]);
  });

  it('leave a gap where there is no number, and show a number between two gaps as a point', () => {
    const data = [1, null, 3, null, 2, 4].map((a, index) => ({ x: index, a }));
    const { shapes } = layoutOf({ data, series: [{ type: 'line', dataKey: 'a' }], xAxis: 'x' });
    expect(shapes[0]!.line.match(/M/g)).toHaveLength(3);
    expect(shapes[0]!.alone).toHaveLength(2);
  });

  it.each([
    [
      'step',
      [
        [5, 0],
        [5, 8],
        [10, 8],
      ],
    ],
    [
      'stepBefore',
      [
        [0, 0],
        [0, 8],
        [10, 8],
      ],
    ],
    [
      'stepAfter',
      [
        [10, 0],
        [10, 8],
        [10, 8],
      ],
    ],
    ['straight', [[10, 8]]],
  ] as const)('step where d3 steps (%s)', (curve, corners) => {
    const { segments } = lineThrough(
      [
        { x: 0, y: 0 },
        { x: 10, y: 8 },
      ],
      curve,
    );
    expect(segments.map(({ to: { x, y } }) => [x, y])).toEqual(corners);
  });

  it('stay between the values in a monotone curve, and not in a smooth one', () => {
    const points = [0, 0, 9, 9].map((y, index) => ({ x: index * 3, y }));
    const heights = (curve: 'monotone' | 'smooth') =>
      lineThrough([points[0]!, ...points.slice(1)], curve).segments.flatMap(({ controls }) =>
        controls!.map(({ y }) => y),
      );
    expect(heights('monotone').every((y) => y >= 0 && y <= 9)).toBe(true);
    expect(Math.max(...heights('smooth'))).toBeGreaterThan(9);
  });

  it.each([
    [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [
      [220, 80],
      [0, 50, 100, 150, 200, 250],
    ],
    [
      [-3, 0],
      [-3, -2, -1, 0],
    ],
    [[0.03], [0, 0.01, 0.02, 0.03]],
    [
      [1e300, -1e300],
      [-1e300, -5e299, 0, 5e299, 1e300],
    ],
  ])('have round numbers on the y axis for %j', (values, ticks) => {
    expect(ticksOf(values, 5)).toEqual(ticks);
  });

  it('stay finite for the largest numbers', () => {
    const series = ['a', 'b'].map((dataKey) => ({ type: 'area', dataKey, stack: 's' }));
    const data = [
      { x: 'p', a: Number.MAX_VALUE, b: Number.MAX_VALUE },
      { x: 'q', a: -Number.MAX_VALUE, b: 1 },
    ];
    expect(JSON.stringify(layoutOf({ data, series, xAxis: 'x' }))).not.toMatch(/NaN|Infinity|null/);
  });

  it('have fewer lines where they are low', () => {
    const given = { data: [{ x: 'p', a: 5 }], series: [{ type: 'bar', dataKey: 'a' }], xAxis: 'x' };
    const { grid } = chartLayout(given, chartData(given, 'light'), { width: 200, height: 60 });
    expect(grid.map(({ label }) => label)).toEqual(['0', '5']);
  });

  it('leave out the labels for which there is no room', () => {
    const data = Array.from({ length: 30 }, (_, index) => ({ x: `day ${index}`, a: index }));
    const { labels } = layoutOf({ data, series: [{ type: 'bar', dataKey: 'a' }], xAxis: 'x' });
    expect(labels.length).toBeGreaterThan(1);
    expect(labels.length).toBeLessThan(6);
    const text = 'a label that is as wide as the chart';
    const long = [0, 1, 2].map((a) => ({ x: `${text} ${a}`, a }));
    expect(layoutOf({ data: long, series: [{ type: 'line', dataKey: 'a' }], xAxis: 'x' }).labels).toHaveLength(1);
    expect(layoutOf({ data, series: [], xAxis: { dataKey: 'x', hide: true } }).labels).toEqual([]);
  });

  it('give bars the gaps of the props, in pixels, as long as there is room', () => {
    expect(barWidths(100, 2, { category: 20, bar: 8 })).toEqual({ room: 80, width: 32 });
    expect(barWidths(10, 2, { category: 20, bar: 8 })).toEqual({ room: 1, width: 0.05 });
  });
});
