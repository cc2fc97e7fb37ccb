// Collects the values of a form under their dotted names: `todo.title` becomes `{ todo: { title } }`.
import { isRecord, type Props } from './read-props';

export type FormValues = Record<string, unknown>;

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** Returns the path in a field's dotted name, or `undefined` if the name is not a valid path. */
function pathOf(name: string): string[] | undefined {
  const path = name.split('.');
  return path.some((part) => part === '' || forbidden.has(part)) ? undefined : path;
}

/**
 * Sets a value under a dotted name.
 * @returns False if the name is not a valid path, or if the path conflicts with another value.
 */
export function setField(values: FormValues, name: string, value: unknown): boolean {
  const path = pathOf(name);
  const last = path?.pop();
  if (!path || last === undefined) return false;
  let place = values;
  for (const part of path) {
    const next = (place[part] ??= {});
    if (!isRecord(next)) return false;
    place = next;
  }
  if (Object.hasOwn(place, last)) return false;
  place[last] = value;
  return true;
}

/**
 * Returns the payload of an action with the values of a form. A key of the payload overrides a value with the same key,
 * because the author of the widget wrote the payload. A payload that is not an object is returned unchanged.
 */
export function mergeFormValues(payload: unknown, values: FormValues | undefined): unknown {
  if (!values || Object.keys(values).length === 0) return payload;
  if (payload === undefined || payload === null) return values;
  return isRecord(payload) ? mergeRecords(payload, values) : payload;
}

function mergeRecords(payload: Props, values: Props): FormValues {
  const merged: FormValues = { ...values, ...payload };
  for (const key of Object.keys(values)) {
    const ours = values[key];
    const theirs = payload[key];
    if (isRecord(ours) && isRecord(theirs)) merged[key] = mergeRecords(theirs, ours);
  }
  return merged;
}
