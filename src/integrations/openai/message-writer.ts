// One message of the assistant as it grows: makes its events, each in its place, and knows what was said so far.
import type { Annotation, AssistantMessageContent, AssistantMessageItem, HookEventInput } from '../../protocol';

/** A content index beyond this is a fault of the stream, and what comes with it is dropped. */
const maxParts = 100;

/** Makes the events of one message. It is added when its first event is made, and done once. */
export class MessageWriter {
  readonly id: string;
  readonly #threadId: string;
  readonly #createdAt = new Date().toISOString();
  readonly #content: AssistantMessageContent[] = [];

  constructor(id: string, threadId: string) {
    this.id = id;
    this.#threadId = threadId;
  }

  /** Whether there is anything to read but white space. */
  get saysSomething(): boolean {
    return this.#content.some(({ text }) => text.trim() !== '');
  }

  /** The message appears, with the parts it already has. */
  added(content: readonly AssistantMessageContent[] = []): HookEventInput[] {
    this.#content.push(...content.map(copyOf));
    return [{ type: 'thread.item.added', item: this.#item() }];
  }

  /** A part begins. Parts before it that never began are empty. */
  partAdded(index: number, content: AssistantMessageContent = emptyPart()): HookEventInput[] {
    if (!Number.isSafeInteger(index) || index < 0 || index >= maxParts) return [];
    const events = this.#padTo(index);
    this.#content[index] = copyOf(content);
    return [...events, this.#update({ type: 'assistant_message.content_part.added', content_index: index, content })];
  }

  /** More text. Begins the part first where the stream did not: clients lose text of a part that was never added. */
  text(index: number, delta: string): HookEventInput[] {
    const events = this.#padTo(index + 1);
    const part = this.#content[index];
    if (!part) return [];
    part.text += delta;
    events.push(this.#update({ type: 'assistant_message.content_part.text_delta', content_index: index, delta }));
    return events;
  }

  /** A source of what was said. Counted here, since an annotation of the provider's may have no counterpart. */
  annotation(index: number, annotation: Annotation): HookEventInput[] {
    const events = this.#padTo(index + 1);
    const part = this.#content[index];
    if (!part) return [];
    const annotation_index = part.annotations.push(annotation) - 1;
    events.push(
      this.#update({
        type: 'assistant_message.content_part.annotation_added',
        content_index: index,
        annotation_index,
        annotation,
      }),
    );
    return events;
  }

  /** A part is whole. @param text all of it; by default what the deltas made. */
  partDone(index: number, text?: string): HookEventInput[] {
    const events = this.#padTo(index + 1);
    const part = this.#content[index];
    if (!part) return [];
    if (text !== undefined) part.text = text;
    events.push(
      this.#update({ type: 'assistant_message.content_part.done', content_index: index, content: copyOf(part) }),
    );
    return events;
  }

  /** The message is whole. @param content all of it; by default what the other events made. */
  done(content?: readonly AssistantMessageContent[]): HookEventInput[] {
    return [{ type: 'thread.item.done', item: this.#item(content) }];
  }

  #padTo(length: number): HookEventInput[] {
    const events: HookEventInput[] = [];
    if (length > maxParts) return events;
    while (this.#content.length < length) events.push(...this.partAdded(this.#content.length));
    return events;
  }

  #item(content: readonly AssistantMessageContent[] = this.#content): AssistantMessageItem {
    return {
      id: this.id,
      thread_id: this.#threadId,
      created_at: this.#createdAt,
      type: 'assistant_message',
      content: content.map(copyOf),
    };
  }

  #update(update: (HookEventInput & { type: 'thread.item.updated' })['update']): HookEventInput {
    return { type: 'thread.item.updated', item_id: this.id, update };
  }
}

function emptyPart(): AssistantMessageContent {
  return { type: 'output_text', text: '', annotations: [] };
}

/** The event that holds a part waits to be sent as it was. */
function copyOf(part: AssistantMessageContent): AssistantMessageContent {
  return { ...part, annotations: [...part.annotations] };
}
