// Absent values in a widget: props that are null are left out, as the wire has it.

/**
 * The widget without what is null: keys at every depth, and the entries of lists of children. What an action carries as
 * `payload` is the application's own and stays, as do the entries of other arrays, where a null has its place. So does
 * a Transition's `children`, in which null is a value.
 * @param widget plain data, nested as deep as the stack is.
 * @returns the same object where there was nothing to leave out; else a copy down to what was.
 */
export function withoutNulls<T>(widget: T): T {
  if (typeof widget !== 'object' || widget === null) return widget;
  return (Array.isArray(widget) ? cleanArray(widget, false) : cleanObject(widget as Record<string, unknown>)) as T;
}

function cleanObject(given: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const key in given) {
    const value = given[key];
    if (typeof value !== 'object' || key === 'payload' || key === '__proto__') continue;
    if (value === null) {
      if (key === 'children' && given['type'] === 'Transition') continue;
      copy ??= { ...given };
      Reflect.deleteProperty(copy, key);
      continue;
    }
    const clean = Array.isArray(value)
      ? cleanArray(value, key === 'children')
      : cleanObject(value as Record<string, unknown>);
    if (clean === value) continue;
    copy ??= { ...given };
    copy[key] = clean;
  }
  return copy ?? given;
}

function cleanArray(given: unknown[], children: boolean): unknown[] {
  let changed = false;
  const cleaned = given.map((value) => {
    const clean = withoutNulls(value);
    changed ||= clean !== value || (children && value === null);
    return clean;
  });
  if (!changed) return given;
  return children ? cleaned.filter((value) => value !== null) : cleaned;
}
