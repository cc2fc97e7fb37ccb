// Converts the layout props that most components share into CSS. Spacing is in units of 4 px, and sizes are in px. Text
// is CSS.
import type { CSSProperties } from 'react';
import { isRecord, numberOf, oneOf, type Props } from '../read-props';
import { colourOf, type Theme } from './colour';
import { safeCss } from './safe-css';

type Sides = Partial<Record<'top' | 'right' | 'bottom' | 'left', string>>;
const sides = ['top', 'right', 'bottom', 'left'] as const;
const axisOf = { top: 'y', bottom: 'y', left: 'x', right: 'x' } as const;

const radii: Readonly<Record<string, string>> = {
  none: '0',
  '2xs': '2px',
  xs: '4px',
  sm: '6px',
  md: '8px',
  lg: '10px',
  xl: '12px',
  '2xl': '16px',
  '3xl': '20px',
  '4xl': '24px',
  full: '9999px',
  '100%': '100%',
};

const alignments: Readonly<Record<string, string>> = {
  start: 'flex-start',
  center: 'center',
  end: 'flex-end',
  baseline: 'baseline',
  stretch: 'stretch',
};
const justifications: Readonly<Record<string, string>> = {
  ...alignments,
  between: 'space-between',
  around: 'space-around',
  evenly: 'space-evenly',
};

/** Returns a CSS length. A number is multiplied by `unit` pixels, and text is CSS. */
export function lengthOf(value: unknown, unit = 1): string | undefined {
  const number =
    numberOf(value) ?? (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);
  if (number !== undefined) return `${number * unit}px`;
  return typeof value === 'string' ? safeCss(value) : undefined;
}

export const spacingOf = (value: unknown) => lengthOf(value, 4);
const radiusOf = (value: unknown) => lookUp(radii, value);
export const alignOf = (value: unknown) => lookUp(alignments, value);
const justifyOf = (value: unknown) => lookUp(justifications, value);

function lookUp(table: Readonly<Record<string, string>>, value: unknown): string | undefined {
  return typeof value === 'string' && Object.hasOwn(table, value) ? table[value] : undefined;
}

/** Returns the spacing of each side, from one value or from an object. In an object, a side overrides its axis. */
export function spacingSides(value: unknown): Sides {
  if (!isRecord(value)) {
    const all = spacingOf(value);
    return all === undefined ? {} : { top: all, right: all, bottom: all, left: all };
  }
  const found = sides.map((side) => [side, spacingOf(value[side] ?? value[axisOf[side]])] as const);
  return Object.fromEntries(found.filter(([, length]) => length !== undefined));
}

/** Returns the padding, and the custom properties that extend flush children to the edge of the container. */
export function paddingStyle(value: unknown): CSSProperties {
  const { top, right, bottom, left } = spacingSides(value);
  const style: Record<string, string | undefined> = {
    paddingTop: top,
    paddingRight: right,
    paddingBottom: bottom,
    paddingLeft: left,
  };
  if (left !== undefined || right !== undefined) {
    style['--ckw-edge-left'] = left ?? '0px';
    style['--ckw-edge-right'] = right ?? '0px';
  }
  if (top !== undefined) style['--ckw-edge-top'] = top;
  return style;
}

function marginStyle(value: unknown): CSSProperties {
  const { top, right, bottom, left } = spacingSides(value);
  return { marginTop: top, marginRight: right, marginBottom: bottom, marginLeft: left };
}

const borderStyles = ['solid', 'dashed', 'dotted', 'double', 'groove', 'ridge', 'inset', 'outset'] as const;

function borderLine(value: unknown, theme: Theme): string | undefined {
  const size = lengthOf(isRecord(value) ? value['size'] : value);
  if (size === undefined) return undefined;
  if (!isRecord(value)) return `${size} solid var(--ckw-border-default)`;
  const colour = colourOf(value['color'], theme, 'border') ?? 'var(--ckw-border-default)';
  return `${size} ${oneOf(value['style'], borderStyles) ?? 'solid'} ${colour}`;
}

/** Returns the border. `value` is a width, an object for all sides, or an object with sides and axes. */
export function borderStyle(value: unknown, theme: Theme): CSSProperties {
  if (!isRecord(value) || 'size' in value) {
    const line = borderLine(value, theme);
    return line === undefined ? {} : { border: line };
  }
  const lineOf = (side: (typeof sides)[number]) => borderLine(value[side] ?? value[axisOf[side]], theme);
  return {
    borderTop: lineOf('top'),
    borderRight: lineOf('right'),
    borderBottom: lineOf('bottom'),
    borderLeft: lineOf('left'),
  };
}

/** Returns the width, the height, their limits, the aspect ratio, the radius and the margin. */
export function blockStyle(props: Props): CSSProperties {
  const ratio = props['aspectRatio'];
  return {
    width: lengthOf(props['width'] ?? props['size']),
    height: lengthOf(props['height'] ?? props['size']),
    minWidth: lengthOf(props['minWidth'] ?? props['minSize']),
    minHeight: lengthOf(props['minHeight'] ?? props['minSize']),
    maxWidth: lengthOf(props['maxWidth'] ?? props['maxSize']),
    maxHeight: lengthOf(props['maxHeight'] ?? props['maxSize']),
    aspectRatio: numberOf(ratio) ?? (typeof ratio === 'string' ? safeCss(ratio) : undefined),
    borderRadius: radiusOf(props['radius']),
    ...marginStyle(props['margin']),
  };
}

/** Returns `flex`: the share of the free space that a component takes. */
export function flexStyle(value: unknown): CSSProperties {
  if (numberOf(value) !== undefined) return { flex: `${numberOf(value)} 1 0%` };
  return typeof value === 'string' ? { flex: safeCss(value) } : {};
}

/** Returns the whole style of a container, including the layout of its children. */
export function boxStyle(props: Props, theme: Theme): CSSProperties {
  return withoutGaps({
    alignItems: alignOf(props['align']),
    justifyContent: justifyOf(props['justify']),
    flexWrap: oneOf(props['wrap'], ['nowrap', 'wrap', 'wrap-reverse']),
    gap: spacingOf(props['gap']),
    background: colourOf(props['background'], theme, 'background'),
    ...flexStyle(props['flex']),
    ...paddingStyle(props['padding']),
    ...borderStyle(props['border'], theme),
    ...blockStyle(props),
  });
}

/** Removes undefined properties, so that they do not override the properties of another style. */
export function withoutGaps(style: CSSProperties): CSSProperties {
  return Object.fromEntries(Object.entries(style).filter(([, value]) => value !== undefined));
}
