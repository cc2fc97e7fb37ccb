// Converts the parts of one stream of the AI SDK into the events of a turn.
import { reportUsage } from '../model-usage';
import { AnswerWriter } from '../../answers/answer-writer';
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { AnnotationInput, HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import { type Part, readPart, type ReadType } from './parts';
import { type ShownTools, ToolCalls } from './tool-calls';
import type { AiFile, AiSource, TextStreamConverter } from './text-stream-converter';

/** How a conversion is done. */
export interface PartConversionOptions {
  converter: TextStreamConverter;
  /** Shows thoughts. */
  reasoning: boolean;
  tools: ShownTools;
}

type Events = HookEventInput[] | Promise<HookEventInput[]>;

/** The state of a conversion. Give it every part, in order; each call returns the events to yield. */
export class PartConversion {
  /** Why the model stopped; undefined until the stream says that it has finished. */
  finishReason: string | undefined;
  /** The provider's own word for it. */
  rawFinishReason: string | undefined;
  usage: unknown;
  /** The first failure that the stream reports. */
  failure: { error: unknown } | undefined;
  /** True once the stream reports that it was aborted. */
  aborted = false;
  /** Why a processor of Mastra's stopped the answer. */
  tripwire: string | undefined;
  /** True once the application's events are among those of the answer. */
  hasOwnEvents = false;
  hasThought = false;
  /** Types of parts that nobody reads. */
  readonly unread = new Set<string>();
  /** The ids of the items that say what the model did. */
  readonly items = new Set<string>();
  readonly calls: ToolCalls;
  readonly #turn: AnswerTurn;
  #hasReported = false;
  readonly #options: PartConversionOptions;
  readonly #writer: AnswerWriter;
  readonly #known = new Set<string>();
  #thoughtId: string | undefined;
  #isMessageOpen = false;
  #files = 0;

  constructor(turn: AnswerTurn, options: PartConversionOptions) {
    this.#turn = turn;
    this.#options = options;
    this.#writer = new AnswerWriter(turn);
    this.calls = new ToolCalls(turn, options);
  }

  /** True once the answer has text or an image. */
  get saidSomething(): boolean {
    return this.#writer.saidSomething;
  }

  /** Returns the events that one part becomes. */
  convert(given: unknown): Events {
    const reading = readPart(given);
    switch (reading.kind) {
      case 'read':
        return this.#read(reading.type, reading.part);
      case 'data':
        return this.#data(reading.name, reading.part);
      case 'unknown':
        if (this.unread.size < maxUnread) this.unread.add(reading.type.slice(0, 100));
        return [];
      default:
        return [];
    }
  }

  /** Ends what is open, as far as it is. */
  close(): HookEventInput[] {
    return this.#note(this.#writer.end());
  }

  #read(type: ReadType, part: Part): Events {
    switch (type) {
      case 'text-delta':
        return this.#text(textOf(part['text'] ?? part['delta']));
      case 'text-end':
        return this.#citations(part['citations']);
      case 'reasoning-delta':
        return this.#thought(textOf(part['id']), textOf(part['text'] ?? part['delta']));
      case 'reasoning-end':
        return this.#endThought();
      case 'source':
        return this.#source(part);
      case 'file':
        return this.#file(part['file']);
      case 'start-step':
        // A message of a step before is whole: its sources have come.
        return this.#isMessageOpen ? this.#show(this.#writer.before()) : [];
      case 'finish-step':
      case 'finish':
        return this.#finish(type, part);
      case 'abort':
        this.aborted = true;
        return [];
      case 'error':
        this.failure ??= { error: part['error'] };
        return [];
      case 'tripwire':
        this.tripwire ??= textOf(part['reason']) || 'unknown';
        return [];
      default: {
        const task = this.calls.read(type, part);
        return task ? this.#show(this.#writer.step(task.task, task.key)) : [];
      }
    }
  }

  #text(delta: string): HookEventInput[] {
    const events = this.#note(this.#writer.text(delta));
    if (events.length > 0) this.#isMessageOpen = true;
    return events;
  }

  #thought(id: string, delta: string): HookEventInput[] {
    if (delta === '') return [];
    if (delta.trim() !== '') this.hasThought = true;
    if (!this.#options.reasoning) return [];
    const before = this.#thoughtId !== undefined && this.#thoughtId !== id ? this.#endThought() : [];
    this.#thoughtId = id;
    return [...before, ...this.#show(this.#writer.thought(delta))];
  }

  #endThought(): HookEventInput[] {
    this.#thoughtId = undefined;
    return this.#note(this.#writer.endThought());
  }

  /** Each source counts once. */
  async #source(part: Part): Promise<HookEventInput[]> {
    const source: AiSource = {
      sourceType: stringOf(part['sourceType']),
      url: stringOf(part['url']),
      title: stringOf(part['title']),
      filename: stringOf(part['filename']),
      mediaType: stringOf(part['mediaType']),
    };
    const key = JSON.stringify([source.url ?? [source.filename, source.title]]);
    if (this.#known.has(key) || this.#known.size >= maxSources) return [];
    this.#known.add(key);
    const annotation = await this.#options.converter.sourceToAnnotation(source);
    const end = part['endIndex'];
    const index = typeof end === 'number' && Number.isSafeInteger(end) && end >= 0 ? { index: end } : {};
    return annotation ? this.#note(this.#writer.source({ ...index, ...(annotation as AnnotationInput) })) : [];
  }

  async #citations(citations: unknown): Promise<HookEventInput[]> {
    const events: HookEventInput[] = [];
    for (const citation of Array.isArray(citations) ? (citations as unknown[]) : []) {
      if (!isObject(citation) || !isObject(citation['source'])) continue;
      events.push(...(await this.#source({ ...citation['source'], endIndex: citation['endIndex'] })));
    }
    return events;
  }

  async #file(given: unknown): Promise<HookEventInput[]> {
    const { mediaType, base64, data } = isObject(given) ? given : {};
    const bytes = data instanceof Uint8Array ? Buffer.from(data).toString('base64') : stringOf(data);
    const file: AiFile = {
      id: `file_${this.#files++}`,
      mediaType: stringOf(mediaType) ?? 'application/octet-stream',
      base64: stringOf(base64) ?? bytes ?? '',
    };
    const { converter } = this.#options;
    if (file.base64 !== '' && file.mediaType.startsWith('image/')) {
      return this.#show(this.#writer.image({ key: file.id, url: await converter.imageToUrl(file) }));
    }
    const events = (await converter.fileToEvents(file)) as HookEventInput[] | null;
    if (events) return this.#own(events);
    const { logger = consoleLogger, thread } = this.#turn;
    logger.warn({ thread_id: thread.id, media_type: file.mediaType }, 'a file that a model made is not shown');
    return [];
  }

  async #data(name: string, part: Part): Promise<HookEventInput[]> {
    const data = part['data'] ?? part['payload'];
    const events = (await this.#options.converter.dataToEvents(name, data)) as HookEventInput[] | null;
    if (events) return this.#own(events);
    if (this.unread.size < maxUnread) this.unread.add(`data-${name}`.slice(0, 100));
    return [];
  }

  #finish(type: 'finish' | 'finish-step', part: Part): HookEventInput[] {
    const { finishReason, rawFinishReason } = part;
    this.usage = part['totalUsage'] ?? part['usage'] ?? this.usage;
    this.#report(type, part);
    // The reason of the last step is that of the answer, and only the end of the stream says that there is no other step.
    if (type === 'finish') this.finishReason = stringOf(finishReason) ?? 'unknown';
    this.rawFinishReason = stringOf(rawFinishReason);
    return [];
  }

  /** Reports the tokens of each step, and those of the whole answer where no step has any. */
  #report(type: 'finish' | 'finish-step', part: Part): void {
    if (type === 'finish') {
      if (!this.#hasReported) reportUsage(this.#turn, { usage: this.usage });
      return;
    }
    const { usage, response } = part;
    if (!isObject(usage)) return;
    this.#hasReported = true;
    reportUsage(this.#turn, { usage, model: isObject(response) ? response['modelId'] : undefined });
  }

  /** Events of the application are shown after what is open. */
  #own(events: HookEventInput[]): HookEventInput[] {
    if (events.length === 0) return [];
    this.hasOwnEvents = true;
    return [...this.#show(this.#writer.before()), ...events];
  }

  /** Something other than the message is shown. */
  #show(events: HookEventInput[]): HookEventInput[] {
    if (events.length > 0) this.#isMessageOpen = false;
    return this.#note(events);
  }

  #note(events: HookEventInput[]): HookEventInput[] {
    for (const event of events) {
      if (event.type === 'thread.item.done') this.items.add(event.item.id);
      else if (event.type === 'thread.item.removed') this.items.delete(event.item_id);
    }
    return events;
  }
}

/** More than these are a fault of the stream. */
const maxUnread = 20;
const maxSources = 500;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
