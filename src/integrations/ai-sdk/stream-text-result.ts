// streamTextResult(): a stream of the AI SDK, or of Mastra, as the events of a hook.
import { type Approval, type ApprovalFormOptions, outdatedNotice } from '../../answers/approval';
import type { AnswerTurn } from '../../answers/new-item';
import { isError } from '../../errors';
import { consoleLogger } from '../../logger';
import type { HookEventInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import { splitCalls } from '../openai/client-tools';
import { judge, type Verdict } from '../openai/finish-reason';
import { endedEarly, failed, ModelError } from '../openai/model-error';
import { type ModelRequestOptions, streamRequested } from '../openai/model-request';
import type { StreamTurn } from '../openai/stream-response';
import { warnOfEnd } from '../openai/warn-of-end';
import { rememberedEvents, type RememberLimit } from '../remembered';
import { answerable, answeredApproval, approvalEvents, isKeptByMastra } from './approvals';
import type { AiMessage } from './model-messages';
import { PartConversion } from './part-conversion';
import { TextStreamConverter } from './text-stream-converter';
import { messagesOf } from './to-model-messages';
import { untilAborted } from './until-aborted';

/** The part of the result of `streamText` of `ai`, and of `agent.stream` of Mastra, that is read. */
export interface TextResultLike {
  readonly fullStream?: AsyncIterable<unknown> | undefined;
  /** Another name of the same stream, since `ai` 7. */
  readonly stream?: unknown;
  /** The messages of the answer. Only with `remember`. */
  readonly responseMessages?: PromiseLike<readonly object[]> | undefined;
  readonly response?: PromiseLike<object> | undefined;
}

/** Options of {@link streamTextResult}. */
export interface StreamTextResultOptions extends ModelRequestOptions {
  /** How parts of the answer are shown. Default: a plain {@link TextStreamConverter}. */
  converter?: TextStreamConverter | undefined;
  /** Shows the model's thoughts as a workflow. Default true. */
  reasoning?: boolean | undefined;
  /**
   * The tools that `streamText` was given: their calls are shown as tasks, from the beginning of each call. Without them,
   * which is the default `true`, a call is shown when it has a result. `false` shows none.
   */
  tools?: boolean | Readonly<Record<string, object>> | undefined;
  /**
   * Keeps the messages of the answer as one hidden item, which `toModelMessages` replays. Reasoning models need
   * them back with the output of a page's tool. An answer that fails or is stopped is not kept. An answer that asks for an
   * approval, or continues after an approval, is always kept. Default false.
   */
  remember?: boolean | RememberLimit | undefined;
  /** The labels of the form that asks the user for an approval, and the largest state that it keeps. */
  approval?: ApprovalFormOptions | undefined;
  /** Receives the usage of the whole answer, as the SDK counts it, also where the answer fails later. */
  onUsage?: ((usage: unknown) => void) | undefined;
}

/** The value of `yield* streamTextResult(…)` after a stream that did not fail. */
export interface StreamedTextResult {
  /** `stop`, `tool-calls`, `length`, `content-filter`, `other` …; undefined when the turn was cancelled. */
  finishReason: string | undefined;
  /** True after the call of a tool of the page. The hook must end now. It is called again with the output. */
  clientToolCalled: boolean;
  /** True after a question whether tools may run. The hook must end now. It is called again with the decision. */
  approvalAsked: boolean;
  /** As the SDK counts it, over all steps; undefined where the stream does not say. */
  usage: unknown;
}

/**
 * Asks a model through the AI SDK, and converts the stream of its answer:
 *
 * ```ts
 * yield* streamTextResult(turn, (messages) => streamText({ model, messages, abortSignal: turn.signal }));
 * ```
 *
 * Text, thoughts, sources, images and the calls of tools come as they are made. A call of a tool without `execute` becomes a
 * call for the page. When the stream fails, what was said is kept and the failure thrown, because the SDK reports failures
 * as parts. When the model stops early, or with nothing to show, what was said is kept and the user told by
 * {@link TextStreamConverter.incompleteToEvent}. When the turn is cancelled nothing is thrown.
 *
 * A tool that needs an approval is not run: the user is asked with `askApproval`. In the turn of the decision the messages
 * end with the decision, so that the SDK runs an approved tool, and tells the model of a rejected one. A decision that came
 * after another message of the user is not valid: the user is told so, and the function is not called.
 *
 * @param source makes the request, with the newest items of the thread as its messages. Called once more without a file that
 * the provider refuses, as `retryByName` of `chatkit-express/openai` does. Or what `streamText`, or `agent.stream` of Mastra,
 * has returned: only this function may read its stream.
 * @throws the error of the stream; ModelError for an error that is not an `Error`, for a stream that ended early, and for
 * a call of the page with input that is not a JSON object; what the converter throws; TypeError for another result.
 */
export function streamTextResult<TContext>(
  turn: StreamTurn<TContext>,
  source: TextResultLike | ((messages: AiMessage[]) => TextResultLike | PromiseLike<TextResultLike>),
  options: StreamTextResultOptions = {},
): AsyncGenerator<HookEventInput, StreamedTextResult, undefined> {
  if (typeof source !== 'function') return readTextResult(turn, source, options);
  let isContinued = false;
  return streamRequested(
    turn,
    options,
    async (items, converter) => {
      const ofMastra = await answeredApproval(turn, true);
      if (ofMastra && !ofMastra.outdated) {
        throw new TypeError(
          'Pass the stream of agent.approveToolCall() or agent.declineToolCall(), and not a function',
        );
      }
      const approval = ofMastra ?? (await answeredApproval(turn));
      if (approval?.outdated) return outdated();
      isContinued = approval !== null;
      const { logger = consoleLogger, completed = [] } = turn;
      const ids = new Set([...converter.completed, ...completed.map(({ id }) => id)]);
      const result = await source(await messagesOf(items, converter, { logger, completed: ids }));
      return readTextResult(turn, result, options);
    },
    () => !isContinued, // a repetition would run the approved tools again
  );
}

/** The answer to a decision that is not valid any more. */
async function* outdated(): AsyncGenerator<HookEventInput, StreamedTextResult, undefined> {
  yield await Promise.resolve(outdatedNotice());
  return { ...withoutCalls, usage: undefined };
}

const withoutCalls = { finishReason: undefined, clientToolCalled: false, approvalAsked: false };

async function* readTextResult<TContext>(
  turn: StreamTurn<TContext>,
  result: TextResultLike,
  options: StreamTextResultOptions,
): AsyncGenerator<HookEventInput, StreamedTextResult, undefined> {
  const { converter = new TextStreamConverter(), reasoning = true, tools = true } = options;
  const conversion = new PartConversion(turn, { converter, reasoning, tools });
  try {
    for await (const part of untilAborted(streamOf(result), turn.signal)) {
      const events = conversion.convert(part);
      // A tick for each part would cost more than reading the stream.
      for (const event of Array.isArray(events) ? events : await events) yield event;
    }
    if (!turn.signal?.aborted) check(conversion);
  } catch (error) {
    yield* conversion.close();
    throw error;
  } finally {
    if (conversion.usage !== undefined) options.onUsage?.(conversion.usage);
  }
  yield* conversion.close();
  const { finishReason, usage } = conversion;
  if (turn.signal?.aborted || conversion.aborted) return { ...withoutCalls, usage };
  const approval = await approvalInMessages(turn);
  const verdict = verdictOf(conversion);
  const isAsked = answerable(conversion).length > 0 && (verdict === 'good' || isKeptByMastra(conversion));
  if (isAsked) {
    const asking = { converter, form: options.approval, continues: approval?.id };
    yield* await approvalEvents(turn, conversion, () => responseMessages(result), asking);
    return { finishReason, clientToolCalled: false, approvalAsked: true, usage };
  }
  // Calls that were cut off are not calls.
  const calls = verdict === 'good' ? conversion.calls.unanswered : [];
  const names = calls.map(({ name }) => name);
  const { events } = splitCalls(turn, calls, names);
  if ((options.remember || approval) && conversion.calls.approvals.length === 0) {
    const messages = await responseMessages(result);
    const answer = { items: conversion.items, calls: events, messages, continues: approval?.id };
    yield* rememberedEvents(turn, { format: 'ai-sdk', ...answer }, options.remember || true);
  }
  yield* events;
  yield* endOf(turn, conversion, { verdict, converter, showsThoughts: reasoning, isCalled: calls.length > 0 });
  return { finishReason, clientToolCalled: calls.length > 0, approvalAsked: false, usage };
}

/** Returns the approval whose decision is in the messages of this answer. Null for none. */
async function approvalInMessages<TContext>(turn: StreamTurn<TContext>): Promise<Approval | null> {
  const approval = await answeredApproval(turn);
  return approval?.outdated ? null : approval;
}

function streamOf({ fullStream, stream }: TextResultLike): AsyncIterable<unknown> {
  for (const one of [fullStream, stream]) {
    if (typeof (one as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator] === 'function') {
      return one as AsyncIterable<unknown>;
    }
  }
  throw new TypeError('The result has no `fullStream`: pass what streamText() returned, and not its textStream');
}

/** @throws the failure of the stream. */
function check(conversion: PartConversion): void {
  const { failure, aborted, finishReason } = conversion;
  if (failure) throw errorOf(failure.error);
  if (aborted || isKeptByMastra(conversion)) return;
  if (finishReason === undefined) throw endedEarly();
  if (finishReason === 'error') throw new ModelError('error', 'The provider says that the model failed');
}

function errorOf(error: unknown): Error {
  if (isError(error)) return error;
  if (!isObject(error)) return failed({ message: typeof error === 'string' ? error : undefined });
  const { code, type, message } = error;
  const name = [code, type].find((value) => typeof value === 'string' || typeof value === 'number');
  return failed({
    code: name === undefined ? undefined : String(name),
    message: typeof message === 'string' ? message : undefined,
  });
}

/** The SDK's own words come first; a reason that it does not know is judged by the word of the provider. */
function verdictOf({ finishReason = '', rawFinishReason, tripwire }: PartConversion): Verdict {
  if (tripwire !== undefined) return 'content_filter';
  const verdict = judge(finishReason);
  return verdict === 'unknown' && rawFinishReason !== undefined ? judge(rawFinishReason) : verdict;
}

/** The messages of the answer. Only for a stream that has ended well: else the promises may stay pending. */
async function responseMessages(result: TextResultLike): Promise<readonly unknown[]> {
  const messages: unknown = await (result.responseMessages ?? result.response);
  if (isObject(messages)) return listOf(messages['messages']);
  return listOf(messages);
}

function listOf(messages: unknown): readonly unknown[] {
  return Array.isArray(messages) ? (messages as unknown[]) : [];
}

interface Ending {
  verdict: Verdict;
  converter: TextStreamConverter;
  showsThoughts: boolean;
  /** True after the call of a tool of the page. */
  isCalled: boolean;
}

/** Reports an ending that is not that of a whole answer. */
function* endOf(
  turn: AnswerTurn,
  conversion: PartConversion,
  ending: Ending,
): Generator<HookEventInput, void, undefined> {
  const { logger = consoleLogger, thread } = turn;
  const { saidSomething, unread, tripwire, calls } = conversion;
  const approval = calls.approvals.find(({ isSuspended }) => isSuspended);
  if (approval) {
    const { toolName: tool } = approval.call;
    const fields = { thread_id: thread.id, tool, approvals: calls.approvals.length };
    logger.warn(fields, 'a tool waits for more than a yes or no, so it is not run');
    const message = `The assistant needs more than a yes or no for "${tool}", which cannot be given here.`;
    yield { type: 'error', code: 'custom', message, allow_retry: false };
    return;
  }
  if (calls.approvals.length > 0) {
    const tools = calls.approvals.map(({ call }) => call.toolName);
    logger.warn({ thread_id: thread.id, tools }, 'tools wait for an approval in an answer that is not complete');
  }
  const reason = reasonOf(conversion, ending);
  if (reason === undefined) {
    if (unread.size > 0) {
      logger.warn({ thread_id: thread.id, types: [...unread] }, 'an answer of a model has parts that are not shown');
    }
    return;
  }
  const fields = {
    finish_reason: conversion.rawFinishReason ?? conversion.finishReason,
    ...(tripwire !== undefined && { tripwire }),
    unread_fields: [...unread],
  };
  warnOfEnd(turn, { reason, saidSomething, fields });
  const reported = ending.converter.incompleteToEvent(reason, saidSomething);
  if (reported) yield reported as HookEventInput;
}

/** Why the answer is not whole; undefined for one that is. */
function reasonOf(conversion: PartConversion, { verdict, showsThoughts, isCalled }: Ending): string | undefined {
  const { finishReason, rawFinishReason, saidSomething, hasThought, hasOwnEvents, calls } = conversion;
  if (verdict === 'unknown') return rawFinishReason ?? finishReason;
  if (verdict !== 'good') return verdict;
  if (isCalled || hasOwnEvents) return undefined;
  // The loop ended with the results of tools, which nobody has put into words.
  if (finishReason === 'tool-calls' && calls.count > 0) return 'tool_calls';
  return saidSomething || (hasThought && showsThoughts) ? undefined : 'no_content';
}
