// toLangChainMessages(): the items of a thread as messages of LangChain, as plain objects that its classes accept.
import { consoleLogger, type Logger } from '../../logger';
import type { ThreadItem } from '../../protocol';
import type { InputContent, InputItem } from '../openai/input-types';
import {
  asList,
  newestMessage,
  ThreadItemConverter,
  type ThreadItemConverterOptions,
} from '../openai/thread-item-converter';
import { divideHistory } from '../remembered';

/** A part of a message of the user. Images and files are data URLs, Base64 or other URLs. */
export type LangChainContent =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'file'; source_type: 'base64'; data: string; mime_type: string; metadata?: { filename: string } }
  | { type: 'file'; source_type: 'url'; url: string; metadata?: { filename: string } };

/** One message, as `MessagesAnnotation` and chat models of LangChain accept it. */
export type LangChainMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string | LangChainContent[] }
  | {
      role: 'assistant';
      content: string;
      tool_calls?: { type: 'tool_call'; id: string; name: string; args: Record<string, unknown> }[];
    }
  | { role: 'tool'; content: string; tool_call_id: string; name: string };

/** The second argument of {@link toLangChainMessages}: a hook's turn, the options of a converter, or a converter of your own. */
export type ToLangChainMessagesOptions = ThreadItemConverterOptions | ThreadItemConverter;

/**
 * Returns messages for a graph or a chat model of LangChain, in the order of the items:
 *
 * ```ts
 * const messages = await toLangChainMessages(await recentItems(turn), turn);
 * ```
 *
 * Each item is said as {@link ThreadItemConverter} says it. Messages of the user that follow each other are one message, and
 * so are messages of the assistant. A call of the page's is followed by its output.
 *
 * @param items oldest first, hidden ones among them, as {@link recentItems} returns them. Where a checkpointer keeps the
 * messages, only the new one: `turn.input`.
 */
export async function toLangChainMessages(
  items: ThreadItem | readonly ThreadItem[],
  options: ToLangChainMessagesOptions = {},
): Promise<LangChainMessage[]> {
  const list = asList(items);
  const isConverter = options instanceof ThreadItemConverter;
  const converter = isConverter ? options : new ThreadItemConverter(options);
  const logger = (isConverter ? undefined : options.logger) ?? consoleLogger;
  const newest = newestMessage(list);
  const messages: LangChainMessage[] = [];
  // No messages are remembered in this format: a checkpointer keeps them.
  for (const part of divideHistory(list, 'langgraph')) {
    if (part.items) addInput(messages, await converter.inputOf(part.items, newest), logger);
  }
  return messages;
}

function addInput(messages: LangChainMessage[], input: readonly InputItem[], logger: Logger): void {
  const names = new Map<string, string>();
  for (const item of input) {
    switch (item.type) {
      case 'function_call': {
        names.set(item.call_id, item.name);
        const call = { type: 'tool_call' as const, id: item.call_id, name: item.name, args: argsOf(item.arguments) };
        const last = messages.at(-1);
        if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), call];
        else messages.push({ role: 'assistant', content: '', tool_calls: [call] });
        break;
      }
      case 'function_call_output': {
        const { call_id: tool_call_id, output: content } = item;
        messages.push({ role: 'tool', content, tool_call_id, name: names.get(tool_call_id) ?? '' });
        break;
      }
      default:
        addMessage(messages, item, logger);
    }
  }
}

function addMessage(
  messages: LangChainMessage[],
  { role, content }: Extract<InputItem, { type: 'message' }>,
  logger: Logger,
): void {
  const parts: InputContent[] = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
  const said = parts.flatMap((part) => partOf(part, logger));
  if (said.length === 0) return;
  const last = messages.at(-1);
  if (role === 'user') {
    if (last?.role === 'user') last.content = [...listOf(last.content), ...said];
    else messages.push({ role, content: plain(said) });
    return;
  }
  const text = said.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
  if (text === '') return;
  if (role !== 'assistant') messages.push({ role: 'system', content: text });
  else if (last?.role === 'assistant' && !last.tool_calls) last.content = `${last.content}\n\n${text}`;
  else messages.push({ role, content: text });
}

/** A message of one text is a string, which every provider accepts. */
function plain(parts: LangChainContent[]): string | LangChainContent[] {
  const [first] = parts;
  return parts.length === 1 && first?.type === 'text' ? first.text : parts;
}

function listOf(content: string | LangChainContent[]): LangChainContent[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function partOf(part: InputContent, logger: Logger): LangChainContent[] {
  switch (part.type) {
    case 'input_text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'input_image':
      if (part.image_url !== undefined) return [{ type: 'image_url', image_url: { url: part.image_url } }];
      break;
    case 'input_file': {
      const metadata = part.filename === undefined ? {} : { metadata: { filename: part.filename } };
      const [, mime_type, data] = /^data:([^;,]+)(?:;[^;,]*)*;base64,(.*)$/is.exec(part.file_data ?? '') ?? [];
      if (mime_type !== undefined && data !== undefined) {
        return [{ type: 'file', source_type: 'base64', data, mime_type, ...metadata }];
      }
      if (part.file_url !== undefined) return [{ type: 'file', source_type: 'url', url: part.file_url, ...metadata }];
    }
  }
  logger.warn({ part: part.type }, 'a part of a message cannot be said in messages of LangChain');
  return [];
}

function argsOf(json: string): Record<string, unknown> {
  try {
    const args: unknown = JSON.parse(json);
    return typeof args === 'object' && args !== null && !Array.isArray(args) ? (args as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
