// Finds the parts of a widget that this version does not know: they may be new in the client, or mistakes.
import type { z } from 'zod';
import { type KnownComponent, knownComponents, type Place } from './known';

/**
 * Calls back with the name of each unknown component (`Hologram`), prop (`Text.colour`) and word (`Text.size=huge`) of
 * a widget, at any depth, and of each unexpected place (`Card in ListViewItem`) and value (`Image.src`). Modifies the
 * widget: a number or a boolean that should be a text becomes a text, and a missing `value` or `label` becomes an empty
 * text.
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

/** Returns the path of a prop in its component, without the indexes of lists. */
function nameOf(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'string' ? `.${key}` : '')).join('');
}

const longestWord = 40;

/**
 * Returns the words (`.size=huge`) of a fault that consists only of words which this version does not know, such as an
 * icon, a size or a variant. A newer client may know them. Returns undefined for any other fault.
 * @param holder the object in which the fault's path begins.
 */
function unknownWords(fault: z.core.$ZodIssue, holder: unknown): string[] | undefined {
  const { code, path } = fault;
  const value = path.reduce((held, key) => (held as Record<PropertyKey, unknown>)[key], holder);
  const place = nameOf(path);
  // A union that reports no errors of its members is a discriminated union, whose member a word selects.
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
