// Converts the chunks of one Chat Completions stream into the events of a turn.
import { randomUUID } from 'node:crypto';
import { AnnotationSchema, type HookEventInput } from '../../protocol';
import type { FunctionCall } from './client-tools';
import type { ItemTurn } from './item-ids';
import { MessageWriter } from './message-writer';
import type { ResponseStreamConverter, UrlCitation } from './response-stream-converter';
import { WorkflowWriter } from './workflow-writer';

/** A chunk, as far as it is read. Providers leave out a field here and there: each is checked where it is used. */
export interface RawChatChunk {
  readonly choices?: readonly {
    readonly index?: number;
    readonly finish_reason?: string | null;
    readonly delta?: {
      readonly content?: string | null;
      readonly refusal?: string | null;
      /** Thoughts, by DeepSeek and vLLM. */
      readonly reasoning_content?: string | null;
      /** Thoughts, by OpenRouter and Ollama. */
      readonly reasoning?: string | null;
      /** Sources, by OpenRouter and by OpenAI's search models. */
      readonly annotations?:
        readonly { readonly type?: string; readonly url_citation?: Omit<UrlCitation, 'type'> }[] | null;
      readonly tool_calls?: readonly RawToolCall[] | null;
    } | null;
  }[];
  readonly usage?: unknown;
}

interface RawToolCall {
  readonly index?: number;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: string | null } | null;
}

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
  async convert({ choices, usage }: RawChatChunk): Promise<HookEventInput[]> {
    if (usage) this.usage = usage;
    const choice = listOf(choices).find(({ index }) => (index ?? 0) === 0);
    if (!choice) return [];
    const { delta, finish_reason } = choice;
    if (typeof finish_reason === 'string' && finish_reason !== '') this.finishReason = finish_reason;
    if (!delta) return [];
    const events = this.#thought(delta.reasoning_content ?? delta.reasoning);
    for (const said of [delta.content, delta.refusal]) {
      if (typeof said !== 'string' || said === '') continue;
      this.text += said;
      events.push(...this.#inMessage((message) => message.text(0, said)));
    }
    for (const annotation of listOf(delta.annotations)) events.push(...(await this.#annotation(annotation)));
    for (const call of listOf(delta.tool_calls)) this.#call(call);
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

  #thought(said: unknown): HookEventInput[] {
    if (!this.#showReasoning || typeof said !== 'string' || said === '' || this.#message) return [];
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

  async #annotation({ type, url_citation }: { type?: string; url_citation?: object }): Promise<HookEventInput[]> {
    if (type !== 'url_citation' || !url_citation) return [];
    const given = await this.#converter.urlCitationToAnnotation({ ...url_citation, type });
    if (!given) return [];
    const annotation = AnnotationSchema.parse(given);
    return this.#inMessage((message) => message.annotation(0, annotation));
  }

  /** A part of a call goes to the call of its index. One with another id than that call's is another call: some give each the same index. */
  #call({ index, id, function: called }: RawToolCall): void {
    let call = this.#calls.findLast((known) => index === undefined || known.index === index);
    if (!call || (id && id !== call.callId)) {
      call = { index, callId: id || `call_${randomUUID().replaceAll('-', '')}`, name: '', arguments: '' };
      this.#calls.push(call);
    }
    call.name ||= called?.name ?? '';
    call.arguments += called?.arguments ?? '';
  }
}

/** The list, without what is no object in it; an empty one where there is no list. */
function listOf<T extends object>(list: readonly T[] | null | undefined): T[] {
  return Array.isArray(list) ? (list as T[]).filter((value) => typeof value === 'object' && value !== null) : [];
}
