// Draws a chart, and a table of its numbers for screen readers. Chart.js is loaded when the first chart is shown.
import { lazy, Suspense } from 'react';
import { type ChartData, chartData, chartSummary } from '../chart/chart-data';
import { blockStyle, flexStyle, withoutGaps } from '../style/box';
import { type ComponentProps, useTheme } from '../widget-context';

const ChartCanvas = lazy(() => import('../chart/chart-canvas'));

export function ChartFrame({ node }: ComponentProps) {
  const theme = useTheme();
  const chart = chartData(node, theme);
  return (
    <figure className="ckw-chart" style={withoutGaps({ ...blockStyle(node), ...flexStyle(node['flex']) })}>
      <Suspense fallback={null}>
        <ChartCanvas node={node} theme={theme} summary={chartSummary(chart)} />
      </Suspense>
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
