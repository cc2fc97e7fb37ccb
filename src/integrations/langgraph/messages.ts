// Messages of LangChain as graphs stream them: instances of its classes, or the same as JSON. Nothing is imported.
import { isObject } from '../../protocol/json';

/** The fields of a message that are read. */
export interface ReadMessage {
  kind: 'ai' | 'tool' | 'other';
  id: string | undefined;
  fields: Record<string, unknown>;
}

const kinds: Readonly<Record<string, ReadMessage['kind']>> = {
  ai: 'ai',
  assistant: 'ai',
  AIMessage: 'ai',
  AIMessageChunk: 'ai',
  tool: 'tool',
  ToolMessage: 'tool',
  ToolMessageChunk: 'tool',
};
const otherKinds: ReadonlySet<string> = new Set([
  'human',
  'user',
  'system',
  'developer',
  'function',
  'remove',
  'generic',
]);

/** Reads a message. Undefined for a value that is not a message. */
export function readMessage(given: unknown): ReadMessage | undefined {
  if (!isObject(given)) return undefined;
  const { lc, kwargs, id: path } = given;
  if (lc === 1 && isObject(kwargs)) return messageOf(Array.isArray(path) ? path.at(-1) : undefined, kwargs);
  if (!('content' in given)) return undefined;
  const type: unknown = typeof given['getType'] === 'function' ? (given['getType'] as () => unknown)() : given['type'];
  return messageOf(type ?? given['role'], given);
}

function messageOf(type: unknown, fields: Record<string, unknown>): ReadMessage | undefined {
  if (typeof type !== 'string') return undefined;
  const { id } = fields;
  const isOther = otherKinds.has(type) || /^(Human|System|Chat|Function|Remove)Message/.test(type);
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : isOther ? 'other' : undefined;
  return kind && { kind, id: typeof id === 'string' && id !== '' ? id : undefined, fields };
}

/** A part of the content of a message. */
export type ContentPart =
  | { kind: 'text'; text: string }
  | { kind: 'thought'; text: string }
  | { kind: 'source'; url: string; title: string | undefined; end: number | undefined }
  | { kind: 'image'; url: string }
  | { kind: 'unknown'; type: string };

/** Blocks that other fields of the message say as well, or that only a provider reads. */
const silentBlocks: ReadonlySet<string> = new Set([
  ...['tool_use', 'tool_call', 'tool_call_chunk', 'invalid_tool_call', 'function_call', 'input_json_delta'],
  ...['redacted_thinking', 'signature', 'server_tool_use', 'server_tool_call', 'server_tool_call_chunk'],
  ...['server_tool_call_result', 'server_tool_result', 'web_search_tool_result', 'non_standard', 'compaction'],
]);

/** Returns the parts of a message of the model, thoughts first. */
export function contentParts({ fields }: ReadMessage): ContentPart[] {
  const { content, additional_kwargs: extra } = fields;
  const parts: ContentPart[] = isObject(extra) ? thoughtsIn(extra) : [];
  if (typeof content === 'string') return content === '' ? parts : [...parts, { kind: 'text', text: content }];
  for (const block of Array.isArray(content) ? (content as unknown[]) : []) {
    if (typeof block === 'string') parts.push({ kind: 'text', text: block });
    else if (isObject(block)) parts.push(...blockParts(block));
  }
  return parts;
}

/** Thoughts beside the content, as DeepSeek and the Responses API have them. */
function thoughtsIn({ reasoning_content: own, reasoning }: Record<string, unknown>): ContentPart[] {
  if (typeof own === 'string' && own !== '') return [{ kind: 'thought', text: own }];
  return isObject(reasoning) ? summaryOf(reasoning['summary']) : [];
}

function summaryOf(summary: unknown): ContentPart[] {
  const parts = Array.isArray(summary) ? (summary as unknown[]) : [];
  return parts.flatMap((part): ContentPart[] => {
    const text = isObject(part) ? part['text'] : undefined;
    return typeof text === 'string' && text !== '' ? [{ kind: 'thought', text }] : [];
  });
}

function blockParts(block: Record<string, unknown>): ContentPart[] {
  const type = String(block['type']);
  switch (type) {
    case 'text':
    case 'text_delta':
    case 'output_text':
      return [...textOf('text', block['text']), ...sourcesOf(block['annotations']), ...sourcesOf(block['citations'])];
    case 'thinking':
      return textOf('thought', block['thinking']);
    case 'reasoning':
      return [...textOf('thought', block['reasoning']), ...summaryOf(block['summary'])];
    case 'refusal':
      return textOf('text', block['refusal']);
    case 'image':
    case 'image_url':
      return imageOf(block);
    default:
      return silentBlocks.has(type) ? [] : [{ kind: 'unknown', type }];
  }
}

function textOf(kind: 'text' | 'thought', text: unknown): ContentPart[] {
  return typeof text === 'string' && text !== '' ? [{ kind, text }] : [];
}

function sourcesOf(given: unknown): ContentPart[] {
  return (Array.isArray(given) ? (given as unknown[]) : []).flatMap((one): ContentPart[] => {
    const citation = isObject(one) && isObject(one['url_citation']) ? one['url_citation'] : one;
    if (!isObject(citation)) return [];
    const { url, title, endIndex, end_index: end = endIndex } = citation;
    if (typeof url !== 'string' || url === '') return [];
    return [
      {
        ...{ kind: 'source', url, title: typeof title === 'string' ? title : undefined },
        end: typeof end === 'number' && Number.isSafeInteger(end) && end >= 0 ? end : undefined,
      },
    ];
  });
}

function imageOf(block: Record<string, unknown>): ContentPart[] {
  const { url, data, image_url: image, mimeType, mime_type: type = mimeType } = block;
  const given = [url, image, isObject(image) ? image['url'] : undefined].find((one) => typeof one === 'string');
  if (typeof given === 'string') return [{ kind: 'image', url: given }];
  if (typeof data !== 'string') return [{ kind: 'unknown', type: 'image' }];
  return [{ kind: 'image', url: `data:${typeof type === 'string' ? type : 'image/png'};base64,${data}` }];
}

/** A call of a tool, as far as it is streamed. `args` is undefined for a chunk of a call. */
export interface ReadCall {
  id: string;
  name: string;
  args: unknown;
}

/** Returns the calls of a message that have an id and a name: whole ones, or the first chunks of calls. */
export function callsIn({ fields }: ReadMessage): ReadCall[] {
  const listOf = (given: unknown): unknown[] => (Array.isArray(given) ? given : []);
  const chunks = listOf(fields['tool_call_chunks']).map((one) => (isObject(one) ? { ...one, args: undefined } : one));
  return [...chunks, ...(chunks.length > 0 ? [] : listOf(fields['tool_calls']))].flatMap((call) => {
    if (!isObject(call)) return [];
    const { id, name, args } = call;
    return typeof id === 'string' && typeof name === 'string' && name !== '' ? [{ id, name, args }] : [];
  });
}

/** Returns the provider's reason for the end of a message. Undefined while it has none. */
export function finishReasonOf({ fields }: ReadMessage): string | undefined {
  const { response_metadata: metadata } = fields;
  if (!isObject(metadata)) return undefined;
  const details = metadata['incomplete_details'];
  const reasons = [
    isObject(details) ? details['reason'] : undefined,
    ...['finish_reason', 'finishReason', 'stop_reason', 'stopReason', 'done_reason'].map((name) => metadata[name]),
  ];
  return reasons.find((reason): reason is string => typeof reason === 'string' && reason !== '');
}

/** Adds the counts of tokens in a message to a sum. */
export function addUsage(sum: Record<string, number>, { fields }: ReadMessage): boolean {
  const { usage_metadata: usage } = fields;
  if (!isObject(usage)) return false;
  for (const name of ['input_tokens', 'output_tokens', 'total_tokens']) {
    const count = usage[name];
    if (typeof count === 'number') sum[name] = (sum[name] ?? 0) + count;
  }
  return true;
}
