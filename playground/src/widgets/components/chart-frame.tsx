// Draws a chart, and a table of its numbers for screen readers.
import { useMemo } from 'react';
import { type ChartData, chartData, chartSummary } from '../chart/chart-data';
import { ChartDrawing } from '../chart/chart-drawing';
import type { Props } from '../read-props';
import { blockStyle, flexStyle, withoutGaps } from '../style/box';
import { type ComponentProps, useTheme } from '../widget-context';

export function ChartFrame({ node }: ComponentProps) {
  const theme = useTheme();
  // Compares charts as text, because a widget that streams sends the same chart many times.
  const text = JSON.stringify(node);
  const [props, chart] = useMemo(() => {
    const read = JSON.parse(text) as Props;
    return [read, chartData(read, theme)] as const;
  }, [text, theme]);
  return (
    <figure className="ckw-chart" style={withoutGaps({ ...blockStyle(node), ...flexStyle(node['flex']) })}>
      <ChartDrawing node={props} chart={chart} summary={chartSummary(chart)} />
      <ChartTable chart={chart} />
    </figure>
  );
}

function ChartTable({ chart: { categories, series } }: { chart: ChartData }) {
  return (
    <table className="ckw-unseen">
      <caption>The chart’s data</caption>
      <thead>
        <tr>
          <th scope="col">Category</th>
          {series.map(({ label }, index) => (
            <th key={index} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {categories.map((category, row) => (
          <tr key={row}>
            <th scope="row">{category}</th>
            {series.map(({ values }, index) => (
              <td key={index}>{values[row]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
