// Draws a chart on a canvas, which says in words what it shows.
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import { useEffect, useRef } from 'react';
import type { Props } from '../read-props';
import { chartConfig } from './chart-config';
import { type ChartData, chartSummary } from './chart-data';

Chart.register(BarController, BarElement, LineController, LineElement, PointElement);
Chart.register(CategoryScale, LinearScale, Filler, Legend, Tooltip);

export default function ChartCanvas({ node, chart, theme }: { node: Props; chart: ChartData; theme: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // The data in text: a widget that streams sends the same chart many times.
  const state = JSON.stringify([node, theme]);
  const latest = useRef({ node, chart });
  latest.current = { node, chart };
  useEffect(() => {
    if (!canvas.current) return undefined;
    const place = canvas.current.parentElement ?? document.body;
    const surroundings = {
      colour: (css: string) => resolvedColour(place, css),
      fontFamily: getComputedStyle(place).fontFamily,
      still: matchMedia('(prefers-reduced-motion: reduce)').matches,
    };
    const drawn = new Chart(canvas.current, chartConfig(latest.current.node, latest.current.chart, surroundings));
    return () => drawn.destroy();
  }, [state]);
  return <canvas ref={canvas} role="img" aria-label={chartSummary(chart)} />;
}

/** A colour as the browser computes it at this place in the page. */
function resolvedColour(place: HTMLElement, css: string): string {
  const probe = place.appendChild(document.createElement('span'));
  probe.style.color = css;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
