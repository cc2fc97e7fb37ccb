// Reads the content of a Chat Completions delta, in every shape that providers give it.
import { isObject } from '../../protocol/json';

/** What a content says. */
export interface ReadContent {
  /** In their order. */
  said: { type: 'text' | 'thought'; text: string }[];
  /** The URLs of images: data URLs as a rule. */
  images: string[];
  /** The types of parts that nobody knows. */
  unread: string[];
}

/** Reads a text, a part, or a list of parts. */
export function readContent(content: unknown): ReadContent {
  const read: ReadContent = { said: [], images: [], unread: [] };
  addContent(content, read);
  return read;
}

function addContent(content: unknown, read: ReadContent): void {
  if (typeof content === 'string') {
    if (content !== '') read.said.push({ type: 'text', text: content });
  } else if (Array.isArray(content)) for (const part of content) addContent(part, read);
  else if (isObject(content)) addPart(content, read);
  else if (content !== undefined && content !== null) read.unread.push(`a ${typeof content}`);
}

function addPart(part: Record<string, unknown>, read: ReadContent): void {
  const type = typeof part['type'] === 'string' ? part['type'] : '';
  const isThought = /think|reason|thought/.test(type) || part['thought'] === true;
  const thought = isThought ? thoughtOf(part) : '';
  const text = textOf(part['text']) || textOf(part['refusal']) || (type === '' ? textOf(part['content']) : '');
  const image = imageUrlOf(part);
  if (thought !== '') read.said.push({ type: 'thought', text: thought });
  else if (image !== undefined) read.images.push(image);
  else if (text !== '') read.said.push({ type: 'text', text });
  else if (!/^(?:text|output_text|thinking|refusal|)$/.test(type)) read.unread.push(`a part of the type ${type}`);
}

/** A text, a list of parts with text, or an object with a text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (!isObject(value)) return '';
  return textOf(value['text'] ?? value['value'] ?? value['content']);
}

/** The thought that a part or a detail holds; `''` for none, such as one that is encrypted. */
function thoughtOf(part: Record<string, unknown>): string {
  for (const field of ['thinking', 'text', 'summary', 'reasoning', 'content']) {
    const text = textOf(part[field]);
    if (text !== '') return text;
  }
  return '';
}

/** The URL of an image; undefined for what is not an image. */
export function imageUrlOf(part: unknown): string | undefined {
  if (typeof part === 'string') return isImageUrl(part) ? part : undefined;
  if (!isObject(part)) return undefined;
  const { image_url: given, url, b64_json: base64 } = part;
  const address = isObject(given) ? given['url'] : (given ?? url);
  if (typeof address === 'string' && isImageUrl(address)) return address;
  return typeof base64 === 'string' && base64 !== '' ? `data:image/png;base64,${base64}` : undefined;
}

function isImageUrl(url: string): boolean {
  return /^(?:data:image\/|https?:)/i.test(url);
}

/** Plain fields with thoughts: of DeepSeek and vLLM, of OpenRouter and Ollama, of others. */
const plainThoughts = ['reasoning_content', 'reasoning', 'thinking', 'reasoning_text'];
/** Lists of thoughts: of OpenRouter, and of LiteLLM. */
const thoughtLists = ['reasoning_details', 'thinking_blocks'];

/** Reads the thoughts of a stream's deltas. Providers send the same thought in several fields: one field counts. */
export class ThoughtReader {
  #field: string | undefined;

  /** Returns the thought of a delta; `''` for none. */
  read(delta: Record<string, unknown>): string {
    for (const field of plainThoughts) {
      const text = textOf(delta[field]);
      if (text === '') continue;
      this.#field ??= field;
      return text;
    }
    for (const field of thoughtLists) {
      const list = delta[field];
      if (!Array.isArray(list) || (this.#field !== undefined && this.#field !== field)) continue;
      const text = list.map((part) => (isObject(part) ? thoughtOf(part) : '')).join('');
      if (text === '') continue;
      this.#field = field;
      return text;
    }
    return '';
  }
}

/** Fields of a delta that hold thoughts. */
export const thoughtFields: ReadonlySet<string> = new Set([...plainThoughts, ...thoughtLists]);
