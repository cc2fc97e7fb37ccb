// The values that several components of a widget share: sizes, colours, borders and actions.
import { z } from 'zod';
import { type Icon, IconSchema } from '../icons';

/** The icons that the types of the browser package allow in widgets. */
export type WidgetIcon = Exclude<Icon, 'clock' | `${string}:${string}`>;
/** Accepts every icon that clients know, with those of a vendor, because the types of the browser package lack some. */
export const icon = IconSchema as unknown as z.ZodType<WidgetIcon, WidgetIcon>;

/** A number of spacing units or pixels, or a CSS length. */
export const length = z.union([z.number(), z.string()]);

const ThemeColorSchema = z.object({ dark: z.string(), light: z.string() });
/** A colour for each theme. */
export type ThemeColor = z.infer<typeof ThemeColorSchema>;
/** A token, a CSS colour, or a colour for each theme. */
export const color = z.union([z.string(), ThemeColorSchema]);

const optionalLength = length.optional();
const SpacingSchema = z.object({
  top: optionalLength,
  right: optionalLength,
  bottom: optionalLength,
  left: optionalLength,
  x: optionalLength,
  y: optionalLength,
});
/** The space on each side. `x` and `y` set two sides at once. */
export type Spacing = z.infer<typeof SpacingSchema>;
export const spacing = SpacingSchema;
export const lengthOrSpacing = z.union([z.number(), z.string(), SpacingSchema]);

const BorderSchema = z.object({
  size: z.number(),
  color: color.optional(),
  style: z.enum(['solid', 'dashed', 'dotted', 'double', 'groove', 'ridge', 'inset', 'outset']).optional(),
});
/** A border line. Its size is in pixels. */
export type Border = z.infer<typeof BorderSchema>;
const side = z.union([z.number(), BorderSchema]).optional();
const BordersSchema = z.object({ top: side, right: side, bottom: side, left: side, x: side, y: side });
/** A border line on each side. `x` and `y` set two sides at once. */
export type Borders = z.infer<typeof BordersSchema>;
/**
 * Uses one schema for both kinds of object, because each of two schemas would accept a faulty prop of the other as a
 * prop that it does not know.
 */
export const border = z.union([
  z.number(),
  z.object({ ...BorderSchema.partial().shape, ...BordersSchema.shape }),
]) as unknown as z.ZodType<number | Border | Borders, number | Border | Borders>;

export const alignment = z.enum(['start', 'center', 'end', 'baseline', 'stretch']);
export const startToEnd = z.enum(['start', 'center', 'end']);
export const direction = z.enum(['row', 'col']);
export const theme = z.enum(['light', 'dark']);
export const weight = z.enum(['normal', 'medium', 'semibold', 'bold']);
export const textSize = z.enum(['xs', 'sm', 'md', 'lg', 'xl']);
export const controlVariant = z.enum(['solid', 'soft', 'outline', 'ghost']);
export const inputVariant = z.enum(['soft', 'outline']);
export const controlSize = z.enum(['3xs', '2xs', 'xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl']);
export const gutterSize = z.enum(['2xs', 'xs', 'sm', 'md', 'lg', 'xl']);

export const flag = z.boolean().optional();
export const text = z.string().optional();

/** The keys that every component may have. Updates of streamed text name the `id`. A `key` distinguishes siblings. */
export const common = { key: text, id: text };

/** The measures of a component that is a box. */
export const block = {
  height: optionalLength,
  width: optionalLength,
  size: optionalLength,
  minHeight: optionalLength,
  minWidth: optionalLength,
  minSize: optionalLength,
  maxHeight: optionalLength,
  maxWidth: optionalLength,
  maxSize: optionalLength,
  aspectRatio: optionalLength,
  radius: z.enum(['2xs', 'xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', 'full', '100%', 'none']).optional(),
  margin: lengthOrSpacing.optional(),
};

/** The layout of the components in a box, and the look of the box. */
export const box = {
  align: alignment.optional(),
  justify: z.enum(['start', 'center', 'end', 'between', 'around', 'evenly', 'stretch']).optional(),
  wrap: z.enum(['nowrap', 'wrap', 'wrap-reverse']).optional(),
  flex: optionalLength,
  gap: optionalLength,
  padding: lengthOrSpacing.optional(),
  border: border.optional(),
  background: color.optional(),
  ...block,
};

const ActionConfigSchema = z.object({
  type: z.string(),
  payload: z.record(z.string(), z.unknown()).optional(),
  handler: z.enum(['server', 'client']).optional(),
  loadingBehavior: z.enum(['auto', 'none', 'self', 'container']).optional(),
  streaming: z.boolean().optional(),
});
/**
 * The action that a component sends when the user uses it. The page returns `payload` unchanged, with the fields of the
 * form added. A null in it is kept. The types of the browser package lack the other keys, but its client knows them:
 * - `handler: 'client'` passes the action to the page instead of the server. Default `server`.
 * - `streaming: false` requests a JSON answer (`syncAction`). Default true.
 * - `loadingBehavior` selects the component that shows that the action is running. Default `auto`.
 */
export type ActionConfig = z.infer<typeof ActionConfigSchema>;
export const action = ActionConfigSchema.optional();

export const cardAction = z.object({ label: z.string(), action: ActionConfigSchema });
/** A button at the bottom of a card. */
export type CardAction = z.infer<typeof cardAction>;

const FaviconStatusSchema = z.object({ text: z.string(), favicon: text, frame: flag });
const IconStatusSchema = z.object({ text: z.string(), icon: icon.optional() });
/** The status line above a card or a list. */
export type WidgetStatus = z.infer<typeof FaviconStatusSchema> | z.infer<typeof IconStatusSchema>;
/** Uses one schema for both, as `border` does. */
export const status = z.object({
  ...FaviconStatusSchema.shape,
  ...IconStatusSchema.shape,
}) as unknown as z.ZodType<WidgetStatus, WidgetStatus>;
