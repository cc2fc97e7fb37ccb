// Reads the content of a Chat Completions delta in all shapes that providers send.
import { isObject } from '../../protocol/json';

/** The parts of the content of a delta. */
export interface ReadContent {
  /** Texts and thoughts, in order. */
  said: { type: 'text' | 'thought'; text: string }[];
  /** The URLs of images, usually data URLs. */
  images: string[];
  /** The types of unknown parts. */
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

/** Returns the text of a string, of a list of parts, or of an object. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (!isObject(value)) return '';
  return textOf(value['text'] ?? value['value'] ?? value['content']);
}

/** Returns the thought of a part or a detail; `''` for none, such as an encrypted thought. */
function thoughtOf(part: Record<string, unknown>): string {
  for (const field of ['thinking', 'text', 'summary', 'reasoning', 'content']) {
    const text = textOf(part[field]);
    if (text !== '') return text;
  }
  return '';
}

/** Returns the URL of an image; undefined for any other value. */
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

/** Fields with a thought as text. The first is used by DeepSeek and vLLM, the second by OpenRouter and Ollama. */
const plainThoughts = ['reasoning_content', 'reasoning', 'thinking', 'reasoning_text'];
/** Fields with a list of thoughts. The first is used by OpenRouter, the second by LiteLLM. */
const thoughtLists = ['reasoning_details', 'thinking_blocks'];

/** Reads the thoughts of deltas. Only one field is read, because providers send the same thought in several fields. */
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
