// Readiness: pings the store, at most once a second however many probes there are.
import { ChatKitError, isError } from './errors';
import type { ResolvedOptions } from './options';
import { settlesWithin } from './work-in-progress';

/** The time for which probes share one answer of the store, in milliseconds. */
const sharedMs = 1000;
/** The time that the store has to answer, in milliseconds. */
const pingTimeoutMs = 2000;

/**
 * Makes the readiness check. The check resolves when the store's `ping` or the option `health` resolves. It rejects
 * with ChatKitError `unavailable` when that call rejects or takes longer than two seconds. A failure is logged once
 * until the next success.
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
      const ping = health ? checked(health) : (async () => store.ping?.())();
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

/** Rejects as well when the option returns false or an error, because such a server is not meant to be ready. */
async function checked(health: () => unknown): Promise<void> {
  const returned = await health();
  if (returned === false) throw new TypeError('`health` returned false: throw an error when the server is not ready');
  if (isError(returned)) {
    throw new TypeError('`health` returned an error: throw it when the server is not ready', { cause: returned });
  }
}
