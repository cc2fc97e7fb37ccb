// Bounds a request as a whole before other code walks it. Values that no schema describes count as well.

/** The greatest depth and size of a JSON value. */
export interface JsonBounds {
  /** The greatest depth of arrays and objects, in levels. The outermost array or object is level 1. */
  maxDepth: number;
  /** The greatest number of keys and list entries at all depths together. An empty array or object counts as one. */
  maxEntries: number;
}

/**
 * Returns the bounds of a request: 128 levels, so that a client's value of 100 levels fits into it, and one entry for
 * each ten bytes of the largest body, but at least 100,000 entries.
 * @param options.maxBodyBytes the option of the middleware, in bytes.
 */
export function requestBounds({ maxBodyBytes }: { maxBodyBytes: number }): JsonBounds {
  return { maxDepth: 128, maxEntries: Math.max(100_000, Math.floor(maxBodyBytes / 10)) };
}

/** The size of a value, and the first bound that the value exceeds. */
export interface Measured {
  /** The number of keys at all depths together. Keys after an exceeded bound are not counted. */
  keys: number;
  /** Missing when the value is within the bounds. */
  exceeded?: { path: (string | number)[]; message: string };
}

/**
 * Measures a value against the bounds. Walks without recursion, and stops at the first bound that is exceeded.
 * @param value a value as JSON.parse returns it.
 */
export function measureJson(value: unknown, { maxDepth, maxEntries }: JsonBounds): Measured {
  if (!isContainer(value)) return { keys: 0 };
  // Two lists, because a list of pairs would allocate one more object for each array and object of the value.
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
      entries += next.length || 1; // an empty array needs memory as well
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

/** Returns the path from `root` to a value inside of it, at most four keys long, which is enough to name the field. */
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
