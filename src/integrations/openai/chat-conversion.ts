// Converts the chunks of one Chat Completions stream into the events of a turn.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AnswerWriter } from '../../answers/answer-writer';
import type { HookEventInput } from '../../protocol';
import type { FunctionCall } from './client-tools';
import type { AnswerTurn } from '../../answers/new-item';
import { field, listOf } from './lenient';
import { CitationSchema } from './response-events';
import type { ResponseStreamConverter } from './response-stream-converter';

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
export class ChatConversion {
  finishReason: string | undefined;
  usage: unknown;
  /** All of the text. */
  text = '';
  readonly #writer: AnswerWriter;
  readonly #converter: ResponseStreamConverter;
  readonly #showReasoning: boolean;
  readonly #calls: (FunctionCall & { index: number | undefined })[] = [];

  constructor(turn: AnswerTurn, converter: ResponseStreamConverter, showReasoning: boolean) {
    this.#writer = new AnswerWriter(turn);
    this.#converter = converter;
    this.#showReasoning = showReasoning;
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
      events.push(...this.#writer.text(said));
    }
    for (const annotation of delta.annotations) events.push(...(await this.#annotation(annotation)));
    for (const call of delta.tool_calls) this.#call(call);
    return events;
  }

  /** Ends what is open, as far as it is. */
  end(): HookEventInput[] {
    return this.#writer.end();
  }

  /** Thoughts that come after the text has begun are not shown: they would cut the message in two. */
  #thought(said: string | undefined): HookEventInput[] {
    if (!this.#showReasoning || !said || this.#writer.saidSomething) return [];
    return this.#writer.thought(said);
  }

  async #annotation({
    type,
    url_citation,
  }: z.output<typeof DeltaSchema>['annotations'][number]): Promise<HookEventInput[]> {
    if (type !== 'url_citation' || !url_citation) return [];
    const given = await this.#converter.urlCitationToAnnotation({ ...url_citation, type });
    return given ? this.#writer.source(given) : [];
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
