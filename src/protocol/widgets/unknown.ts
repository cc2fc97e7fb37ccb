// Finds the parts of a widget that this version does not know or does not expect: new in the client, or mistakes.
import type { z } from 'zod';
import { type KnownComponent, knownComponents, type Place } from './known';

/**
 * Calls back with the name of each unknown component (`Hologram`), prop (`Text.colour`) and word (`Text.size=huge`) in a
 * widget, at any depth, and of each unusual place (`Card in ListViewItem`) and value (`Image.src`). A number or a boolean
 * in the place of a text becomes its text, and a missing `value` or `label` becomes an empty text: both are changed in the
 * widget itself.
 */
export function eachUnknown(component: unknown, callback: (name: string) => void): void {
  settle(component, undefined, callback);
}

interface Holder {
  type: string;
  place: Place;
}

function settle(component: unknown, holder: Holder | undefined, callback: (name: string) => void): void {
  if (typeof component !== 'object' || component === null) return;
  const { type, children } = component as { type?: unknown; children?: unknown };
  const known = typeof type === 'string' ? knownComponents.get(type) : undefined;
  if (typeof type === 'string') {
    if (!known) callback(type);
    else {
      if (holder && !holder.place.takes(type)) callback(`${type} in ${holder.type}`);
      settleProps(component as Record<string, unknown>, type, known, callback);
    }
  }
  const rule = known?.children;
  const inner = rule && typeof type === 'string' ? { type, place: rule.place } : undefined;
  if (Array.isArray(children)) for (const child of children) settle(child, inner, callback);
  else settle(children, inner, callback);
}

function settleProps(
  component: Record<string, unknown>,
  type: string,
  known: KnownComponent,
  callback: (name: string) => void,
): void {
  for (const key in component) if (!known.names.has(key)) callback(`${type}.${key}`);
  for (const fault of known.props.safeParse(component).error?.issues ?? []) {
    const words = unknownWords(fault, component);
    for (const name of words ?? [nameOf(fault.path)]) callback(`${type}${name}`);
    if (!words && fault.code === 'invalid_type' && fault.expected === 'string') settleText(component, fault.path);
  }
}

function settleText(component: Record<string, unknown>, path: readonly PropertyKey[]): void {
  const last = path.at(-1) as string;
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((held, key) => (held as Record<PropertyKey, unknown>)[key], component);
  const texts = holder as Record<string, unknown>;
  const value = texts[last];
  if (typeof value === 'number' || typeof value === 'boolean') texts[last] = String(value);
  else if (value === undefined && (last === 'value' || last === 'label')) texts[last] = '';
}

/** The path of a prop in its component, without the indexes of lists. */
function nameOf(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'string' ? `.${key}` : '')).join('');
}

const longestWord = 40;

/**
 * The names of the words (`.size=huge`) that a fault is about, if all that is wrong is that they are not among those that
 * this version knows for their place: an icon, a size, a variant. A newer client may know them. Else undefined.
 * @param holder what the fault's path starts from.
 */
function unknownWords(fault: z.core.$ZodIssue, holder: unknown): string[] | undefined {
  const { code, path } = fault;
  const value = path.reduce((held, key) => (held as Record<PropertyKey, unknown>)[key], holder);
  const place = nameOf(path);
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
