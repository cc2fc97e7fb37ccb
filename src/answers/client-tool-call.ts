// Calls a client tool: a function that runs in the page.
import type { HookEventInput, JsonObject } from '../protocol';
import { type AnswerTurn, newItem } from './new-item';

/** A call of a client tool. */
export interface PageCall {
  name: string;
  /** Default: no arguments. */
  arguments?: JsonObject | undefined;
  /** The id that the model gave to the call. Default: the id of the item. */
  callId?: string | undefined;
}

/** Returns the events of a call: only `done`, because the page runs the function for every event of the item. */
export function clientToolCall(turn: AnswerTurn, { name, arguments: args = {}, callId }: PageCall): HookEventInput[] {
  const base = newItem(turn, 'client_tool_call');
  const item = { ...base, status: 'pending' as const, call_id: callId ?? base.id, name, arguments: args };
  return [{ type: 'thread.item.done', item }];
}
