// A provider's own messages of a turn, which the thread keeps as one hidden item and a converter replays.
import { type AnswerTurn, newItem } from '../answers/new-item';
import { consoleLogger } from '../logger';
import type { ClientToolCallItem, HookEventInput, SdkHiddenContextItem, ThreadItem } from '../protocol';
import { isObject } from '../protocol/json';

/** The formats of messages that are remembered. The converter of a format replays its messages, and all others skip them. */
export type RememberedFormat = 'ai-sdk' | 'anthropic' | 'responses' | 'chat' | 'agents';

/** A size for the option `remember`, in place of `true`. */
export interface RememberLimit {
  /**
   * The most bytes of JSON that the messages of one answer may take. Larger messages are not remembered, with a warning in
   * the log: the model is then given the visible items of the turn. Default 1,000,000.
   */
  maxBytes?: number | undefined;
}

/** The messages of one answer. */
interface Remembered {
  format: RememberedFormat;
  /** The ids of the items that say the same to the user. The messages take the place of these items. */
  items: string[];
  /** The ids of the calls for the page, whose outputs complete the messages. */
  calls: string[];
  messages: Record<string, unknown>[];
}

const defaultMaxBytes = 1_000_000;
/** Begins the content of the hidden item. No text for a model begins like this. */
const mark = '{"chatkit_express_remembered":';

/** An answer that is to be remembered. */
interface AnswerToRemember {
  format: RememberedFormat;
  items: Iterable<string>;
  /** The events of the calls for the page, which come after the hidden item. */
  calls: readonly HookEventInput[];
  messages: readonly unknown[];
}

/**
 * Returns the event that stores the messages of an answer as one hidden item; none where there are no messages, or too many.
 * Only the package writes items of this type, so that no content of a client can pass for remembered messages.
 */
export function rememberedEvents(
  turn: AnswerTurn,
  { format, items, calls, messages }: AnswerToRemember,
  remember: boolean | RememberLimit,
): HookEventInput[] {
  const { logger = consoleLogger, thread } = turn;
  const { maxBytes = defaultMaxBytes } = typeof remember === 'object' ? remember : {};
  const fields = { thread_id: thread.id, format };
  if (messages.length === 0) {
    logger.warn(fields, 'an answer has no messages to remember');
    return [];
  }
  let json: string;
  try {
    const callIds = calls.flatMap((event) => (event.type === 'thread.item.done' ? [event.item.id] : []));
    json = JSON.stringify({ format, items: [...items], calls: callIds, messages }, withBase64);
  } catch (error) {
    logger.warn({ ...fields, err: error }, 'the messages of an answer cannot be remembered, because they are not JSON');
    return [];
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > maxBytes) {
    logger.warn({ ...fields, bytes, max_bytes: maxBytes }, 'the messages of an answer are too large to be remembered');
    return [];
  }
  return [{ type: 'thread.item.done', item: { ...newItem(turn, 'sdk_hidden_context'), content: `${mark}${json}}` } }];
}

/** Writes bytes as Base64, which providers take in their place. */
function withBase64(this: unknown, key: string, value: unknown): unknown {
  const given = (this as Record<string, unknown>)[key]; // a Buffer before its own toJSON
  return given instanceof Uint8Array ? Buffer.from(given).toString('base64') : value;
}

/** Reports that an item holds remembered messages, of any format. */
export function isRemembered(item: ThreadItem): item is SdkHiddenContextItem {
  return item.type === 'sdk_hidden_context' && item.content.startsWith(mark);
}

/** Returns the messages that an item remembers; undefined for another item, and for messages that cannot be read. */
function rememberedOf(item: ThreadItem): Remembered | undefined {
  if (!isRemembered(item)) return undefined;
  try {
    const value: unknown = JSON.parse(item.content.slice(mark.length, -1));
    if (!isObject(value)) return undefined;
    const { format, items, calls, messages } = value;
    if (!Array.isArray(items) || !Array.isArray(calls) || !Array.isArray(messages)) return undefined;
    if (!messages.every(isObject)) return undefined;
    return { format: format as RememberedFormat, items: items as string[], calls: calls as string[], messages };
  } catch {
    return undefined;
  }
}

/** A part of a history: items to convert, or messages to replay with the calls that the page has completed. */
export type HistoryPart =
  | { items: ThreadItem[]; remembered?: undefined }
  | {
      remembered: Remembered;
      /** The calls for the page that are in the history, completed or not. */
      calls: ClientToolCallItem[];
      items?: undefined;
    };

/**
 * Divides a history into items and remembered messages, in order. The messages of an answer come where its first item is,
 * and take the place of its items. An answer of which an item is missing is not replayed, because the application has
 * deleted the item. The items of each part are those that the format does not remember.
 */
export function divideHistory(items: readonly ThreadItem[], format: RememberedFormat): HistoryPart[] {
  const ids = new Map(items.map((item) => [item.id, item]));
  const owners = new Map<string, { remembered: Remembered; calls: ClientToolCallItem[] }>();
  for (const item of items) {
    const remembered = rememberedOf(item);
    if (remembered?.format !== format || !remembered.items.every((id) => ids.has(id))) continue;
    const calls = remembered.calls.flatMap((id) => {
      const call = ids.get(id);
      return call?.type === 'client_tool_call' ? [call] : [];
    });
    const owner = { remembered, calls };
    for (const id of [...remembered.items, ...remembered.calls, item.id]) {
      if (!owners.has(id)) owners.set(id, owner); // a workflow can continue in a later answer
    }
  }
  const parts: HistoryPart[] = [];
  const replayed = new Set<object>();
  for (const item of items) {
    const owner = owners.get(item.id);
    if (owner) {
      if (!replayed.has(owner)) parts.push(owner);
      replayed.add(owner);
    } else if (!isRemembered(item)) {
      const last = parts.at(-1);
      if (last?.items) last.items.push(item);
      else parts.push({ items: [item] });
    }
  }
  return parts;
}
