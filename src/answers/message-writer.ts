// One message of the assistant as it grows: makes its events in the order that clients need, and keeps its content.
import {
  type Annotation,
  type AssistantMessageContent,
  type AssistantMessageItem,
  type HookEventInput,
  type ThreadItemUpdate,
  updateItem,
} from '../protocol';
import { type AnswerTurn, newItem } from './new-item';

/** A content index beyond this is a fault of the stream. The text of such a part is dropped. */
const maxParts = 100;

/** Makes the events of one message. It is added when its first event is made, and done once. */
export class MessageWriter {
  #item: AssistantMessageItem;
  /** Deltas that are not in the item yet: adding each of hundreds at once would copy the item each time. */
  #growing: { content_index: number; deltas: string[] } | null = null;

  /** @param id default: a fresh one. */
  constructor(turn: AnswerTurn, id?: string) {
    this.#item = { ...newItem(turn, 'assistant_message', id), content: [] };
  }

  get id(): string {
    return this.#item.id;
  }

  /** True once there is anything to read but white space. */
  get saysSomething(): boolean {
    return this.#settled().content.some(({ text }) => text.trim() !== '');
  }

  /** The message appears, with the parts that it already has. */
  added(content: readonly AssistantMessageContent[] = []): HookEventInput[] {
    this.#item = { ...this.#item, content: [...content] };
    return [{ type: 'thread.item.added', item: this.#item }];
  }

  /** A part begins. Parts before it that never began are empty. */
  partAdded(content_index: number, content: AssistantMessageContent = emptyPart()): HookEventInput[] {
    if (!Number.isSafeInteger(content_index) || content_index < 0 || content_index >= maxParts) return [];
    return [
      ...this.#padTo(content_index),
      this.#update({ type: 'assistant_message.content_part.added', content_index, content }),
    ];
  }

  /** More text. Begins the part first where nobody did: clients lose the text of a part that was never added. */
  text(content_index: number, delta: string): HookEventInput[] {
    const events = this.#padTo(content_index + 1);
    if (content_index >= this.#item.content.length) return [];
    if (this.#growing?.content_index !== content_index) {
      this.#settled();
      this.#growing = { content_index, deltas: [] };
    }
    this.#growing.deltas.push(delta);
    const update: ThreadItemUpdate = { type: 'assistant_message.content_part.text_delta', content_index, delta };
    events.push({ type: 'thread.item.updated', item_id: this.id, update });
    return events;
  }

  /** A source of the text, once. Counted here, because an annotation of the provider may have no counterpart. */
  annotation(content_index: number, annotation: Annotation): HookEventInput[] {
    const events = this.#padTo(content_index + 1);
    const part = this.#part(content_index);
    if (!part) return [];
    const repeated = JSON.stringify(annotation);
    if (part.annotations.some((known) => JSON.stringify(known) === repeated)) return events;
    const annotation_index = part.annotations.length;
    const type = 'assistant_message.content_part.annotation_added';
    events.push(this.#update({ type, content_index, annotation_index, annotation }));
    return events;
  }

  /** A part is whole. @param text all of it; default: the text of the deltas. */
  partDone(content_index: number, text?: string): HookEventInput[] {
    const events = this.#padTo(content_index + 1);
    const part = this.#part(content_index);
    if (!part) return [];
    const content = { ...part, ...(text !== undefined && { text }) };
    events.push(this.#update({ type: 'assistant_message.content_part.done', content_index, content }));
    return events;
  }

  /**
   * The message is whole.
   * @param content all of it; default: the content of the other events. A part without sources has those that were shown.
   */
  done(content?: readonly AssistantMessageContent[]): HookEventInput[] {
    const own = this.#settled();
    const whole = content?.map((part, index) =>
      part.annotations.length > 0 ? part : { ...part, annotations: own.content[index]?.annotations ?? [] },
    );
    const item = whole ? { ...own, content: whole } : own;
    return [{ type: 'thread.item.done', item }];
  }

  /** The message is as whole as it gets: it is done, or taken away when there is nothing to read. */
  end(): HookEventInput[] {
    return this.saysSomething ? this.done() : [{ type: 'thread.item.removed', item_id: this.id }];
  }

  /** The item with all of its text. */
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
