// Converts data to the form in which the suite compares, because test runners treat `undefined` differently.

/**
 * Returns a copy without members that are `undefined`, in objects of this realm. Other objects, such as a Date or a
 * Buffer, are not copied, so that they differ from the JSON of the same value.
 */
export function plainData(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plainData);
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value;
  const plain: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    // Defined, because an assignment to the key `__proto__` would set the prototype.
    Object.defineProperty(plain, key, {
      value: plainData(member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return plain;
}

/** Returns true for plain objects, also of another realm, because test runners have their own realm. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
