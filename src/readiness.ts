// Readiness: whether the store answers, asked at most once a second however many probes there are.
import { ChatKitError } from './errors';
import type { ResolvedOptions } from './options';
import { settlesWithin } from './work-in-progress';

/** How long an answer of the store is shared, in milliseconds. */
const sharedMs = 1000;
/** How long the store may take to answer, in milliseconds. */
const pingTimeoutMs = 2000;

/**
 * Makes the check. It resolves when the store answers its ping, or the `health` option its call, and rejects with
 * ChatKitError `unavailable` when that rejects or takes longer than two seconds. A failure is logged once until the
 * next success.
 */
export function readinessCheck<TContext>({
  store,
  health,
  logger,
}: Pick<ResolvedOptions<TContext>, 'store' | 'health' | 'logger'>): () => Promise<void> {
  let answer: Promise<void> | undefined;
  let askedAt = 0;
  let isReported = false;

  async function ask(): Promise<void> {
    const name = health ? 'health' : 'store.ping';
    try {
      const ping = (async () => (health ? health() : store.ping?.()))();
      if (!(await settlesWithin(pingTimeoutMs, ping))) throw new Error(`${name} took longer than ${pingTimeoutMs} ms`);
      isReported = false;
    } catch (error) {
      if (!isReported) logger.warn({ err: error, check: name }, 'a readiness check failed');
      isReported = true;
      throw new ChatKitError('unavailable', 'The server is not ready', { cause: error });
    }
  }

  return () => {
    const now = performance.now();
    if (!answer || now - askedAt >= sharedMs) {
      askedAt = now;
      answer = ask();
    }
    return answer;
  };
}
