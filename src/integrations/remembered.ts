// A provider's own messages of a turn, which the thread keeps as one hidden item and a converter replays.
import { type AnswerTurn, newItem } from '../answers/new-item';
import { type StoredApproval, storedApproval } from '../answers/approval';
import { isPrivateItem } from '../answers/private-item';
import { consoleLogger } from '../logger';
import type {
  ClientToolCallItem,
  HookEventInput,
  SdkHiddenContextItem,
  StructuredInputItem,
  ThreadItem,
} from '../protocol';
import { isObject } from '../protocol/json';

/** The formats of messages that are remembered. The converter of a format replays its messages, and all others skip them. */
export type RememberedFormat = 'ai-sdk' | 'anthropic' | 'responses' | 'chat' | 'agents' | 'langgraph';

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
  /** The id of the hidden item of the approval that the answer continues. */
  continues?: string | undefined;
  /** The questions that the answer ends with, because its last calls wait for an approval. */
  approval?: PendingApproval | undefined;
}

/** The questions at the end of an answer. */
interface PendingApproval {
  form: StructuredInputItem;
  kept: StoredApproval;
  /** True when the user has said nothing after the form. */
  isNewest: boolean;
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
  /** The id of the hidden item of the approval that the answer continues. */
  continues?: string | undefined;
}

/**
 * Returns the event that stores the messages of an answer as one hidden item; none where there are no messages, or too many.
 * Only the package writes items of this type, so that no content of a client can pass for remembered messages.
 */
export function rememberedEvents(
  turn: AnswerTurn,
  { format, items, calls, messages, continues }: AnswerToRemember,
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
    json = JSON.stringify({ format, items: [...items], calls: callIds, messages, continues }, withBase64);
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
function isRemembered(item: ThreadItem): item is SdkHiddenContextItem {
  return item.type === 'sdk_hidden_context' && item.content.startsWith(mark);
}

/** Returns the messages that an item remembers; undefined for another item, and for messages that cannot be read. */
function rememberedOf(item: ThreadItem): Remembered | undefined {
  if (!isRemembered(item)) return undefined;
  try {
    const value: unknown = JSON.parse(item.content.slice(mark.length, -1));
    if (!isObject(value)) return undefined;
    const { format, items, calls, messages, continues } = value;
    if (!Array.isArray(items) || !Array.isArray(calls) || !Array.isArray(messages)) return undefined;
    if (!messages.every(isObject)) return undefined;
    return {
      ...{ format: format as RememberedFormat, items: items as string[], calls: calls as string[], messages },
      ...(typeof continues === 'string' && { continues }),
    };
  } catch {
    return undefined;
  }
}

/** The state of an approval whose calls are in the messages of its answer, in the format of {@link Remembered}. */
export interface ApprovalMessages {
  format: RememberedFormat;
  items: string[];
  messages: unknown[];
  continues?: string | undefined;
}

/** Returns the messages of an answer that ends with an approval; undefined for another item, and without its form. */
function awaitingApproval(
  item: ThreadItem,
  ids: ReadonlyMap<string, ThreadItem>,
  history: readonly ThreadItem[],
): Remembered | undefined {
  const kept = storedApproval(item);
  const { format, items, messages, continues } = (kept?.state ?? {}) as Partial<ApprovalMessages>;
  const form = kept && ids.get(kept.form);
  if (!kept || form?.type !== 'structured_input') return undefined;
  if (!format || !Array.isArray(items) || !Array.isArray(messages)) return undefined;
  const isNewest = !history.slice(history.indexOf(form)).some(({ type }) => type === 'user_message');
  return {
    ...{ format, items: [...items, form.id], calls: [], messages: messages.filter(isObject), continues },
    approval: { form, kept, isNewest },
  };
}

/** A part of a history: items to convert, or messages to replay with the calls that the page has completed. */
export type HistoryPart = { items: ThreadItem[]; remembered?: undefined } | RememberedPart;

/** The messages of an answer that are replayed. */
export interface RememberedPart {
  remembered: Remembered;
  /** The calls for the page that are in the history, completed or not. */
  calls: ClientToolCallItem[];
  /** The id of the hidden item. */
  id: string;
  items?: undefined;
}

/**
 * Divides a history into items and remembered messages, in order. The messages of an answer come where its first item is,
 * and take the place of its items. An answer of which an item is missing is not replayed, because the application has
 * deleted the item. The items of each part are those that the format does not remember.
 */
export function divideHistory(items: readonly ThreadItem[], format: RememberedFormat): HistoryPart[] {
  const ids = new Map(items.map((item) => [item.id, item]));
  const owners = new Map<string, RememberedPart>();
  const continuations = new Map<string, RememberedPart>();
  for (const item of items) {
    const remembered = rememberedOf(item) ?? awaitingApproval(item, ids, items);
    if (remembered?.format !== format || !remembered.items.every((id) => ids.has(id))) continue;
    const calls = remembered.calls.flatMap((id) => {
      const call = ids.get(id);
      return call?.type === 'client_tool_call' ? [call] : [];
    });
    const owner: RememberedPart = { remembered, calls, id: item.id };
    if (remembered.continues !== undefined) continuations.set(remembered.continues, owner);
    for (const id of [...remembered.items, ...remembered.calls, item.id]) {
      if (!owners.has(id)) owners.set(id, owner); // a workflow can continue in a later answer
    }
  }
  const parts: HistoryPart[] = [];
  const replayed = new Set<object>();
  for (const item of items) {
    const owner = owners.get(item.id);
    if (owner) {
      // The results of the calls follow these calls, also when the user has said something in between.
      for (let next: RememberedPart | undefined = owner; next; next = continuations.get(next.id)) {
        if (replayed.has(next)) break;
        parts.push(next);
        replayed.add(next);
      }
    } else if (!isPrivateItem(item)) {
      const last = parts.at(-1);
      if (last?.items) last.items.push(item);
      else parts.push({ items: [item] });
    }
  }
  return parts;
}
