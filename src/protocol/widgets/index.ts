// The widgets of the protocol. These schemas check only the structure, because a client may be newer than this package
// and draw more components. The schemas of {@link Widgets} are exact.
export * as Widgets from './components';
import type { Schema } from '../named-schema';
import { anyPlace, rootPlace } from './known';
import { componentSchema } from './schema';

/**
 * Any component of a widget: an object with a `type` and the props of that type. {@link Widgets} has the types of the
 * components that this version knows.
 */
export interface WidgetComponent {
  type: string;
  id?: string | undefined;
  [key: string]: unknown;
}
/** The root of a widget: a Card, a ListView, a Basic, or a root that only newer clients know. */
export type WidgetRoot = WidgetComponent;

/** Any component with its children. See {@link Widgets} for the schemas of single components. */
export const WidgetComponentSchema: Schema<WidgetComponent> = componentSchema<WidgetComponent>(anyPlace);
/** A whole widget. */
export const WidgetRootSchema: Schema<WidgetRoot> = componentSchema<WidgetRoot>(rootPlace);
