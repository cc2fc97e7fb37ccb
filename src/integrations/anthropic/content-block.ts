// One block of a message, put together from its deltas.
import { isObject } from '../../protocol/json';
import { ArgumentsText } from '../openai/arguments-text';
import { argumentsOf } from '../openai/chat-calls';
import { blockKindOf, type BlockKind, deltaKindOf } from './stream-types';

/** A block as the provider sent it. Nothing is known of the values. */
export type RawBlock = Readonly<Record<string, unknown>>;

/** One block of a message. */
export class ContentBlock {
  readonly type: string;
  readonly kind: BlockKind | undefined;
  /** True once the block has ended. */
  isDone = false;
  /** The citations of a text, which arrive before the text. */
  readonly citations: unknown[];
  #fields: Record<string, unknown>;
  readonly #texts: string[] = [];
  #input: ArgumentsText | undefined;

  /** @param given the block of `content_block_start`. */
  constructor(given: RawBlock) {
    const { type, citations } = given;
    this.type = typeof type === 'string' ? type : String(type);
    this.kind = blockKindOf(type);
    this.#fields = { ...given };
    this.citations = Array.isArray(citations) ? (citations as unknown[]).slice(0, maxCitations) : [];
  }

  get id(): string | undefined {
    return stringOf(this.#fields['id']);
  }

  get name(): string {
    return stringOf(this.#fields['name']) ?? '';
  }

  /** Returns the text or the thought that the block began with, before any delta. */
  get given(): string {
    return stringOf(this.#fields[this.kind === 'thought' ? 'thinking' : 'text']) ?? '';
  }

  /** Returns the input of a call as JSON, as far as the input has arrived. */
  get input(): string {
    const { text } = this.#input ?? { text: '' };
    // A provider without deltas sends the whole input at the beginning.
    return text.trim() === '' ? argumentsOf(this.#fields['input']) : text;
  }

  /** Gives the block another id. */
  rename(id: string): void {
    this.#fields['id'] = id;
  }

  /** Adds a delta. Returns the text or the thought in the delta; undefined for a delta of an unknown type. */
  add(delta: Readonly<Record<string, unknown>>): string | undefined {
    const kind = deltaKindOf(delta['type']);
    switch (kind) {
      case 'text':
      case 'thinking': {
        const text = stringOf(delta[kind]) ?? '';
        if (text !== '') this.#texts.push(text);
        return text;
      }
      case 'signature':
        this.#fields['signature'] = delta['signature'];
        return '';
      case 'input':
        (this.#input ??= new ArgumentsText()).add(argumentsOf(delta['partial_json']));
        return '';
      case 'citation':
        if (this.citations.length < maxCitations) this.citations.push(delta['citation']);
        return '';
      case 'fields': {
        const { type: _type, ...fields } = delta;
        this.#fields = { ...this.#fields, ...fields };
        return '';
      }
      case undefined:
        return undefined;
    }
  }

  /** Returns the whole block, with the fields that only the provider knows. */
  toJson(): Record<string, unknown> {
    const fields = { ...this.#fields };
    if (this.kind === 'text') {
      fields['text'] = this.given + this.#texts.join('');
      if (this.citations.length > 0) fields['citations'] = this.citations;
    } else if (this.kind === 'thought') fields['thinking'] = this.given + this.#texts.join('');
    else if (this.kind === 'call' || this.kind === 'server-call') fields['input'] = inputObject(this.input);
    return fields;
  }
}

/** More than these are a fault of the stream. */
const maxCitations = 500;

/** Returns the input of a call as an object, which the API requires. Malformed JSON becomes a field of the object. */
export function inputObject(json: string): Record<string, unknown> {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return value;
    return value === null || (Array.isArray(value) && value.length === 0) ? {} : { value };
  } catch {
    return { INVALID_JSON: json };
  }
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
