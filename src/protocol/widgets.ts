// Widgets as the wire sees them: a root with a type. Their components are not checked here.
import { z } from 'zod';
import { JsonObjectSchema } from './json';

/** Any component of a widget: an object with a `type`, and what else the client knows to draw. */
export interface WidgetComponent {
  type: string;
  id?: string;
  [key: string]: unknown;
}
/** The root of a widget. Clients update only roots of the types Card, ListView and Basic. */
export type WidgetRoot = WidgetComponent;

export const WidgetComponentSchema = JsonObjectSchema.refine(
  (value) => typeof value['type'] === 'string' && value['type'] !== '',
  { error: 'expected a component with a type', path: ['type'] },
) as unknown as z.ZodType<WidgetComponent, WidgetComponent>;

export const WidgetRootSchema: z.ZodType<WidgetRoot, WidgetRoot> = WidgetComponentSchema;
