// streamGraph(): a stream of a LangGraph graph as the events of a hook.
import { randomUUID } from 'node:crypto';
import { type ApprovalFormOptions, outdatedNotice } from '../../answers/approval';
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { HookEventInput } from '../../protocol';
import { untilAborted } from '../ai-sdk/until-aborted';
import { judge } from '../openai/finish-reason';
import { type ModelRequestOptions, streamRequested } from '../openai/model-request';
import type { StreamTurn } from '../openai/stream-response';
import { warnOfEnd } from '../openai/warn-of-end';
import { GraphConversion } from './graph-conversion';
import { GraphStreamConverter } from './graph-stream-converter';
import { type KnownInterrupt, readInterrupt } from './interrupts';
import { type AnsweredGraph, answeredGraph, type GraphResume, interruptEvents } from './resume';
import { type LangChainMessage, toLangChainMessages } from './to-langchain-messages';

/** The stream of a graph: the result of `graph.stream(…)`, awaited or not. */
export type GraphStream = AsyncIterable<unknown> | PromiseLike<AsyncIterable<unknown>>;

/** The argument of a function that runs the graph. */
export interface GraphRequest {
  /** The newest items of the thread. Pass them when the graph begins, and not when it continues. */
  messages: LangChainMessage[];
  /** The value with which the graph continues after an interrupt. Null for a graph that begins. */
  resume: GraphResume | null;
  /** The `thread_id` for the checkpoint: that of the interrupted graph, the option `threadId`, or a new one. */
  threadId: string;
}

/** Options of {@link streamGraph}. */
export interface StreamGraphOptions extends ModelRequestOptions {
  /**
   * The `streamMode` that the graph was given. Only needed for a single mode, which its chunks do not name.
   * Default: read from the chunks.
   */
  streamMode?: string | readonly string[] | undefined;
  /**
   * The nodes whose messages are shown, with the nodes of their subgraphs. Or a function of the node and of the path of
   * names that leads to it. Default: every node.
   */
  nodes?: readonly string[] | ((node: string, path: readonly string[]) => boolean) | undefined;
  /** How parts of the answer are shown. Default: a plain {@link GraphStreamConverter}. */
  converter?: GraphStreamConverter | undefined;
  /** Shows the thoughts of models as a workflow. Default true. */
  reasoning?: boolean | undefined;
  /** Shows the calls of tools as tasks. Default true. */
  tools?: boolean | undefined;
  /** The `thread_id` of the checkpoint, which is kept with an interrupt. Default, for a function: a new id. */
  threadId?: string | undefined;
  /** The labels of the form that asks the user for an approval, and the largest state that it keeps. */
  approval?: ApprovalFormOptions | undefined;
  /** Receives the sum of the tokens that the messages of the answer report, also where the answer fails later. */
  onUsage?: ((usage: Record<string, number>) => void) | undefined;
}

/** The value of `yield* streamGraph(…)` after a stream that did not fail. */
export interface StreamedGraph {
  /** The reason for which the last model stopped, in the words of its provider. Undefined where it does not say. */
  finishReason: string | undefined;
  /** True after the call of a function of the page. The hook must end now. It is called again with the output. */
  clientToolCalled: boolean;
  /** True after a question to the user. The hook must end now. It is called again with the decision. */
  approvalAsked: boolean;
  /** `input_tokens`, `output_tokens` and `total_tokens`, as far as the messages have them. */
  usage: Record<string, number> | undefined;
}

/**
 * Runs a graph of LangGraph, and converts its stream, for a hook to yield:
 *
 * ```ts
 * yield* streamGraph(turn, ({ messages, resume, threadId }) =>
 *   graph.stream(resume ? new Command(resume) : { messages }, {
 *     streamMode: ['messages', 'updates', 'custom'],
 *     configurable: { thread_id: threadId },
 *     signal: turn.signal,
 *   }),
 * );
 * ```
 *
 * Messages, thoughts, sources and calls of tools are shown as they are streamed. An interrupt with `{ tool, arguments }`
 * calls a function of the page, and one with `{ approval: question }` asks the user. The graph continues in the turn that
 * has the answer. What was said is kept in every case. When the graph fails, its error is thrown. When the turn is cancelled,
 * nothing is thrown. Parts that are not shown are named in the log.
 *
 * @param source makes the stream. Called once more without a file that the provider refuses, as `retryByName` of
 * `chatkit-express/openai` does, unless the graph has begun to stream. Or the result of `graph.stream(…)`, which only
 * this function may read.
 * @throws the errors of the graph and of the converter; TypeError for a source that is not a stream.
 */
export function streamGraph<TContext>(
  turn: StreamTurn<TContext>,
  source: GraphStream | ((request: GraphRequest) => GraphStream),
  options: StreamGraphOptions = {},
): AsyncGenerator<HookEventInput, StreamedGraph, undefined> {
  if (typeof source !== 'function') return readAlone(turn, source, options);
  let isRepeatable = true;
  return streamRequested(
    turn,
    options,
    async (items, converter) => {
      const answered = await answeredGraph(turn);
      if (answered === 'outdated') return outdated();
      if (answered) isRepeatable = false;
      const { resume = null, threadId: earlier } = answered ?? {};
      const threadId = earlier ?? options.threadId ?? randomUUID();
      const messages = await toLangChainMessages(items, converter);
      const stream = source({ messages, resume: answered ? { resume, threadId } : null, threadId });
      const onChunk = () => (isRepeatable = false);
      return readGraph(turn, stream, { ...options, threadId }, { answered, onChunk });
    },
    () => isRepeatable, // a repetition would run nodes again
  );
}

async function* readAlone<TContext>(
  turn: StreamTurn<TContext>,
  stream: GraphStream,
  options: StreamGraphOptions,
): AsyncGenerator<HookEventInput, StreamedGraph, undefined> {
  const answered = await answeredGraph(turn);
  return yield* readGraph(turn, stream, options, { answered: answered === 'outdated' ? null : answered });
}

/** The answer to a decision that is not valid any more. */
async function* outdated(): AsyncGenerator<HookEventInput, StreamedGraph, undefined> {
  yield await Promise.resolve(outdatedNotice());
  return { finishReason: undefined, clientToolCalled: false, approvalAsked: false, usage: undefined };
}

async function* readGraph<TContext>(
  turn: StreamTurn<TContext>,
  given: GraphStream,
  options: StreamGraphOptions,
  { answered, onChunk }: { answered: AnsweredGraph | null; onChunk?: () => void },
): AsyncGenerator<HookEventInput, StreamedGraph, undefined> {
  const { converter = new GraphStreamConverter(), reasoning = true, tools = true, streamMode } = options;
  const conversion = new GraphConversion(turn, {
    ...{ converter, reasoning, tools, speaks: speaksOf(options.nodes) },
    modes: typeof streamMode === 'string' ? [streamMode] : streamMode,
    seen: answered?.seen ?? { messages: [], tools: [] },
  });
  try {
    for await (const chunk of untilAborted(streamOf(await given), turn.signal)) {
      onChunk?.();
      for (const event of await conversion.convert(chunk)) yield event;
    }
  } catch (error) {
    yield* await conversion.close();
    if (turn.signal?.aborted) return { ...nothing, usage: conversion.usage };
    throw error;
  } finally {
    if (conversion.usage) options.onUsage?.(conversion.usage);
  }
  yield* await conversion.close();
  const { finishReason, usage } = conversion;
  if (turn.signal?.aborted) return { ...nothing, usage };
  const asked = interruptsOf(conversion, converter);
  const threadId = options.threadId ?? answered?.threadId;
  if (asked) yield* interruptEvents(turn, asked, { threadId, seen: conversion.seen }, options.approval);
  yield* endOf(turn, conversion, { converter, showsThoughts: reasoning, isAsked: asked !== null });
  const approvalAsked = asked?.some(({ known }) => 'questions' in known) ?? false;
  return { finishReason, clientToolCalled: asked !== null && !approvalAsked, approvalAsked, usage };
}

const nothing = { finishReason: undefined, clientToolCalled: false, approvalAsked: false };

function speaksOf(nodes: StreamGraphOptions['nodes']): (node: string, path: readonly string[]) => boolean {
  if (typeof nodes === 'function') return nodes;
  return nodes ? (_node, path) => path.some((name) => nodes.includes(name)) : () => true;
}

function streamOf(stream: AsyncIterable<unknown>): AsyncIterable<unknown> {
  if (typeof (stream as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function') return stream;
  throw new TypeError('The stream of a graph must be an async iterable: pass what graph.stream() returned');
}

type Asked = { id: string | undefined; known: KnownInterrupt }[];

/** Returns the interrupts of the graph, when all of them can be answered. Null for none, and when one of them cannot. */
function interruptsOf({ interrupts, hasBreakpoint }: GraphConversion, converter: GraphStreamConverter): Asked | null {
  const asked: Asked = [];
  for (const { id, value } of interrupts.values()) {
    const known = readInterrupt(value) ?? readInterrupt(converter.interruptToRequest(value));
    if (!known) return null;
    asked.push({ id, known });
  }
  return asked.length > 0 && !hasBreakpoint ? asked : null;
}

interface Ending {
  converter: GraphStreamConverter;
  showsThoughts: boolean;
  isAsked: boolean;
}

/** Reports an ending that is not that of a whole answer. */
function* endOf(
  turn: AnswerTurn,
  conversion: GraphConversion,
  ending: Ending,
): Generator<HookEventInput, void, undefined> {
  const { logger = consoleLogger, thread } = turn;
  const { saidSomething, unread, interrupts, hasBreakpoint, finishReason: finish_reason } = conversion;
  if (!ending.isAsked && (interrupts.size > 0 || hasBreakpoint)) {
    const fields = { thread_id: thread.id, interrupts: interrupts.size, breakpoint: hasBreakpoint };
    logger.warn(fields, 'a graph is interrupted by something that cannot be asked');
    const message = 'The assistant has stopped with a question that cannot be shown here.';
    yield { type: 'error', code: 'custom', message, allow_retry: false };
    return;
  }
  const reason = reasonOf(conversion, ending);
  if (unread.size > 0 && reason === undefined) {
    logger.warn({ thread_id: thread.id, parts: [...unread] }, 'a stream of a graph has parts that are not shown');
  }
  if (!ending.isAsked && conversion.tools.open.length > 0) {
    logger.warn({ thread_id: thread.id, tools: conversion.tools.open }, 'calls of tools in a graph have no results');
  }
  if (reason === undefined) return;
  warnOfEnd(turn, { reason, saidSomething, fields: { finish_reason, unread_fields: [...unread] } });
  const reported = ending.converter.incompleteToEvent(reason, saidSomething);
  if (reported) yield reported as HookEventInput;
}

/** Returns why the answer is not whole. Undefined for a whole answer. */
function reasonOf(conversion: GraphConversion, { showsThoughts, isAsked }: Ending): string | undefined {
  const { finishReason, saidSomething, hasThought, hasOwnEvents } = conversion;
  const verdict = finishReason === undefined ? 'good' : judge(finishReason);
  if (verdict === 'unknown') return finishReason;
  if (verdict !== 'good') return verdict;
  if (isAsked || hasOwnEvents || saidSomething || (hasThought && showsThoughts)) return undefined;
  return 'no_content';
}
