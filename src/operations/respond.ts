// The plan of a run that ends in the application's `respond`.
import type { RunPlan } from '../events/run';
import type { Thread, UserMessageItem } from '../protocol';
import type { Store } from '../stores/store';
import type { Scope } from './operation';

/** `respond` to `input`; null after a client tool's output or a structured input. */
export function respondPlan<TContext>(
  thread: Thread,
  input: UserMessageItem | null,
  { options }: Scope<TContext>,
  store: Store<TContext> = options.store,
): RunPlan<TContext> {
  return {
    thread,
    store,
    hookName: 'respond',
    // Added to the turn in place: a spread would ask for the signal that most hooks never use.
    hook: (turn) => options.respond(Object.assign(turn, { input })),
  };
}
