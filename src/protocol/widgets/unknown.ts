// Finds what a widget has that this version does not know: new in the client, or misspelt.
import { knownComponents } from './known';

/** Calls back with the name of each unknown component (`Hologram`) and prop (`Text.colour`) in a widget, at any depth. */
export function eachUnknown(component: unknown, callback: (name: string) => void): void {
  if (typeof component !== 'object' || component === null) return;
  const { type, children } = component as { type?: unknown; children?: unknown };
  if (typeof type === 'string') {
    const known = knownComponents.get(type);
    if (!known) callback(type);
    else for (const key in component) if (!known.names.has(key)) callback(`${type}.${key}`);
  }
  if (Array.isArray(children)) for (const child of children) eachUnknown(child, callback);
  else eachUnknown(children, callback);
}
