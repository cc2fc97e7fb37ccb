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
import type { Theme } from '../style/colour';
import { chartConfig } from './chart-config';
import { chartData } from './chart-data';

Chart.register(BarController, BarElement, LineController, LineElement, PointElement);
Chart.register(CategoryScale, LinearScale, Filler, Legend, Tooltip);

interface ChartCanvasProps {
  node: Props;
  theme: Theme;
  /** The chart in words. */
  summary: string;
}

export default function ChartCanvas({ node, theme, summary }: ChartCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // As text, since a widget that streams brings the same chart many times.
  const state = JSON.stringify(node);
  useEffect(() => {
    if (!canvas.current) return undefined;
    const place = canvas.current.parentElement ?? document.body;
    const surroundings = {
      colour: (css: string) => resolvedColour(place, css),
      fontFamily: getComputedStyle(place).fontFamily,
      still: matchMedia('(prefers-reduced-motion: reduce)').matches,
    };
    const props = JSON.parse(state) as Props;
    const drawn = new Chart(canvas.current, chartConfig(props, chartData(props, theme), surroundings));
    return () => drawn.destroy();
  }, [state, theme]);
  return <canvas ref={canvas} role="img" aria-label={summary} />;
}

/** A colour as the browser computes it at this place in the page. */
function resolvedColour(place: HTMLElement, css: string): string {
  const probe = place.appendChild(document.createElement('span'));
  probe.style.color = css;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
