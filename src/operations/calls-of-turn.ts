// Which calls of the page's functions belong together: those that one run has left pending.
import type { ClientToolCallItem, ThreadItem } from '../protocol';
import { maxPageSize } from '../protocol/pagination';
import type { OperationScope } from './operation';

/**
 * Returns the calls of the newest run that left calls pending, oldest first, with those that were completed since. Calls
 * without the id of a run, which a hook wrote to the store itself, belong together when they are pending after the
 * newest message of the user. Empty when there are none.
 */
export async function callsOfNewestTurn<TContext>(
  threadId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<ClientToolCallItem[]> {
  const turn = new NewestTurn();
  for (let after: string | null = null; ;) {
    const page = await store.loadThreadItems(threadId, { limit: maxPageSize, after, order: 'desc' }, context);
    for (const item of page.data) if (turn.see(item)) return turn.calls;
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) return turn.calls;
  }
}

/**
 * Returns what a completed call keeps, so that it is found beside those that are still pending: the id of its run; in place
 * of that, for calls without one, the id of the last of them.
 */
export function turnOfCalls(calls: readonly ClientToolCallItem[]): { run_id: string } | undefined {
  const last = calls.at(-1);
  return last && { run_id: last.run_id ?? untilCall(last) };
}

const untilCall = ({ id }: ClientToolCallItem): string => `calls_until_${id}`;

/** Looks at the items of a thread, the newest first, until the calls of the newest turn are found. */
class NewestTurn {
  /** Oldest first. */
  readonly calls: ClientToolCallItem[] = [];
  #messages = 0;
  /** How many messages of the user had been seen when the last call was found. */
  #messagesAtCall = 0;

  /** Returns true when no older item can belong to the turn. */
  see(item: ThreadItem): boolean {
    if (item.type === 'user_message') return this.#passMessage();
    if (item.type === 'client_tool_call' && this.#belongs(item)) {
      this.calls.unshift(item);
      this.#messagesAtCall = this.#messages;
    }
    return false;
  }

  /** A run can be under way while the user says more, so that its calls have a message between them, but not two. */
  #passMessage(): boolean {
    this.#messages++;
    const last = this.calls.at(-1);
    if (!last) return false;
    return last.run_id === undefined || this.#messages - this.#messagesAtCall > 1;
  }

  #belongs({ status, run_id }: ClientToolCallItem): boolean {
    const last = this.calls.at(-1);
    if (last?.run_id !== undefined) return run_id === last.run_id;
    if (last) return run_id === undefined ? status === 'pending' : run_id === untilCall(last);
    if (run_id !== undefined) return true;
    return status === 'pending' && this.#messages === 0;
  }
}
