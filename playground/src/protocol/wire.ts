// The types of requests and answers as the page reads them. The values may be wrong, because the page also shows wrong
// answers.
import type { Annotation, Attachment } from 'chatkit-express/protocol';

export type { Annotation, Attachment };
export type { Item, ItemOf, MessageInput, ThreadInfo } from 'chatkit-express/client';

/** The types of items that the client can show. Items of other types are ignored. */
export const itemTypes: ReadonlySet<string> = new Set([
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
