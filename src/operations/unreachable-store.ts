// Refuses a request whose store is unreachable with an error that lets the client try again.
import { ChatKitError } from '../errors';
import type { RequestObservation } from '../request-observation';
import type { Store } from '../stores/store';

/**
 * Returns the error for the client: ChatKitError `unavailable` for a transient error of the store, which is logged with
 * the name of the store's class, and every other error unchanged.
 */
export function refusalOf<TContext>(
  error: unknown,
  { store, hookStore, observed }: { store: Store<TContext>; hookStore: Store<TContext>; observed: RequestObservation },
): unknown {
  if (error instanceof ChatKitError || !store.isTransient(error)) return error;
  const message = 'the store cannot be reached; answered with 503';
  observed.logger.error(
    { err: error, store: hookStore.constructor.name },
    'the store cannot be reached; answered with 503',
  );
  observed.observer?.error(error, { message, request: observed });
  return new ChatKitError('unavailable', 'The server cannot reach its database', { cause: error });
}
