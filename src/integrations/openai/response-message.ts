// Makes the events of a message of a Responses API stream. A `<think>` block at its beginning becomes a thought.
import type { MessageWriter } from '../../answers/message-writer';
import type { WorkflowWriter } from '../../answers/workflow-writer';
import type { Annotation, AssistantMessageContent, HookEventInput } from '../../protocol';
import { splitThink, ThinkBlock } from './think-block';

/**
 * Makes the events of a message. The message appears with its first text, because a thought at the beginning of the
 * text is shown before the message.
 */
export class ResponseMessage {
  /** True when a thought was found. */
  hasThought = false;
  readonly #writer: MessageWriter;
  readonly #workflow: WorkflowWriter;
  readonly #think: ThinkBlock | null;
  /** Makes the events that wait for the first text; null after the message has appeared. */
  #waiting: (() => HookEventInput[])[] | null = [];
  #thought = '';
  /** True when enough text has arrived to decide that it begins with a thought, or does not. */
  #isSettled = false;

  /** @param think true reads a `<think>` block as a thought. */
  constructor(writer: MessageWriter, workflow: WorkflowWriter, think: boolean) {
    this.#writer = writer;
    this.#workflow = workflow;
    this.#think = think ? new ThinkBlock(true) : null;
  }

  /** True when the message has text other than white space and thoughts. */
  get saysSomething(): boolean {
    return this.#waiting === null && this.#writer.saysSomething;
  }

  /** Announces the message, with its first parts. */
  added(content: readonly AssistantMessageContent[] = []): HookEventInput[] {
    return this.#soon(() => this.#writer.added(content), content.some(hasText));
  }

  /** Begins a part. */
  partAdded(index: number, content: AssistantMessageContent): HookEventInput[] {
    return this.#soon(() => this.#writer.partAdded(index, content), hasText(content));
  }

  /** Adds text to a part. */
  text(index: number, delta: string): HookEventInput[] {
    if (index > 0 || this.#isSettled || !this.#think) return this.#text(index, delta);
    return this.#pieces((said) => this.#think?.read(delta, said));
  }

  annotation(index: number, annotation: Annotation): HookEventInput[] {
    return [...this.#settle(), ...this.#appear(), ...this.#writer.annotation(index, annotation)];
  }

  /** Ends a part. @param text the whole text. Default: the text of the deltas. */
  partDone(index: number, text?: string): HookEventInput[] {
    const whole = text === undefined || index > 0 ? { events: [], text } : this.#withoutThought(text);
    const settled = this.#settle();
    if (this.#waiting && !whole.text?.trim()) return [...settled, ...whole.events];
    return [...settled, ...whole.events, ...this.#appear(), ...this.#writer.partDone(index, whole.text || undefined)];
  }

  /** Ends the message. @param given the whole content. */
  done(given: readonly AssistantMessageContent[]): HookEventInput[] {
    const [first, ...rest] = given;
    const whole = first ? this.#withoutThought(first.text) : { events: [], text: '' };
    const content = first ? [{ ...first, text: whole.text }, ...rest] : [];
    if (!content.some(hasText)) return [...whole.events, ...this.end()];
    return [...whole.events, ...this.#appear(), ...this.#writer.done(content)];
  }

  /** Ends the message as it is. A message that never appeared needs no event. */
  end(): HookEventInput[] {
    const events = this.#settle();
    return this.#waiting ? events : [...events, ...this.#writer.end()];
  }

  #text(index: number, delta: string): HookEventInput[] {
    return this.#waiting ? [...this.#appear(), ...this.#writer.text(index, delta)] : this.#writer.text(index, delta);
  }

  /** Makes events at once when the message has appeared or has text, else with its first text. */
  #soon(make: () => HookEventInput[], isText: boolean): HookEventInput[] {
    if (this.#waiting === null) return make();
    this.#waiting.push(make);
    return isText || !this.#think ? this.#appear() : [];
  }

  #appear(): HookEventInput[] {
    const waiting = this.#waiting;
    if (!waiting) return [];
    this.#waiting = null;
    return [...this.#endThought(), ...this.#workflow.end(), ...waiting.flatMap((make) => make())];
  }

  /** Reads the text that the block holds back. */
  #settle(): HookEventInput[] {
    if (this.#isSettled || !this.#think) return [];
    const think = this.#think;
    const events = this.#pieces((said) => said.push(...think.end()));
    this.#isSettled = true;
    return [...events, ...this.#endThought()];
  }

  #pieces(read: (said: { type: 'text' | 'thought'; text: string }[]) => void): HookEventInput[] {
    const said: { type: 'text' | 'thought'; text: string }[] = [];
    read(said);
    return said.flatMap(({ type, text }) => {
      if (type === 'thought') return this.#addThought(text);
      this.#isSettled = true;
      return this.#text(0, text);
    });
  }

  #addThought(text: string): HookEventInput[] {
    this.#thought += text;
    if (!this.hasThought && text.trim() === '') return [];
    const delta = this.hasThought ? text : this.#thought;
    this.hasThought = true;
    return [...this.#workflow.reasoningAdded(), ...this.#workflow.thoughtDelta(this.#writer.id, delta)];
  }

  #endThought(): HookEventInput[] {
    const thought = this.#thought.trim();
    this.#thought = '';
    return thought === '' ? [] : this.#workflow.thoughtDone(this.#writer.id, thought);
  }

  /** Returns a whole text without its thought, with the events that show a thought which no delta has shown. */
  #withoutThought(given: string): { events: HookEventInput[]; text: string } {
    if (!this.#think) return { events: [], text: given };
    const { thought, text } = splitThink(given);
    if (this.hasThought || thought.trim() === '') return { events: [], text };
    this.#isSettled = true; // the whole text was read
    return { events: [...this.#addThought(thought), ...this.#endThought()], text };
  }
}

function hasText({ text }: AssistantMessageContent): boolean {
  return text.trim() !== '';
}
