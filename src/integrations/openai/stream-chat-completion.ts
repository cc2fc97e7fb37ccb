// streamChatCompletion(): a stream of Chat Completions as the events of a hook. This is the format that Gemini,
// OpenRouter, Ollama, vLLM and Azure speak.
import type { HookEventInput } from '../../protocol';
import { abortWith } from './abort';
import { ChatConversion } from './chat-conversion';
import { type FunctionCall, splitCalls } from './client-tools';
import type { ChatMessage, ChatToolCall } from './input-types';
import { endedEarly, ModelError } from './model-error';
import { ResponseStreamConverter } from './response-stream-converter';
import type { StreamTurn } from './stream-response';

/** Options of {@link streamChatCompletion}. */
export interface StreamChatCompletionOptions {
  /** How sources are shown, and what the user is told of an answer that stops early. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Whether thoughts that the provider sends along are shown as a workflow. Default true. */
  reasoning?: boolean | undefined;
  /** The names of the functions that run in the user's page. Default: none. */
  clientTools?: readonly string[] | undefined;
}

/** What `yield* streamChatCompletion(…)` gives when the stream has ended well. */
export interface StreamedChatCompletion {
  /** `stop`, `tool_calls`, `length`, `content_filter`, or what the provider calls it; undefined when the turn was cancelled. */
  finishReason: string | undefined;
  /** Calls that are the server's to run, in order. */
  functionCalls: FunctionCall[];
  /** Whether a client tool was called. The hook must end now: it is called again with the output. */
  clientToolCalled: boolean;
  /** The assistant's message with the calls in `functionCalls`, for the next request: the outputs follow it. */
  message: Extract<ChatMessage, { role: 'assistant' }>;
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
 * As {@link streamResponse}, with what there is of it in this format: text, refusals, sources, thoughts and calls.
 * The ids of chunks name no message, and some providers send the same one for ever: items get fresh ids.
 *
 * @throws ModelError for a stream that ended early, whatever the stream throws, and what the converter throws.
 */
export async function* streamChatCompletion<TContext>(
  turn: StreamTurn<TContext>,
  stream: AsyncIterable<ChatChunkLike>,
  options: StreamChatCompletionOptions = {},
): AsyncGenerator<HookEventInput, StreamedChatCompletion, undefined> {
  const converter = options.converter ?? new ResponseStreamConverter();
  const conversion = new ChatConversion(turn, converter, options.reasoning ?? true);
  const stopWatching = abortWith(turn.signal, stream);
  try {
    for await (const chunk of stream) yield* await conversion.convert(chunk);
    if (!turn.signal?.aborted) check(conversion.finishReason);
  } catch (error) {
    yield* conversion.end();
    throw error;
  } finally {
    stopWatching();
  }
  yield* conversion.end();
  const { finishReason, usage, text } = conversion;
  // Calls that were cut off are no calls.
  const calls = finishReason === undefined || reasons.has(finishReason) ? [] : conversion.calls;
  const { events, ...rest } = splitCalls(turn, calls, options.clientTools);
  yield* events;
  const reason = finishReason === undefined ? undefined : reasons.get(finishReason);
  const told = reason && converter.incompleteToEvent(reason, text.trim() !== '');
  if (told) yield told;
  return { finishReason, usage, message: messageWith(text, rest.functionCalls), ...rest };
}

/** The reasons that say that an answer is not whole, by the names that the Responses API has for them. */
const reasons = new Map([
  ['length', 'max_output_tokens'],
  ['content_filter', 'content_filter'],
]);

function check(finishReason: string | undefined): void {
  if (finishReason === undefined) throw endedEarly();
  if (finishReason === 'error') throw new ModelError('error', 'The provider says that the model failed');
}

function messageWith(text: string, calls: readonly FunctionCall[]): StreamedChatCompletion['message'] {
  const tool_calls = calls.map(({ callId, name, arguments: args }): ChatToolCall => ({
    id: callId,
    type: 'function',
    function: { name, arguments: args },
  }));
  return { role: 'assistant', content: text === '' ? null : text, ...(tool_calls.length > 0 && { tool_calls }) };
}
