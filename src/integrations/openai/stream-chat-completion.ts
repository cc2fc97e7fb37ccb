// streamChatCompletion(): converts a Chat Completions stream into the events of a hook. Gemini, OpenRouter, Ollama,
// vLLM and Azure use this format.
import type { AnswerTurn } from '../../answers/new-item';
import { wellFormed } from '../../answers/whole-characters';
import { consoleLogger } from '../../logger';
import type { HookEventInput } from '../../protocol';
import { reportUsage } from '../model-usage';
import { abortWith } from './abort';
import { ChatConversion } from './chat-conversion';
import { type FunctionCall, splitCalls } from './client-tools';
import { judge, type Verdict } from './finish-reason';
import type { ChatMessage } from './input-types';
import { endedEarly, ModelError } from './model-error';
import { type ModelRequestOptions, streamRequested } from './model-request';
import { AnswerMemory, type RememberTurn } from './remember-answer';
import { ResponseStreamConverter } from './response-stream-converter';
import type { StreamTurn } from './stream-response';
import { warnOfEnd } from './warn-of-end';

/** Options of {@link streamChatCompletion}. */
export interface StreamChatCompletionOptions extends ModelRequestOptions {
  /** Converts sources, images, and incomplete answers. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Shows thoughts as a workflow. Default true. */
  reasoning?: boolean | undefined;
  /** Reads a `<think>` block at the beginning of the answer as a thought. Default true; false leaves it in the text. */
  think?: boolean | undefined;
  /** The names of the functions that run in the user's page. Default: none. */
  clientTools?: readonly string[] | undefined;
  /**
   * Keeps the messages of the turn as one hidden item when the turn ends or the page is called, so that
   * `ThreadItemConverter.toChatMessages` replays them, with the fields that only the provider knows. Default false.
   */
  remember?: boolean | RememberTurn | undefined;
}

/** The assistant's message, with the unknown fields that the provider sent. */
export type StreamedChatMessage = Extract<ChatMessage, { role: 'assistant' }> & { readonly [field: string]: unknown };

/** The value of `yield* streamChatCompletion(…)` after a stream that did not fail. */
export interface StreamedChatCompletion {
  /**
   * `stop`, `tool_calls`, `length`, `content_filter`, or the provider's own reason; undefined when the turn was
   * cancelled.
   */
  finishReason: string | undefined;
  /** The calls that your server has to run, in order. */
  functionCalls: FunctionCall[];
  /** True after the call of a client tool. The hook must end now. It is called again with the output. */
  clientToolCalled: boolean;
  /**
   * The assistant's message with the calls in `functionCalls`, for the next request, before their outputs. It contains
   * the unknown fields of the deltas and calls, such as `reasoning_content` and a signature in `extra_content`, because
   * the provider may refuse the next request without them.
   */
  message: StreamedChatMessage;
  /** The token counts of the provider; undefined when the provider sends none. */
  usage: unknown;
}

/** Any chunk of a stream, from the `openai` package or another client. */
export interface ChatChunkLike {
  readonly choices?: readonly object[] | null;
}

/**
 * Calls a model through Chat Completions, and converts the stream of its answer:
 *
 * ```ts
 * yield* streamChatCompletion(turn, (messages) =>
 *   client.chat.completions.create({ model, messages, stream: true }, { signal: turn.signal }),
 * );
 * ```
 *
 * Works like {@link streamResponse}, with text, refusals, sources, thoughts, images and calls. Items get fresh ids,
 * because the ids of chunks do not identify messages.
 *
 * An answer with a finish reason that is not known to be good, or with nothing to show, is reported to the user by
 * {@link ResponseStreamConverter.incompleteToEvent}, and logged with a warning.
 *
 * @param source makes the request, with the newest items of the thread as its input. Called once more without a file
 * that the provider refuses: see {@link retryByName}. Or a stream that you have requested.
 * @throws ModelError for a stream that ended early or reports a failure; the errors of the request, the stream and the
 * converter.
 */
export function streamChatCompletion<TContext>(
  turn: StreamTurn<TContext>,
  source: AsyncIterable<ChatChunkLike> | ((messages: ChatMessage[]) => PromiseLike<AsyncIterable<ChatChunkLike>>),
  options: StreamChatCompletionOptions = {},
): AsyncGenerator<HookEventInput, StreamedChatCompletion, undefined> {
  if (typeof source !== 'function') return readChatCompletion(turn, source, options);
  return streamRequested(turn, options, async (items, converter) =>
    readChatCompletion(turn, await source(await converter.toChatMessages(items)), options),
  );
}

async function* readChatCompletion<TContext>(
  turn: StreamTurn<TContext>,
  stream: AsyncIterable<ChatChunkLike>,
  options: StreamChatCompletionOptions,
): AsyncGenerator<HookEventInput, StreamedChatCompletion, undefined> {
  const { converter = new ResponseStreamConverter(), reasoning = true, think = true } = options;
  const conversion = new ChatConversion(turn, { converter, reasoning, think });
  const memory = new AnswerMemory(turn, 'chat', options.remember);
  const stopWatching = abortWith(turn.signal, stream);
  try {
    for await (const chunk of stream) {
      const made = conversion.convert(chunk);
      // Awaiting each chunk and delegating each event would cost more than reading the stream.
      for (const event of Array.isArray(made) ? made : await made) {
        memory.see(event);
        yield event;
      }
    }
    yield* memory.note(await conversion.end());
    if (!turn.signal?.aborted) check(conversion);
  } catch (error) {
    yield* conversion.close();
    throw error;
  } finally {
    stopWatching();
    reportUsage(turn, conversion);
  }
  yield* memory.note(conversion.close());
  const { finishReason, usage } = conversion;
  const verdict = finishReason === undefined ? undefined : judge(finishReason);
  // A call that was cut off must not run.
  const calls = verdict === 'good' ? conversion.calls.map(({ toolCall: _toolCall, ...call }) => call) : [];
  const { events, ...rest } = splitCalls(turn, calls, options.clientTools);
  const message = messageWith(conversion, rest.functionCalls);
  if (verdict === 'good' && !turn.signal?.aborted && (conversion.text !== '' || calls.length > 0)) {
    const output = [messageWith(conversion, calls)];
    yield* await memory.end({ output, functionCalls: rest.functionCalls, calls: events });
  }
  yield* events;
  if (verdict !== undefined && !turn.signal?.aborted) {
    const reason = reasonOf(verdict, conversion, reasoning);
    warnOfPieces(turn, conversion, reason === undefined);
    if (reason !== undefined) {
      const fields = { finish_reason: finishReason, unread_fields: [...conversion.unread] };
      warnOfEnd(turn, { reason, saidSomething: conversion.saidSomething, fields });
    }
    const reported = reason === undefined ? null : converter.incompleteToEvent(reason, conversion.saidSomething);
    if (reported) yield reported as HookEventInput;
  }
  return { finishReason, usage, message, ...rest };
}

/** Returns the reason why the answer is not complete; undefined for a complete answer. */
function reasonOf(verdict: Verdict, conversion: ChatConversion, showsThoughts: boolean): string | undefined {
  if (verdict === 'unknown') return conversion.finishReason;
  if (verdict !== 'good') return verdict;
  const { saidSomething, calls, hasThought } = conversion;
  return saidSomething || calls.length > 0 || (hasThought && showsThoughts) ? undefined : 'no_content';
}

function check({ finishReason, failure }: ChatConversion): void {
  if (failure) throw failure;
  if (finishReason === undefined) throw endedEarly();
  if (judge(finishReason) === 'failed') throw new ModelError('error', 'The provider reports that the model failed');
}

/** @param isWhole True when no other line of the log names the parts that are not shown. */
function warnOfPieces(turn: AnswerTurn, { nameless, passedOver, unshown }: ChatConversion, isWhole: boolean): void {
  const { logger = consoleLogger, thread } = turn;
  if (nameless > 0) {
    logger.warn(
      { thread_id: thread.id, calls: nameless },
      'calls of a model without the name of a function are left out',
    );
  }
  if (isWhole && unshown.size > 0) {
    logger.warn({ thread_id: thread.id, types: [...unshown] }, 'an answer of a model has parts that are not shown');
  }
  if (passedOver > 0) {
    logger.debug(
      { thread_id: thread.id, chunks: passedOver },
      'an answer of a model has several choices: the first counts',
    );
  }
}

function messageWith({ text, fields, calls }: ChatConversion, own: readonly FunctionCall[]): StreamedChatMessage {
  const ids = new Set(own.map(({ callId }) => callId));
  const tool_calls = calls.filter(({ callId }) => ids.has(callId)).map(({ toolCall }) => toolCall);
  const content = text === '' ? null : wellFormed(text);
  return { ...fields, role: 'assistant', content, ...(tool_calls.length > 0 && { tool_calls }) };
}
