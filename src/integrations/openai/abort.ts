// Lets a cancelled turn end the request to the model, also where the hook did not give its signal to the client.

/** Calls `stream.controller.abort()`, which the streams of `openai` have, once the signal is aborted. @returns a function that stops that. */
export function abortWith(signal: AbortSignal | undefined, stream: object): () => void {
  const { controller } = stream as { controller?: { abort?: () => void } };
  if (!signal || typeof controller?.abort !== 'function') return () => undefined;
  const abort = () => controller.abort?.();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}
