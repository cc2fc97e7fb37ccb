// What a widget's props come to, without a page.
import { barShares, chartData, chartSummary } from '../../../playground/src/widgets/chart/chart-data';
import { chartConfig } from '../../../playground/src/widgets/chart/chart-config';
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

  it('let an area stand on the one below it, and step where d3 steps', () => {
    const surroundings = { colour: (css: string) => css, fontFamily: 'serif', still: true };
    const { data, options } = chartConfig(props, chartData(props, 'light'), surroundings);
    expect(data.datasets.map((dataset) => 'fill' in dataset && dataset.fill)).toEqual(['origin', false, 0]);
    expect(data.datasets[0]).toMatchObject({ stepped: 'after', stack: 's' });
    expect(options?.scales?.['y']).toMatchObject({ stacked: true });
  });

  it('turn gaps in pixels into shares', () => {
    expect(barShares(600, 6, 2, { category: 20, bar: 8 })).toEqual({ categoryPercentage: 0.8, barPercentage: 0.8 });
    expect(barShares(60, 6, 2, { category: 20, bar: 8 })).toEqual({ categoryPercentage: 0.1, barPercentage: 0.05 });
  });
});
