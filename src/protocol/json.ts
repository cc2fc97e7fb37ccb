// Values that the application defines, such as tool results, action payloads and tag data: any JSON of a bounded depth.
// Their schemas are in json-schemas.ts, so that a store copies values without loading zod.
import { measureJson } from './bounds';

/**
 * The greatest depth of a value that the application defines, in levels of arrays and objects. Deeper values could
 * overflow the stack of code that walks them.
 */
export const maxJsonDepth = 100;

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/** Returns true for a value that nests at most {@link maxJsonDepth} levels deep. */
export function nestsWithinBounds(value: unknown): boolean {
  return measureJson(value, { maxDepth: maxJsonDepth, maxEntries: Infinity }).exceeded === undefined;
}

/** Returns true for an object that is neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the message for a value that is not an object, in the wording of zod. */
export function expectedObject(input: unknown): string {
  const given = input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input;
  return `Invalid input: expected object, received ${given}`;
}

/**
 * Returns a deep copy of plain data, as a round trip through JSON would: `toJSON` is called, and `undefined` and
 * functions are left out. Strings are shared, so that the copy of a long text is cheap.
 * @throws TypeError that names the path of a bigint, a cycle, or nesting beyond twice {@link maxJsonDepth}.
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
    // A plain assignment to this key would set the prototype instead of a property.
    if (key === '__proto__')
      Object.defineProperty(copied, key, { value: kept, enumerable: true, configurable: true, writable: true });
    else copied[key] = kept;
  }
  return copied;
}

/**
 * Its result is copied without another call of `toJSON`, as in JSON.stringify, because some objects return themselves.
 */
function hasToJSON(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON === 'function';
}
