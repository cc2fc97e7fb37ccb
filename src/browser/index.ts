// For the page: answers that continue after a lost connection and a reload, and Stop that is told apart from both.
import { ChatRuns } from './chat-runs';
import { type ChatKitElement, Follower } from './follow';

export type { ChatKitElement } from './follow';

/** Options of {@link chatkitFetch}. */
export interface ChatKitFetchOptions {
  /** Sends the requests, for example to add a header. Default: the page's `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * The time without a byte after which a connection counts as lost, in milliseconds. Longer than the server's
   * `heartbeatMs`. Default 40,000.
   */
  silenceMs?: number | undefined;
}

const runsOf = new WeakMap<object, ChatRuns>();

/**
 * Returns a `fetch` for `api.fetch` of the official element. A stream of an answer that breaks is continued, and Stop
 * ends the answer on the server, while a reload does not. Create one for each element.
 */
export function chatkitFetch({ fetch, silenceMs = 40_000 }: ChatKitFetchOptions = {}): typeof globalThis.fetch {
  const runs = new ChatRuns({ fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)), silenceMs });
  runsOf.set(runs.fetch, runs);
  return runs.fetch;
}

/**
 * Joins the open answer of the thread that the element shows, after a reload or a change of the thread, and ends an
 * answer on `chatkit.response.stop`. Call it before the element receives its options.
 * @param fetch As returned by {@link chatkitFetch}, and given to the element.
 * @returns A function that disconnects the two.
 * @throws TypeError for another `fetch`.
 */
export function followRuns(element: ChatKitElement, fetch: typeof globalThis.fetch): () => void {
  const runs = runsOf.get(fetch);
  if (!runs) throw new TypeError('followRuns needs the fetch that chatkitFetch returned');
  const follower = new Follower(element, runs);
  return () => follower.disconnect();
}
