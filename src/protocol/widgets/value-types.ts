// The types of the values that several components of a widget take. They are kept apart from
// the schemas, so that a declaration needs no zod; a type test holds both equal. They are aliases, since an interface does
// not fit a component with keys of any name.
import type { Icon as IconName } from '../icons';

/** The icons that the browser's types have for widgets. */
export type WidgetIcon = Exclude<IconName, 'clock' | `${string}:${string}`>;

/** A colour for each theme. */
export type ThemeColor = {
  dark: string;
  light: string;
};

/** Space on each side, or on two at once: `x`, `y`. */
export type Spacing = {
  top?: string | number | undefined;
  right?: string | number | undefined;
  bottom?: string | number | undefined;
  left?: string | number | undefined;
  x?: string | number | undefined;
  y?: string | number | undefined;
};

/** A line; its size is in pixels. */
export type Border = {
  size: number;
  color?: string | ThemeColor | undefined;
  style?: 'solid' | 'dashed' | 'dotted' | 'double' | 'groove' | 'ridge' | 'inset' | 'outset' | undefined;
};

/** A line on each side, or on two at once: `x`, `y`. */
export type Borders = {
  top?: number | Border | undefined;
  right?: number | Border | undefined;
  bottom?: number | Border | undefined;
  left?: number | Border | undefined;
  x?: number | Border | undefined;
  y?: number | Border | undefined;
};

/**
 * What a component sends when it is used. `payload` comes back as it was, with the form's fields added; null in it is a
 * value. The browser's types leave out the rest, which its client knows: `handler: 'client'` hands the action to the
 * page instead (default `server`), `streaming: false` asks for a JSON answer (`syncAction`; default true), and
 * `loadingBehavior` says what shows that the action is under way (default `auto`).
 */
export type ActionConfig = {
  type: string;
  payload?: Record<string, unknown> | undefined;
  handler?: 'server' | 'client' | undefined;
  loadingBehavior?: 'auto' | 'none' | 'self' | 'container' | undefined;
  streaming?: boolean | undefined;
};

/** A button at the foot of a card. */
export type CardAction = {
  label: string;
  action: ActionConfig;
};

/** The line above a card or a list. */
export type WidgetStatus =
  | { text: string; favicon?: string | undefined; frame?: boolean | undefined }
  | { text: string; icon?: WidgetIcon | undefined };

/** The keys that every component may have. */
export type Common = {
  key?: string | undefined;
  /** The name that updates of streamed text use. */
  id?: string | undefined;
};

/** Measures of a component that takes up room. */
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
