// Values of the user's own: tool results, action payloads, tag data. Anything JSON can say, within a depth.
import { z } from 'zod';

/** How deep a value of the user's own may nest. Deeper ones overflow the stack of the code that walks them. */
export const maxJsonDepth = 100;

/** Whether `value` nests arrays and objects no deeper than `limit`. Walks without recursion, so any depth is safe to ask about. */
function nestsWithin(value: unknown, limit: number): boolean {
  const open: { value: object; depth: number }[] = [];
  if (typeof value === 'object' && value !== null) open.push({ value, depth: 1 });
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > limit) return false;
    for (const child of Object.values(next.value) as unknown[]) {
      if (typeof child === 'object' && child !== null) open.push({ value: child, depth: next.depth + 1 });
    }
  }
  return true;
}

/** Any JSON value nested at most {@link maxJsonDepth} deep. */
export const JsonSchema = z.unknown().refine((value) => nestsWithin(value, maxJsonDepth), {
  error: `nests deeper than ${maxJsonDepth} levels`,
});

/** A JSON object nested at most {@link maxJsonDepth} deep. */
export const JsonObjectSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => nestsWithin(value, maxJsonDepth), { error: `nests deeper than ${maxJsonDepth} levels` });
export type JsonObject = Record<string, unknown>;

/**
 * A deep copy of plain data, as a round trip through JSON would give it: `toJSON` is honoured, `undefined` and
 * functions are left out. Strings are shared, so copying a long text costs nothing.
 * @throws TypeError naming the path, for what JSON cannot say: a bigint, a cycle, or nesting beyond what is sane.
 */
export function copyJson<T>(value: T): T {
  return copy(value, '', 0) as T;
}

function copy(given: unknown, path: string, depth: number): unknown {
  const value = hasToJSON(given) ? given.toJSON() : given;
  switch (typeof value) {
    case 'object':
      break;
    case 'bigint':
      throw new TypeError(`${path || 'value'} is a bigint, which JSON cannot hold`);
    case 'number':
      return Number.isFinite(value) ? value || 0 : null; // JSON has no negative zero
    case 'function':
    case 'symbol':
      return undefined;
    default:
      return value;
  }
  if (value === null) return null;
  if (depth > maxJsonDepth * 2) throw new TypeError(`${path.slice(0, 80)}… nests too deep or contains itself`);
  if (Array.isArray(value)) {
    const copied: unknown[] = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      copied[index] = copy(value[index], `${path}[${index}]`, depth + 1) ?? null;
    }
    return copied;
  }
  const copied: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    const kept = typeof child === 'string' ? child : copy(child, path ? `${path}.${key}` : key, depth + 1);
    if (kept === undefined) continue;
    // A plain assignment to this one key would set the prototype instead of a property.
    if (key === '__proto__')
      Object.defineProperty(copied, key, { value: kept, enumerable: true, configurable: true, writable: true });
    else copied[key] = kept;
  }
  return copied;
}

/** `toJSON` of what it gives is not called again: JSON.stringify asks once, and some objects answer with themselves. */
function hasToJSON(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON === 'function';
}
