// streamResponse(): converts a stream of the Responses API into the events of a hook.
import type { RespondTurn, Turn } from '../../hooks';
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { HookEventInput } from '../../protocol';
import { reportUsage } from '../model-usage';
import { abortWith } from './abort';
import { type FunctionCall, splitCalls } from './client-tools';
import { endedEarly, failed, ModelError } from './model-error';
import { warnOfEnd } from './warn-of-end';
import type { InputItem } from './input-types';
import { type ModelRequestOptions, streamRequested } from './model-request';
import { AnswerMemory, type RememberTurn } from './remember-answer';
import { ResponseConversion } from './response-conversion';
import {
  type RawResponseEvent,
  readEvent,
  type ResponseSnapshot,
  type ResponseStreamEventLike,
} from './response-events';
import { ResponseOutput } from './response-output';
import { ResponseStreamConverter } from './response-stream-converter';

/** The part of a turn that a conversion needs. The turn of any streaming hook fits. */
export type StreamTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'store' | 'context' | 'generateId'> &
  Partial<Pick<Turn<TContext>, 'logger' | 'attachments' | 'usage'>> &
  Partial<Pick<RespondTurn<TContext>, 'completed'>> & {
    signal?: AbortSignal;
  };

/** Options of {@link streamResponse}. */
export interface StreamResponseOptions extends ModelRequestOptions {
  /** Converts parts of the answer. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Shows calls of hosted tools (web search, file search, code interpreter, MCP) as tasks. Default false. */
  tools?: boolean | undefined;
  /** Reads a `<think>` block at the beginning of a message as a thought. Default true; false leaves it in the text. */
  think?: boolean | undefined;
  /** The names of the functions that run in the user's page. Default: none. */
  clientTools?: readonly string[] | undefined;
  /**
   * Keeps the output of the turn as one hidden item when the turn ends or the page is called, so that
   * `ThreadItemConverter.toResponseInput` replays it: reasoning items, calls and outputs. Default false.
   */
  remember?: boolean | RememberTurn | undefined;
}

/** The items of the output, in the types of the stream. */
export type OutputItemOf<TEvent> = TEvent extends { type: 'response.output_item.done'; item: infer TItem }
  ? TItem
  : never;

/** The value of `yield* streamResponse(…)` after a stream that did not fail. */
export interface StreamedResponse<TItem = unknown> {
  /** For `previous_response_id`. */
  id: string | undefined;
  /** `incomplete` when the model stopped early or the turn was cancelled. */
  status: 'completed' | 'incomplete';
  /** The calls that your server has to run, in order. Add their outputs to the next request. */
  functionCalls: FunctionCall[];
  /** True after the call of a client tool. The hook must end now. It is called again with the output. */
  clientToolCalled: boolean;
  /**
   * The items of the output as the provider sent them, for the input of the next request. They are complete even if
   * some events are missing.
   */
  output: TItem[];
  /** The token counts of the provider. */
  usage: unknown;
}

/**
 * Calls a model through the Responses API, and converts the stream of its answer:
 *
 * ```ts
 * yield* streamResponse(turn, (input) =>
 *   client.responses.create({ model, input, stream: true }, { signal: turn.signal }),
 * );
 * ```
 *
 * Text, refusals, sources, summaries of reasoning and images are streamed. The text so far is kept in every case. When
 * the stream fails, the error is thrown. When the model stops early, {@link ResponseStreamConverter.incompleteToEvent}
 * informs the user. When the turn is cancelled, the request is aborted and nothing is thrown.
 *
 * @param source makes the request, with the newest items of the thread as its input. Called once more without a file
 * that the provider refuses: see {@link retryByName}. Or a stream that you have requested.
 * @returns as the value of `yield*`: the calls that your server has to run, and the response's id.
 * @throws ModelError for a response that failed or ended early; the errors of the request, the stream and the
 * converter.
 */
export function streamResponse<TContext, TEvent extends ResponseStreamEventLike>(
  turn: StreamTurn<TContext>,
  source: AsyncIterable<TEvent> | ((input: InputItem[]) => PromiseLike<AsyncIterable<TEvent>>),
  options: StreamResponseOptions = {},
): AsyncGenerator<HookEventInput, StreamedResponse<OutputItemOf<TEvent>>, undefined> {
  if (typeof source !== 'function') return readResponse(turn, source, options);
  return streamRequested(turn, options, async (items, converter) =>
    readResponse(turn, await source(await converter.toResponseInput(items)), options),
  );
}

async function* readResponse<TContext, TEvent extends ResponseStreamEventLike>(
  turn: StreamTurn<TContext>,
  stream: AsyncIterable<TEvent>,
  options: StreamResponseOptions,
): AsyncGenerator<HookEventInput, StreamedResponse<OutputItemOf<TEvent>>, undefined> {
  const converter = options.converter ?? new ResponseStreamConverter();
  const conversion = new ResponseConversion(turn, { converter, tools: options.tools, think: options.think });
  const end = new ResponseEnd();
  const output = new ResponseOutput();
  const memory = new AnswerMemory(turn, 'responses', options.remember);
  const stopWatching = abortWith(turn.signal, stream);
  try {
    for await (const given of stream) {
      const event = readEvent(given);
      end.see(event);
      output.see(event, given);
      const made = conversion.convert(event);
      // Awaiting each chunk and delegating each event would cost more than reading the stream.
      for (const event of Array.isArray(made) ? made : await made) {
        memory.see(event);
        yield event;
      }
    }
    yield* memory.note(await showMissing(conversion, output.reconcile(end.response['output'])));
    if (!turn.signal?.aborted) end.check();
  } catch (error) {
    yield* [...conversion.endItems(), ...conversion.endWorkflow()];
    throw error;
  } finally {
    stopWatching();
    reportUsage(turn, { usage: end.response.usage, model: end.response['model'], provider: 'openai' });
  }
  yield* memory.note([...conversion.endItems(), ...conversion.endWorkflow()]);
  const { events, ...calls } = splitCalls(turn, output.calls, options.clientTools);
  const { functionCalls } = calls;
  if (end.completed && !turn.signal?.aborted && !hasNothing(conversion, output)) {
    yield* await memory.end({ output: output.items, functionCalls, calls: events });
  }
  yield* events;
  yield* refuseApprovals(turn, output);
  const isEmpty = end.completed && !turn.signal?.aborted && hasNothing(conversion, output);
  const reason = isEmpty ? 'no_content' : end.incomplete;
  const isExplained = reason === undefined || reason === 'content_filter'; // the user has been informed
  const { saidSomething, unshown } = conversion;
  if (!isExplained) {
    warnOfEnd(turn, { reason, saidSomething, fields: { unread_fields: [...end.unread, ...unshown] } });
  } else if (unshown.size > 0) {
    const { logger = consoleLogger, thread } = turn;
    logger.warn({ thread_id: thread.id, types: [...unshown] }, 'an answer of a model has parts that are not shown');
  }
  const reported = reason !== undefined && converter.incompleteToEvent(reason, saidSomething);
  if (reported) yield reported as HookEventInput;
  const { id, usage } = end.response;
  return {
    id,
    status: end.completed ? 'completed' : 'incomplete',
    output: output.items as OutputItemOf<TEvent>[],
    usage,
    ...calls,
  };
}

/** Reports the calls of MCP servers that wait for an approval, because the provider does not run them. */
function* refuseApprovals(turn: AnswerTurn, { items }: ResponseOutput): Generator<HookEventInput, void, undefined> {
  const waiting = items.flatMap(({ type, name }) => (type === 'mcp_approval_request' ? [String(name)] : []));
  if (waiting.length === 0) return;
  const { logger = consoleLogger, thread } = turn;
  logger.warn({ thread_id: thread.id, tools: waiting }, 'calls of an MCP server wait for an approval, and are not run');
  const message = `The assistant needs an approval for "${waiting.join('", "')}", which cannot be given here.`;
  yield { type: 'error', code: 'custom', message, allow_retry: false };
}

/** Shows items that only the final response has. Thoughts and tools after an answer are left out. */
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

/** Returns true for a response with only empty messages, hidden thoughts, and the calls of tools that the provider runs. */
function hasNothing<TContext>(conversion: ResponseConversion<TContext>, { items, calls }: ResponseOutput): boolean {
  if (conversion.saidSomething || conversion.hasThought || calls.length > 0) return false;
  return items.every(({ type }) => typeof type === 'string' && noAnswer.has(type));
}

/** The types of items that do not answer the user, and that neither your server nor the page has to act on. */
const noAnswer = new Set(
  (
    'message reasoning compaction web_search_call file_search_call code_interpreter_call image_generation_call mcp_call ' +
    'mcp_list_tools'
  ).split(' '),
);

/** The types of events that are read, or that only announce others. */
const readTypes =
  /^(?:error|keepalive|response\.(?:created|queued|in_progress|completed|done|incomplete|failed|(?:output_item|content_part)\.(?:added|done)|(?:output_text|refusal|function_call_arguments|reasoning\w*)\.\w+|output_text\.annotation\.added|image_generation_call\.\w+))$/;

/** Reads how a stream ended. */
class ResponseEnd {
  response: ResponseSnapshot = {};
  completed = false;
  /** The provider's reason for an incomplete response. */
  incomplete: string | undefined;
  #failure: ModelError | undefined;
  readonly #types = new Set<string>();

  /** Returns the types of the events that were not read. */
  get unread(): string[] {
    return [...this.#types].filter((type) => !readTypes.test(type)).map((type) => type.slice(0, 100));
  }

  see(event: RawResponseEvent): void {
    const { response } = event;
    if (this.#types.size < 100) this.#types.add(event.type);
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

  /** Reads the status, because some proxies send the same event name for all ends. A stale status is ignored. */
  #judge(response: ResponseSnapshot): void {
    const { status = 'completed', error } = response;
    if (['completed', 'in_progress', 'queued'].includes(status)) this.completed = true;
    else if (status === 'incomplete') this.#stopped(response);
    else this.#failure = error ? failed(error) : new ModelError(status, `The response of the model is ${status}`);
  }

  #stopped(response: ResponseSnapshot | undefined): void {
    this.incomplete = response?.incomplete_details?.reason ?? 'unknown';
  }

  /** @throws ModelError for a stream without an end event. */
  check(): void {
    if (this.#failure) throw this.#failure;
    if (!this.completed && this.incomplete === undefined) throw endedEarly();
  }
}
