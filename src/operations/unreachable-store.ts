// Refuses a request whose store cannot be reached, so that its client may repeat it.
import { ChatKitError } from '../errors';
import type { Logger } from '../logger';
import type { Store } from '../stores/store';

/**
 * The error to answer with: ChatKitError `unavailable` for a transient error of the store, which is logged with the
 * store's name, and every other error as it is.
 */
export function refusalOf<TContext>(
  error: unknown,
  { store, hookStore, logger }: { store: Store<TContext>; hookStore: Store<TContext>; logger: Logger },
): unknown {
  if (error instanceof ChatKitError || !store.isTransient(error)) return error;
  logger.error({ err: error, store: hookStore.constructor.name }, 'the store cannot be reached; answered with 503');
  return new ChatKitError('unavailable', 'The server cannot reach its database', { cause: error });
}
