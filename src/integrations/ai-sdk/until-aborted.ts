// Reads a stream until the turn is cancelled, also where the application forgot to give the signal to the model.

/** Passes values on until the source ends or the signal is aborted. Then the source is closed, without waiting for it. */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let stop: () => void = () => undefined;
  const onAbort = () => stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  let isOpen = true;
  try {
    while (!signal?.aborted) {
      const next = iterator.next();
      const result = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        stop = () => resolve(null);
        next.then(resolve, reject);
      });
      if (!result) return;
      if (result.done) {
        isOpen = false;
        return;
      }
      yield result.value;
    }
  } catch (error) {
    isOpen = false;
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // A source that waits for its model would keep the cancelled turn waiting.
    if (isOpen) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
