// The requests for runs: their URLs follow from the URL of the chat's own request, and their headers from its headers.

/** A request of the chat, from which the requests for its runs are derived. */
export interface ChatRequest {
  url: string | URL;
  init: RequestInit;
}

/** A run as `GET {mount}/runs` lists it. */
export interface ListedRun {
  id: string;
}

/**
 * Returns the URL of a path below the endpoint. The query of the endpoint's URL is kept, because it may carry a token.
 * @param path Begins with `/runs`.
 */
export function runsUrl(endpoint: string | URL, path: string, query: Record<string, string | number> = {}): string {
  const base = (globalThis as { document?: { baseURI: string } }).document?.baseURI;
  const url = new URL(endpoint, base);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  url.hash = '';
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url.href;
}

/**
 * Returns the options of a request with the credentials and the headers of the chat's request.
 * @param body The body of a POST. Without it the request is a GET.
 */
export function optionsOf(
  { init }: ChatRequest,
  accept: string,
  signal: AbortSignal | null,
  body?: string,
): RequestInit {
  const headers = new Headers(init.headers);
  headers.set('accept', accept);
  // With `keepalive` a POST also arrives when the page closes.
  const keepalive = body !== undefined;
  return { ...init, method: keepalive ? 'POST' : 'GET', body: body ?? null, headers, keepalive, signal };
}

/** Returns true for a response that is a stream of events. */
export function isEventStream(response: Response): boolean {
  return response.ok && /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
}

/** Returns true for a status that a later attempt will not change. */
export function isFinal({ status }: Response): boolean {
  return status >= 400 && status < 500 && ![408, 425, 429].includes(status);
}

/**
 * Returns a random key. `crypto.randomUUID` is undefined in a page that is served by http from another host.
 */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
