// Widgets as the wire has them. The client decides about what it can draw, and it may be newer than this package. So only
// the structure is checked here. The schemas of {@link Widgets} are exact.
export * as Widgets from './components';
import type { Schema } from '../named-schema';
import { anyPlace, rootPlace } from './known';
import { componentSchema } from './schema';

/**
 * Any component of a widget: an object with a `type`, and what else the client knows to draw. The types of those that
 * this version knows are in {@link Widgets}.
 */
export interface WidgetComponent {
  type: string;
  id?: string | undefined;
  [key: string]: unknown;
}
/** The root of a widget: a Card, a ListView or a Basic, or one that only newer clients know. */
export type WidgetRoot = WidgetComponent;

/** Any component, with those it holds: see {@link Widgets} for each of them. */
export const WidgetComponentSchema: Schema<WidgetComponent> = componentSchema<WidgetComponent>(anyPlace);
/** A whole widget. */
export const WidgetRootSchema: Schema<WidgetRoot> = componentSchema<WidgetRoot>(rootPlace);
