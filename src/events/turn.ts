// Makes the argument of a hook.
import type { Turn, TurnAttachments } from '../hooks';
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';

/**
 * A turn whose signal is the caller's to abort. Plain properties only, so that a hook may spread it.
 * @param hookStore The store that the hook is given. The ids come from `store`, which checks them.
 */
export function createTurn<TContext>(
  { thread, store }: { thread: Thread; store: Store<TContext> },
  hookStore: Store<TContext>,
  context: TContext,
  signal: AbortSignal,
  attachments: TurnAttachments,
): Turn<TContext> {
  return {
    thread,
    context,
    store: hookStore,
    signal,
    generateId: (type) => store.generateItemId(type, thread, context),
    attachments,
  };
}
