// The components that a widget may begin with.
import { objectOf } from './wire';

const roots: ReadonlySet<string> = new Set(['Card', 'ListView', 'Basic']);

/** Reports whether a widget may begin with this component: the official client takes no other root. */
export function isWidgetRoot(widget: unknown): boolean {
  const { type } = objectOf(widget);
  return typeof type === 'string' && roots.has(type);
}
