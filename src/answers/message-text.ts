// messageText(): returns the text of a message.
import type { AssistantMessageItem, UserMessageItem } from '../protocol';

/**
 * Returns the text of a message. Returns `''` for null, which `turn.input` is after a client tool or a form. A mention
 * is replaced by its name. The parts of an assistant's message are joined by an empty line.
 */
export function messageText(item: Pick<UserMessageItem | AssistantMessageItem, 'content' | 'type'> | null): string {
  const texts = item?.content.map(({ text }) => text) ?? [];
  return texts.join(item?.type === 'assistant_message' ? '\n\n' : '');
}
