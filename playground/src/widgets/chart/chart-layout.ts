// Computes the places of everything in a chart, in pixels.
import { isRecord, numberOf, type Props } from '../read-props';
import type { ChartData, Series } from './chart-data';
import { areaPath, linePath, lineThrough } from './chart-curves';

interface Shape {
  series: Series;
  /** The outline of the bars, or of the area. */
  fill: string;
  line: string;
  /** The end of a bar, or the point of a line, for each category with a value. */
  points: ({ x: number; y: number } | undefined)[];
  /** The points without neighbours, which no line shows. */
  alone: { x: number; y: number }[];
}

export interface ChartLayout {
  left: number;
  right: number;
  bottom: number;
  /** The horizontal lines, with the labels of the y axis. */
  grid: { y: number; label: string }[];
  labels: { x: number; text: string; anchor: 'start' | 'middle' | 'end' }[];
  /** The middle of each category. */
  centres: number[];
  /** In the order in which they are drawn: lines are above bars. */
  shapes: Shape[];
}

interface Size {
  width: number;
  height: number;
}

/** The height of a label, and the width of its characters on average. */
const label = { height: 22, character: 6.6, gap: 12 };
/** Room for the radius of the points at the edges. */
const edge = 6;
/** Keeps sums and differences of values finite. */
const limit = 1e300;

export function chartLayout(props: Props, { categories, series }: ChartData, { width, height }: Size): ChartLayout {
  const stacked = stackedSeries(series);
  const values = stacked.flatMap(({ spans }) => spans.flatMap((span) => (span ? [span.from, span.to] : [])));
  const ticks = ticksOf(values, Math.min(Math.max(Math.floor(height / 30), 1), 5));
  const numbers = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });
  const names = ticks.map((tick) => numbers.format(tick));
  const hasBars = series.some(({ kind }) => kind === 'bar');
  const room = props['showYAxis'] === true ? Math.max(...names.map(({ length }) => length)) * label.character + 10 : 0;
  const left = room + (hasBars ? 0 : edge);
  const right = Math.max(width - (hasBars ? 0 : edge), left + 1);
  const axis = isRecord(props['xAxis']) ? props['xAxis'] : {};
  const [top, bottom] = [edge, Math.max(height - (axis['hide'] === true ? edge : label.height), edge + 1)];

  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const y = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - top);
  // Bars stand in the middle of their part of the width. Lines alone use the whole width.
  const step = (right - left) / Math.max(hasBars ? categories.length : categories.length - 1, 1);
  const offset = hasBars || categories.length === 1 ? step / 2 : 0;
  const centres = categories.map((_category, index) => left + offset + index * step);

  const bars = barPlaces(props, stacked, step);
  const shapes = stacked.map((one) =>
    one.series.kind === 'bar' ? barShape(one, centres, y, bars) : lineShape(one, centres, y),
  );
  return {
    ...{ left, right, bottom, centres },
    grid: ticks.map((tick, index) => ({ y: y(tick), label: names[index] ?? '' })),
    labels: axis['hide'] === true ? [] : labelsOf(categories, centres, step, { left, right }),
    shapes: shapes.sort((one, other) => rank(one.series) - rank(other.series)),
  };
}

const rank = ({ kind }: Series) => (kind === 'bar' ? 0 : 1);

/** Returns the labels of the x axis. Skips a label that would overlap the one before it. */
function labelsOf(
  categories: string[],
  centres: number[],
  step: number,
  { left, right }: { left: number; right: number },
): ChartLayout['labels'] {
  const widthOf = (text: string) => text.length * label.character + label.gap;
  const every = Math.max(Math.ceil(Math.max(0, ...categories.map(widthOf)) / Math.max(step, 0.01)), 1);
  let taken = -Infinity;
  return centres.flatMap((x, index) => {
    const text = categories[index] ?? '';
    const anchor = x - left < 1 ? 'start' : right - x < 1 ? 'end' : 'middle';
    const start = x - widthOf(text) * { start: 0, middle: 0.5, end: 1 }[anchor];
    if (index % every !== 0 || start < taken) return [];
    taken = start + widthOf(text);
    return [{ x, text, anchor }];
  });
}

/** Returns round numbers from the lowest to the highest value and zero, with about as many parts between them. */
export function ticksOf(values: number[], parts: number): number[] {
  const low = values.reduce((one, other) => Math.min(one, other), 0);
  const high = values.reduce((one, other) => Math.max(one, other), 0) || (low === 0 ? 1 : 0);
  const rough = (high - low) / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.999) ?? rough;
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

interface Span {
  from: number;
  to: number;
}

interface Stacked {
  series: Series;
  /** The part of the stack that is this value, for each category with a value. */
  spans: (Span | undefined)[];
  /** The series that this one stands on. */
  below: Stacked | undefined;
  /** The stack, which no other kind of series shares. */
  stack: string;
}

/** Adds up the series of each stack. Negative bars are stacked below zero. */
function stackedSeries(series: Series[]): Stacked[] {
  const all: Stacked[] = [];
  for (const [index, one] of series.entries()) {
    const stack = one.stack === undefined ? `${index}` : `${one.kind} ${one.stack}`;
    const under = all.filter((other) => other.stack === stack).reverse();
    const spans = one.values.map((value, category) => {
      if (value === null) return undefined;
      const sameSide = ({ spans }: Stacked) => {
        const span = spans[category];
        return span && (one.kind !== 'bar' || span.to >= span.from === value >= 0);
      };
      const from = under.find(sameSide)?.spans[category]?.to ?? 0;
      return { from, to: Math.max(Math.min(from + value, limit), -limit) };
    });
    all.push({ series: one, spans, below: under[0], stack });
  }
  return all;
}

interface BarPlaces {
  width: number;
  /** The distance of the left edge from the middle of the category, by stack. */
  offsets: Map<string, number>;
  /** Tells whether nothing of the stack is farther from zero in this category. */
  isLast: (one: Stacked, category: number) => boolean;
}

function barPlaces(props: Props, stacked: Stacked[], step: number): BarPlaces {
  const bars = stacked.filter(({ series }) => series.kind === 'bar');
  const stacks = [...new Set(bars.map(({ stack }) => stack))];
  const gaps = { category: numberOf(props['barCategoryGap']) ?? 12, bar: numberOf(props['barGap']) ?? 4 };
  const { room, width } = barWidths(step, stacks.length, gaps);
  const perBar = room / Math.max(stacks.length, 1);
  const offsets = new Map(stacks.map((stack, index) => [stack, -room / 2 + index * perBar + (perBar - width) / 2]));
  const isLast = (one: Stacked, category: number) => {
    const up = (span: Span | undefined) => span && span.to !== span.from && span.to > span.from;
    return bars
      .slice(bars.indexOf(one) + 1)
      .every(({ stack, spans }) => stack !== one.stack || up(spans[category]) !== up(one.spans[category]));
  };
  return { width, offsets, isLast };
}

/** Returns the width of a bar, and the room for all bars of a category. */
export function barWidths(step: number, bars: number, gaps: { category: number; bar: number }) {
  const room = Math.min(Math.max(step - Math.max(gaps.category, 0), step * 0.1), step);
  const perBar = room / Math.max(bars, 1);
  return { room, width: Math.min(Math.max(perBar - Math.max(gaps.bar, 0), perBar * 0.1), 64) };
}

function pointsOf(
  { spans }: Stacked,
  side: keyof Span,
  centres: number[],
  y: (value: number) => number,
): Shape['points'] {
  return spans.map((span, index) => span && { x: centres[index] ?? 0, y: y(span[side]) });
}

function barShape(one: Stacked, centres: number[], y: (value: number) => number, places: BarPlaces): Shape {
  const { width, offsets, isLast } = places;
  const outlines = one.spans.map((span, index) => {
    if (!span || span.from === span.to) return '';
    const x = (centres[index] ?? 0) + (offsets.get(one.stack) ?? 0);
    const [start, end] = [y(span.from), y(span.to)];
    const radius = isLast(one, index) ? Math.min(4, width / 2, Math.abs(end - start)) : 0;
    return barPath({ x, width, start, end, radius });
  });
  return { series: one.series, fill: outlines.join(''), line: '', points: pointsOf(one, 'to', centres, y), alone: [] };
}

function barPath({ x, width, start, end, radius }: Record<'x' | 'width' | 'start' | 'end' | 'radius', number>): string {
  const inner = end + (start > end ? radius : -radius);
  const at = (...numbers: number[]) => numbers.map((number) => number.toFixed(1)).join(' ');
  return (
    `M${at(x, start)}V${at(inner)}Q${at(x, end, x + radius, end)}H${at(x + width - radius)}` +
    `Q${at(x + width, end, x + width, inner)}V${at(start)}Z`
  );
}

function lineShape(one: Stacked, centres: number[], y: (value: number) => number): Shape {
  const points = pointsOf(one, 'to', centres, y);
  const bases = pointsOf(one, 'from', centres, y);
  const { curve, kind } = one.series;
  const shape: Shape = { series: one.series, fill: '', line: '', points, alone: [] };
  for (const { start, end } of runsOf(points)) {
    const [first, ...others] = points.slice(start, end) as { x: number; y: number }[];
    const [base, ...otherBases] = bases.slice(start, end) as { x: number; y: number }[];
    if (!first || !base) continue;
    if (others.length === 0) shape.alone.push(first);
    const upper = lineThrough([first, ...others], curve);
    shape.line += linePath(upper);
    if (kind === 'area') {
      shape.fill += areaPath(upper, lineThrough([base, ...otherBases], one.below?.series.curve ?? 'straight'));
    }
  }
  return shape;
}

/** Yields the ranges of values without a gap. */
function* runsOf(values: unknown[]): Generator<{ start: number; end: number }> {
  let start = 0;
  for (let end = 0; end <= values.length; end++) {
    if (end < values.length && values[end] !== undefined) continue;
    if (end > start) yield { start, end };
    start = end + 1;
  }
}
