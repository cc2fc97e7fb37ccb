// What the events about widgets do to a widget: components are found by their id, wherever they are.
import type { WidgetRoot } from 'chatkit-express/protocol';
import { objectOf } from './wire';

const roots: ReadonlySet<string> = new Set(['Card', 'ListView', 'Basic']);

/** Whether a widget may begin with this component: the official client takes no other root. */
export function isWidgetRoot(widget: unknown): boolean {
  const { type } = objectOf(widget);
  return typeof type === 'string' && roots.has(type);
}

/** The widget with `component` in the place of the one with this id. The same widget when there is none. */
export function replaceComponent(widget: WidgetRoot, componentId: string, component: unknown): WidgetRoot {
  return mapComponent(widget, componentId, () => component) as WidgetRoot;
}

/** The widget with `delta` added to the value of the component with this id. The same widget when there is none. */
export function growComponent(widget: WidgetRoot, componentId: string, delta: string, done: boolean): WidgetRoot {
  return mapComponent(widget, componentId, (component) => ({
    ...component,
    value: `${typeof component['value'] === 'string' ? component['value'] : ''}${delta}`,
    ...(done && { streaming: false }),
  })) as WidgetRoot;
}

/** A copy in which the object with this id is changed. What holds no such object is kept as it is. */
function mapComponent(value: unknown, id: string, change: (component: Record<string, unknown>) => unknown): unknown {
  if (Array.isArray(value)) {
    const mapped = value.map((entry) => mapComponent(entry, id, change));
    return mapped.some((entry, index) => entry !== value[index]) ? mapped : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const component = value as Record<string, unknown>;
  if (component['id'] === id && typeof component['type'] === 'string') return change(component);
  const entries = Object.entries(component).map(([key, inner]) => [key, mapComponent(inner, id, change)] as const);
  return entries.some(([key, inner]) => inner !== component[key]) ? Object.fromEntries(entries) : value;
}
