// The shapes of the wire as the page reads them. The page shows what a server sends, right or wrong, so what it reads
// is looser than what the package writes: unknown types of items and events reach it too.
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
/** A thread as the client keeps it: its items are kept beside it, in the order they are shown. */
export type ThreadInfo = Omit<ClientThread, 'items' | 'metadata'>;
export type WireThread = ClientThread;

/** The types of items that a client knows how to show. It ignores others. */
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

/** Returns the value if it is an object, else an empty object, for reading untrusted data. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
