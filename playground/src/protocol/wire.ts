// The types of requests and answers as the page reads them. They are looser than the types of the package, because the
// page also shows wrong answers, such as items and events of unknown types.
import type {
  Annotation,
  Attachment,
  ClientThread,
  ClientThreadItem,
  ThreadItemUpdate,
  ThreadStreamEvent,
  UserMessageInput,
} from 'chatkit-express/protocol';

export type { Annotation, Attachment, ThreadItemUpdate };
export type Item = ClientThreadItem;
export type ItemOf<Type extends Item['type']> = Extract<Item, { type: Type }>;
export type StreamEvent = ThreadStreamEvent;
export type MessageInput = UserMessageInput;
/** A thread as the client keeps it. Its items are kept separately, in the order in which they are shown. */
export type ThreadInfo = Omit<ClientThread, 'items' | 'metadata'>;
export type WireThread = ClientThread;

/** The types of items that the client can show. Items of other types are ignored. */
export const itemTypes: ReadonlySet<string> = new Set<Item['type']>([
  'user_message',
  'assistant_message',
  'client_tool_call',
  'widget',
  'generated_image',
  'structured_input',
  'task',
  'workflow',
  'end_of_turn',
]);

/** Returns the value if it is an object, or else an empty object. Use it to read untrusted data. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
