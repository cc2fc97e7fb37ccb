// streamResponse(): a stream of the Responses API as the events of a hook.
import type { Turn } from '../../hooks';
import type { HookEventInput } from '../../protocol';
import { abortWith } from './abort';
import { type FunctionCall, splitCalls } from './client-tools';
import { endedEarly, failed, type ModelError } from './model-error';
import { ResponseConversion } from './response-conversion';
import {
  type RawResponseEvent,
  readEvent,
  type ResponseOutputItem,
  type ResponseSnapshot,
  type ResponseStreamEventLike,
} from './response-events';
import { ResponseStreamConverter } from './response-stream-converter';

/** What a stream is converted for: any streaming hook's turn. */
export type StreamTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'store' | 'context' | 'generateId'> & {
  signal?: AbortSignal;
};

/** Options of {@link streamResponse}. */
export interface StreamResponseOptions {
  /** How parts of the answer are shown. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Whether calls of hosted tools (web search, file search, code interpreter, MCP) are shown as tasks. Default false. */
  tools?: boolean | undefined;
  /** The names of the functions that run in the user's page. Default: none. */
  clientTools?: readonly string[] | undefined;
}

/** The items of the output, as the stream's own types have them. */
export type OutputItemOf<TEvent> = TEvent extends { type: 'response.output_item.done'; item: infer TItem }
  ? TItem
  : never;

/** What `yield* streamResponse(…)` gives when the stream has ended well. */
export interface StreamedResponse<TItem = unknown> {
  /** For `previous_response_id`. */
  id: string | undefined;
  /** `incomplete` when the model stopped early. Also `incomplete` when the turn was cancelled. */
  status: 'completed' | 'incomplete';
  /** Calls that are the server's to run, in order. Their outputs go into the next request. */
  functionCalls: FunctionCall[];
  /** Whether a client tool was called. The hook must end now: it is called again with the output. */
  clientToolCalled: boolean;
  /** The items of the output as the provider sent them, for the input of the next request. */
  output: TItem[];
  /** As the provider counts it. */
  usage: unknown;
}

/**
 * Converts a Responses API stream:
 *
 * ```ts
 * const stream = await client.responses.create({ model, input, stream: true }, { signal: turn.signal });
 * yield* streamResponse(turn, stream);
 * ```
 *
 * Text, refusals, sources, summaries of reasoning and images come as they are made. When the stream fails, what was said
 * is kept and the failure thrown. When the model stops early, what was said is kept and the user told by
 * {@link ResponseStreamConverter.incompleteToEvent}. When the turn is cancelled the request is aborted and nothing thrown.
 *
 * @returns as the value of `yield*`: the calls of functions that are left to run, and the response's id.
 * @throws ModelError for a response that failed or ended early, whatever the stream throws, and what the converter throws.
 */
export async function* streamResponse<TContext, TEvent extends ResponseStreamEventLike>(
  turn: StreamTurn<TContext>,
  stream: AsyncIterable<TEvent>,
  options: StreamResponseOptions = {},
): AsyncGenerator<HookEventInput, StreamedResponse<OutputItemOf<TEvent>>, undefined> {
  const converter = options.converter ?? new ResponseStreamConverter();
  const conversion = new ResponseConversion(turn, { converter, tools: options.tools });
  const end = new ResponseEnd();
  const stopWatching = abortWith(turn.signal, stream);
  try {
    for await (const given of stream) {
      const event = readEvent(given);
      end.see(event, given);
      yield* await conversion.convert(event);
    }
    if (!turn.signal?.aborted) end.check();
  } catch (error) {
    yield* [...conversion.endItems(), ...conversion.endWorkflow()];
    throw error;
  } finally {
    stopWatching();
  }
  yield* [...conversion.endItems(), ...conversion.endWorkflow()];
  const { events, ...calls } = splitCalls(turn, end.calls, options.clientTools);
  yield* events;
  const told = end.incomplete && converter.incompleteToEvent(end.incomplete, conversion.saidSomething);
  if (told) yield told;
  const { id, usage } = end.response;
  return {
    id,
    status: end.completed ? 'completed' : 'incomplete',
    output: end.output as OutputItemOf<TEvent>[],
    usage,
    ...calls,
  };
}

/** What a stream says about itself: how it ended, and what is left to do. */
class ResponseEnd {
  response: ResponseSnapshot = {};
  /** As the provider sent them. */
  readonly output: unknown[] = [];
  readonly calls: FunctionCall[] = [];
  completed = false;
  /** Why it is incomplete, where the provider says so. */
  incomplete: string | undefined;
  #failure: ModelError | undefined;

  see(event: RawResponseEvent, given: unknown): void {
    const { item, response } = event;
    if (response) this.response = response;
    switch (event.type) {
      case 'response.output_item.done':
        if (item) this.#itemDone(item, (given as { item?: unknown }).item);
        break;
      case 'response.completed':
        this.completed = true;
        break;
      case 'response.incomplete':
        this.incomplete = response?.incomplete_details?.reason ?? 'unknown';
        break;
      case 'response.failed':
        this.#failure = failed(response?.error);
        break;
      case 'error':
        this.#failure = failed(event);
        break;
      default:
    }
  }

  #itemDone({ type, call_id: callId, name, arguments: args = '', status }: ResponseOutputItem, given: unknown): void {
    this.output.push(given);
    // One that was cut off by the greatest length is no call.
    if (type !== 'function_call' || callId === undefined || name === undefined || status === 'incomplete') return;
    this.calls.push({ callId, name, arguments: args });
  }

  /** @throws ModelError unless the stream said that it is complete, or why it is not. */
  check(): void {
    if (this.#failure) throw this.#failure;
    if (!this.completed && this.incomplete === undefined) throw endedEarly();
  }
}
