// Removes nulls from a widget, because the wire leaves absent values out.

/**
 * Returns the widget without nulls: without keys whose value is null, at every depth, and without null entries in lists
 * of children. Nulls are kept in the `payload` of an action, because the application defines it, in other arrays, and
 * as the `children` of a Transition, where null is a value.
 * @param widget plain data. The function is recursive, so that the stack bounds the depth.
 * @returns the same object when there are no nulls to remove; else a copy that shares unchanged parts.
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
