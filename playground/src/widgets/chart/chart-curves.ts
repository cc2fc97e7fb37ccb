// The lines of a chart, as paths of SVG.
import type { Curve } from './chart-data';

interface Point {
  x: number;
  y: number;
}

/** A line from point to point. A segment has the two control points of a Bézier curve, or none for a straight line. */
export interface Line {
  from: Point;
  segments: { controls: [Point, Point] | undefined; to: Point }[];
}

/** Returns the line through the points, which are at least one, from left to right. */
export function lineThrough(points: [Point, ...Point[]], curve: Curve): Line {
  const [from, ...others] = points;
  const pairs = others.map((to, index) => [points[index] ?? from, to] as const);
  if (curve === 'step' || curve === 'stepBefore' || curve === 'stepAfter') {
    const share = { step: 0.5, stepBefore: 0, stepAfter: 1 }[curve];
    const corners = pairs.flatMap(([start, to]) => {
      const x = start.x + (to.x - start.x) * share;
      return [{ x, y: start.y }, { x, y: to.y }, to];
    });
    return { from, segments: corners.map((to) => ({ controls: undefined, to })) };
  }
  if (curve === 'straight') return { from, segments: others.map((to) => ({ controls: undefined, to })) };
  const slopes = (curve === 'monotone' ? monotoneSlopes : smoothSlopes)(points);
  return {
    from,
    segments: pairs.map(([start, to], index) => {
      const third = (to.x - start.x) / 3;
      const before = { x: start.x + third, y: start.y + third * (slopes[index] ?? 0) };
      const after = { x: to.x - third, y: to.y - third * (slopes[index + 1] ?? 0) };
      return { controls: [before, after], to };
    }),
  };
}

function slopeOf(from: Point | undefined, to: Point | undefined): number {
  return from && to && to.x !== from.x ? (to.y - from.y) / (to.x - from.x) : 0;
}

/** The slope of a point is that of the line between its neighbours. */
function smoothSlopes(points: Point[]): number[] {
  return points.map((point, index) => slopeOf(points[index - 1] ?? point, points[index + 1] ?? point));
}

/** Slopes with which the curve between two points stays between their heights. */
function monotoneSlopes(points: Point[]): number[] {
  return points.map((point, index) => {
    const [previous, next] = [points[index - 1], points[index + 1]];
    const [left, right] = [slopeOf(previous, point), slopeOf(point, next)];
    if (!previous || !next) return previous ? left : right;
    if (left * right <= 0) return 0;
    const steepest = 3 * Math.min(Math.abs(left), Math.abs(right));
    return Math.sign(left) * Math.min(steepest, Math.abs(slopeOf(previous, next)));
  });
}

function reversed({ from, segments }: Line): Line {
  const starts = [from, ...segments.map(({ to }) => to)];
  const back = segments.map(({ controls }, index) => ({
    controls: controls && ([controls[1], controls[0]] satisfies [Point, Point]),
    to: starts[index] ?? from,
  }));
  return { from: starts.at(-1) ?? from, segments: back.reverse() };
}

const place = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;

const segmentsOf = ({ segments }: Line) =>
  segments
    .map(({ controls, to }) => (controls ? `C${[...controls, to].map(place).join(' ')}` : `L${place(to)}`))
    .join('');

export const linePath = (line: Line): string => `M${place(line.from)}${segmentsOf(line)}`;

/** Returns the outline of the area between two lines. */
export function areaPath(upper: Line, lower: Line): string {
  const back = reversed(lower);
  return `${linePath(upper)}L${place(back.from)}${segmentsOf(back)}Z`;
}
