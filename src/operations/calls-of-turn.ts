// Groups the calls of client tools by turn: the calls that one run has left pending.
import type { ClientToolCallItem, ThreadItem } from '../protocol';
import { maxPageSize } from '../protocol/pagination';
import type { OperationScope } from './operation';

/**
 * Returns the calls of the newest run that left calls pending, oldest first, including calls that were completed since.
 * Calls without the id of a run, which a hook wrote to the store itself, belong together when they are pending after
 * the newest message of the user. Returns an empty list when there are no such calls.
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
 * Returns the field by which a completed call is found beside calls that are still pending: the id of its run. For
 * calls without the id of a run it is the id of the last call.
 */
export function turnOfCalls(calls: readonly ClientToolCallItem[]): { run_id: string } | undefined {
  const last = calls.at(-1);
  return last && { run_id: last.run_id ?? untilCall(last) };
}

const untilCall = ({ id }: ClientToolCallItem): string => `calls_until_${id}`;

/** Reads the items of a thread, the newest first, until it has the calls of the newest turn. */
class NewestTurn {
  /** Oldest first. */
  readonly calls: ClientToolCallItem[] = [];
  #messages = 0;
  /** The number of user messages that were read before the last call. */
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

  /**
   * Counts a user message. One message can be between the calls of a run, because the user can send it during the run.
   */
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
