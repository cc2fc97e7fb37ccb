// Makes the events of one message of the assistant, in the order that clients need, and keeps its content.
import {
  type Annotation,
  type AssistantMessageContent,
  type AssistantMessageItem,
  type HookEventInput,
  type ThreadItemUpdate,
  updateItem,
} from '../protocol';
import { type AnswerTurn, newItem } from './new-item';
import { wellFormed, withoutHalf } from './whole-characters';

/**
 * The largest number of parts. A larger content index is a fault of the stream, and the text of that part is dropped.
 */
const maxParts = 100;

/** Makes the events of one message. The first event adds the message. The message is done once. */
export class MessageWriter {
  #item: AssistantMessageItem;
  /** Deltas that are not in the item yet. They are added together, because each addition copies the item. */
  #growing: { content_index: number; deltas: string[] } | null = null;
  /** The first half of a character, which waits for the other half. */
  #half: { content_index: number; text: string } | null = null;
  /** True once {@link saysSomething} was. Only the content of a part can take that back. */
  #said = false;
  /** The sources of each part, as JSON. */
  readonly #sources = new Map<number, Set<string>>();

  /** @param id Default: a new id. */
  constructor(turn: AnswerTurn, id?: string) {
    this.#item = { ...newItem(turn, 'assistant_message', id), content: [] };
  }

  get id(): string {
    return this.#item.id;
  }

  /** True once the message has text that is not white space. */
  get saysSomething(): boolean {
    this.#said ||= this.#settled().content.some(({ text }) => text.trim() !== '');
    return this.#said;
  }

  /** Adds the message, with the parts that it already has. */
  added(content: readonly AssistantMessageContent[] = []): HookEventInput[] {
    this.#item = { ...this.#item, content: [...content] };
    return [{ type: 'thread.item.added', item: this.#item }];
  }

  /** Begins a part. Earlier parts that have not begun are added empty. */
  partAdded(content_index: number, content: AssistantMessageContent = emptyPart()): HookEventInput[] {
    if (!Number.isSafeInteger(content_index) || content_index < 0 || content_index >= maxParts) return [];
    this.#sources.delete(content_index);
    return [
      ...this.#padTo(content_index),
      this.#update({ type: 'assistant_message.content_part.added', content_index, content }),
    ];
  }

  /** Appends text. Begins the part if necessary, because clients drop the text of a part that was not added. */
  text(content_index: number, delta: string): HookEventInput[] {
    const half = this.#half;
    if (!half) return this.#text(content_index, delta);
    if (half.content_index !== content_index) return [...this.#endHalf(), ...this.#text(content_index, delta)];
    if (delta === '') return [];
    this.#half = null;
    return this.#text(content_index, half.text + delta);
  }

  #text(content_index: number, delta: string): HookEventInput[] {
    const text = withoutHalf(delta);
    const events = this.#padTo(content_index + 1);
    if (content_index >= this.#item.content.length) return [];
    if (text !== delta) this.#half = { content_index, text: delta.slice(text.length) };
    if (text !== delta && text === '') return events;
    if (this.#growing?.content_index !== content_index) {
      this.#settled();
      this.#growing = { content_index, deltas: [] };
    }
    this.#growing.deltas.push(text);
    const update: ThreadItemUpdate = { type: 'assistant_message.content_part.text_delta', content_index, delta: text };
    events.push({ type: 'thread.item.updated', item_id: this.id, update });
    return events;
  }

  /** A half whose other half never came becomes U+FFFD. */
  #endHalf(): HookEventInput[] {
    const half = this.#half;
    this.#half = null;
    return half ? this.#text(half.content_index, wellFormed(half.text)) : [];
  }

  /** Adds a source once. Counts the annotations itself, because not every annotation of a provider is shown. */
  annotation(content_index: number, annotation: Annotation): HookEventInput[] {
    const events = this.#padTo(content_index + 1);
    const part = this.#part(content_index);
    if (!part) return [];
    const known = this.#sourcesOf(content_index, part);
    const repeated = JSON.stringify(annotation);
    if (known.has(repeated)) return events;
    known.add(repeated);
    const annotation_index = part.annotations.length;
    const type = 'assistant_message.content_part.annotation_added';
    events.push(this.#update({ type, content_index, annotation_index, annotation }));
    return events;
  }

  #sourcesOf(index: number, { annotations }: AssistantMessageContent): Set<string> {
    let known = this.#sources.get(index);
    if (!known) this.#sources.set(index, (known = new Set(annotations.map((one) => JSON.stringify(one)))));
    return known;
  }

  /** Ends a part. @param text The whole text. Default: the text of the deltas. */
  partDone(content_index: number, text?: string): HookEventInput[] {
    const events = [...this.#halfBefore(text), ...this.#padTo(content_index + 1)];
    const part = this.#part(content_index);
    if (!part) return [];
    if (text !== undefined) this.#said = false;
    const content = { ...part, ...(text !== undefined && { text }) };
    events.push(this.#update({ type: 'assistant_message.content_part.done', content_index, content }));
    return events;
  }

  /**
   * Ends the message.
   * @param content The whole content. Default: the content of the other events. A part without sources gets the sources
   * that were shown.
   */
  done(content?: readonly AssistantMessageContent[]): HookEventInput[] {
    const events = this.#halfBefore(content);
    const own = this.#settled();
    const whole = content?.map((part, index) =>
      part.annotations.length > 0 ? part : { ...part, annotations: own.content[index]?.annotations ?? [] },
    );
    const item = whole ? { ...own, content: whole } : own;
    return [...events, { type: 'thread.item.done', item }];
  }

  /** A whole text has both halves of each character, so the waiting half is dropped. */
  #halfBefore(whole: unknown): HookEventInput[] {
    if (whole === undefined) return this.#endHalf();
    this.#half = null;
    return [];
  }

  /** Ends the message with its partial content, or removes it when it has no text. */
  end(): HookEventInput[] {
    return this.saysSomething ? this.done() : [{ type: 'thread.item.removed', item_id: this.id }];
  }

  /** Returns the item with all of its text. */
  #settled(): AssistantMessageItem {
    const growing = this.#growing;
    if (growing) {
      this.#growing = null;
      const { content_index, deltas } = growing;
      const type = 'assistant_message.content_part.text_delta';
      this.#item = updateItem(this.#item, { type, content_index, delta: deltas.join('') });
    }
    return this.#item;
  }

  #part(index: number): AssistantMessageContent | undefined {
    return this.#settled().content[index];
  }

  #padTo(length: number): HookEventInput[] {
    const events: HookEventInput[] = [];
    if (length > maxParts) return events;
    while (this.#item.content.length < length) events.push(...this.partAdded(this.#item.content.length));
    return events;
  }

  #update(update: ThreadItemUpdate): HookEventInput {
    this.#item = updateItem(this.#settled(), update);
    return { type: 'thread.item.updated', item_id: this.id, update };
  }
}

function emptyPart(): AssistantMessageContent {
  return { type: 'output_text', text: '', annotations: [] };
}
