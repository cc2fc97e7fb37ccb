// toAgentInput(): converts the items of a thread into input for a run of the Agents SDK.
import type { ThreadItem } from '../../protocol';
import type { InputContent, InputItem } from '../openai/input-types';
import { outputOf } from '../openai/remember-answer';
import {
  asList,
  newestMessage,
  ThreadItemConverter,
  type ThreadItemConverterOptions,
} from '../openai/thread-item-converter';
import { divideHistory, type HistoryPart } from '../remembered';

export type AgentContent =
  | { type: 'input_text'; text: string }
  | { type: 'input_image'; image: string | { id: string }; detail: string }
  | { type: 'input_file'; file: string | { id: string } | { url: string }; filename?: string };

/** One item of a run's input, for `run()` of `@openai/agents`. */
export type AgentInput =
  | { type: 'message'; role: 'user'; content: AgentContent[] }
  | { type: 'message'; role: 'system'; content: string }
  | {
      type: 'message';
      role: 'assistant';
      status: 'completed';
      content: { type: 'output_text'; text: string }[];
    }
  | { type: 'function_call'; callId: string; name: string; arguments: string; status: 'completed' }
  | {
      type: 'function_call_result';
      callId: string;
      name: string;
      status: 'completed';
      output: { type: 'text'; text: string };
    };

/** The options of a converter, or a converter of your own. */
export type ToAgentInputOptions = ThreadItemConverterOptions | ThreadItemConverter;

/**
 * Converts items into the input of a run, in order. Pass the turn, which reads the attachments, or a
 * {@link ThreadItemConverter} of your own.
 *
 * ```ts
 * const input = await toAgentInput(await recentItems(turn), turn);
 * ```
 *
 * @param items oldest first, hidden items included.
 */
export async function toAgentInput(
  items: ThreadItem | readonly ThreadItem[],
  options: ToAgentInputOptions = {},
): Promise<AgentInput[]> {
  const converter = options instanceof ThreadItemConverter ? options : new ThreadItemConverter(options);
  const list = asList(items);
  const names = new Map<string, string>();
  const input: AgentInput[] = [];
  for (const part of divideHistory(list, 'agents')) {
    if (!part.items) input.push(...rememberedAgentInput(part));
    else
      input.push(...(await converter.inputOf(part.items, newestMessage(list))).map((item) => agentInput(item, names)));
  }
  return input;
}

/** Returns the items of a run, with the outputs of the page in place of those that its tools returned. */
function rememberedAgentInput(part: Extract<HistoryPart, { items?: undefined }>): AgentInput[] {
  const { messages } = part.remembered;
  const pageCalls = new Set(part.calls.map(({ call_id }) => call_id));
  const input = messages.map((message): AgentInput => {
    const { type, callId } = message;
    if (type !== 'function_call_result' || typeof callId !== 'string' || !pageCalls.delete(callId)) {
      return message as unknown as AgentInput;
    }
    return { ...message, output: { type: 'text', text: outputOf(part, callId) } } as unknown as AgentInput;
  });
  // A tool may ask for a call that the model did not make.
  const others = part.calls.filter(({ call_id, status }) => pageCalls.has(call_id) && status !== 'pending');
  for (const { call_id: callId, name, arguments: args } of others) {
    input.push({ type: 'function_call', callId, name, arguments: JSON.stringify(args), status: 'completed' });
    const output = { type: 'text' as const, text: outputOf(part, callId) };
    input.push({ type: 'function_call_result', callId, name, status: 'completed', output });
  }
  return input;
}

/** @param names the functions of the calls by their ids, because a result of the SDK names its function. */
function agentInput(item: InputItem, names: Map<string, string>): AgentInput {
  switch (item.type) {
    case 'function_call': {
      names.set(item.call_id, item.name);
      const { call_id: callId, name, arguments: args } = item;
      return { type: 'function_call', callId, name, arguments: args, status: 'completed' };
    }
    case 'function_call_output': {
      const { call_id: callId, output: text } = item;
      const name = names.get(callId) ?? '';
      return { type: 'function_call_result', callId, name, status: 'completed', output: { type: 'text', text } };
    }
    case 'message': {
      const { role, content } = item;
      const parts: InputContent[] = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
      if (role === 'user') return { type: 'message', role, content: parts.map(agentContent) };
      const texts = parts.flatMap((part) => (part.type === 'input_text' ? [part.text] : []));
      if (role !== 'assistant') return { type: 'message', role: 'system', content: texts.join('\n\n') };
      const said = texts.map((text) => ({ type: 'output_text' as const, text }));
      return { type: 'message', role, status: 'completed', content: said };
    }
  }
}

function agentContent(part: InputContent): AgentContent {
  switch (part.type) {
    case 'input_text':
      return { type: 'input_text', text: part.text };
    case 'input_image': {
      const image = part.file_id === undefined ? (part.image_url ?? '') : { id: part.file_id };
      return { type: 'input_image', image, detail: part.detail };
    }
    case 'input_file': {
      const { file_id: id, file_url: url, file_data: data, filename } = part;
      const file = id !== undefined ? { id } : url !== undefined ? { url } : (data ?? '');
      return { type: 'input_file', file, ...(filename !== undefined && { filename }) };
    }
  }
}
