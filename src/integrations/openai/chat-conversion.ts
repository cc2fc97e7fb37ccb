// Converts the chunks of one Chat Completions stream into the events of a turn.
import { randomUUID } from 'node:crypto';
import { AnswerWriter } from '../../answers/answer-writer';
import type { AnswerTurn } from '../../answers/new-item';
import type { HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import { type ChatCall, ChatCalls } from './chat-calls';
import { ChoiceReader } from './chat-choices';
import { imageUrlOf, readContent, thoughtFields, ThoughtReader } from './chat-content';
import { ChatSources } from './chat-sources';
import { addField } from './merge-fields';
import { failed, type ModelError } from './model-error';
import type { ResponseStreamConverter } from './response-stream-converter';
import { type SaidPiece, ThinkBlock } from './think-block';

/** Options of a conversion. */
export interface ChatConversionOptions {
  converter: ResponseStreamConverter;
  /** Shows thoughts. */
  reasoning: boolean;
  /** Reads a `<think>` block as a thought. */
  think: boolean;
}

/** A part of an answer, in the order of the stream. */
type Part = SaidPiece | { type: 'image'; url: string } | { type: 'annotation'; annotation: unknown };

/** The state of a conversion. Every chunk must be passed in order. Each call returns the events to yield. */
export class ChatConversion {
  finishReason: string | undefined;
  /** A failure that the provider reports in a chunk. */
  failure: ModelError | undefined;
  usage: unknown;
  /** The model that the chunk with the usage names. */
  model: unknown;
  /** The whole text. */
  text = '';
  /** The content as the provider sent it. */
  #read = '';
  /** True after a thought, whether it was shown or not. */
  hasThought = false;
  /** Unknown fields of the deltas, for the next request. */
  readonly fields: Record<string, unknown> = {};
  /** The names of fields that were not read. */
  readonly unread = new Set<string>();
  /** The names of parts of the content that cannot be shown. */
  readonly unshown = new Set<string>();
  /** Set by {@link end}. */
  calls: ChatCall[] = [];
  /** The number of pieces that belong to no call. Set by {@link end}. */
  nameless = 0;
  readonly #writer: AnswerWriter;
  readonly #options: ChatConversionOptions;
  readonly #choices = new ChoiceReader();
  readonly #thoughts = new ThoughtReader();
  readonly #think: ThinkBlock;
  readonly #sources: ChatSources;
  readonly #calls = new ChatCalls();
  readonly #images = new Set<string>();

  constructor(turn: AnswerTurn, options: ChatConversionOptions) {
    this.#writer = new AnswerWriter(turn);
    this.#options = options;
    this.#think = new ThinkBlock(options.think);
    this.#sources = new ChatSources(options.converter, this.#writer);
  }

  /** True when the answer has text or an image. */
  get saidSomething(): boolean {
    return this.#writer.saidSomething;
  }

  /** The number of skipped chunks of other choices. */
  get passedOver(): number {
    return this.#choices.passedOver;
  }

  /** Returns the events for one chunk. Text needs no promise, because most chunks are text. */
  convert(given: unknown): HookEventInput[] | Promise<HookEventInput[]> {
    if (!isObject(given)) return [];
    const { choices, usage, model, error } = given;
    if (usage) {
      this.usage = usage;
      this.model = model;
    }
    if (error) this.#failed(error);
    else if (given['type'] === 'error' || given['object'] === 'error') this.#failed(given);
    this.#sources.note(given);
    // Only the log line of an answer without text contains the names.
    if (this.text === '') noteUnread(this.unread, given, knownOfChunk);
    const parts: Part[] = [];
    for (const choice of this.#choices.read(choices)) this.#choice(choice, parts);
    return this.#show(parts);
  }

  /** Reads the waiting text, sources and calls at the end of the stream. Call it once. */
  async end(): Promise<HookEventInput[]> {
    const parts: Part[] = [];
    for (const choice of this.#choices.end(this.finishReason !== undefined)) this.#choice(choice, parts);
    const events = await this.#show([...parts, ...this.#think.end()]);
    events.push(...(await this.#sources.show()));
    ({ calls: this.calls, nameless: this.nameless } = this.#calls.end());
    return events;
  }

  /** Ends the open items as they are. */
  close(): HookEventInput[] {
    return this.#writer.end();
  }

  #choice(choice: Record<string, unknown>, parts: Part[]): void {
    const { delta, message, text, finish_reason, error } = choice;
    if (error) this.#failed(error);
    if (typeof finish_reason === 'string' && finish_reason !== '') this.finishReason = finish_reason;
    if (this.text === '') noteUnread(this.unread, choice, knownOfChoice);
    if (typeof text === 'string') this.#content(text, parts);
    const isDelta = isObject(delta) && (!isObject(message) || hasContent(delta));
    const read = isDelta ? delta : this.#newOf(message);
    if (read) this.#delta(read, parts);
  }

  #delta(delta: Record<string, unknown>, parts: Part[]): void {
    const thought = this.#thoughts.read(delta);
    if (thought !== '') parts.push({ type: 'thought', text: thought });
    const { content, refusal, images, annotations, tool_calls: calls, function_call: call, audio } = delta;
    this.#content(content, parts);
    this.#content(refusal, parts);
    this.#sources.note(delta);
    if (isObject(audio)) {
      this.#content(audio['transcript'], parts);
      if (!isNothing(audio['data'])) addName(this.unread, 'audio');
    }
    if (Array.isArray(images)) {
      for (const image of images) {
        const url = imageUrlOf(image);
        if (url === undefined) this.#hide('images: an image without a URL that a page can load');
        else parts.push({ type: 'image', url });
      }
    }
    if (Array.isArray(annotations)) {
      for (const annotation of annotations) parts.push({ type: 'annotation', annotation });
    }
    if (Array.isArray(calls)) this.#calls.add(calls);
    else if (isObject(calls)) this.#calls.add([calls]);
    if (call) this.#calls.addLegacy(call);
    for (const key in delta) {
      if (knownOfDelta.has(key)) continue;
      const value = delta[key];
      const isThought = thoughtFields.has(key);
      if (isThought && value === null) continue;
      if (!isThought && !isNothing(value)) addName(this.unread, key);
      addField(this.fields, key, value, true);
    }
  }

  #content(content: unknown, parts: Part[]): void {
    if (content === undefined || content === null || content === '') return;
    if (typeof content === 'string') {
      this.#read += content;
      this.#think.read(content, parts);
      return;
    }
    const { said, images, unread } = readContent(content);
    for (const { type, text } of said) {
      if (type === 'thought') parts.push({ type, text });
      else this.#think.read(text, parts);
    }
    for (const url of images) parts.push({ type: 'image', url });
    for (const name of unread) this.#hide(`content: ${name}`);
  }

  #hide(name: string): void {
    addName(this.unread, name);
    addName(this.unshown, name);
  }

  /** Returns the events of parts, in order. */
  #show(parts: readonly Part[]): HookEventInput[] | Promise<HookEventInput[]> {
    let events: HookEventInput[] = [];
    for (const part of parts) {
      if (part.type === 'image' || part.type === 'annotation') {
        return this.#convertRest(parts.slice(parts.indexOf(part)), events);
      }
      const made = this.#say(part.type, part.text);
      events = events.length === 0 ? made : [...events, ...made];
    }
    return events;
  }

  async #convertRest(parts: readonly Part[], events: HookEventInput[]): Promise<HookEventInput[]> {
    for (const part of parts) {
      if (part.type === 'image') events.push(...(await this.#image(part.url)));
      else if (part.type === 'annotation') events.push(...(await this.#sources.annotation(part.annotation)));
      else events.push(...this.#say(part.type, part.text));
    }
    return events;
  }

  /** Thoughts after the beginning of the text are not shown, because they would split the message. */
  #say(type: 'text' | 'thought', text: string): HookEventInput[] {
    if (text === '') return [];
    if (type === 'text') {
      this.text += text;
      return this.#writer.text(text);
    }
    if (text.trim() !== '') this.hasThought = true;
    return this.#options.reasoning && !this.#writer.saidSomething && this.hasThought ? this.#writer.thought(text) : [];
  }

  async #image(given: string): Promise<HookEventInput[]> {
    if (this.#images.has(given)) return [];
    this.#images.add(given);
    const key = `img_${randomUUID().replaceAll('-', '')}`;
    const [, base64] = /^data:[^,]*;base64,(.*)$/s.exec(given) ?? [];
    const url = base64 === undefined ? given : await this.#options.converter.base64ImageToUrl({ imageId: key, base64 });
    return [...(await this.#sources.show()), ...this.#writer.image({ key, url })];
  }

  /** Returns a whole message, which replaces a delta, without the parts that deltas have sent. */
  #newOf(message: unknown): Record<string, unknown> | undefined {
    if (!isObject(message)) return undefined;
    const { content, tool_calls: calls } = message;
    const isRepeated = typeof content === 'string' && this.#read !== '' && content.startsWith(this.#read);
    const isKnown = ([key, value]: [string, unknown]) => JSON.stringify(value) === JSON.stringify(this.fields[key]);
    return {
      ...Object.fromEntries(Object.entries(message).filter((field) => !isKnown(field))),
      ...(isRepeated && { content: content.slice(this.#read.length) }),
      ...(Array.isArray(calls) && {
        tool_calls: calls.map((call: unknown, index) => (isObject(call) ? { index, ...call } : call)),
      }),
    };
  }

  #failed(error: unknown): void {
    const { code, message } = isObject(error) ? error : { code: undefined, message: error };
    this.failure ??= failed({
      code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
      message: typeof message === 'string' ? message : null,
    });
  }
}

/** Returns true for a delta with content. Some streams send an empty delta with a whole message. */
function hasContent(delta: Record<string, unknown>): boolean {
  return Object.entries(delta).some(([key, value]) => key !== 'role' && !isNothing(value));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Fields of a delta that the next request does not need unchanged. */
const knownOfDelta = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
  'images',
  'audio',
]);
const knownOfChoice = new Set(['index', 'delta', 'message', 'text', 'finish_reason', 'logprobs', 'error']);
const knownOfChunk = new Set(
  (
    'id object created model choices usage error citations search_results system_fingerprint service_tier provider ' +
    'obfuscation'
  ).split(' '),
);

function noteUnread(unread: Set<string>, given: Record<string, unknown>, known: ReadonlySet<string>): void {
  for (const key in given) if (!known.has(key) && !isNothing(given[key])) addName(unread, key);
}

/** Adds a name, up to a number of names that is enough to find the fault. */
function addName(unread: Set<string>, name: string): void {
  if (unread.size < 20) unread.add(name.slice(0, 100));
}
