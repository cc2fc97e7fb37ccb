// Bounds a request as a whole, before anything else walks it: the values that no schema describes count, too.

/** How deep a request may nest, and how much it may have in it. */
export interface JsonBounds {
  /** How deep arrays and objects may nest. */
  maxDepth: number;
  /** How many keys and list entries there may be, at all depths together. */
  maxEntries: number;
}

/**
 * The bounds of a request. A value of the client's own may nest 100 levels deep inside of it. It may have one entry
 * for each ten bytes of a body, and 100,000 in any case.
 * @param options.maxBodyBytes The option of the middleware.
 */
export function requestBounds({ maxBodyBytes }: { maxBodyBytes: number }): JsonBounds {
  return { maxDepth: 128, maxEntries: Math.max(100_000, Math.floor(maxBodyBytes / 10)) };
}

/** What a value holds, and the first bound that it exceeds. */
export interface Measured {
  /** How many keys the value has, at all depths together. Those up to the bound, if one was exceeded. */
  keys: number;
  exceeded?: { path: (string | number)[]; message: string };
}

/**
 * Measures a value against the bounds. Walks without recursion, and stops at a bound.
 * @param value What JSON.parse has returned, or what it could have returned.
 */
export function measureJson(value: unknown, { maxDepth, maxEntries }: JsonBounds): Measured {
  if (!isContainer(value)) return { keys: 0 };
  // Two lists in place of one list of pairs, which would be an object for each array and object of the value.
  const open: object[] = [value];
  const depths: number[] = [1];
  let keys = 0;
  let entries = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const depth = depths.pop() as number;
    if (depth > maxDepth) {
      return { keys, exceeded: { path: pathTo(next, value), message: `nests deeper than ${maxDepth} levels` } };
    }
    const before = keys;
    const children = open.length;
    if (Array.isArray(next)) {
      entries += next.length || 1; // an empty one takes room as well
      if (entries <= maxEntries) for (const child of next as unknown[]) if (isContainer(child)) open.push(child);
    } else {
      for (const key in next) {
        keys++;
        const child = (next as Record<string, unknown>)[key];
        if (isContainer(child)) open.push(child);
      }
      entries += keys - before || 1;
    }
    if (entries > maxEntries) {
      return { keys, exceeded: { path: [], message: `has more than ${maxEntries} keys and list entries` } };
    }
    for (let count = open.length - children; count > 0; count--) depths.push(depth + 1);
  }
  return { keys };
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The path from `root` to a value inside of it, or its first four keys, which name the field. */
function pathTo(value: object, root: object): (string | number)[] {
  const parents = new Map<object, { parent: object; key: string | number }>();
  const open = [root];
  for (let next = open.pop(); next && next !== value; next = open.pop()) {
    for (const [key, child] of Object.entries(next) as [string, unknown][]) {
      if (!isContainer(child) || child === root || parents.has(child)) continue;
      parents.set(child, { parent: next, key: Array.isArray(next) ? Number(key) : key });
      open.push(child);
    }
  }
  const path: (string | number)[] = [];
  for (let step = parents.get(value); step; step = parents.get(step.parent)) path.unshift(step.key);
  return path.slice(0, 4);
}
