// Values of the user's own: tool results, action payloads, tag data. Anything JSON can say, within a depth. The schemas
// of them are elsewhere, so that a store copies values without loading zod.
import { measureJson } from './bounds';

/** How deep a value of the user's own may nest. Deeper ones overflow the stack of the code that walks them. */
export const maxJsonDepth = 100;

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** Reports that a value nests at most {@link maxJsonDepth} levels deep. */
export function nestsWithinBounds(value: unknown): boolean {
  return measureJson(value, { maxDepth: maxJsonDepth, maxEntries: Infinity }).exceeded === undefined;
}

/** Reports that a value is an object, and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The message for a value that is not an object, in zod's words. */
export function expectedObject(input: unknown): string {
  const given = input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input;
  return `Invalid input: expected object, received ${given}`;
}

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
