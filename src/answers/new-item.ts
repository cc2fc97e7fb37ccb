// newItem(): makes the fields that every item has.
import type { Turn } from '../hooks';
import type { ThreadItem } from '../protocol';
import type { ItemIdType } from '../stores/ids';

/** The fields of a turn that are needed to make an answer. The turn of every hook has them. */
export type AnswerTurn = Pick<Turn<never>, 'thread' | 'generateId'> & {
  logger?: Turn<never>['logger'] | undefined;
  usage?: Turn<never>['usage'] | undefined;
};

type ItemType = ThreadItem['type'];

/** The fields that every item has. */
export interface NewItem<Type extends ItemType> {
  type: Type;
  id: string;
  thread_id: string;
  /** ISO 8601 in UTC. */
  created_at: string;
}

/** The kind of id for each type of item. All other types have the id of a message. */
const idTypes: { readonly [Type in ItemType]?: ItemIdType } = {
  client_tool_call: 'tool_call',
  task: 'task',
  workflow: 'workflow',
  sdk_hidden_context: 'sdk_hidden_context',
};

/**
 * Returns the fields that every item has, with a new id of the store. Add the fields of the type:
 *
 * ```ts
 * yield { type: 'thread.item.done', item: { ...newItem(turn, 'end_of_turn') } };
 * ```
 *
 * @param id Default: a new id. Use the same id for `added`, `updated` and `done` of one item.
 */
export function newItem<Type extends ItemType>(
  { thread, generateId }: AnswerTurn,
  type: Type,
  id: string = generateId(idTypes[type] ?? 'message'),
): NewItem<Type> {
  return { type, id, thread_id: thread.id, created_at: new Date().toISOString() };
}
