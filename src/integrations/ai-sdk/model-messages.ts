// The messages that the AI SDK takes, declared structurally: those of 5, 6 and 7 fit.
import type { InputContent, InputItem } from '../openai/input-types';
import type { Logger } from '../../logger';

type JsonValue = null | string | number | boolean | JsonValue[] | { [key: string]: JsonValue };

interface AiTextPart {
  type: 'text';
  text: string;
}
interface AiImagePart {
  type: 'image';
  /** A data URL or another URL. */
  image: string;
}
interface AiFilePart {
  type: 'file';
  /** A data URL or another URL. */
  data: string;
  mediaType: string;
  filename?: string;
}
interface AiToolCallPart {
  type: 'tool-call';
  toolCallId: string;
  toolName: string;
  input: unknown;
}
export interface AiToolResultPart {
  type: 'tool-result';
  toolCallId: string;
  toolName: string;
  output: { type: 'json'; value: JsonValue } | { type: 'error-text'; value: string };
}

export type AiUserPart = AiTextPart | AiImagePart | AiFilePart;

/** One message of the AI SDK. The messages that are remembered may have further parts and fields of their provider. */
export type AiMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: AiUserPart[] }
  | { role: 'assistant'; content: (AiTextPart | AiToolCallPart)[] }
  | { role: 'tool'; content: AiToolResultPart[] };

/** Adds items of input to messages. Messages of one role that follow each other become one message. */
export function addInput(messages: AiMessage[], input: readonly InputItem[], logger: Logger): void {
  const names = new Map<string, string>();
  for (const item of input) {
    switch (item.type) {
      case 'function_call':
        names.set(item.call_id, item.name);
        addPart(messages, 'assistant', {
          type: 'tool-call',
          toolCallId: item.call_id,
          toolName: item.name,
          input: parsed(item.arguments),
        });
        break;
      case 'function_call_output':
        addResult(messages, toolResult(item.call_id, names.get(item.call_id) ?? '', parsed(item.output)));
        break;
      default: {
        const { role, content } = item;
        const parts: InputContent[] = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content;
        if (role === 'user') for (const part of parts) addUserPart(messages, userPart(part, logger));
        else addTexts(messages, role, parts);
      }
    }
  }
}

/** A result of a call of the page's. */
export function toolResult(toolCallId: string, toolName: string, value: unknown): AiToolResultPart {
  return { type: 'tool-result', toolCallId, toolName, output: { type: 'json', value: (value ?? null) as JsonValue } };
}

/** The calls of a message come before its results, and results of calls that were made at once are one message. */
function addResult(messages: AiMessage[], part: AiToolResultPart): void {
  const last = messages.at(-1);
  if (last?.role === 'tool') last.content.push(part);
  else messages.push({ role: 'tool', content: [part] });
}

function addPart(messages: AiMessage[], role: 'assistant', part: AiTextPart | AiToolCallPart): void {
  const last = messages.at(-1);
  // A message that is replayed stays as its provider signed it.
  if (last?.role === role && !replayed.has(last)) last.content.push(part);
  else messages.push({ role, content: [part] });
}

/** Messages that are replayed: nothing is added to them. */
export const replayed = new WeakSet<AiMessage>();

function addUserPart(messages: AiMessage[], part: AiUserPart | null): void {
  if (!part) return;
  const last = messages.at(-1);
  if (last?.role === 'user') last.content.push(part);
  else messages.push({ role: 'user', content: [part] });
}

function addTexts(messages: AiMessage[], role: string, parts: readonly InputContent[]): void {
  const texts = parts.flatMap((part) => (part.type === 'input_text' && part.text.trim() !== '' ? [part.text] : []));
  if (texts.length === 0) return;
  if (role === 'assistant') for (const text of texts) addPart(messages, role, { type: 'text', text });
  else messages.push({ role: 'system', content: texts.join('\n\n') });
}

function userPart(part: InputContent, logger: Logger): AiUserPart | null {
  switch (part.type) {
    case 'input_text':
      return part.text.trim() === '' ? null : { type: 'text', text: part.text };
    case 'input_image':
      if (part.image_url !== undefined) return { type: 'image', image: part.image_url };
      break;
    case 'input_file': {
      const data = part.file_data ?? part.file_url;
      if (data === undefined) break;
      const mediaType = /^data:([^;,]+)/i.exec(data)?.[1] ?? 'application/octet-stream';
      return { type: 'file', data, mediaType, ...(part.filename !== undefined && { filename: part.filename }) };
    }
  }
  logger.warn({ part: part.type }, 'a part of a message cannot be said in messages of the AI SDK');
  return null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
