// streamResponse(): a stream of the Responses API as the events of a hook.
import type { Turn } from '../../hooks';
import type { HookEventInput } from '../../protocol';
import { abortWith } from './abort';
import { type FunctionCall, splitCalls } from './client-tools';
import { endedEarly, failed, ModelError } from './model-error';
import { warnOfEnd } from './warn-of-end';
import { ResponseConversion } from './response-conversion';
import {
  type RawResponseEvent,
  readEvent,
  type ResponseSnapshot,
  type ResponseStreamEventLike,
} from './response-events';
import { ResponseOutput } from './response-output';
import { ResponseStreamConverter } from './response-stream-converter';

/** What a stream is converted for: any streaming hook's turn. */
export type StreamTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'store' | 'context' | 'generateId'> &
  Partial<Pick<Turn<TContext>, 'logger'>> & {
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
  /**
   * The items of the output as the provider sent them, for the input of the next request. Items that only some of the
   * events have, and arguments that only the deltas have, are among them.
   */
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
  const output = new ResponseOutput();
  const stopWatching = abortWith(turn.signal, stream);
  try {
    for await (const given of stream) {
      const event = readEvent(given);
      end.see(event);
      output.see(event, given);
      yield* await conversion.convert(event);
    }
    yield* await showMissing(conversion, output.reconcile(end.response['output']));
    if (!turn.signal?.aborted) end.check();
  } catch (error) {
    yield* [...conversion.endItems(), ...conversion.endWorkflow()];
    throw error;
  } finally {
    stopWatching();
  }
  yield* [...conversion.endItems(), ...conversion.endWorkflow()];
  const { events, ...calls } = splitCalls(turn, output.calls, options.clientTools);
  yield* events;
  const isEmpty = end.completed && !turn.signal?.aborted && hasNothing(conversion, output);
  const reason = isEmpty ? 'no_content' : end.incomplete;
  const isExplained = reason === undefined || reason === 'content_filter'; // to the user
  if (!isExplained) warnOfEnd(turn, { reason, saidSomething: conversion.saidSomething });
  const reported = reason !== undefined && converter.incompleteToEvent(reason, conversion.saidSomething);
  if (reported) yield reported;
  const { id, usage } = end.response;
  return {
    id,
    status: end.completed ? 'completed' : 'incomplete',
    output: output.items as OutputItemOf<TEvent>[],
    usage,
    ...calls,
  };
}

/** Shows what only the final response has. Thoughts and tools come before the answer or not at all. */
async function showMissing<TContext>(
  conversion: ResponseConversion<TContext>,
  missing: readonly { item: { type?: unknown }; index: number }[],
): Promise<HookEventInput[]> {
  const events: HookEventInput[] = [];
  for (const { item, index } of missing) {
    const isAnswer = item.type === 'message' || item.type === 'image_generation_call';
    if (!isAnswer && conversion.showsAnswer) continue;
    const event = readEvent({ type: 'response.output_item.done', output_index: index, item });
    events.push(...(await conversion.convert(event)));
  }
  return events;
}

/** Whether a response ended well with nothing in it but empty messages and hidden thoughts. */
function hasNothing<TContext>(conversion: ResponseConversion<TContext>, { items, calls }: ResponseOutput): boolean {
  if (conversion.saidSomething || conversion.hasThought || calls.length > 0) return false;
  return items.every(({ type }) => type === 'message' || type === 'reasoning');
}

/** What a stream says about itself: how it ended. */
class ResponseEnd {
  response: ResponseSnapshot = {};
  completed = false;
  /** Why it is incomplete, where the provider says so. */
  incomplete: string | undefined;
  #failure: ModelError | undefined;

  see(event: RawResponseEvent): void {
    const { response } = event;
    if (response) this.response = response;
    switch (event.type) {
      case 'response.completed':
      case 'response.done':
        this.#judge(response ?? {});
        break;
      case 'response.incomplete':
        this.#stopped(response);
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

  /** The status counts and not the event's name: some proxies send one name for all. A stale status says nothing. */
  #judge(response: ResponseSnapshot): void {
    const { status = 'completed', error } = response;
    if (['completed', 'in_progress', 'queued'].includes(status)) this.completed = true;
    else if (status === 'incomplete') this.#stopped(response);
    else this.#failure = error ? failed(error) : new ModelError(status, `The response of the model is ${status}`);
  }

  #stopped(response: ResponseSnapshot | undefined): void {
    this.incomplete = response?.incomplete_details?.reason ?? 'unknown';
  }

  /** @throws ModelError unless the stream said that it is complete, or why it is not. */
  check(): void {
    if (this.#failure) throw this.#failure;
    if (!this.completed && this.incomplete === undefined) throw endedEarly();
  }
}
