// Reads from the JSON Schema of a widget's data which properties may be missing.
import type { OptionalKeys } from './jinja/values';

type Schema = Record<string, unknown>;

const none: OptionalKeys = { names: new Set(), below: () => undefined };

/**
 * Returns the optional properties of the data at every depth: the `properties` of a schema that no schema requires.
 * References within the schema are followed, and so are `allOf`, `anyOf`, `oneOf`, `then` and `else`.
 */
export function optionalKeysOf(root: object | boolean): OptionalKeys {
  return isSchema(root) ? (keysAt([root], root) ?? none) : none;
}

function keysAt(given: readonly unknown[], root: Schema): OptionalKeys | undefined {
  const { all, required } = expand(given, root);
  if (all.length === 0) return undefined;
  const names = new Set(all.flatMap(({ properties }) => (isSchema(properties) ? Object.keys(properties) : [])));
  for (const name of required) names.delete(name);
  // One entry for each schema of a position, so that the memory does not grow with the data.
  const known = new Map<string, OptionalKeys | undefined>();
  return {
    names,
    below(key) {
      const found = all.flatMap((schema) => (typeof key === 'number' ? itemAt(schema, key) : propertyAt(schema, key)));
      const place = found.map(({ place: name }) => name).join(' ');
      if (!known.has(place)) {
        known.set(
          place,
          keysAt(
            found.map(({ schema }) => schema),
            root,
          ),
        );
      }
      return known.get(place);
    },
  };
}

/** Returns the schemas of one position, and the keys that every alternative requires. */
function expand(given: readonly unknown[], root: Schema): { all: Schema[]; required: Set<string> } {
  const all = new Set<Schema>();
  const required = new Set<string>();
  const visit = (schema: unknown, always: boolean): void => {
    if (!isSchema(schema) || all.has(schema)) return;
    all.add(schema);
    if (always) for (const name of listAt(schema, 'required')) required.add(String(name));
    if (typeof schema['$ref'] === 'string') visit(resolve(schema['$ref'], root), always);
    for (const part of listAt(schema, 'allOf')) visit(part, always);
    for (const keyword of ['anyOf', 'oneOf']) for (const part of listAt(schema, keyword)) visit(part, false);
    for (const keyword of ['then', 'else']) visit(schema[keyword], false);
  };
  for (const schema of given) visit(schema, true);
  return { all: [...all], required };
}

interface Found {
  schema: unknown;
  /** The name of the schema within its parent. */
  place: string;
}

function propertyAt({ properties, additionalProperties }: Schema, key: string): Found[] {
  if (isSchema(properties) && Object.hasOwn(properties, key)) {
    return [{ schema: properties[key], place: JSON.stringify(key) }];
  }
  return [{ schema: additionalProperties, place: '*' }];
}

function itemAt({ prefixItems, items, additionalItems }: Schema, index: number): Found[] {
  const [first, rest] = Array.isArray(items) ? [items, additionalItems] : [prefixItems, items];
  const own = Array.isArray(first) ? (first as unknown[])[index] : undefined;
  return [own === undefined ? { schema: rest, place: '*' } : { schema: own, place: String(index) }];
}

/** Returns the part of the schema that a reference such as `#/$defs/article` names, or undefined for another reference. */
function resolve(reference: string, root: Schema): unknown {
  if (!/^#(\/|$)/.test(reference)) return undefined;
  return reference
    .split('/')
    .slice(1)
    .map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, key) => (isHolder(value) && Object.hasOwn(value, key) ? value[key] : undefined), root);
}

function listAt(schema: Schema, keyword: string): unknown[] {
  const value = schema[keyword];
  return Array.isArray(value) ? value : [];
}

function isHolder(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

function isSchema(value: unknown): value is Schema {
  return isHolder(value) && !Array.isArray(value);
}
