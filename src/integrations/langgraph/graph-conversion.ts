// Converts the chunks of one stream of LangGraph into the events of a turn.
import { createHash } from 'node:crypto';
import { AnswerWriter } from '../../answers/answer-writer';
import type { AnswerTurn } from '../../answers/new-item';
import { type AnnotationInput, type HookEventInput, HookEventSchema } from '../../protocol';
import { isObject } from '../../protocol/json';
import { type GraphChunk, readChunk } from './chunks';
import { Floor, nameOf } from './floor';
import type { GraphStreamConverter } from './graph-stream-converter';
import { GraphTools } from './graph-tools';
import { addUsage, contentParts, type ContentPart, finishReasonOf, type ReadMessage, readMessage } from './messages';

/** The ids of the messages and the calls that were shown. */
export interface SeenIds {
  messages: readonly string[];
  tools: readonly string[];
}

/** Options of a conversion. */
export interface GraphConversionOptions {
  converter: GraphStreamConverter;
  /** The modes of the stream. Undefined where they are not known. */
  modes: readonly string[] | undefined;
  reasoning: boolean;
  tools: boolean;
  /** Returns true for a node that may speak. @param path The names of the nodes of its graphs, and its own. */
  speaks: (node: string, path: readonly string[]) => boolean;
  /** The ids that earlier answers of the same run have shown. */
  seen: SeenIds;
}

/** A message with the place that it has in the graph. */
interface Spoken {
  message: ReadMessage;
  key: string;
  /** True for a message that the graph gives whole. */
  isWhole: boolean;
}

const maxNames = 20;

/** The state of a conversion. Give it every chunk, in order. */
export class GraphConversion {
  /** The interrupts of the graph, by their ids. Those without an id have a number. */
  readonly interrupts = new Map<string, { id: string | undefined; value: unknown }>();
  /** True when the graph has stopped at a breakpoint, which has no value. */
  hasBreakpoint = false;
  /** The reason of the last message of the model. */
  finishReason: string | undefined;
  usage: Record<string, number> | undefined;
  hasThought = false;
  hasOwnEvents = false;
  /** The modes and the kinds of parts that are not shown. */
  readonly unread = new Set<string>();
  readonly tools: GraphTools;
  readonly #options: GraphConversionOptions;
  readonly #writer: AnswerWriter;
  readonly #floor = new Floor<Spoken>();
  readonly #earlier: ReadonlySet<string>;
  /** The keys of the messages that were shown, in order. */
  readonly #shown = new Map<string, string | undefined>();
  #key: string | undefined;
  #isMessageOpen = false;
  #images = 0;
  #hasMessagesMode: boolean;

  constructor(turn: AnswerTurn, options: GraphConversionOptions) {
    this.#options = options;
    this.#writer = new AnswerWriter(turn);
    this.#earlier = new Set(options.seen.messages);
    this.#hasMessagesMode = options.modes?.includes('messages') ?? false;
    const { converter, tools, seen } = options;
    this.tools = new GraphTools(turn, { converter, tools, earlier: new Set(seen.tools) });
  }

  get saidSomething(): boolean {
    return this.#writer.saidSomething;
  }

  /** The ids to keep for the next answer of the same run. */
  get seen(): SeenIds {
    const own = [...this.#shown.values()].filter((id) => id !== undefined);
    return { messages: [...this.#earlier, ...own].slice(-maxSeen), tools: this.tools.done.slice(-maxSeen) };
  }

  /** Returns the events that a chunk becomes. */
  async convert(given: unknown): Promise<HookEventInput[]> {
    const { modes } = this.#options;
    const chunk = readChunk(given, modes?.length === 1 ? modes[0] : undefined);
    const { mode, data } = chunk;
    if (isObject(data) && (mode === 'updates' || mode === 'values')) this.#interrupted(data['__interrupt__']);
    switch (mode) {
      case 'messages':
        return this.#message(chunk);
      case 'updates':
        return this.#update(chunk);
      case 'custom':
        return this.#custom(data);
      default:
        this.#note(mode === undefined ? 'a chunk without a mode' : `mode ${mode}`);
        return [];
    }
  }

  /** Shows the messages that wait, and ends what is open. */
  async close(): Promise<HookEventInput[]> {
    return [...(await this.#released(true)), ...this.#writer.end()];
  }

  /** Notes the name of a part that is not shown. */
  #note(name: string): void {
    if (this.unread.size < maxNames) this.unread.add(name.slice(0, 100));
  }

  #interrupted(given: unknown): void {
    if (!Array.isArray(given)) return;
    if (given.length === 0) this.hasBreakpoint = true;
    for (const one of given as unknown[]) {
      const { id, value } = isObject(one) ? one : { value: one };
      const known = typeof id === 'string' ? id : undefined;
      this.interrupts.set(known ?? String(this.interrupts.size), { id: known, value });
    }
  }

  async #message({ data, namespace }: GraphChunk): Promise<HookEventInput[]> {
    this.#hasMessagesMode = true;
    const [given, about] = Array.isArray(data) ? (data as unknown[]) : [];
    const message = readMessage(given);
    if (!message) this.#note('a message of an unknown type');
    if (!message || message.kind === 'other') return [];
    const metadata = isObject(about) ? about : {};
    const {
      langgraph_checkpoint_ns: own,
      checkpoint_ns: path = own,
      langgraph_step: step,
      langgraph_node: node,
    } = metadata;
    const tasks = typeof (own ?? path) === 'string' ? String(own ?? path) : namespace.join('|');
    const name = typeof node === 'string' ? node : '';
    if (!this.#speaks(name, tasks === '' ? [] : tasks.split('|'))) return [];
    const key = `${tasks} ${message.id ?? ''}`;
    const spoken = { message, key, isWhole: !isChunk(message) };
    const place = { path: tasks, step: typeof step === 'number' ? step : undefined };
    if (!this.#floor.admits(place, spoken)) return this.#released(false);
    return [...(await this.#speak(spoken)), ...(await this.#released(false))];
  }

  #speaks(node: string, tasks: readonly string[]): boolean {
    return this.#options.speaks(node, [...new Set([...tasks.map(nameOf), ...(node === '' ? [] : [node])])]);
  }

  /** Shows the messages that waited for another node. */
  async #released(isEnd: boolean): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    for (let waiting = this.#floor.next(isEnd); waiting.length > 0; waiting = this.#floor.next(isEnd)) {
      for (const spoken of waiting) events.push(...(await this.#speak(spoken)));
    }
    return events;
  }

  /** Shows messages that a node has returned, where the stream has no mode `messages`, which has them already. */
  async #update({ data, namespace }: GraphChunk): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    const { __metadata__: metadata, ...updates } = isObject(data) ? data : {};
    // A graph that continues sends the updates of the nodes that had ended again, with messages without ids.
    const isAgain = isObject(metadata) && metadata['cached'] === true;
    for (const [node, update] of Object.entries(updates)) {
      if (node === '__interrupt__') continue;
      this.#floor.finish(namespace, node);
      if (!this.#speaks(node, namespace)) continue;
      for (const message of newMessages(update)) {
        const text = textKey(node, message);
        if (isAgain && this.#earlier.has(text)) continue;
        if (!this.#hasMessagesMode) {
          const key = `${namespace.join('|')}|${node} ${message.id ?? text}`;
          events.push(...(await this.#speak({ message, key, isWhole: true })));
          if (message.kind === 'ai') this.#shown.set(text, text);
        } else if (message.kind === 'ai') events.push(...this.#steps(this.tools.called(message)));
      }
    }
    return [...events, ...(await this.#released(false))];
  }

  /** Data as it is written by a node: progress, an event, or anything else, which the converter may show. */
  async #custom(data: unknown): Promise<HookEventInput[]> {
    if (isObject(data) && typeof data['progress'] === 'string' && data['type'] === undefined) {
      const { progress: text, icon } = data;
      const event = { type: 'progress_update', text, ...(typeof icon === 'string' && { icon }) };
      const { data: checked } = HookEventSchema.safeParse(event);
      return [checked ?? { type: 'progress_update', text }];
    }
    if (isObject(data) && HookEventSchema.safeParse(data).success)
      return this.#own([data as unknown as HookEventInput]);
    const events = (await this.#options.converter.customToEvents(data)) as HookEventInput[] | null;
    if (events) return this.#own(events);
    this.#note('mode custom');
    return [];
  }

  /** Items of the application are shown after what is open. */
  #own(events: HookEventInput[]): HookEventInput[] {
    if (!events.some(({ type }) => type.startsWith('thread.item.'))) return events;
    this.hasOwnEvents = true;
    this.#isMessageOpen = false;
    return [...this.#writer.before(), ...events];
  }

  async #speak({ message, key, isWhole }: Spoken): Promise<HookEventInput[]> {
    if (message.kind === 'tool') return this.#steps(this.tools.answered(message));
    const { id } = message;
    if (id !== undefined && this.#earlier.has(id)) return [];
    const isNew = this.#key !== key;
    const isRepeated = isWhole && id !== undefined && this.#shown.has(key);
    const events: HookEventInput[] = [];
    if (!isRepeated) {
      if (isNew && this.#isMessageOpen) events.push(...this.#show(this.#writer.before()));
      if (isWhole || isNew) this.#shown.set(key, id);
      this.#key = key;
      for (const part of contentParts(message)) events.push(...(await this.#part(part)));
      this.#counted(message);
    }
    events.push(...this.#steps(this.tools.called(message)));
    const reason = finishReasonOf(message);
    if (reason !== undefined) this.finishReason = reason;
    else if (isNew && !isRepeated) this.finishReason = undefined;
    if (reason !== undefined) this.#floor.finishCurrent();
    return events;
  }

  #counted(message: ReadMessage): void {
    const sum = this.usage ?? {};
    if (addUsage(sum, message)) this.usage = sum;
  }

  async #part(part: ContentPart): Promise<HookEventInput[]> {
    switch (part.kind) {
      case 'text': {
        const events = this.#writer.text(part.text);
        if (events.length > 0) this.#isMessageOpen = true;
        return events;
      }
      case 'thought':
        if (part.text.trim() !== '') this.hasThought = true;
        return this.#options.reasoning ? this.#show(this.#writer.thought(part.text)) : [];
      case 'image':
        return this.#show(this.#writer.image({ key: `image_${this.#images++}`, url: part.url }));
      case 'source': {
        const annotation = await this.#options.converter.sourceToAnnotation(part);
        const index = part.end === undefined ? {} : { index: part.end };
        return annotation ? this.#writer.source({ ...index, ...(annotation as AnnotationInput) }) : [];
      }
      default:
        this.#note(`content ${part.type}`);
        return [];
    }
  }

  #steps(shown: ReturnType<GraphTools['called']>): HookEventInput[] {
    return shown.flatMap(({ task, key }) => this.#show(this.#writer.step(task, key)));
  }

  #show(events: HookEventInput[]): HookEventInput[] {
    if (events.length > 0) this.#isMessageOpen = false;
    return events;
  }
}

/** The most ids that are kept for the next answer of a run. */
const maxSeen = 1000;

/** Identifies a message without an id, by its node and its content. */
function textKey(node: string, { fields }: ReadMessage): string {
  const text = JSON.stringify([node, fields['content'], fields['tool_calls']]);
  return `text ${createHash('sha256').update(text).digest('base64url')}`;
}

function isChunk({ fields }: ReadMessage): boolean {
  return Array.isArray(fields['tool_call_chunks']) || fields['type'] === 'AIMessageChunk';
}

/** Returns the messages that a node has added, without those before the newest message of the user. */
function newMessages(update: unknown): ReadMessage[] {
  const found = messagesIn(update, 0);
  const last = found.findLastIndex(({ kind }) => kind === 'other');
  return found.slice(last + 1);
}

/** Finds messages in an update: in its values and their lists, and in the update of a command. */
function messagesIn(value: unknown, depth: number): ReadMessage[] {
  const message = readMessage(value);
  if (message) return [message];
  if (depth > 3 || typeof value !== 'object' || value === null) return [];
  const parts: unknown[] = Array.isArray(value) ? (value as unknown[]) : Object.values(value);
  return parts.flatMap((part) => messagesIn(part, depth + 1));
}
