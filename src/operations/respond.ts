// The plan of a run that ends in the application's `respond`.
import type { RunPlan } from '../events/run';
import type { ClientToolCallItem, StructuredInputItem, Thread, UserMessageItem } from '../protocol';
import type { Scope } from './operation';

/** `respond` to what the user said, or to what the client completed. */
export function respondPlan<TContext>(
  thread: Thread,
  given: UserMessageItem | ClientToolCallItem | StructuredInputItem,
  { options, hookStore }: Scope<TContext>,
): RunPlan<TContext> {
  return {
    thread,
    store: options.store,
    hookStore,
    hookName: 'respond',
    hook: (turn) =>
      options.respond(
        given.type === 'user_message'
          ? { ...turn, input: given, completed: null }
          : { ...turn, input: null, completed: given },
      ),
  };
}
