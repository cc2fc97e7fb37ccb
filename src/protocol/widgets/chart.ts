// The component `Chart`. The types of the browser package (1.9) lack it, but its client draws charts. The props are
// those of the Python reference (1.6).
import { z } from 'zod';
import { block, color, common, flag, length } from './values';

const curveType = z.enum([
  'basis',
  'basisClosed',
  'basisOpen',
  'bumpX',
  'bumpY',
  'bump',
  'linear',
  'linearClosed',
  'natural',
  'monotoneX',
  'monotoneY',
  'monotone',
  'step',
  'stepBefore',
  'stepAfter',
]);
const anySeries = { label: z.string().optional(), dataKey: z.string(), color: color.optional() };
const stack = z.string().optional();

const series = z.discriminatedUnion('type', [
  z.object({ type: z.literal('bar'), ...anySeries, stack }),
  z.object({ type: z.literal('area'), ...anySeries, stack, curveType: curveType.optional() }),
  z.object({ type: z.literal('line'), ...anySeries, curveType: curveType.optional() }),
]);

const { radius: _radius, margin: _margin, ...measures } = block;

export const chartProps = z.object({
  type: z.literal('Chart'),
  ...common,
  /** One row for each position on the x axis. */
  data: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
  series: z.array(series),
  /** The key of the row's value that the x axis shows, alone or with options for the axis. */
  xAxis: z.union([
    z.string(),
    z.object({ dataKey: z.string(), hide: flag, labels: z.record(z.string(), z.string()).optional() }),
  ]),
  showYAxis: flag,
  showLegend: flag,
  showTooltip: flag,
  barGap: z.number().optional(),
  barCategoryGap: z.number().optional(),
  flex: length.optional(),
  ...measures,
});
export type Chart = z.infer<typeof chartProps>;
