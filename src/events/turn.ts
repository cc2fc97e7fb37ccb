// Makes the argument of a hook.
import type { Turn, TurnAttachments } from '../hooks';
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';

/** A turn whose signal is the caller's to abort. Plain properties only, so that a hook may spread it. */
export function createTurn<TContext>(
  thread: Thread,
  store: Store<TContext>,
  context: TContext,
  signal: AbortSignal,
  attachments: TurnAttachments,
): Turn<TContext> {
  return {
    thread,
    context,
    store,
    signal,
    generateId: (type) => store.generateItemId(type, thread, context),
    attachments,
  };
}
