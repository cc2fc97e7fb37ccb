// Reads a widget's props. They came over the wire, so each one may be missing or of any type.

/** A component's props, as they came. */
export type Props = Readonly<Record<string, unknown>>;

/** A component: props with a type. */
export type Node = Props & { readonly type: string };

export function isRecord(value: unknown): value is Props {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text as it is, numbers written out. Anything else is `undefined`. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The value, where it is one of those named. */
export function oneOf<T extends string>(value: unknown, known: readonly T[]): T | undefined {
  return known.find((name) => name === value);
}

export function recordsOf(value: unknown): Props[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/**
 * The children of a component: a list, or a single one. What is not a component is drawn as an unknown one, so that
 * nothing disappears in silence; templates write `null` for a child that is not there.
 */
export function childrenOf(value: unknown): Node[] {
  const list: unknown[] = Array.isArray(value) ? value.flat() : [value];
  return list.filter((child) => child !== null && child !== undefined && child !== false).map(nodeOf);
}

/** Children of the one type that HTML has a place for; others are drawn in one of them. */
export function childrenOfType(type: string, children: unknown): Node[] {
  return childrenOf(children).map((child) => (child.type === type ? child : { type, children: [child] }));
}

function nodeOf(value: unknown): Node {
  if (!isRecord(value)) return { type: '', value };
  const { type } = value;
  return { ...value, type: typeof type === 'string' ? type : '' };
}
