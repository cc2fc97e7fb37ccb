// Reads the events of a run of `@openai/agents` as events of the Responses API. The types are structural, because
// several versions of the SDK fit.
import { isObject } from '../../protocol/json';
import { ThoughtReader } from '../openai/chat-content';
import type { FunctionCall } from '../openai/client-tools';
import { judge } from '../openai/finish-reason';
import { failed } from '../openai/model-error';
import { type RawResponseEvent, readEvent } from '../openai/response-events';
import type { UrlCitation } from '../openai/response-stream-converter';
import { SourceList } from '../openai/source-list';
import { readToolFailure, type ToolFailure } from './tool-errors';

/** The result of `run(agent, input, { stream: true })` of `@openai/agents`. */
export interface StreamedAgentRun {
  /** Returns the events of the run, to be read once: a web stream, which the SDK types as an async iterable. */
  toStream(): AsyncIterable<unknown>;
  /** The items that the run has made. Only with `remember`. */
  readonly newItems?: readonly { readonly type?: string | undefined; readonly rawItem?: unknown }[] | undefined;
  /** The calls that wait for an approval. Only read once the run has ended. */
  readonly interruptions?: readonly object[] | undefined;
  /** The state of a run that waits for an approval. */
  readonly state?: { toString(): string } | undefined;
  /** The context of the run, which is not a part of its stored state. */
  readonly runContext?: object | undefined;
}

/** The part of a web stream's reader that is called. */
interface AgentEventReader {
  read(): Promise<{ done: boolean; value?: unknown }>;
  /** Ends the run and its request to the model. */
  cancel(reason?: unknown): Promise<unknown>;
}

/** Returns a reader of a run's events, because an iterator that is closed while it waits continues to wait. */
export function readerOf(run: StreamedAgentRun): AgentEventReader {
  return (run.toStream() as unknown as { getReader(): AgentEventReader }).getReader();
}

/** A response that has ended. */
export interface EndedResponse {
  id: string | undefined;
  /**
   * True when the provider has stored the response and no call waits for an output, so that a request can continue from
   * it.
   */
  kept: boolean;
}

/** The part of an SDK event that is read. */
interface AgentEvent {
  readonly type?: unknown;
  readonly data?: ModelEvent;
  /** Of `run_item_stream_event`. */
  readonly item?: unknown;
}
interface ModelEvent {
  readonly type?: unknown;
  readonly delta?: unknown;
  readonly providerData?: { readonly type?: unknown } | null;
  /** Of `model`: the provider's event. */
  readonly event?: unknown;
  /** Of `response_done`. */
  readonly response?: {
    readonly id?: unknown;
    readonly output?: readonly OutputItem[];
    readonly providerData?: { readonly status?: unknown; readonly store?: unknown } | null;
  };
}
interface OutputItem {
  readonly type?: string;
  readonly content?: readonly unknown[];
  readonly callId?: string;
  readonly name?: string;
  readonly arguments?: string;
}
interface ChatChunk {
  readonly object?: unknown;
  readonly choices?: readonly {
    readonly index?: number;
    readonly delta?: Record<string, unknown> | null;
    readonly finish_reason?: string | null;
  }[];
}

/** Reads the events of one run. */
export class AgentEvents {
  /** The calls of functions in the model's last response. */
  calls: FunctionCall[] = [];
  /** The last response that ended. */
  ended: EndedResponse | null = null;
  /** The reason why the last response is not whole; null for a whole response. */
  incomplete: string | null = null;
  /** The failures of tools since the last response of the model began. */
  toolFailures: ToolFailure[] = [];
  readonly #onToolFailure: (failure: ToolFailure) => void;
  /** True while the response is one of the Responses API, whose own events contain more than those of the SDK. */
  #raw = false;
  #reasoning = false;
  #empty = false;
  /** True until the response has said something. */
  #silent = true;
  #thoughts = new ThoughtReader();
  #sources = new SourceList();
  #cited: UrlCitation[] = [];

  /** @param onToolFailure is called for each tool that throws. */
  constructor(onToolFailure: (failure: ToolFailure) => void) {
    this.#onToolFailure = onToolFailure;
  }

  /**
   * True when the model stopped without a text or a call. The SDK would repeat the request up to ten times, and each
   * repetition could end in the same way.
   */
  get gaveUp(): boolean {
    return this.#empty && this.incomplete !== null;
  }

  /**
   * Returns the events of the Responses API for an event of the SDK: the provider's own events, or equivalent events
   * for Chat Completions.
   * @throws ModelError when the provider reports a failure.
   */
  read(given: unknown): RawResponseEvent[] {
    const events = this.#read(given);
    if (this.#silent && events.some(saysSomething)) this.#silent = false;
    return events;
  }

  #read(given: unknown): RawResponseEvent[] {
    const { type, data, item } = (given ?? {}) as AgentEvent;
    if (type === 'run_item_stream_event') {
      const failure = readToolFailure(item);
      if (failure) this.#failed(failure);
    }
    if (type !== 'raw_model_stream_event' || typeof data !== 'object') return [];
    switch (data.type) {
      case 'response_started':
        this.#begin();
        return [];
      case 'model':
        return this.#model(data.event);
      case 'output_text_delta':
        if (data.providerData?.type === 'response.output_text.delta') return []; // the provider's own event is read instead
        return this.#text({ type: 'response.output_text.delta', content_index: 0, delta: data.delta });
      case 'response_done':
        return this.#done(data.response);
      default:
        return [];
    }
  }

  #failed(failure: ToolFailure): void {
    this.toolFailures.push(failure);
    this.#onToolFailure(failure);
  }

  #begin(): void {
    this.#raw = false;
    this.#reasoning = false;
    this.#empty = false;
    this.#silent = true;
    this.#thoughts = new ThoughtReader();
    this.#sources = new SourceList();
    this.#cited = [];
    this.incomplete = null;
    this.toolFailures = [];
  }

  #model(given: unknown): RawResponseEvent[] {
    const chunk = (given ?? {}) as ChatChunk;
    if (chunk.object === 'chat.completion.chunk') return this.#chunk(chunk);
    const event = readEvent(given);
    if (!/^(response\.|error$)/.test(event.type)) return [];
    this.#raw = true;
    const { response, code, message } = event;
    if (event.type === 'response.failed') throw failed(response?.error);
    if (event.type === 'error') throw failed({ code, message });
    if (event.type === 'response.incomplete') this.incomplete = response?.incomplete_details?.reason ?? 'unknown';
    return [event];
  }

  /**
   * Reads the parts that the SDK leaves out: thoughts, a refusal before it is whole, sources, and the finish reason.
   */
  #chunk(chunk: ChatChunk): RawResponseEvent[] {
    const { choices } = chunk;
    this.#sources.note(chunk as Record<string, unknown>);
    const choice = Array.isArray(choices) ? (choices as ChatChunk['choices'])?.[0] : undefined;
    if (!choice || (choice.index ?? 0) !== 0) return [];
    const { delta, finish_reason } = choice;
    if (finish_reason) this.#finished(finish_reason);
    const thought = isObject(delta) ? this.#thoughts.read(delta) : '';
    const events: RawResponseEvent[] = [];
    if (thought !== '') {
      if (!this.#reasoning) events.push(readEvent({ type: 'response.output_item.added', item: { type: 'reasoning' } }));
      this.#reasoning = true;
      events.push(readEvent({ type: 'response.reasoning_summary_text.delta', delta: thought }));
    }
    const refusal = delta?.['refusal'];
    if (typeof refusal === 'string' && refusal !== '') {
      events.push(...this.#text({ type: 'response.refusal.delta', content_index: 0, delta: refusal }));
    }
    const annotations = delta?.['annotations'];
    if (Array.isArray(annotations)) this.#cited.push(...annotations.flatMap((one) => this.#sources.take(one) ?? []));
    return events;
  }

  /** An answer with a reason that is not known to be good is not whole. */
  #finished(finishReason: string): void {
    const verdict = judge(finishReason);
    if (verdict !== 'good') this.incomplete = verdict === 'unknown' ? finishReason : verdict;
  }

  /** Returns the sources that the SDK leaves out, for the message that is still open. */
  #citations(): RawResponseEvent[] {
    const sources = [...this.#cited, ...this.#sources.takeListed()];
    this.#cited = [];
    return sources.map((annotation) =>
      readEvent({ type: 'response.output_text.annotation.added', content_index: 0, annotation }),
    );
  }

  #text(event: { type: string; content_index: number; delta: unknown }): RawResponseEvent[] {
    return typeof event.delta === 'string' ? [readEvent(event)] : [];
  }

  #done(response: ModelEvent['response']): RawResponseEvent[] {
    const output = Array.isArray(response?.output) ? (response.output as readonly OutputItem[]) : [];
    this.#empty = output.every(({ type }) => type === 'reasoning');
    if (this.#silent && output.every(isEmptyMessage)) {
      this.#empty = true;
      this.incomplete ??= 'no_content';
    }
    this.calls = output.flatMap(({ type, callId, name, arguments: args }) =>
      type === 'function_call' && callId !== undefined && name !== undefined
        ? [{ callId, name, arguments: args ?? '' }]
        : [],
    );
    const { status, store } = response?.providerData ?? {};
    const id = typeof response?.id === 'string' ? response.id : undefined;
    this.ended = { id, kept: status === 'completed' && store === true && this.calls.length === 0 };
    if (this.#raw) return [];
    const hasMessage = output.some(({ type, content = [] }) => type === 'message' && content.length > 0);
    const citations = hasMessage ? this.#citations() : [];
    const messages = output.flatMap(({ type, content = [] }) => {
      if (type !== 'message') return [];
      return content.length > 0
        ? [readEvent({ type: 'response.output_item.done', item: { type: 'message', content } })]
        : [];
    });
    return [...citations, ...messages];
  }
}

/** Returns true for an event that shows something, or that belongs to an item other than a message. */
function saysSomething({ type, delta, item }: RawResponseEvent): boolean {
  if (type.endsWith('.delta')) return delta !== undefined && delta.trim() !== '';
  return /output_item\.(?:added|done)$|partial_image$/.test(type) && item?.type !== 'message';
}

function isEmptyMessage({ type, content = [] }: OutputItem): boolean {
  const isSaid = (text: unknown) => typeof text === 'string' && text.trim() !== '';
  return type === 'message' && !content.some((part) => isObject(part) && [part['text'], part['refusal']].some(isSaid));
}

/**
 * Returns true for the error of a guardrail. It is recognised by its fields, because several copies of the SDK can be
 * installed and bundlers rename classes.
 */
export function isTripwire(error: unknown): boolean {
  const { result, error: cause } = (error ?? {}) as { result?: { guardrail?: unknown } | null; error?: unknown };
  if (typeof result?.guardrail === 'object' && result.guardrail !== null) return true;
  return cause !== undefined && isTripwire(cause); // a tool's guardrail is within a ToolCallError
}

/** Returns true for a run that ended because the model refused. The refusal is the answer. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ModelRefusalError' && 'refusal' in error;
}

/**
 * Returns true for the error that newer versions of the SDK throw when the model stopped early. Other causes are
 * possible.
 */
export function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.name === 'ModelBehaviorError';
}
