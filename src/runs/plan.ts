// The plan of a run, which an operation returns once its request can no longer be refused.
import type { HookEvents, Turn } from '../hooks';
import type { HookEvent, Thread, ThreadStreamEvent } from '../protocol';
import type { Store } from '../stores/store';
import type { ReplacedItems } from './item-writer';

/** The run that an operation has prepared, once its request can no longer be refused. */
export interface RunPlan<TContext> {
  thread: Thread;
  /** The store that the run itself writes to. */
  store: Store<TContext>;
  /** The store that the hooks receive. */
  hookStore: Store<TContext>;
  /** The items that the answer replaces, in a retry. The hooks do not see them. */
  replaces?: ReplacedItems;
  /**
   * Reads the state of the operation again, because the run had to wait for other runs. Called before the hook.
   * Resolves with the items that a retry replaces.
   */
  refresh?: () => Promise<ReplacedItems | undefined>;
  /** Writes and sends the items that precede the hook's stream. */
  open?: (send: (event: ThreadStreamEvent) => void) => Promise<void>;
  /** The events between the stream's options and the hook's own events. Their items are stored already. */
  first?: HookEvent[];
  /** The hook's name, for the log. */
  hookName: string;
  hook(turn: Turn<TContext>): HookEvents;
  /** True for an answer that is stored, and is sent again. Default false. */
  isRepeated?: boolean;
  /** True when the user waits for an answer, so that a hook without events is a mistake. Default false. */
  isAnswer?: boolean;
  /**
   * Defined where the hook can still refuse the request. For an error that the hook throws before its first event,
   * returns the error with which the request is refused, else undefined.
   */
  refusalOf?(error: unknown): unknown;
}
