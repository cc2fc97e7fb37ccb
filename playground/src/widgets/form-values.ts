// What a form's fields hold, under their dotted names: `todo.title` becomes `{ todo: { title } }`.
import { isRecord, type Props } from './read-props';

export type FormValues = Record<string, unknown>;

/** Where the value of a field is, marked on its element: names in HTML are taken by the groups of radio buttons. */
const marked = '[data-field]';
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/** A field's name as the path it stands for, or `undefined` where it is not one. */
function pathOf(name: string): string[] | undefined {
  const path = name.split('.');
  return path.some((part) => part === '' || forbidden.has(part)) ? undefined : path;
}

/**
 * Puts a value under a dotted name.
 * @returns false when the name is no path, or something else is there already.
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

/** What one field holds; `undefined` when nothing was chosen in it. Checkboxes give booleans, all others text. */
function valueOf(field: Element): string | boolean | undefined {
  if (field instanceof HTMLInputElement) {
    if (field.type === 'checkbox') return field.checked;
    if (field.type === 'radio') return field.checked ? field.value : undefined;
    if (field.type === 'date') return field.value === '' ? undefined : field.value;
    return field.value;
  }
  if (field instanceof HTMLSelectElement) return field.value === '' ? undefined : field.value;
  return field instanceof HTMLTextAreaElement ? field.value : undefined;
}

/** What the fields inside an element hold. */
export function collectFields(container: Element): FormValues {
  const values: FormValues = {};
  for (const field of container.querySelectorAll<HTMLElement>(marked)) {
    const name = field.dataset['field'] ?? '';
    const value = valueOf(field);
    if (value === undefined) continue;
    if (!setField(values, name, value)) console.warn(`The widget's field ${name} cannot be sent: its name is taken.`);
  }
  return values;
}

/** Shows what is wrong with the first field that is, as the browser does it. */
export function reportValidity(container: Element): boolean {
  const fields = container.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(marked);
  return [...fields].every((field) => field.reportValidity());
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
