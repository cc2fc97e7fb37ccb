// Collects the values of a form under their dotted names: `todo.title` becomes `{ todo: { title } }`.
import { isRecord, type Props } from './read-props';

export type FormValues = Record<string, unknown>;

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** A field's name as the path it stands for, or `undefined` where it is not one. */
function pathOf(name: string): string[] | undefined {
  const path = name.split('.');
  return path.some((part) => part === '' || forbidden.has(part)) ? undefined : path;
}

/**
 * Puts a value under a dotted name.
 * @returns False if the name is not a path, or if the place is taken.
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
 * An action's payload with a form's values in it. Where both have a key, the payload's stays: the author of the widget
 * wrote it. Values cannot join a payload that is not an object: it is sent as it is.
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
