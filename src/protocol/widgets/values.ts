// The values that several components of a widget take: sizes, colours, borders, actions.
import { z } from 'zod';
import { type Icon, IconSchema } from '../icons';

/** The icons that the browser's types have for widgets. */
export type WidgetIcon = Exclude<Icon, 'clock' | `${string}:${string}`>;
/** Takes every icon that clients know, those of a vendor too: the browser's types are behind them. */
export const icon = IconSchema as unknown as z.ZodType<WidgetIcon, WidgetIcon>;

/** A number of spacing units or pixels, or a CSS length. */
export const length = z.union([z.number(), z.string()]);

const ThemeColorSchema = z.object({ dark: z.string(), light: z.string() });
/** A colour for each theme. */
export type ThemeColor = z.infer<typeof ThemeColorSchema>;
/** A token, a CSS colour, or one for each theme. */
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
/** Space on each side, or on two at once: `x`, `y`. */
export type Spacing = z.infer<typeof SpacingSchema>;
export const spacing = SpacingSchema;
export const lengthOrSpacing = z.union([z.number(), z.string(), SpacingSchema]);

const BorderSchema = z.object({
  size: z.number(),
  color: color.optional(),
  style: z.enum(['solid', 'dashed', 'dotted', 'double', 'groove', 'ridge', 'inset', 'outset']).optional(),
});
/** A line; its size is in pixels. */
export type Border = z.infer<typeof BorderSchema>;
const side = z.union([z.number(), BorderSchema]).optional();
const BordersSchema = z.object({ top: side, right: side, bottom: side, left: side, x: side, y: side });
/** A line on each side, or on two at once: `x`, `y`. */
export type Borders = z.infer<typeof BordersSchema>;
/** One schema for both kinds of object: of two, either would take what is wrong in the other, as props it does not know. */
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

/** What every component may have. An `id` is what updates of streamed text name; `key` tells siblings apart. */
export const common = { key: text, id: text };

/** Measures of what takes up room. */
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

/** How the components in a box are laid out, and what the box looks like. */
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
 * What a component sends when it is used. `payload` comes back as it was, with the form's fields added; null in it is a
 * value. The browser's types leave out the rest, which its client knows: `handler: 'client'` hands the action to the
 * page instead (default `server`), `streaming: false` asks for a JSON answer (`syncAction`; default true), and
 * `loadingBehavior` says what shows that the action is under way (default `auto`).
 */
export type ActionConfig = z.infer<typeof ActionConfigSchema>;
export const action = ActionConfigSchema.optional();

export const cardAction = z.object({ label: z.string(), action: ActionConfigSchema });
/** A button at the foot of a card. */
export type CardAction = z.infer<typeof cardAction>;

const FaviconStatusSchema = z.object({ text: z.string(), favicon: text, frame: flag });
const IconStatusSchema = z.object({ text: z.string(), icon: icon.optional() });
/** The line above a card or a list. */
export type WidgetStatus = z.infer<typeof FaviconStatusSchema> | z.infer<typeof IconStatusSchema>;
/** One schema for both, as for a border. */
export const status = z.object({
  ...FaviconStatusSchema.shape,
  ...IconStatusSchema.shape,
}) as unknown as z.ZodType<WidgetStatus, WidgetStatus>;
