// The call of a function that runs in the page.
import type { HookEventInput, JsonObject } from '../protocol';
import { type AnswerTurn, newItem } from './new-item';

/** The call of a function of the page. */
export interface PageCall {
  name: string;
  /** Default: none. */
  arguments?: JsonObject | undefined;
  /** The model's own id of the call. Default: the id of the item. */
  callId?: string | undefined;
}

/** Returns the events of a call. `done` only, because a page runs the function once for each event that it gets. */
export function clientToolCall(turn: AnswerTurn, { name, arguments: args = {}, callId }: PageCall): HookEventInput[] {
  const base = newItem(turn, 'client_tool_call');
  const item = { ...base, status: 'pending' as const, call_id: callId ?? base.id, name, arguments: args };
  return [{ type: 'thread.item.done', item }];
}
