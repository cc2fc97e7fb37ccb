// Draws a chart on a canvas, and describes the chart for screen readers.
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
  /** The description of the chart for screen readers. */
  summary: string;
}

export default function ChartCanvas({ node, theme, summary }: ChartCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Compares charts as text, because a widget that streams sends the same chart many times.
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

/** Returns the colour that the browser computes for this element. */
function resolvedColour(place: HTMLElement, css: string): string {
  const probe = place.appendChild(document.createElement('span'));
  probe.style.color = css;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
