// Makes the argument of a hook.
import type { Logger } from '../logger';
import type { Turn, TurnAttachments } from '../hooks';
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';

/** Creates a turn whose signal the caller aborts. It has plain properties only, so that a hook can spread it. */
export function createTurn<TContext>(
  thread: Thread,
  store: Store<TContext>,
  context: TContext,
  signal: AbortSignal,
  attachments: TurnAttachments,
  logger: Logger,
): Turn<TContext> {
  return {
    thread,
    context,
    store,
    signal,
    generateId: (type) => store.generateItemId(type, thread, context),
    attachments,
    logger,
  };
}
