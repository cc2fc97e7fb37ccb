// Converts the events of one or more Responses API streams into the events of one turn.
import { ImageWriter } from '../../answers/image-writer';
import { MessageWriter } from '../../answers/message-writer';
import type { WorkflowHolder } from '../../answers/open-workflow';
import { WorkflowWriter } from '../../answers/workflow-writer';
import type { Annotation, AnnotationInput, AssistantMessageContent, HookEventInput, Task } from '../../protocol';
import type { Widened } from './widened';
import { AnnotationSchema } from '../../protocol';
import { ResponseMessage } from './response-message';
import { ItemIds, type ItemTurn, isPlaceholderId } from './item-ids';
import type { RawResponseEvent, ResponseContentPart, ResponseOutputItem } from './response-events';
import {
  type ContainerFileCitation,
  type FileCitation,
  ResponseStreamConverter,
  type UrlCitation,
} from './response-stream-converter';

/** Options of a conversion. */
export interface ConversionOptions {
  /** Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Shows the calls of hosted tools as tasks of a workflow. Default false. */
  tools?: boolean | undefined;
  /** Reads a `<think>` block at the beginning of a message as a thought. Default true. */
  think?: boolean | undefined;
  /** Holds the open workflow when other code adds to the workflow as well. Default: the conversion holds it. */
  workflow?: WorkflowHolder | undefined;
}

/** An item of the stream that was added and is not done. */
interface Open<T> {
  providerId: string | null | undefined;
  outputIndex: number | undefined;
  value: T;
}

/**
 * The state of a conversion. Every event must be passed in order. Each call returns the events to yield: none for an
 * event that no client shows, and none for a malformed event, so that a provider which is only almost compatible still
 * works.
 */
export class ResponseConversion<TContext> {
  /** True when a finished message has text, or an image is complete. */
  saidSomething = false;
  /** True when a thought was shown. */
  hasThought = false;
  /** The names of parts of messages that cannot be shown. */
  readonly unshown = new Set<string>();
  readonly #turn: ItemTurn<TContext>;
  readonly #converter: ResponseStreamConverter;
  readonly #showTools: boolean;
  readonly #ids: ItemIds<TContext>;
  readonly #workflow: WorkflowWriter;
  readonly #think: boolean;
  #messages: Open<ResponseMessage>[] = [];
  #images: Open<ImageWriter>[] = [];
  /** The provider's ids of finished messages, whose later events are dropped. */
  readonly #doneMessages = new Set<string>();

  constructor(turn: ItemTurn<TContext>, options: ConversionOptions = {}) {
    this.#turn = turn;
    this.#converter = options.converter ?? new ResponseStreamConverter();
    this.#showTools = options.tools ?? false;
    this.#think = options.think ?? true;
    this.#ids = new ItemIds(turn);
    this.#workflow = new WorkflowWriter(turn, options.workflow ?? { workflowItem: null });
  }

  /** True when any message has text, finished or not. */
  get showsAnswer(): boolean {
    return this.saidSomething || this.#messages.some(({ value }) => value.saysSomething);
  }

  /** Closes the workflow, if one is open. */
  endWorkflow(): HookEventInput[] {
    return this.#workflow.end();
  }

  /**
   * Closes the open items at the end of the stream, or after its failure. Messages are kept as they are. Images that
   * never arrived are removed.
   */
  endItems(): HookEventInput[] {
    const events: HookEventInput[] = [];
    for (const { value: message } of this.#messages) {
      events.push(...message.end());
      this.#note(message);
    }
    for (const { value: image } of this.#images) events.push(...image.removed());
    this.#messages = [];
    this.#images = [];
    return events;
  }

  /** Returns the events for one event of the stream. Text needs no promise, because most events are text. */
  convert(event: RawResponseEvent): HookEventInput[] | Promise<HookEventInput[]> {
    switch (event.type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        return this.#textDelta(event);
      case 'response.content_part.added':
        return this.#partAdded(event);
      case 'response.output_text.done':
        return this.#partDone(event, event.text);
      case 'response.refusal.done':
        return this.#partDone(event, event.refusal);
      case 'response.content_part.done':
        return this.#partAgain(event);
      case 'response.output_text.annotation.added':
        return this.#annotationAdded(event);
      case 'response.output_item.added':
        return this.#itemAdded(event, event.item);
      case 'response.output_item.done':
        return this.#itemDone(event, event.item);
      case 'response.reasoning_summary_text.delta':
        return this.#thought(event.delta, (text) => this.#workflow.thoughtDelta(thoughtKey(event), text));
      case 'response.reasoning_summary_text.done':
        return this.#thought(event.text, (text) => this.#workflow.thoughtDone(thoughtKey(event), text));
      case 'response.image_generation_call.partial_image':
        return this.#partialImage(event);
      default:
        return [];
    }
  }

  #thought(text: string | undefined, show: (text: string) => HookEventInput[]): HookEventInput[] {
    if (text === undefined) return [];
    if (text.trim() !== '') this.hasThought = true;
    return show(text);
  }

  #textDelta(event: RawResponseEvent): HookEventInput[] | Promise<HookEventInput[]> {
    const { delta, content_index = 0 } = event;
    if (delta === undefined) return [];
    const open = find(this.#messages, event.item_id, event.output_index);
    return open ? open.value.text(content_index, delta) : this.#firstText(event, delta);
  }

  async #firstText(event: RawResponseEvent, delta: string): Promise<HookEventInput[]> {
    const { message, events } = await this.#messageOf(event);
    return message ? [...events, ...message.text(event.content_index ?? 0, delta)] : [];
  }

  async #partAdded(event: RawResponseEvent): Promise<HookEventInput[]> {
    const { part, content_index = 0 } = event;
    if (!part || part.type === 'reasoning_text') return [];
    const { message, events } = await this.#messageOf(event);
    return message ? [...events, ...message.partAdded(content_index, await this.#content(part))] : [];
  }

  async #partDone(event: RawResponseEvent, text: string | undefined): Promise<HookEventInput[]> {
    // An empty part does not begin a message, and does not replace the text of its deltas.
    if (!text && !find(this.#messages, event.item_id, event.output_index)) return [];
    const { message, events } = await this.#messageOf(event);
    if (!message) return [];
    return [...events, ...message.partDone(event.content_index ?? 0, text || undefined)];
  }

  /** Reads the end of a part, which repeats the end of its text. Some proxies send only one of the two events. */
  #partAgain(event: RawResponseEvent): HookEventInput[] | Promise<HookEventInput[]> {
    const { part, item_id, output_index } = event;
    if (!part || part.type === 'reasoning_text') return [];
    if (find(this.#messages, item_id, output_index)?.value.saysSomething) return [];
    return this.#partDone(event, part.text ?? part.refusal);
  }

  async #annotationAdded(event: RawResponseEvent): Promise<HookEventInput[]> {
    const annotation = await this.#annotation(event.annotation);
    if (!annotation) return [];
    const { message, events } = await this.#messageOf(event);
    return message ? [...events, ...message.annotation(event.content_index ?? 0, annotation)] : [];
  }

  async #itemAdded(event: RawResponseEvent, item: ResponseOutputItem | undefined): Promise<HookEventInput[]> {
    switch (item?.type) {
      case 'message': {
        const { events } = await this.#openMessage(item.id, event.output_index, await this.#contents(item));
        return events;
      }
      case 'reasoning':
        return this.#workflow.reasoningAdded();
      case 'image_generation_call':
        return [...this.#workflow.end(), ...this.#openImage(item.id, event.output_index).added()];
      default: {
        const task = item && this.#showTools ? (this.#converter.toolCallToTask(item, false) as Task | null) : null;
        return task ? this.#workflow.addStep(task, callKey(event, item)) : [];
      }
    }
  }

  async #itemDone(event: RawResponseEvent, item: ResponseOutputItem | undefined): Promise<HookEventInput[]> {
    switch (item?.type) {
      case 'message':
        return this.#messageDone(event, item);
      case 'image_generation_call':
        return this.#imageDone(event, item);
      case 'reasoning':
        return this.#reasoningDone(event, item);
      default: {
        const task = item && this.#showTools ? (this.#converter.toolCallToTask(item, true) as Task | null) : null;
        return task ? this.#workflow.lastStep(task, callKey(event, item)) : [];
      }
    }
  }

  /** Shows thoughts that no earlier event has shown. */
  #reasoningDone(event: RawResponseEvent, { id, summary }: ResponseOutputItem): HookEventInput[] {
    if (this.hasThought || this.showsAnswer || !summary.some(({ text }) => text?.trim())) return [];
    const at = { item_id: id, ...event };
    return [
      ...this.#workflow.reasoningAdded(),
      ...summary.flatMap(({ text }, summary_index) =>
        this.#thought(text, (thought) => this.#workflow.thoughtDone(thoughtKey({ ...at, summary_index }), thought)),
      ),
    ];
  }

  /** Ends a message. An empty message is not stored, and an empty end does not replace the text of the deltas. */
  async #messageDone(event: RawResponseEvent, item: ResponseOutputItem): Promise<HookEventInput[]> {
    for (const { type = 'unknown', text, refusal, transcript } of item.content) {
      if ((text ?? refusal ?? transcript) !== undefined || this.unshown.size >= maxUnshown) continue;
      this.unshown.add(`content: a part of the type ${type}`.slice(0, 100));
    }
    const content = await this.#contents(item);
    const open = find(this.#messages, item.id, event.output_index);
    if (!open && !content.some(hasText)) return [];
    const message = open?.value ?? (await this.#newMessage(item.id));
    this.#messages = this.#messages.filter((other) => other !== open);
    for (const id of [item.id, open?.providerId]) if (id && !isPlaceholderId(id)) this.#doneMessages.add(id);
    const events = message.done(content);
    this.#note(message);
    this.saidSomething ||= events.some(
      (made) => made.type === 'thread.item.done' && made.item.type === 'assistant_message',
    );
    return events;
  }

  /** Records at the end of a message that the message had text or thoughts. */
  #note({ saysSomething, hasThought }: ResponseMessage): void {
    this.saidSomething ||= saysSomething;
    this.hasThought ||= hasThought;
  }

  /** Returns the message of an event. A message that was never announced is opened, with its events. */
  async #messageOf({ item_id, output_index }: RawResponseEvent) {
    const open = find(this.#messages, item_id, output_index);
    if (open) return { message: open.value, events: [] };
    if (item_id !== undefined && this.#doneMessages.has(item_id)) return { message: undefined, events: [] };
    return this.#openMessage(item_id, output_index);
  }

  async #openMessage(
    providerId: string | null | undefined,
    outputIndex: number | undefined,
    content?: AssistantMessageContent[],
  ) {
    const message = await this.#newMessage(providerId);
    this.#messages.push({ providerId, outputIndex, value: message });
    return { message, events: message.added(content) };
  }

  async #newMessage(providerId: string | null | undefined): Promise<ResponseMessage> {
    const writer = new MessageWriter(this.#turn, await this.#ids.idFor(providerId));
    return new ResponseMessage(writer, this.#workflow, this.#think);
  }

  #openImage(providerId: string | null | undefined, outputIndex: number | undefined): ImageWriter {
    const image = new ImageWriter(this.#turn);
    this.#images.push({ providerId, outputIndex, value: image });
    return image;
  }

  async #partialImage(event: RawResponseEvent): Promise<HookEventInput[]> {
    const { partial_image_b64: base64, partial_image_index: partialImageIndex = 0 } = event;
    const open = find(this.#images, event.item_id, event.output_index);
    if (!open || base64 === undefined) return [];
    const imageId = event.item_id ?? open.value.id;
    const url = await this.#converter.base64ImageToUrl({ imageId, base64, partialImageIndex });
    const progress = this.#converter.partialImageIndexToProgress(partialImageIndex);
    return open.value.version({ id: imageId, url }, progress);
  }

  async #imageDone(event: RawResponseEvent, item: ResponseOutputItem): Promise<HookEventInput[]> {
    const open = find(this.#images, item.id, event.output_index);
    this.#images = this.#images.filter((other) => other !== open);
    if (!item.result) return open ? open.value.removed() : []; // the image failed, so the item is removed
    const image = open?.value ?? new ImageWriter(this.#turn);
    const imageId = item.id ?? image.id;
    const url = await this.#converter.base64ImageToUrl({ imageId, base64: item.result });
    this.saidSomething = true;
    return [...(open ? [] : this.#workflow.end()), ...image.done({ id: imageId, url })];
  }

  async #contents({ content }: ResponseOutputItem): Promise<AssistantMessageContent[]> {
    return Promise.all(content.map((part) => this.#content(part)));
  }

  async #content({ text, refusal, transcript, annotations }: ResponseContentPart): Promise<AssistantMessageContent> {
    const converted = await Promise.all(annotations.map((annotation) => this.#annotation(annotation)));
    return {
      type: 'output_text',
      text: text ?? refusal ?? transcript ?? '',
      annotations: withoutRepeated(converted.filter((annotation) => annotation !== undefined)),
    };
  }

  async #annotation(given: RawResponseEvent['annotation']) {
    const type = given?.type;
    let annotation: Widened<AnnotationInput> | null = null;
    if (type === 'url_citation') annotation = await this.#converter.urlCitationToAnnotation(given as UrlCitation);
    else if (type === 'file_citation') {
      annotation = await this.#converter.fileCitationToAnnotation(given as FileCitation);
    } else if (type === 'container_file_citation') {
      annotation = await this.#converter.containerFileCitationToAnnotation(given as ContainerFileCitation);
    }
    return annotation ? AnnotationSchema.parse(annotation) : undefined;
  }
}

/** More names are a fault of the stream. */
const maxUnshown = 20;

/**
 * Finds the open item of an event: the item with this id and index, else with this id, else with this index, because
 * some providers send a new id with each event. When id and index are missing, finds the newest item.
 */
function find<T>(
  open: Open<T>[],
  providerId: string | null | undefined,
  outputIndex: number | undefined,
): Open<T> | undefined {
  const [only] = open;
  if (only && open.length === 1 && only.providerId === providerId && only.outputIndex === outputIndex) return only;
  const sameId = open.filter((item) => item.providerId === providerId);
  const sayNothing = isPlaceholderId(providerId) && outputIndex === undefined;
  return (
    sameId.find((item) => item.outputIndex === outputIndex) ??
    sameId.at(-1) ??
    open.find((item) => outputIndex !== undefined && item.outputIndex === outputIndex) ??
    open.findLast((item) => sayNothing || (isPlaceholderId(item.providerId) && item.outputIndex === undefined))
  );
}

function callKey({ output_index }: RawResponseEvent, item: ResponseOutputItem | undefined): string {
  return item?.id ?? `at ${output_index ?? ''}`;
}

function hasText({ text }: AssistantMessageContent): boolean {
  return text.trim() !== '';
}

/** Returns the key of a thought: its item, and its number within the item. */
function thoughtKey({ item_id = '', summary_index = 0 }: RawResponseEvent): string {
  return `${item_id} ${summary_index}`;
}

/** Removes repeated sources of the same place. */
function withoutRepeated(annotations: readonly Annotation[]): Annotation[] {
  const seen = new Map(annotations.map((annotation) => [JSON.stringify(annotation), annotation]));
  return [...seen.values()];
}
