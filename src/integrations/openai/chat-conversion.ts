// Converts the chunks of one Chat Completions stream into the events of a turn.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AnnotationSchema, type HookEventInput } from '../../protocol';
import type { FunctionCall } from './client-tools';
import type { ItemTurn } from './item-ids';
import { field, listOf } from './lenient';
import { MessageWriter } from './message-writer';
import { CitationSchema } from './response-events';
import type { ResponseStreamConverter } from './response-stream-converter';
import { WorkflowWriter } from './workflow-writer';

const text = field(z.string());

const ToolCallSchema = z.object({
  index: field(z.number()),
  id: text,
  function: field(z.object({ name: text, arguments: text })),
});

const DeltaSchema = z.object({
  content: text,
  refusal: text,
  /** Thoughts, by DeepSeek and vLLM. */
  reasoning_content: text,
  /** Thoughts, by OpenRouter and Ollama. */
  reasoning: text,
  /** Sources, by OpenRouter and by OpenAI's search models. */
  annotations: listOf(z.object({ type: text, url_citation: field(CitationSchema) })),
  tool_calls: listOf(ToolCallSchema),
});

/** A chunk, as far as it is read. */
const ChunkSchema = z.object({
  choices: listOf(z.object({ index: field(z.number()), finish_reason: text, delta: field(DeltaSchema) })),
  usage: z.unknown().optional(),
});

/** The state of a conversion. Give it every chunk, in order; each call gives the events to yield. */
export class ChatConversion<TContext> {
  finishReason: string | undefined;
  usage: unknown;
  /** All that was said. */
  text = '';
  readonly #turn: ItemTurn<TContext>;
  readonly #converter: ResponseStreamConverter;
  readonly #showReasoning: boolean;
  readonly #workflow: WorkflowWriter<TContext>;
  #message: MessageWriter | undefined;
  #thoughts = '';
  readonly #calls: (FunctionCall & { index: number | undefined })[] = [];

  constructor(turn: ItemTurn<TContext>, converter: ResponseStreamConverter, showReasoning: boolean) {
    this.#turn = turn;
    this.#converter = converter;
    this.#showReasoning = showReasoning;
    this.#workflow = new WorkflowWriter(turn, { workflowItem: null });
  }

  /** The calls of functions, with all of their arguments once the stream has ended. */
  get calls(): FunctionCall[] {
    return this.#calls.map(({ callId, name, arguments: args }) => ({ callId, name, arguments: args }));
  }

  /** The events that one chunk becomes. Of several choices the first counts. */
  async convert(given: unknown): Promise<HookEventInput[]> {
    const { data } = ChunkSchema.safeParse(given);
    if (data?.usage) this.usage = data.usage;
    const choice = data?.choices.find(({ index }) => (index ?? 0) === 0);
    if (!choice) return [];
    const { delta, finish_reason } = choice;
    if (finish_reason) this.finishReason = finish_reason;
    if (!delta) return [];
    const events = this.#thought(delta.reasoning_content ?? delta.reasoning);
    for (const said of [delta.content, delta.refusal]) {
      if (!said) continue;
      this.text += said;
      events.push(...this.#inMessage((message) => message.text(0, said)));
    }
    for (const annotation of delta.annotations) events.push(...(await this.#annotation(annotation)));
    for (const call of delta.tool_calls) this.#call(call);
    return events;
  }

  /** Closes what is open, with what there is of it. */
  end(): HookEventInput[] {
    const message = this.#message;
    this.#message = undefined;
    if (!message) return this.#endThoughts();
    if (!message.saysSomething) return [{ type: 'thread.item.removed', item_id: message.id }];
    return [...message.partDone(0), ...message.done()];
  }

  #thought(said: string | undefined): HookEventInput[] {
    if (!this.#showReasoning || !said || this.#message) return [];
    this.#thoughts += said;
    return [...this.#workflow.reasoningAdded(), ...this.#workflow.thoughtDelta({ type: '', delta: said })];
  }

  #endThoughts(): HookEventInput[] {
    const done = this.#thoughts === '' ? [] : this.#workflow.thoughtDone({ type: '', text: this.#thoughts.trim() });
    this.#thoughts = '';
    return [...done, ...this.#workflow.end()];
  }

  #inMessage(act: (message: MessageWriter) => HookEventInput[]): HookEventInput[] {
    if (this.#message) return act(this.#message);
    const { thread, generateId } = this.#turn;
    this.#message = new MessageWriter(generateId('message'), thread.id);
    return [...this.#endThoughts(), ...this.#message.added(), ...act(this.#message)];
  }

  async #annotation({
    type,
    url_citation,
  }: z.output<typeof DeltaSchema>['annotations'][number]): Promise<HookEventInput[]> {
    if (type !== 'url_citation' || !url_citation) return [];
    const given = await this.#converter.urlCitationToAnnotation({ ...url_citation, type });
    if (!given) return [];
    const annotation = AnnotationSchema.parse(given);
    return this.#inMessage((message) => message.annotation(0, annotation));
  }

  /** A part of a call goes to the call of its index. One with another id than that call's is another call: some give each the same index. */
  #call({ index, id, function: called }: z.output<typeof ToolCallSchema>): void {
    let call = this.#calls.findLast((known) => index === undefined || known.index === index);
    if (!call || (id && id !== call.callId)) {
      call = { index, callId: id || `call_${randomUUID().replaceAll('-', '')}`, name: '', arguments: '' };
      this.#calls.push(call);
    }
    call.name ||= called?.name ?? '';
    call.arguments += called?.arguments ?? '';
  }
}
