// Resolves the colours that widgets name: tokens of the theme, steps of a palette (`blue-500`), the text colour with an
// opacity (`alpha-70`) and CSS colours.
import { isRecord } from '../read-props';
import { safeCss } from './safe-css';

export type Theme = 'light' | 'dark';
/** The use of a colour, because the same word can name a colour of text and a colour of a border. */
export type ColourUse = 'text' | 'background' | 'border';

const tokens: Record<ColourUse, readonly string[]> = {
  text: ['prose', 'primary', 'emphasis', 'secondary', 'tertiary', 'success', 'warning', 'danger', 'info', 'discovery'],
  background: ['surface', 'surface-secondary', 'surface-tertiary', 'surface-elevated', 'surface-elevated-secondary'],
  border: ['default', 'subtle', 'strong'],
};

/** The hue and the chroma of each family in OKLCH, and the lightness that is added to its steps. */
const hues: Record<string, readonly [hue: number, chroma: number, lift: number]> = {
  gray: [264, 0.012, 0],
  red: [26, 0.21, 0],
  orange: [52, 0.18, 0.05],
  yellow: [90, 0.165, 0.14],
  green: [152, 0.17, 0.03],
  teal: [190, 0.12, 0.04],
  blue: [257, 0.19, 0],
  purple: [300, 0.21, 0],
  pink: [352, 0.21, 0.02],
};

/** The lightness of each step, and its share of the chroma. Other steps are interpolated. */
const steps: readonly (readonly [step: number, lightness: number, share: number])[] = [
  [0, 1, 0],
  [25, 0.987, 0.05],
  [50, 0.972, 0.1],
  [100, 0.941, 0.22],
  [200, 0.888, 0.42],
  [300, 0.812, 0.68],
  [400, 0.727, 0.9],
  [500, 0.645, 1],
  [600, 0.567, 0.98],
  [700, 0.487, 0.86],
  [800, 0.414, 0.7],
  [900, 0.334, 0.54],
  [950, 0.27, 0.42],
  [1000, 0.2, 0.3],
];

/** Returns a step of the palette as a CSS colour, or `undefined` if there is no such family or step. */
export function paletteColour(family: string, step: number): string | undefined {
  const colour = hues[family];
  const above = steps.findIndex(([known]) => known >= step);
  const upper = steps[above];
  if (!Object.hasOwn(hues, family) || !colour || !upper) return undefined;
  const lower = steps[above - 1] ?? upper;
  const part = upper[0] === lower[0] ? 0 : (step - lower[0]) / (upper[0] - lower[0]);
  const between = (from: number, to: number) => from + (to - from) * part;
  const [hue, chroma, lift] = colour;
  const lightness = between(lower[1], upper[1]);
  // The lift is largest in the middle, so that black and white do not change.
  const lifted = lightness + lift * 4 * lightness * (1 - lightness);
  const strength = chroma * between(lower[2], upper[2]);
  return `oklch(${round(Math.min(lifted, 1))} ${round(strength)} ${hue})`;
}

const round = (value: number) => Number(value.toFixed(3));

/** Returns true for a CSS colour. Outside a browser every text passes, because nothing is drawn there. */
const isColour = (css: string) => !('CSS' in globalThis) || CSS.supports('color', css);

/**
 * Returns a colour as CSS. The theme selects the colour in `{ light, dark }`.
 * @returns Undefined for a value that is not a colour, or that would load a resource.
 */
export function colourOf(value: unknown, theme: Theme, use: ColourUse): string | undefined {
  if (isRecord(value)) return colourOf(value[theme], theme, use);
  if (typeof value !== 'string' || value === '') return undefined;
  if (tokens[use].includes(value)) return `var(--ckw-${use}-${value})`;
  const [, family = '', step] = /^([a-z]+)-(\d{1,4})$/.exec(value) ?? [];
  if (family === 'alpha')
    return `color-mix(in oklab, var(--ckw-text-emphasis) ${Math.min(Number(step), 100)}%, transparent)`;
  if (step !== undefined) return paletteColour(family, Number(step));
  const css = safeCss(value);
  // A background can also be a gradient. Elsewhere an invalid colour would make the whole declaration invalid.
  return css === undefined || use === 'background' || isColour(css) ? css : undefined;
}
