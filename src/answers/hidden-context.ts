// hiddenContext(): makes a note for the model, which is never sent to a client.
import type { HookEventInput } from '../protocol';
import { type AnswerTurn, newItem } from './new-item';

/**
 * Returns the event that stores a note for the model:
 *
 * ```ts
 * yield hiddenContext(turn, 'The user chose the window seat.');
 * ```
 *
 * @param content Any JSON, nested at most 100 levels deep.
 */
export function hiddenContext(turn: AnswerTurn, content: unknown): HookEventInput {
  return { type: 'thread.item.done', item: { ...newItem(turn, 'hidden_context_item'), content } };
}
