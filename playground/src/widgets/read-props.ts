// Reads the props of a widget. Each prop may be missing or of any type, because the props come from the server.

/** The props of a component, as they were received. */
export type Props = Readonly<Record<string, unknown>>;

/** A component: props with a type. */
export type Node = Props & { readonly type: string };

export function isRecord(value: unknown): value is Props {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a text unchanged, and a number as text. Returns `undefined` for any other value. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Returns the value if it is one of the known values, or else `undefined`. */
export function oneOf<T extends string>(value: unknown, known: readonly T[]): T | undefined {
  return known.find((name) => name === value);
}

export function recordsOf(value: unknown): Props[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/**
 * Returns the children of a component, from a list or a single child. A child that is not a component becomes an
 * unknown component, so that it is shown and not dropped. `null`, `undefined` and `false` are skipped, because
 * templates write `null` for a missing child.
 */
export function childrenOf(value: unknown): Node[] {
  const list: unknown[] = Array.isArray(value) ? value.flat() : [value];
  return list.filter((child) => child !== null && child !== undefined && child !== false).map(nodeOf);
}

/** Returns the children with this type. A child of another type is wrapped, because HTML requires the type here. */
export function childrenOfType(type: string, children: unknown): Node[] {
  return childrenOf(children).map((child) => (child.type === type ? child : { type, children: [child] }));
}

function nodeOf(value: unknown): Node {
  if (!isRecord(value)) return { type: '', value };
  const { type } = value;
  return { ...value, type: typeof type === 'string' ? type : '' };
}
