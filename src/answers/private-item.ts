// Items in which the package keeps state of its own. Neither a client nor a model receives these items.
import type { HookEventInput, SdkHiddenContextItem, ThreadItem } from '../protocol';
import { isObject } from '../protocol/json';
import { type AnswerTurn, newItem } from './new-item';

/** The kinds of state. */
export type PrivateKind = 'approval' | 'graph';

/** Begins the content of every private item. No text for a model begins like this. */
const prefix = '{"chatkit_express_';

/**
 * Returns the event that stores the state. Only the package writes items of this type, so that no content of a client can
 * be read as such a state.
 * @param state JSON.
 * @param maxBytes The largest state, in bytes of JSON.
 * @throws RangeError for a larger state; TypeError for a state that JSON cannot express.
 */
export function privateItem(
  turn: AnswerTurn,
  kind: PrivateKind,
  state: Record<string, unknown>,
  { id, maxBytes }: { id?: string; maxBytes: number },
): HookEventInput {
  const json = JSON.stringify(state);
  const bytes = Buffer.byteLength(json);
  if (bytes > maxBytes) {
    throw new RangeError(
      `The state of the ${kind} has ${bytes} bytes as JSON, and at most ${maxBytes} are kept (maxBytes)`,
    );
  }
  const content = `${prefix}${kind}":${json}}`;
  return { type: 'thread.item.done', item: { ...newItem(turn, 'sdk_hidden_context', id), content } };
}

/** Reports that an item has a state of the package, of any kind. */
export function isPrivateItem(item: ThreadItem): item is SdkHiddenContextItem {
  return item.type === 'sdk_hidden_context' && item.content.startsWith(prefix);
}

/** Returns the state of a private item. Undefined for any other item, and for a state that cannot be read. */
export function privateState(item: ThreadItem, kind: PrivateKind): Record<string, unknown> | undefined {
  const mark = `${prefix}${kind}":`;
  if (item.type !== 'sdk_hidden_context' || !item.content.startsWith(mark)) return undefined;
  try {
    const state: unknown = JSON.parse(item.content.slice(mark.length, -1));
    return isObject(state) ? state : undefined;
  } catch {
    return undefined; // changed in the store: the reader reports that the state is missing
  }
}
