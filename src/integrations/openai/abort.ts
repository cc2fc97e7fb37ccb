// Ends the request to the model when the turn is cancelled, even if the hook did not pass its signal to the client.

/**
 * Calls `stream.controller.abort()` of `openai` once the signal is aborted. @returns a function that removes the
 * listener.
 */
export function abortWith(signal: AbortSignal | undefined, stream: object): () => void {
  const { controller } = stream as { controller?: { abort?: () => void } };
  if (!signal || typeof controller?.abort !== 'function') return () => undefined;
  const abort = () => controller.abort?.();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}
