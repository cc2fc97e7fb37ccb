// Reads the props of a Chart. The drawing and the table for screen readers use the same data.
import { isRecord, oneOf, type Props, recordsOf, textOf } from '../read-props';
import { colourOf, paletteColour, type Theme } from '../style/colour';

export type Curve = 'straight' | 'smooth' | 'monotone' | 'step' | 'stepBefore' | 'stepAfter';

export interface Series {
  kind: 'bar' | 'line' | 'area';
  label: string;
  /** A value for each category. `null` if the data has no number. */
  values: (number | null)[];
  /** A CSS colour. */
  color: string;
  /** The name of the stack. Series with the same name are stacked on each other. */
  stack: string | undefined;
  curve: Curve;
}

export interface ChartData {
  categories: string[];
  series: Series[];
}

/** The palette families that series without a colour use, in this order. */
const sequence = ['blue', 'purple', 'orange', 'green', 'red', 'yellow', 'pink'] as const;

function seriesColour(value: unknown, index: number, theme: Theme): string {
  const named = isRecord(value) ? value[theme] : value;
  const step = theme === 'dark' ? 400 : 500;
  const family = oneOf(named, sequence) ?? sequence[index % sequence.length] ?? 'blue';
  const own = oneOf(named, sequence) === undefined ? colourOf(named, theme, 'text') : undefined;
  return own ?? paletteColour(family, step) ?? 'currentColor';
}

/** Returns the curve that is drawn for a d3 curve name. */
function curveOf(value: unknown): Curve {
  const name = textOf(value) ?? '';
  if (name === 'step' || name === 'stepBefore' || name === 'stepAfter') return name;
  if (name.startsWith('linear')) return 'straight';
  return name === '' || name.startsWith('monotone') ? 'monotone' : 'smooth';
}

function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Reads the data of a chart. Skips values that are not rows or series. */
export function chartData(props: Props, theme: Theme): ChartData {
  const rows = recordsOf(props['data']);
  const axis = isRecord(props['xAxis']) ? props['xAxis'] : { dataKey: props['xAxis'] };
  const key = textOf(axis['dataKey']) ?? '';
  const labels = isRecord(axis['labels']) ? axis['labels'] : {};
  const categories = rows.map((row) => {
    const name = textOf(row[key]) ?? '';
    return (Object.hasOwn(labels, name) ? textOf(labels[name]) : undefined) ?? name;
  });
  const series = recordsOf(props['series']).map((one, index): Series => {
    const dataKey = textOf(one['dataKey']) ?? '';
    return {
      kind: oneOf(one['type'], ['bar', 'line', 'area']) ?? 'bar',
      label: textOf(one['label']) ?? dataKey,
      values: rows.map((row) => numberIn(row[dataKey])),
      color: seriesColour(one['color'], index, theme),
      stack: textOf(one['stack']),
      curve: curveOf(one['curveType']),
    };
  });
  return { categories, series };
}

/** Describes a chart in a sentence, for screen readers. */
export function chartSummary({ categories, series }: ChartData): string {
  const kinds = [...new Set(series.map(({ kind }) => kind))].join(' and ');
  const names = series.map(({ label }) => label).join(', ');
  const [first] = categories;
  const last = categories.at(-1);
  const range = first === undefined ? 'no data' : `${categories.length} values from ${first} to ${last}`;
  return `${kinds === '' ? 'Empty' : kinds[0]?.toUpperCase()}${kinds.slice(1)} chart of ${names}: ${range}`;
}
