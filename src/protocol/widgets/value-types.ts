// The types of the values that several components of a widget share. They are separate from the schemas, so that a
// declaration does not need zod. A type test proves that both are equal. They are type aliases, because an interface is
// not assignable to a component with keys of any name.
import type { Icon as IconName } from '../icons';

/** The icons that the types of the browser package allow in widgets. */
export type WidgetIcon = Exclude<IconName, 'clock' | `${string}:${string}`>;

/** A colour for each theme. */
export type ThemeColor = {
  dark: string;
  light: string;
};

/** The space on each side. `x` and `y` set two sides at once. */
export type Spacing = {
  top?: string | number | undefined;
  right?: string | number | undefined;
  bottom?: string | number | undefined;
  left?: string | number | undefined;
  x?: string | number | undefined;
  y?: string | number | undefined;
};

/** A border line. Its size is in pixels. */
export type Border = {
  size: number;
  color?: string | ThemeColor | undefined;
  style?: 'solid' | 'dashed' | 'dotted' | 'double' | 'groove' | 'ridge' | 'inset' | 'outset' | undefined;
};

/** A border line on each side. `x` and `y` set two sides at once. */
export type Borders = {
  top?: number | Border | undefined;
  right?: number | Border | undefined;
  bottom?: number | Border | undefined;
  left?: number | Border | undefined;
  x?: number | Border | undefined;
  y?: number | Border | undefined;
};

/**
 * The action that a component sends when the user uses it. The page returns `payload` unchanged, with the fields of the
 * form added. A null in it is kept. The types of the browser package lack the other keys, but its client knows them:
 * - `handler: 'client'` passes the action to the page instead of the server. Default `server`.
 * - `streaming: false` requests a JSON answer (`syncAction`). Default true.
 * - `loadingBehavior` selects the component that shows that the action is running. Default `auto`.
 */
export type ActionConfig = {
  type: string;
  payload?: Record<string, unknown> | undefined;
  handler?: 'server' | 'client' | undefined;
  loadingBehavior?: 'auto' | 'none' | 'self' | 'container' | undefined;
  streaming?: boolean | undefined;
};

/** A button at the bottom of a card. */
export type CardAction = {
  label: string;
  action: ActionConfig;
};

/** The status line above a card or a list. */
export type WidgetStatus =
  | { text: string; favicon?: string | undefined; frame?: boolean | undefined }
  | { text: string; icon?: WidgetIcon | undefined };

/** The keys that every component may have. */
export type Common = {
  /** Distinguishes the component from its siblings. */
  key?: string | undefined;
  /** The name that updates of streamed text use. */
  id?: string | undefined;
};

/** The measures of a component that is a box. A length is a number of spacing units or pixels, or a CSS length. */
export type Block = {
  height?: string | number | undefined;
  width?: string | number | undefined;
  size?: string | number | undefined;
  minHeight?: string | number | undefined;
  minWidth?: string | number | undefined;
  minSize?: string | number | undefined;
  maxHeight?: string | number | undefined;
  maxWidth?: string | number | undefined;
  maxSize?: string | number | undefined;
  aspectRatio?: string | number | undefined;
  radius?: 'none' | '2xs' | 'xs' | 'sm' | 'md' | 'lg' | 'xl' | '2xl' | '3xl' | '4xl' | 'full' | '100%' | undefined;
  margin?: string | number | Spacing | undefined;
};

/** The layout of the components in a box, and the look of the box. */
export type Layout = {
  align?: 'start' | 'center' | 'end' | 'baseline' | 'stretch' | undefined;
  justify?: 'start' | 'center' | 'end' | 'stretch' | 'between' | 'around' | 'evenly' | undefined;
  wrap?: 'nowrap' | 'wrap' | 'wrap-reverse' | undefined;
  flex?: string | number | undefined;
  gap?: string | number | undefined;
  padding?: string | number | Spacing | undefined;
  border?: number | Border | Borders | undefined;
  background?: string | ThemeColor | undefined;
};
