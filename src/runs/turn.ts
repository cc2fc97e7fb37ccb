// Makes the argument of a hook.
import type { Turn } from '../hooks';
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';

/**
 * Creates a turn whose signal the caller aborts. The turn has plain properties only, so that a hook can spread it.
 * @param hookStore The store that the hook receives. The ids come from `store`, which checks them.
 */
export function createTurn<TContext>(
  { thread, store }: { thread: Thread; store: Store<TContext> },
  hookStore: Store<TContext>,
  parts: Pick<Turn<TContext>, 'context' | 'signal' | 'attachments' | 'logger' | 'checkpoint' | 'usage'>,
): Turn<TContext> {
  return {
    thread,
    store: hookStore,
    generateId: (type) => store.generateItemId(type, thread, parts.context),
    ...parts,
  };
}
