// Converts the events of one stream of the Messages API into the events of a turn.
import { randomUUID } from 'node:crypto';
import { AnswerWriter } from '../../answers/answer-writer';
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { AnnotationInput, HookEventInput, TaskInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import type { FunctionCall } from '../openai/client-tools';
import { failed, type ModelError } from '../openai/model-error';
import { ContentBlock, stringOf } from './content-block';
import type { AnthropicServerCall, AnthropicStopDetails, MessageStreamConverter } from './message-stream-converter';
import { filesOf, ServerCalls } from './server-calls';
import { eventTypeOf } from './stream-types';

/** Options of a conversion. */
export interface MessageConversionOptions {
  converter: MessageStreamConverter;
  /** Shows thoughts. */
  reasoning: boolean;
  /** Shows calls of tools that the provider runs. */
  tools: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
type Events = HookEventInput[] | Promise<HookEventInput[]>;

/** The state of a conversion. Pass all events in order; each call returns the events to yield. */
export class MessageConversion {
  /** The reason why the model stopped; undefined until the stream reports the reason. */
  stopReason: string | undefined;
  details: AnthropicStopDetails = { category: undefined, explanation: undefined };
  id: string | undefined;
  /** The model that answers. */
  model: string | undefined;
  usage: Record<string, unknown> | undefined;
  /** The failure that the stream reports as an event. */
  failure: ModelError | undefined;
  /** True once the stream has reported the end of the message. */
  isStopped = false;
  hasThought = false;
  hasOwnEvents = false;
  /** The types of events, blocks and deltas that are not known. */
  readonly unread = new Set<string>();
  readonly #turn: AnswerTurn;
  readonly #options: MessageConversionOptions;
  readonly #writer: AnswerWriter;
  readonly #blocks: ContentBlock[] = [];
  readonly #open = new Map<unknown, ContentBlock>();
  readonly #serverCalls = new ServerCalls();
  readonly #callIds = new Set<string>();
  /** The blocks that the message began with. Only a provider without events of blocks sends any. */
  #given: unknown;
  /** The length of the open message, for the place of a citation. */
  #length = 0;

  constructor(turn: AnswerTurn, options: MessageConversionOptions) {
    this.#turn = turn;
    this.#options = options;
    this.#writer = new AnswerWriter(turn);
  }

  /** True once the answer has text. */
  get saidSomething(): boolean {
    return this.#writer.saidSomething;
  }

  /** The calls of tools that the provider does not run, in order. */
  get calls(): FunctionCall[] {
    return this.#sendable.flatMap((block) => {
      if (block.kind !== 'call') return [];
      const args = /^\s*(?:null\s*)?$/.test(block.input) ? '{}' : block.input;
      return [{ callId: block.id ?? '', name: block.name, arguments: args }];
    });
  }

  /** The number of calls that are left out, because they have no name. */
  get nameless(): number {
    return this.#blocks.length - this.#sendable.length;
  }

  /** The blocks of the message so far, as the provider sent them. */
  get content(): Record<string, unknown>[] {
    return this.#sendable.map((block) => block.toJson());
  }

  get #sendable(): ContentBlock[] {
    return this.#blocks.filter(({ kind, name }) => kind !== 'call' || name !== '');
  }

  /** Returns the events to yield for one event of the stream. */
  convert(event: Fields): Events {
    const type = eventTypeOf(event['type']);
    switch (type) {
      case 'content_block_delta':
        return this.#delta(event['index'], event['delta']);
      case 'content_block_start':
        return this.#start(event['index'], event['content_block']);
      case 'content_block_stop':
        return this.#stop(event['index']);
      case 'message_start':
        this.#message(event['message']);
        return [];
      case 'message':
        this.#message(event);
        this.isStopped = true;
        return [];
      case 'message_delta':
        this.#addUsage(event['usage']);
        this.#stopped(event['delta']);
        return [];
      case 'message_stop':
        this.isStopped = true;
        return [];
      case 'error':
        this.failure ??= failureOf(event['error']);
        return [];
      case 'ping':
        return [];
      case undefined:
        this.#unknown(event['type']);
        return [];
    }
  }

  /** Ends the blocks that the stream left open, and shows blocks that came without events. */
  async end(): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    for (const block of this.#blocks) if (!block.isDone) events.push(...(await this.#end(block)));
    if (this.#blocks.length > 0 || !Array.isArray(this.#given)) return events;
    for (const given of (this.#given as unknown[]).slice(0, maxBlocks)) {
      events.push(...(await this.#start(undefined, given)), ...(await this.#stop(undefined)));
    }
    return events;
  }

  /** Ends the items that are open, with their partial content. */
  close(): HookEventInput[] {
    return this.#writer.end();
  }

  #message(message: unknown): void {
    if (!isObject(message)) return;
    this.id ??= stringOf(message['id']);
    this.model ??= stringOf(message['model']);
    this.#given ??= message['content'];
    this.#addUsage(message['usage']);
    this.#stopped(message);
  }

  /** Counts are totals, so a later count replaces an earlier one. */
  #addUsage(usage: unknown): void {
    if (!isObject(usage)) return;
    const known = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    this.usage = { ...this.usage, ...Object.fromEntries(known) };
  }

  #stopped(delta: unknown): void {
    if (!isObject(delta)) return;
    const { stop_reason: reason, stop_details: details } = delta;
    if (typeof reason === 'string') this.stopReason = reason;
    if (isObject(details)) {
      this.details = { category: stringOf(details['category']), explanation: stringOf(details['explanation']) };
    }
  }

  #start(index: unknown, given: unknown): Events {
    if (!isObject(given)) return [];
    if (this.#blocks.length >= maxBlocks) {
      this.#unknown(`more than ${maxBlocks} blocks`);
      return [];
    }
    const before = this.#open.get(index);
    const block = new ContentBlock(given);
    this.#blocks.push(block);
    this.#open.set(index, block);
    if (!before || before.isDone) return this.#begin(block, given);
    // Some providers use one index for all blocks, and leave out the end of a block.
    return this.#end(before).then(async (events) => [...events, ...(await this.#begin(block, given))]);
  }

  #begin(block: ContentBlock, given: Fields): Events {
    switch (block.kind) {
      case 'text':
        return this.#text(block.given);
      case 'thought':
        return [...this.#ended(), ...this.#thought(block.given)];
      case 'call':
        this.#identify(block);
        return this.#ended();
      case 'server-call':
        return [...this.#ended(), ...this.#task(this.#serverCalls.called(block, given))];
      case 'result': {
        const events = [...this.#ended(), ...this.#task(this.#serverCalls.ended(given))];
        const files = filesOf(given);
        return files.length > 0 ? this.#files(files, events) : events;
      }
      case 'file': {
        const file = stringOf(given['file_id']);
        return file === undefined ? [] : this.#files([file], []);
      }
      case 'kept':
        return [];
      case undefined:
        this.#unknown(block.type);
        return this.#ended();
    }
  }

  #delta(index: unknown, delta: unknown): Events {
    if (!isObject(delta)) return [];
    const block = this.#open.get(index) ?? this.#missing(index, delta['type']);
    if (!block) return [];
    const text = block.add(delta);
    if (text === undefined) this.#unknown(delta['type']);
    if (!text) return [];
    return block.kind === 'text' ? this.#text(text) : block.kind === 'thought' ? this.#thought(text) : [];
  }

  /** Begins a text or a thought whose beginning the provider left out. */
  #missing(index: unknown, deltaType: unknown): ContentBlock | undefined {
    const type = { text_delta: 'text', thinking_delta: 'thinking' }[String(deltaType)];
    if (type === undefined || this.#blocks.length >= maxBlocks) {
      this.#unknown(deltaType);
      return undefined;
    }
    const block = new ContentBlock(type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' });
    this.#blocks.push(block);
    this.#open.set(index, block);
    return block;
  }

  #stop(index: unknown): Events {
    const block = this.#open.get(index);
    if (!block) return [];
    this.#open.delete(index);
    if (block.kind === 'text' && block.citations.length === 0) {
      block.isDone = true;
      return [];
    }
    return this.#end(block);
  }

  async #end(block: ContentBlock): Promise<HookEventInput[]> {
    if (block.isDone) return [];
    block.isDone = true;
    switch (block.kind) {
      case 'text':
        return this.#citations(block.citations);
      case 'thought':
        return this.#writer.endThought();
      case 'server-call':
        return this.#task(this.#serverCalls.called(block, {}));
      default:
        return [];
    }
  }

  #text(delta: string): HookEventInput[] {
    const events = this.#writer.text(delta);
    for (const event of events) {
      if (event.type === 'thread.item.added') this.#length = 0;
      else if (event.type === 'thread.item.updated' && 'delta' in event.update) {
        this.#length += event.update.delta.length;
      }
    }
    return events;
  }

  #thought(delta: string): HookEventInput[] {
    if (delta === '') return [];
    if (delta.trim() !== '') this.hasThought = true;
    return this.#options.reasoning ? this.#writer.thought(delta) : [];
  }

  /** The text after a block of another type is a new message, because it does not continue the text before. */
  #ended(): HookEventInput[] {
    return this.#length > 0 ? this.#endMessage() : [];
  }

  #endMessage(): HookEventInput[] {
    this.#length = 0;
    return this.#writer.before();
  }

  #task(call: AnthropicServerCall | undefined): HookEventInput[] {
    if (!call || !this.#options.tools) return [];
    const task = this.#options.converter.toolCallToTask(call) as TaskInput | null;
    return task ? this.#writer.step(task, `tool ${call.id}`) : [];
  }

  /** A citation comes before its text, so the place of the citation is known at the end of the block. */
  async #citations(citations: readonly unknown[]): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    for (const citation of citations) {
      if (!isObject(citation)) continue;
      const annotation = await this.#options.converter.citationToAnnotation({
        type: stringOf(citation['type']) ?? '',
        url: stringOf(citation['url']),
        source: stringOf(citation['source']),
        title: stringOf(citation['title']),
        documentTitle: stringOf(citation['document_title']),
        citedText: stringOf(citation['cited_text']),
        index: this.#length,
      });
      if (annotation) events.push(...this.#writer.source(annotation as AnnotationInput));
    }
    return events;
  }

  async #files(ids: readonly string[], before: HookEventInput[]): Promise<HookEventInput[]> {
    const events = before;
    for (const fileId of ids) {
      const made = (await this.#options.converter.fileToEvents({ fileId })) as HookEventInput[] | null;
      if (made && made.length > 0) {
        this.hasOwnEvents = true;
        events.push(...this.#endMessage(), ...made);
      } else if (!made) {
        const { logger = consoleLogger, thread } = this.#turn;
        logger.warn({ thread_id: thread.id, file_id: fileId }, 'a file that a model made is not shown');
      }
    }
    return events;
  }

  /** Some providers send no ids, or one id for all calls. */
  #identify(block: ContentBlock): void {
    const { id } = block;
    if (!id || this.#callIds.has(id)) block.rename(`toolu_${randomUUID().replaceAll('-', '')}`);
    this.#callIds.add(block.id ?? '');
  }

  #unknown(type: unknown): void {
    if (this.unread.size < maxUnread) this.unread.add(String(type).slice(0, 100));
  }
}

/** More than these are a fault of the stream. */
const maxBlocks = 2000;
const maxUnread = 20;

function failureOf(error: unknown): ModelError {
  const { type, message } = isObject(error) ? error : { type: undefined, message: error };
  return failed({ code: stringOf(type), message: stringOf(message) });
}
