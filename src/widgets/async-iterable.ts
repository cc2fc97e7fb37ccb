// Tells a stream of something from the thing itself, where either may be given.

/** Whether a value is an async iterable, such as an async generator. Of what is no object, too. */
export function isAsyncIterable<T>(value: unknown): value is AsyncIterable<T> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
