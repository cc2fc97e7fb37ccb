// streamMessage(): converts a stream of Anthropic's Messages API into the events of a hook.
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { HookEventInput, Thread, ThreadItem } from '../../protocol';
import { untilAborted } from '../ai-sdk/until-aborted';
import { abortWith } from '../openai/abort';
import { type FunctionCall, splitCalls } from '../openai/client-tools';
import { judge } from '../openai/finish-reason';
import { endedEarly, ModelError } from '../openai/model-error';
import { type ModelRequestOptions, streamRequested } from '../openai/model-request';
import { AnswerMemory, type RememberTurn } from '../openai/remember-answer';
import type { StreamTurn } from '../openai/stream-response';
import { warnOfEnd } from '../openai/warn-of-end';
import type { AnthropicMessage } from './message-content';
import { MessageConversion } from './message-conversion';
import { sendable } from './message-list';
import { MessageStreamConverter } from './message-stream-converter';
import { reportUsage } from './report-usage';
import { checkFirst, type MessageStreamLike, openStream } from './stream-source';
import { stopKindOf } from './stream-types';
import { toMessageParams } from './to-message-params';

/** Options of {@link streamMessage}. */
export interface StreamMessageOptions extends ModelRequestOptions {
  /** Converts citations, calls and incomplete answers. Default: a plain {@link MessageStreamConverter}. */
  converter?: MessageStreamConverter | undefined;
  /** Shows thoughts as a workflow. Default true. */
  reasoning?: boolean | undefined;
  /** Shows calls of tools that Anthropic or an MCP server runs (web search, code execution …) as tasks. Default false. */
  tools?: boolean | undefined;
  /** The names of the tools that run in the user's page. Default: none. */
  clientTools?: readonly string[] | undefined;
  /**
   * Keeps the messages of the turn as one hidden item when the turn ends or the page is called, so that
   * `toMessageParams` replays them: signed thoughts, calls and results. Default false.
   */
  remember?: boolean | RememberTurn | undefined;
  /** Receives the usage of the message, also when the answer fails later. */
  onUsage?: ((usage: unknown) => void) | undefined;
}

/** The value of `yield* streamMessage(…)` after a stream that did not fail. */
export interface StreamedMessage {
  /** The id of the message. */
  id: string | undefined;
  /**
   * `end_turn`, `stop_sequence`, `tool_use`, `pause_turn`, `max_tokens`, `refusal` …; undefined when the turn was
   * cancelled.
   */
  stopReason: string | undefined;
  /** True when the message continues in the next request: after `pause_turn`. Add `message` to the request. */
  isPaused: boolean;
  /** The calls that your server has to run, in order. Add `message` and their results to the next request. */
  functionCalls: FunctionCall[];
  /** True after the call of a client tool. The hook must end now. It is called again with the output. */
  clientToolCalled: boolean;
  /**
   * The assistant's message for the next request, with all blocks as the provider sent them: signed thoughts, calls, and
   * the results of the provider's own tools.
   */
  message: AnthropicMessage;
  /** The token counts of the provider; undefined when the provider sends none. */
  usage: unknown;
}

/** The source of an answer: a stream, the promise of a stream, or a function that makes the request. */
export type MessageSource = Source | ((messages: AnthropicMessage[]) => Source);

/**
 * Calls a model through the Messages API, and converts the stream of its answer:
 *
 * ```ts
 * yield* streamMessage(turn, (messages) =>
 *   client.messages.create({ model, max_tokens: 8192, messages, stream: true }, { signal: turn.signal }),
 * );
 * ```
 *
 * Text, thoughts, citations and calls are shown when they arrive. The text so far is kept in every case. When the stream
 * fails, the error is thrown. When the model stops early, or has nothing to show,
 * {@link MessageStreamConverter.incompleteToEvent} informs the user. When the turn is cancelled, the request is aborted
 * and nothing is thrown.
 *
 * @param source makes the request, with the newest items of the thread as its messages. Called once more without a file
 * that the provider refuses, as `retryByName` of `chatkit-express/openai` does. After an answer with calls that your
 * server has to run, the messages are those of the request before: add the `message` of that answer and the results. Or
 * a stream that you have requested.
 * @throws the errors of the request, the stream and the converter; ModelError for a stream that ended early and for a
 * call of the page with input that is not a JSON object; TypeError for a value that is not a stream of the SDK.
 */
export function streamMessage<TContext>(
  turn: StreamTurn<TContext>,
  source: MessageSource,
  options: StreamMessageOptions = {},
): AsyncGenerator<HookEventInput, StreamedMessage, undefined> {
  if (options.clientTools !== undefined && !Array.isArray(options.clientTools)) {
    throw new TypeError('The option clientTools must be a list of names');
  }
  if (typeof source !== 'function') return readMessage(turn, begun(source), source, options);
  const items = options.items ?? loops.get(turn.thread);
  return streamRequested(turn, { ...options, items }, async (sent, converter) => {
    const requested = source(await toMessageParams(sent, converter));
    return readMessage(turn, begun(requested), requested, options, sent);
  });
}

/**
 * The items of a request that the hook continues with results of its functions, by the thread of the run. The next
 * request of the loop must not have the visible items of the answer as well.
 */
const loops = new WeakMap<Thread, readonly ThreadItem[]>();

type Source = MessageStreamLike | PromiseLike<MessageStreamLike>;
type EventStream = ReturnType<typeof openStream>;

/** Begins to read a stream at once, because a stream of `messages.stream` loses the events that are not read. */
function begun(source: Source): EventStream | PromiseLike<MessageStreamLike> {
  return typeof (source as Partial<PromiseLike<unknown>> | undefined | null)?.then === 'function'
    ? (source as PromiseLike<MessageStreamLike>)
    : openStream(source);
}

async function* readMessage<TContext>(
  turn: StreamTurn<TContext>,
  opened: EventStream | PromiseLike<MessageStreamLike>,
  given: unknown,
  options: StreamMessageOptions,
  items?: readonly ThreadItem[],
): AsyncGenerator<HookEventInput, StreamedMessage, undefined> {
  const { converter = new MessageStreamConverter(), reasoning = true, tools = false } = options;
  const conversion = new MessageConversion(turn, { converter, reasoning, tools });
  const memory = new AnswerMemory(turn, 'anthropic', options.remember);
  let stopWatching = () => undefined as void;
  try {
    const source: unknown = 'then' in opened ? await opened : given;
    const stream = 'then' in opened ? openStream(source) : opened;
    stopWatching = abortWith(turn.signal, source as object);
    let isFirst = true;
    for await (const event of endsWith(turn.signal, source, stream)) {
      if (isFirst) checkFirst(event, source);
      isFirst = false;
      const made = conversion.convert(event);
      // Awaiting each event and delegating each result would cost more than reading the stream.
      for (const one of Array.isArray(made) ? made : await made) {
        memory.see(one);
        yield one;
      }
    }
    yield* memory.note(await conversion.end());
    if (!turn.signal?.aborted) check(conversion);
  } catch (error) {
    yield* memory.note(conversion.close());
    if (!turn.signal?.aborted) throw error; // the client of a cancelled turn throws
  } finally {
    stopWatching();
    if (conversion.usage !== undefined) {
      reportUsage(turn, conversion.usage, conversion.model);
      options.onUsage?.(conversion.usage);
    }
  }
  yield* memory.note(conversion.close());
  const answer = yield* endMessage(turn, conversion, memory, { ...options, converter, reasoning });
  const goesOn = !answer.clientToolCalled && (answer.isPaused || answer.functionCalls.length > 0);
  if (goesOn && items) loops.set(turn.thread, items);
  else loops.delete(turn.thread);
  return answer;
}

/** Reads a stream that has no `controller` until the turn is cancelled. */
function endsWith<T>(signal: AbortSignal | undefined, source: unknown, stream: AsyncIterable<T>): AsyncIterable<T> {
  const { controller } = source as { controller?: { abort?: unknown } };
  return typeof controller?.abort === 'function' ? stream : untilAborted(stream, signal);
}

/** @throws ModelError for a stream that failed, and for a stream without an end. */
function check({ failure, isStopped, stopReason }: MessageConversion): void {
  if (failure) throw failure;
  if (!isStopped && stopReason === undefined) throw endedEarly();
  if (stopReason !== undefined && judge(stopReason) === 'failed') {
    throw new ModelError('error', 'The provider reports that the model failed');
  }
}

/** Yields the calls for the page and the report of an incomplete answer, after the items of the message. */
async function* endMessage(
  turn: AnswerTurn & { signal?: AbortSignal },
  conversion: MessageConversion,
  memory: AnswerMemory,
  options: StreamMessageOptions & Required<Pick<Ending, 'converter' | 'reasoning'>>,
): AsyncGenerator<HookEventInput, StreamedMessage, undefined> {
  const { id, usage, stopReason = 'unknown' } = conversion;
  const message: AnthropicMessage = { role: 'assistant', content: sendable(conversion.content) };
  if (turn.signal?.aborted) {
    return { id, stopReason: undefined, isPaused: false, functionCalls: [], clientToolCalled: false, message, usage };
  }
  const kind = kindOf(stopReason);
  const isWhole = kind === 'done' || kind === 'paused';
  // A call that was cut off must not run.
  const calls = isWhole ? conversion.calls : [];
  const { events, ...rest } = splitCalls(turn, calls, options.clientTools);
  const isPaused = kind === 'paused' && calls.length === 0;
  if (isWhole && message.content.length > 0) {
    const { functionCalls } = rest;
    yield* await memory.end({ output: [message], functionCalls, calls: events, isPaused });
  }
  yield* events;
  yield* reportEnd(turn, conversion, { ...options, kind, continues: isPaused || calls.length > 0 });
  return { id, stopReason, isPaused, message, usage, ...rest };
}

/** Returns the meaning of a stop reason: of the API, or of a provider with other names. */
function kindOf(stopReason: string): string {
  const known = stopKindOf(stopReason);
  if (known !== undefined) return known;
  const verdict = judge(stopReason);
  return verdict === 'good' ? 'done' : verdict === 'unknown' ? stopReason : verdict;
}

interface Ending {
  kind: string;
  /** True when another request continues the answer. */
  continues: boolean;
  converter: MessageStreamConverter;
  reasoning: boolean;
}

/** Reports an answer that is not complete, and parts of an answer that are not shown. */
function* reportEnd(
  turn: AnswerTurn,
  conversion: MessageConversion,
  { kind, continues, converter, reasoning }: Ending,
): Generator<HookEventInput, void, undefined> {
  const { logger = consoleLogger, thread } = turn;
  const { saidSomething, hasThought, hasOwnEvents, unread, details, nameless } = conversion;
  if (nameless > 0) {
    const fields = { thread_id: thread.id, calls: nameless };
    logger.warn(fields, 'calls of a model without the name of a function are left out');
  }
  const isShown = saidSomething || hasOwnEvents || (hasThought && reasoning);
  const isWhole = kind === 'done' || kind === 'paused';
  const reason = isWhole ? (continues || isShown ? undefined : 'no_content') : kind;
  if (reason === undefined) {
    if (unread.size > 0) {
      logger.warn({ thread_id: thread.id, types: [...unread] }, 'an answer of a model has parts that are not shown');
    }
    return;
  }
  const fields = {
    stop_reason: conversion.stopReason,
    ...(details.category !== undefined && { category: details.category }),
    unread_fields: [...unread],
  };
  warnOfEnd(turn, { reason, saidSomething, fields });
  const reported = converter.incompleteToEvent(reason, saidSomething, details);
  if (reported) yield reported as HookEventInput;
}
