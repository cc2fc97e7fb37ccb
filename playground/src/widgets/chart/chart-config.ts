// Builds the Chart.js configuration of a chart.
import type { ChartConfiguration, ChartDataset, LegendItem, Plugin } from 'chart.js';
import { numberOf, isRecord, type Props } from '../read-props';
import { barShares, type ChartData, type Curve, type Series } from './chart-data';

/** The settings that a chart takes from the page, because a canvas inherits no styles. */
export interface Surroundings {
  /** Converts CSS colours, including tokens, into colours that a canvas accepts. */
  colour: ColourReader;
  fontFamily: string;
  /** Turns off all animations. */
  still: boolean;
}

type ColourReader = (css: string) => string;

/** The options of Chart.js for each curve. Chart.js and d3 name their steps after opposite ends. */
const curves = {
  straight: { tension: 0 },
  smooth: { tension: 0.4 },
  monotone: { cubicInterpolationMode: 'monotone' },
  step: { stepped: 'middle' },
  stepBefore: { stepped: 'after' },
  stepAfter: { stepped: 'before' },
} as const satisfies Record<Curve, object>;

type Dataset = ChartDataset<'bar' | 'line', (number | null)[]>;

function datasetOf(one: Series, index: number, all: Series[], read: ColourReader): Dataset {
  const color = read(one.color);
  const shared = {
    label: one.label,
    data: one.values,
    // A series without a stack gets a stack of its own.
    stack: one.stack ?? `alone ${index}`,
    // Draws lines above bars.
    order: one.kind === 'bar' ? 1 : 0,
    borderColor: color,
    hoverBorderColor: color,
  };
  if (one.kind === 'bar') {
    return { ...shared, type: 'bar', backgroundColor: color, hoverBackgroundColor: color, borderRadius: 4 };
  }
  const soft = read(`color-mix(in srgb, ${one.color} 22%, transparent)`);
  return {
    ...shared,
    type: 'line',
    ...curves[one.curve],
    backgroundColor: one.kind === 'area' ? soft : color,
    hoverBackgroundColor: color,
    pointBackgroundColor: color,
    pointRadius: one.values.length > 1 ? 0 : 3,
    pointHoverRadius: 4,
    pointHitRadius: 12,
    borderWidth: 2,
    fill: one.kind === 'area' ? (areaBelow(one, index, all) ?? 'origin') : false,
  };
}

/** Returns the index of the series that an area is stacked on. */
function areaBelow(one: Series, index: number, all: Series[]): number | undefined {
  if (one.stack === undefined) return undefined;
  const below = all.slice(0, index).findLastIndex(({ kind, stack }) => kind === 'area' && stack === one.stack);
  return below === -1 ? undefined : below;
}

/** Sets gaps in pixels after the layout, because Chart.js defines gaps as shares of a width that is only known then. */
function gapsInPixels(props: Props, series: Series[]): Plugin<'bar' | 'line'> {
  const bars = series.filter(({ kind }) => kind === 'bar');
  const stacks = new Set(bars.map(({ stack }, index) => stack ?? index)).size;
  const gaps = { category: numberOf(props['barCategoryGap']) ?? 12, bar: numberOf(props['barGap']) ?? 4 };
  return {
    id: 'gapsInPixels',
    afterLayout({ chartArea, data }) {
      const shares = barShares(chartArea.width, data.labels?.length ?? 0, stacks, gaps);
      for (const dataset of data.datasets) if (dataset.type === 'bar') Object.assign(dataset, shares);
    },
  };
}

/** Sorts the legend in the order in which the widget lists the series. */
const inOrder = (one: LegendItem, other: LegendItem) => (one.datasetIndex ?? 0) - (other.datasetIndex ?? 0);

/** Returns the whole configuration of a chart. */
export function chartConfig(props: Props, chart: ChartData, surroundings: Surroundings) {
  const datasets = chart.series.map((one, index, all) => datasetOf(one, index, all, surroundings.colour));
  const config: ChartConfiguration<'bar' | 'line', (number | null)[], string> = {
    type: 'bar',
    data: { labels: chart.categories, datasets },
    plugins: [gapsInPixels(props, chart.series)],
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: surroundings.still ? false : { duration: 300 },
      // Chart.js cannot interpolate colours in the newer formats of CSS.
      animations: { colors: false },
      interaction: { mode: 'index', intersect: false },
      plugins: keysOf(props, surroundings),
      scales: scalesOf(props, chart, surroundings),
    },
  };
  return config;
}

type Options = NonNullable<ChartConfiguration<'bar' | 'line'>['options']>;

function keysOf(props: Props, { colour, fontFamily }: Surroundings): Options['plugins'] {
  const font = { family: fontFamily, size: 12 };
  const color = colour('var(--ckw-text-secondary)');
  return {
    legend: {
      display: props['showLegend'] !== false,
      position: 'bottom',
      labels: { sort: inOrder, color, font, usePointStyle: true, pointStyle: 'circle', boxHeight: 6, padding: 16 },
    },
    tooltip: {
      enabled: props['showTooltip'] !== false,
      titleFont: font,
      bodyFont: font,
      usePointStyle: true,
      boxPadding: 6,
      padding: 10,
    },
  };
}

function scalesOf(props: Props, chart: ChartData, { colour, fontFamily }: Surroundings): Options['scales'] {
  const axis = isRecord(props['xAxis']) ? props['xAxis'] : {};
  const stacked = chart.series.some(({ stack }) => stack !== undefined);
  const line = colour('var(--ckw-border-subtle)');
  const ticks = { color: colour('var(--ckw-text-secondary)'), font: { family: fontFamily, size: 12 } };
  return {
    x: {
      stacked,
      display: axis['hide'] !== true,
      grid: { display: false },
      border: { color: line },
      ticks: { ...ticks, maxRotation: 0, autoSkipPadding: 12 },
    },
    y: {
      stacked,
      beginAtZero: true,
      border: { display: false },
      grid: { color: line },
      ticks: { ...ticks, display: props['showYAxis'] === true, maxTicksLimit: 6 },
    },
  };
}
