// Input of the Responses API as messages of Chat Completions.
import type { Logger } from '../../logger';
import type { ChatContentPart, ChatMessage, ChatToolCall, InputContent, InputItem, InputMessage } from './input-types';

/**
 * Converts input into messages. A file that has only a URL is left out with a warning, because Chat Completions has no
 * such part.
 */
export function chatMessages(input: readonly InputItem[], logger: Logger): ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const item of input) {
    if (item.type === 'message') addMessage(messages, item, logger);
    else if (item.type === 'function_call') {
      const { call_id, name, arguments: args } = item;
      addToolCall(messages, { id: call_id, type: 'function', function: { name, arguments: args } });
    } else messages.push({ role: 'tool', tool_call_id: item.call_id, content: item.output });
  }
  return messages;
}

function addMessage(messages: ChatMessage[], { role, content }: InputMessage, logger: Logger): void {
  const parts = typeof content === 'string' ? [textPart(content)] : content.flatMap((part) => chatPart(part, logger));
  const last = messages.at(-1);
  if (role === 'user') {
    if (last?.role === 'user') last.content = joined([...partsOf(last.content), ...parts]);
    else messages.push({ role, content: joined(parts) });
    return;
  }
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
  if (role === 'assistant' && last?.role === 'assistant' && !last.tool_calls) {
    last.content = last.content ? `${last.content}\n\n${text}` : text;
  } else messages.push({ role, content: text });
}

/**
 * Adds a call to the assistant's message before it, because calls that the model made together belong to one message.
 */
function addToolCall(messages: ChatMessage[], call: ChatToolCall): void {
  const last = messages.at(-1);
  if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), call];
  else messages.push({ role: 'assistant', content: null, tool_calls: [call] });
}

function chatPart(part: InputContent, logger: Logger): ChatContentPart[] {
  if (part.type === 'input_text') return [textPart(part.text)];
  if (part.type === 'input_image' && part.image_url !== undefined) {
    return [{ type: 'image_url', image_url: { url: part.image_url, detail: part.detail } }];
  }
  if (part.type === 'input_file' && (part.file_data !== undefined || part.file_id !== undefined)) {
    const { filename, file_data, file_id } = part;
    const file = { ...(filename && { filename }), ...(file_data && { file_data }), ...(file_id && { file_id }) };
    return [{ type: 'file', file }];
  }
  logger.warn({ part: part.type }, 'a part of a message has no form in Chat Completions');
  return [];
}

const textPart = (text: string): ChatContentPart => ({ type: 'text', text });

function partsOf(content: string | ChatContentPart[]): ChatContentPart[] {
  return typeof content === 'string' ? [textPart(content)] : content;
}

/** Joins parts that are only text into a string, which every provider and prompt template accepts. */
function joined(parts: ChatContentPart[]): string | ChatContentPart[] {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === parts.length ? texts.join('\n\n') : parts;
}
