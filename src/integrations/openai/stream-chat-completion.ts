// streamChatCompletion(): a stream of Chat Completions as the events of a hook. This is the format that Gemini,
// OpenRouter, Ollama, vLLM and Azure speak.
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { HookEventInput } from '../../protocol';
import { abortWith } from './abort';
import { ChatConversion } from './chat-conversion';
import { type FunctionCall, splitCalls } from './client-tools';
import { judge, type Verdict } from './finish-reason';
import type { ChatMessage } from './input-types';
import { endedEarly, ModelError } from './model-error';
import { ResponseStreamConverter } from './response-stream-converter';
import type { StreamTurn } from './stream-response';
import { warnOfEnd } from './warn-of-end';

/** Options of {@link streamChatCompletion}. */
export interface StreamChatCompletionOptions {
  /** How sources and images are shown, and what the user is told of an answer that stops early. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Whether thoughts that the provider sends along are shown as a workflow. Default true. */
  reasoning?: boolean | undefined;
  /** Whether a `<think>` block at the beginning of the answer is a thought. Default true; false leaves it in the text. */
  think?: boolean | undefined;
  /** The names of the functions that run in the user's page. Default: none. */
  clientTools?: readonly string[] | undefined;
}

/** The assistant's message, with every field that the provider sent. */
export type StreamedChatMessage = Extract<ChatMessage, { role: 'assistant' }> & { readonly [field: string]: unknown };

/** What `yield* streamChatCompletion(…)` gives when the stream has ended well. */
export interface StreamedChatCompletion {
  /** `stop`, `tool_calls`, `length`, `content_filter`, or what the provider calls it; undefined when the turn was cancelled. */
  finishReason: string | undefined;
  /** Calls that are the server's to run, in order. */
  functionCalls: FunctionCall[];
  /** Whether a client tool was called. The hook must end now: it is called again with the output. */
  clientToolCalled: boolean;
  /**
   * The assistant's message with the calls in `functionCalls`, for the next request: the outputs follow it. It has the
   * fields of the deltas and calls that are not known here, such as `reasoning_content` and a signature in
   * `extra_content`, because their provider may refuse the next request without them.
   */
  message: StreamedChatMessage;
  /** As the provider counts it; undefined where it does not say. */
  usage: unknown;
}

/** Any chunk of a stream. Those of the `openai` package are. */
export interface ChatChunkLike {
  readonly choices?: readonly object[] | null;
}

/**
 * Converts a Chat Completions stream:
 *
 * ```ts
 * const stream = await client.chat.completions.create({ model, messages, stream: true }, { signal: turn.signal });
 * yield* streamChatCompletion(turn, stream);
 * ```
 *
 * As {@link streamResponse}, with what there is of it in this format: text, refusals, sources, thoughts, images and calls.
 * The ids of chunks name no message, and some providers send the same one for ever: items get fresh ids.
 *
 * An answer that ends for a reason which is not known to be good, or with nothing to show, is reported to the user by
 * {@link ResponseStreamConverter.incompleteToEvent}, and to the log with a warning.
 *
 * @throws ModelError for a stream that ended early or reports a failure, whatever the stream throws, and what the
 * converter throws.
 */
export async function* streamChatCompletion<TContext>(
  turn: StreamTurn<TContext>,
  stream: AsyncIterable<ChatChunkLike>,
  options: StreamChatCompletionOptions = {},
): AsyncGenerator<HookEventInput, StreamedChatCompletion, undefined> {
  const { converter = new ResponseStreamConverter(), reasoning = true, think = true } = options;
  const conversion = new ChatConversion(turn, { converter, reasoning, think });
  const stopWatching = abortWith(turn.signal, stream);
  try {
    for await (const chunk of stream) yield* await conversion.convert(chunk);
    yield* await conversion.end();
    if (!turn.signal?.aborted) check(conversion);
  } catch (error) {
    yield* conversion.close();
    throw error;
  } finally {
    stopWatching();
  }
  yield* conversion.close();
  const { finishReason, usage } = conversion;
  const verdict = finishReason === undefined ? undefined : judge(finishReason);
  // Calls that were cut off are no calls.
  const calls = verdict === 'good' ? conversion.calls.map(({ toolCall: _toolCall, ...call }) => call) : [];
  const { events, ...rest } = splitCalls(turn, calls, options.clientTools);
  yield* events;
  if (verdict !== undefined && !turn.signal?.aborted) {
    warnOfPieces(turn, conversion);
    const reason = reasonOf(verdict, conversion, reasoning);
    if (reason !== undefined) {
      const fields = { finish_reason: finishReason, unread_fields: [...conversion.unread] };
      warnOfEnd(turn, { reason, saidSomething: conversion.saidSomething, fields });
    }
    const reported = reason === undefined ? null : converter.incompleteToEvent(reason, conversion.saidSomething);
    if (reported) yield reported;
  }
  return { finishReason, usage, message: messageWith(conversion, rest.functionCalls), ...rest };
}

/** Why the answer is not whole; undefined for one that is. */
function reasonOf(verdict: Verdict, conversion: ChatConversion, showsThoughts: boolean): string | undefined {
  if (verdict === 'unknown') return conversion.finishReason;
  if (verdict !== 'good') return verdict;
  const { saidSomething, calls, hasThought } = conversion;
  return saidSomething || calls.length > 0 || (hasThought && showsThoughts) ? undefined : 'no_content';
}

function check({ finishReason, failure }: ChatConversion): void {
  if (failure) throw failure;
  if (finishReason === undefined) throw endedEarly();
  if (judge(finishReason) === 'failed') throw new ModelError('error', 'The provider says that the model failed');
}

function warnOfPieces(turn: AnswerTurn, { nameless, passedOver }: ChatConversion): void {
  const { logger = consoleLogger, thread } = turn;
  if (nameless > 0) {
    logger.warn(
      { thread_id: thread.id, calls: nameless },
      'calls of a model without the name of a function are left out',
    );
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
  const content = text === '' ? null : text;
  return { ...fields, role: 'assistant', content, ...(tool_calls.length > 0 && { tool_calls }) };
}
