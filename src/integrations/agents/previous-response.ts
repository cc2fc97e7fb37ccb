// Continues from a response that the provider has stored, instead of sending the whole thread again.
import type { Thread, ThreadItem } from '../../protocol';
import type { EndedResponse } from './agent-run';

/** The key of the response's id in the thread's metadata, which never leaves the server. */
const responseKey = 'previous_response_id';
/** The key of the id of the newest item that the response includes. */
const itemKey = 'previous_response_item_id';

/** Stores the id of a response from which later requests can continue. */
export function rememberResponse(thread: Thread, response: EndedResponse | null, lastItemId: string | undefined): void {
  if (!response?.kept || response.id === undefined || lastItemId === undefined) return;
  thread.metadata[responseKey] = response.id;
  thread.metadata[itemKey] = lastItemId;
}

/**
 * Returns the items that the model has not received yet. Needs `streamAgentResponse(…, { keepResponseId: true })`:
 *
 * ```ts
 * const { items, previousResponseId } = sinceLastResponse(turn.thread, history);
 * const ask = (input) => run(agent, input, { …, previousResponseId });
 * yield* streamAgentResponse(agentContext, ask, { items, keepResponseId: true });
 * ```
 *
 * Returns the items after the last stored response, with its id. Returns all items without an id when no response is
 * stored, or its newest item is not in `history`, such as after a retry of an earlier message.
 *
 * @param history the newest items of the thread, oldest first.
 */
export function sinceLastResponse(
  thread: Pick<Thread, 'metadata'>,
  history: readonly ThreadItem[],
): { items: ThreadItem[]; previousResponseId: string | undefined } {
  const { [responseKey]: responseId, [itemKey]: itemId } = thread.metadata;
  const last = typeof responseId === 'string' ? history.findIndex(({ id }) => id === itemId) : -1;
  if (last < 0) return { items: [...history], previousResponseId: undefined };
  return { items: history.slice(last + 1), previousResponseId: responseId as string };
}
