// Going on from the response that the provider keeps, in place of sending it the whole thread again.
import type { Thread, ThreadItem } from '../../protocol';
import type { EndedResponse } from './agent-run';

/** Where it is kept in the thread's metadata, which never leaves the server. */
const responseKey = 'previous_response_id';
/** The newest item that the provider knew when it made the response. */
const itemKey = 'previous_response_item_id';

/** Keeps the id of a response that later requests can go on from. */
export function rememberResponse(thread: Thread, response: EndedResponse | null, lastItemId: string | undefined): void {
  if (!response?.kept || response.id === undefined || lastItemId === undefined) return;
  thread.metadata[responseKey] = response.id;
  thread.metadata[itemKey] = lastItemId;
}

/**
 * What the model has to be sent, when responses are kept (`streamAgentResponse(…, { keepResponseId: true })`):
 *
 * ```ts
 * const { items, previousResponseId } = sinceLastResponse(turn.thread, history);
 * const result = await run(agent, await toAgentInput(items), { …, previousResponseId });
 * ```
 *
 * The items after the last response that was kept, and its id; all items, and no id, when there is none or its items are
 * not among them: the user had an earlier message answered again, or `history` does not reach back so far.
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
