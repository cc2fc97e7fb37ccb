// The plan of a run that ends in the application's `respond`.
import type { RunPlan } from '../runs/plan';
import type { ClientToolCallItem, StructuredInputItem, Thread, UserMessageItem } from '../protocol';
import type { OperationScope } from './operation';

/** Calls `respond` with the message of the user, or with the items that the client has completed. */
export function respondPlan<TContext>(
  thread: Thread,
  given: UserMessageItem | (ClientToolCallItem | StructuredInputItem)[],
  { options, hookStore }: OperationScope<TContext>,
): RunPlan<TContext> {
  return {
    thread,
    store: options.store,
    hookStore,
    hookName: 'respond',
    // A client tool may be the last step of a turn.
    isAnswer: !Array.isArray(given) || given.some(({ type }) => type === 'structured_input'),
    // The spread comes last, because Node 20 gives an object that continues after one a shape of its own.
    hook: (turn) =>
      options.respond(
        Array.isArray(given) ? { input: null, completed: given, ...turn } : { input: given, completed: [], ...turn },
      ),
  };
}
