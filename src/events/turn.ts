// Makes the argument of a hook.
import type { Turn } from '../options';
import type { Thread } from '../protocol';
import type { Store } from '../stores/store';

/**
 * A turn, and the means to abort its signal, which is not the hook's. The signal is made when the hook first asks for it: thousands of streams
 * stay open, and most hooks hand it on once or never.
 */
export function createTurn<TContext>(
  thread: Thread,
  store: Store<TContext>,
  context: TContext,
): { turn: Turn<TContext>; abort(): void } {
  let controller: AbortController | undefined;
  const turn: Turn<TContext> = {
    thread,
    context,
    store,
    get signal() {
      return (controller ??= new AbortController()).signal;
    },
    generateId: (type) => store.generateItemId(type, thread, context),
  };
  return { turn, abort: () => (controller ??= new AbortController()).abort() };
}
