// The pauses between attempts. They double up to 15 seconds, and end early when the browser is online again.

const firstMs = 250;
const longestMs = 15_000;

/**
 * Resolves when the next attempt may be made.
 * @param attempt The number of attempts before, from 0.
 * @param signal Ends the pause when it is aborted.
 */
export function pause(attempt: number, signal?: AbortSignal): Promise<void> {
  const ms = Math.min(longestMs, firstMs * 2 ** attempt) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stopListening();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const stopListening = onWindow('online', end);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

/** Listens to an event of the window, where there is one. Returns a function that stops listening. */
export function onWindow(type: 'online' | 'pagehide' | 'pageshow', listener: () => void): () => void {
  const { window } = globalThis as { window?: EventTarget };
  window?.addEventListener(type, listener);
  return () => window?.removeEventListener(type, listener);
}
