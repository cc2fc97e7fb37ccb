// Tells an async iterable of values from a single value.

/** Returns true for an async iterable, such as an async generator. Accepts any value. */
export function isAsyncIterable<T>(value: unknown): value is AsyncIterable<T> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
