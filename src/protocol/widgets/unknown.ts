// Finds what a widget has that this version does not know: new in the client, or misspelt.
import type { z } from 'zod';
import { knownComponents } from './known';

/**
 * Calls back with the name of each unknown component (`Hologram`), prop (`Text.colour`) and word (`Text.size=huge`) in a
 * widget, at any depth.
 * @param component one in which nothing is wrong but words.
 */
export function eachUnknown(component: unknown, callback: (name: string) => void): void {
  if (typeof component !== 'object' || component === null) return;
  const { type, children } = component as { type?: unknown; children?: unknown };
  if (typeof type === 'string') {
    const known = knownComponents.get(type);
    if (!known) callback(type);
    else {
      for (const key in component) if (!known.names.has(key)) callback(`${type}.${key}`);
      for (const fault of known.props.safeParse(component).error?.issues ?? []) {
        for (const name of unknownWords(fault, component) ?? []) callback(`${type}${name}`);
      }
    }
  }
  if (Array.isArray(children)) for (const child of children) eachUnknown(child, callback);
  else eachUnknown(children, callback);
}

const longestWord = 40;

/**
 * The names of the words (`.size=huge`) that a fault is about, if all that is wrong is that they are not among those that
 * this version knows for their place: an icon, a size, a variant. A newer client may know them. Else undefined.
 * @param holder what the fault's path starts from.
 */
export function unknownWords(fault: z.core.$ZodIssue, holder: unknown): string[] | undefined {
  const { code, path } = fault;
  const value = path.reduce((held, key) => (held as Record<PropertyKey, unknown>)[key], holder);
  const place = path.map((key) => (typeof key === 'string' ? `.${key}` : '')).join('');
  // A union without errors of its members is one that a word chooses from.
  const takesWords =
    code === 'invalid_value' ? fault.values.some(isWord) : code === 'invalid_union' && fault.errors.length === 0;
  if (takesWords) return isWord(value) ? [`${place}=${value.slice(0, longestWord)}`] : undefined;
  if (code !== 'invalid_union') return undefined;
  for (const faults of fault.errors) {
    const words = faults.map((inner) => unknownWords(inner, value));
    if (words.every((names) => names !== undefined)) return words.flat().map((name) => place + name);
  }
  return undefined;
}

function isWord(value: unknown): value is string {
  return typeof value === 'string';
}
