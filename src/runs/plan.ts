// The plan of a run: what an operation hands over once its request can no longer be refused.
import type { HookEvents, Turn } from '../hooks';
import type { HookEvent, Thread, ThreadStreamEvent } from '../protocol';
import type { Store } from '../stores/store';
import type { ReplacedItems } from './item-writer';

/** The run that an operation has decided on, once its request can no longer be refused. */
export interface RunPlan<TContext> {
  thread: Thread;
  /** The store that the run itself writes to. */
  store: Store<TContext>;
  /** The store that the hooks are given. */
  hookStore: Store<TContext>;
  /** In a retry: the items whose place the answer takes. The hooks do not see them. */
  replaces?: ReplacedItems;
  /**
   * Reads again what the operation has read, because the run had to wait for others. Called before the hook. Resolves with
   * the items that a retry replaces.
   */
  refresh?: () => Promise<ReplacedItems | undefined>;
  /** Writes and sends what comes before the hook's stream. */
  open?: (send: (event: ThreadStreamEvent) => void) => Promise<void>;
  /** Events that come after the stream's options and before the hook's own. Their items are stored already. */
  first?: HookEvent[];
  /** The hook's name, for the log. */
  hookName: string;
  hook(turn: Turn<TContext>): HookEvents;
  /** True when the user waits for an answer, so that a hook without events is a mistake. Default false. */
  isAnswer?: boolean;
  /**
   * Where the hook can still refuse the request: returns the error to refuse it with for an error that the hook throws
   * before its first event, else undefined.
   */
  refusalOf?(error: unknown): unknown;
}
