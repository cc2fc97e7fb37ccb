// Widgets as the wire has them. The client decides about what it can draw, and it may be newer than this package. So only
// the structure is checked here. The schemas of {@link Widgets} are exact.
export * as Widgets from './components';
import type { z } from 'zod';
import { anyPlace, rootPlace } from './known';
import { componentSchema } from './schema';

/**
 * Any component of a widget: an object with a `type`, and what else the client knows to draw. The types of those that
 * this version knows are in {@link Widgets}.
 */
export interface WidgetComponent {
  type: string;
  id?: string;
  [key: string]: unknown;
}
/** The root of a widget: a Card, a ListView or a Basic, or one that only newer clients know. */
export type WidgetRoot = WidgetComponent;

/** Any component, with those it holds: see {@link Widgets} for each of them. */
export const WidgetComponentSchema: z.ZodType<WidgetComponent, WidgetComponent> = componentSchema(anyPlace);
/** A whole widget. */
export const WidgetRootSchema: z.ZodType<WidgetRoot, WidgetRoot> = componentSchema(rootPlace);
