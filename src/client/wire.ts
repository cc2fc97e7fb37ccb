// The types of requests and answers as a client reads them, and functions that read values of any shape.
import type {
  Attachment,
  ClientThread,
  ClientThreadItem,
  RequestType,
  ThreadStreamEvent,
  UserMessageDraft,
} from '../protocol';
import type { Page } from '../protocol/page';

/** An item of a thread, as a client sees it. */
export type Item = ClientThreadItem;
/** The item of one type. */
export type ItemOf<Type extends Item['type']> = Extract<Item, { type: Type }>;
/** An event of a stream. */
export type StreamEvent = ThreadStreamEvent;
/** A message as the user sends it. Only `content` is required. */
export type MessageInput = UserMessageDraft;
/** A thread without its items. */
export type ThreadInfo = Omit<ClientThread, 'items' | 'metadata'>;

/** The types of requests that are answered with a stream. */
export type StreamRequestType =
  | 'threads.create'
  | 'threads.add_user_message'
  | 'threads.add_client_tool_output'
  | 'threads.add_structured_input'
  | 'threads.retry_after_item'
  | 'threads.custom_action';
/** The types of requests that are answered with JSON. */
export type JsonRequestType = Exclude<RequestType, StreamRequestType>;

interface JsonAnswers {
  'threads.get_by_id': ClientThread;
  'threads.list': Page<ClientThread>;
  'threads.update': ClientThread;
  'items.list': Page<Item>;
  'threads.sync_custom_action': { updated_item?: Item };
  'attachments.create': Attachment;
  'attachments.get_preview': { url: string };
  'input.transcribe': { text: string };
}
/** The answer to a request of one type. */
export type AnswerTo<Type extends JsonRequestType> = Type extends keyof JsonAnswers
  ? JsonAnswers[Type]
  : Record<string, never>;

/** Returns the value if it is an object, or else an empty object. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Parses JSON. Returns undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads a page from a value of any shape. */
export function pageOf(page: unknown): { rows: unknown[]; hasMore: boolean } {
  const { data, has_more } = objectOf(page);
  return { rows: Array.isArray(data) ? (data as unknown[]) : [], hasMore: has_more === true };
}
