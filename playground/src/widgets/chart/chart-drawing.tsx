// Draws a chart as SVG, with a legend, and with the values under the pointer.
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { Props } from '../read-props';
import type { ChartData, Series } from './chart-data';
import { chartLayout, type ChartLayout } from './chart-layout';

interface ChartDrawingProps {
  node: Props;
  chart: ChartData;
  /** The description of the chart for screen readers. */
  summary: string;
}

export function ChartDrawing({ node, chart, summary }: ChartDrawingProps) {
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  const [pointed, setPointed] = useState<number>();
  const layout = useMemo(() => size && chartLayout(node, chart, size), [node, chart, size]);
  const point = ({ clientX, currentTarget }: PointerEvent<HTMLDivElement>) => {
    const x = clientX - currentTarget.getBoundingClientRect().left;
    setPointed(layout && nearest(layout.centres, x));
  };
  const shown = pointed !== undefined && pointed < chart.categories.length ? pointed : undefined;
  return (
    <>
      <div
        ref={place}
        className="ckw-plot"
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setPointed(undefined)}
      >
        <svg role="img" aria-label={summary} width="100%" height="100%">
          {layout && <Drawing layout={layout} pointed={shown} yAxis={node['showYAxis'] === true} />}
        </svg>
        {layout && shown !== undefined && node['showTooltip'] !== false && (
          <Values
            chart={chart}
            index={shown}
            x={layout.centres[shown] ?? 0}
            middle={(layout.left + layout.right) / 2}
          />
        )}
      </div>
      {node['showLegend'] !== false && chart.series.length > 0 && (
        <ul className="ckw-legend" aria-hidden="true">
          {chart.series.map((series, index) => (
            <li key={index}>
              <Swatch series={series} />
              {series.label}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Returns the size of an element in pixels, once it is known. */
function useSize(place: { current: HTMLElement | null }) {
  const [size, setSize] = useState<{ width: number; height: number }>();
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return size;
}

function nearest(centres: number[], x: number): number | undefined {
  let found: number | undefined;
  for (const [index, centre] of centres.entries()) {
    if (found === undefined || Math.abs(centre - x) < Math.abs((centres[found] ?? 0) - x)) found = index;
  }
  return found;
}

function Drawing({ layout, pointed, yAxis }: { layout: ChartLayout; pointed: number | undefined; yAxis: boolean }) {
  const { left, right, bottom, grid, labels, centres, shapes } = layout;
  return (
    <>
      {grid.map(({ y, label }, index) => (
        <g key={index}>
          <line className="ckw-grid" x1={left} x2={right} y1={y} y2={y} />
          {yAxis && (
            <text x={left - 8} y={y} dy="0.35em" textAnchor="end">
              {label}
            </text>
          )}
        </g>
      ))}
      {labels.map(({ x, text, anchor }, index) => (
        <text key={index} x={x} y={bottom + 16} textAnchor={anchor}>
          {text}
        </text>
      ))}
      {pointed !== undefined && (
        <line className="ckw-pointed" x1={centres[pointed]} x2={centres[pointed]} y1={0} y2={bottom} />
      )}
      {shapes.map(({ series: { kind, color }, fill, line, points, alone }, index) => {
        const at = pointed === undefined || kind === 'bar' ? undefined : points[pointed];
        return (
          <g key={index} style={{ color }} data-kind={kind}>
            {fill !== '' && <path className="ckw-fill" d={fill} />}
            {line !== '' && <path className="ckw-line" d={line} />}
            {[...alone, ...(at ? [at] : [])].map(({ x, y }, index) => (
              <circle key={index} cx={x} cy={y} r={4} />
            ))}
          </g>
        );
      })}
    </>
  );
}

/** The values of one category, beside it. */
function Values({ chart, index, x, middle }: { chart: ChartData; index: number; x: number; middle: number }) {
  const numbers = new Intl.NumberFormat();
  return (
    <div className="ckw-values" style={x < middle ? { left: x + 10 } : { right: `calc(100% - ${x - 10}px)` }}>
      <strong>{chart.categories[index]}</strong>
      {chart.series.map((series, key) => {
        const value = series.values[index] ?? null;
        return (
          value !== null && (
            <span key={key}>
              <Swatch series={series} />
              {series.label}
              <b>{numbers.format(value)}</b>
            </span>
          )
        );
      })}
    </div>
  );
}

function Swatch({ series: { color } }: { series: Series }) {
  return <i className="ckw-swatch" style={{ background: color }} />;
}
