// streamAgentResponse(): converts the run of an agent, with the events of its tools, into the events of a hook.
import { type ApprovalFormOptions, outdatedNotice } from '../../answers/approval';
import { clientToolCall } from '../../answers/client-tool-call';
import type { HookEventInput, WorkflowItem } from '../../protocol';
import { type ModelRequestOptions, streamRequested } from '../openai/model-request';
import { ResponseConversion } from '../openai/response-conversion';
import { ResponseStreamConverter } from '../openai/response-stream-converter';
import { warnOfEnd } from '../openai/warn-of-end';
import type { AgentContext, ClientToolRequest } from './agent-context';
import { type AgentResume, answeredRun, appliedRun, approvalEvents } from './approvals';
import { AgentEvents, isCutOff, isRefusal, isTripwire, readerOf, type StreamedAgentRun } from './agent-run';
import { rememberedEvents, type RememberLimit } from '../remembered';
import { rememberResponse } from './previous-response';
import { ProducedItems } from './produced-items';
import { type AgentInput, toAgentInput } from './to-agent-input';
import { logToolFailure, type ToolFailure } from './tool-errors';

/** Options of {@link streamAgentResponse}. */
export interface StreamAgentResponseOptions extends ModelRequestOptions {
  /** Converts parts of the answer. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Shows calls of hosted tools (web search, file search, code interpreter, MCP) as tasks. Default false. */
  tools?: boolean | undefined;
  /** Reads a `<think>` block at the beginning of a message as a thought. Default true; false leaves it in the text. */
  think?: boolean | undefined;
  /**
   * Stores the id of the model's response in the thread's metadata, for `sinceLastResponse`. Only whole responses of
   * the Responses API that the provider has stored are kept. Default false.
   */
  keepResponseId?: boolean | undefined;
  /**
   * Keeps the items of the run as one hidden item, so that `toAgentInput` replays them: reasoning items, calls and outputs.
   * A run that fails, is cancelled or is not whole is not kept. A run that waited for an approval is kept once it has ended.
   * Default false.
   */
  remember?: boolean | RememberLimit | undefined;
  /** The labels of the form that asks the user for an approval, and the largest state that it keeps. */
  approval?: ApprovalFormOptions | undefined;
}

/**
 * Runs an agent, and converts its streamed run, for a hook to yield:
 *
 * ```ts
 * const agentContext = new AgentContext(turn);
 * yield* streamAgentResponse(agentContext, (input) =>
 *   run(agent, input, { context: agentContext, stream: true, signal: turn.signal }),
 * );
 * ```
 *
 * Text, refusals, sources, summaries of reasoning and images are streamed, with the events of tools between them, in
 * the order of their causes. An open workflow ends before the next item that the user sees. Calls of functions of the
 * page (`callClientTool`) are the last items.
 *
 * - When a guardrail trips, the items of this run are removed, and the SDK's error is thrown.
 * - When the run fails for another reason, the text so far is kept, and the error is thrown.
 * - A tool that throws is logged with the turn's logger, and the agent continues. When the run ends with that tool, an
 *   error is thrown, because the user has no answer.
 * - A refusal of the model is an answer, so that nothing is thrown. For an incomplete or empty answer, the converter
 *   makes the event, and nothing is thrown.
 * - When the turn is cancelled, the run and its request to the model end, and nothing is thrown.
 * - When calls need an approval, the user is asked with `askApproval`, and the run ends. In the turn of the decision the
 *   function receives the run to continue as its second argument. A decision that came after another message of the user is
 *   not valid: the user is told so, and the function is not called.
 *
 * @param source makes the run, with the newest items of the thread as its input. Called once more without a file that
 * the provider refuses, as `retryByName` of `chatkit-express/openai` does. Or a streamed run that only this function
 * reads.
 * @throws the SDK's errors, ModelError for a response that failed, and the converter's errors.
 */
export function streamAgentResponse<TContext>(
  agentContext: AgentContext<TContext>,
  source:
    | StreamedAgentRun
    | ((input: AgentInput[], resume: AgentResume | null) => StreamedAgentRun | PromiseLike<StreamedAgentRun>),
  options: StreamAgentResponseOptions = {},
): AsyncGenerator<HookEventInput, void, undefined> {
  const { logger, thread } = agentContext;
  // The SDK reports a tool that throws only to the model.
  const newEvents = () =>
    new AgentEvents(({ tool, output, isLogged }) => {
      if (!isLogged) logToolFailure(logger, { thread_id: thread.id, ...(tool !== undefined && { tool }), output });
    });
  if (typeof source !== 'function') return readAgentRun(agentContext, source, newEvents(), options);
  let agentEvents = newEvents();
  let isContinued = false;
  return streamRequested(
    agentContext,
    options,
    async (items, converter) => {
      agentEvents = newEvents();
      const answered = await answeredRun(agentContext);
      if (answered === 'outdated') return outdated();
      isContinued = answered !== null;
      const run = await source(await toAgentInput(items, converter), answered?.resume ?? null);
      if (answered && !answered.isApplied) {
        logger.warn({ thread_id: thread.id }, 'a run does not continue with the approval that the user has decided on');
      }
      return readAgentRun(agentContext, run, agentEvents, options);
    },
    () => !isContinued && agentEvents.ended === null, // a repetition would run tools again
  );
}

/** The answer to a decision that is not valid any more. */
async function* outdated(): AsyncGenerator<HookEventInput, void, undefined> {
  yield await Promise.resolve(outdatedNotice());
}

async function* readAgentRun<TContext>(
  agentContext: AgentContext<TContext>,
  run: StreamedAgentRun,
  agentEvents: AgentEvents,
  options: StreamAgentResponseOptions,
): AsyncGenerator<HookEventInput, void, undefined> {
  const converter = options.converter ?? new ResponseStreamConverter();
  const conversion = new ResponseConversion(agentContext, {
    converter,
    tools: options.tools,
    think: options.think,
    workflow: agentContext,
  });
  const produced = new ProducedItems();
  const reading = readRun(agentContext, run, agentEvents, conversion);
  try {
    // This is first in the queue, so that a tool which adds a task finds its workflow.
    agentContext.channel.add(async () => {
      produced.before = await openWorkflow(agentContext);
      agentContext.workflowItem ??= produced.before;
      return [];
    });
    reading.start();
    for await (const batch of agentContext.channel.read()) yield* produced.note(batch);
  } catch (error) {
    reading.stop();
    if (isTripwire(error)) {
      agentContext.workflowItem = null;
      yield* produced.removed();
      throw error;
    }
    yield* produced.note([...conversion.endItems(), ...conversion.endWorkflow()]);
    yield* produced.finished();
    if (isCutOff(error) && agentEvents.incomplete !== null) yield* noticeIncomplete();
    else if (!(isRefusal(error) && conversion.saidSomething)) throw error;
    return;
  } finally {
    reading.stop();
  }
  if (agentContext.signal.aborted) return;
  yield* produced.note(conversion.endItems());
  const continues = yield* endOfRun(agentContext, run, { agentEvents, conversion, produced }, options);
  yield* noticeIncomplete();
  const [failure] = agentEvents.toolFailures;
  if (failure && !continues) throw new Error(`The run ended with the failure of a tool: ${describeFailure(failure)}`);

  function* noticeIncomplete(): Generator<HookEventInput, void, undefined> {
    const { incomplete: reason } = agentEvents;
    const { saidSomething } = conversion;
    // A tool may have shown the answer.
    if (reason === null || (reason === 'no_content' && produced.last !== undefined)) return;
    warnOfEnd(agentContext, { reason, saidSomething });
    const event = converter.incompleteToEvent(reason, saidSomething);
    if (event) yield event as HookEventInput;
  }
}

/** The parts of a conversion whose run has ended. */
interface EndedRun<TContext> {
  agentEvents: AgentEvents;
  conversion: ResponseConversion<TContext>;
  produced: ProducedItems;
}

/**
 * Ends the open workflow, and yields the question, the hidden item and the calls for the page that the run ends with.
 * Returns true when the run continues in a later turn.
 */
async function* endOfRun<TContext>(
  agentContext: AgentContext<TContext>,
  run: StreamedAgentRun,
  { agentEvents, conversion, produced }: EndedRun<TContext>,
  options: StreamAgentResponseOptions,
): AsyncGenerator<HookEventInput, boolean, undefined> {
  const { items = [], clientTools: earlier = [] } = (await appliedRun(agentContext)) ?? {};
  const clientTools = [...earlier, ...agentContext.takeClientTools()];
  if (run.interruptions?.length) {
    yield* produced.note(conversion.endWorkflow());
    yield* produced.finished();
    yield* approvalEvents(agentContext, run, { items: [...items, ...produced.answers], clientTools }, options.approval);
    return true;
  }
  const closing = clientTools.length > 0 ? pauseFor(clientTools, agentContext, agentEvents) : conversion.endWorkflow();
  if (agentEvents.incomplete === null)
    yield* rememberedRun(agentContext, run, { items, produced, closing }, options.remember);
  yield* produced.note(closing);
  yield* produced.finished(agentContext.workflowItem?.id);
  if (options.keepResponseId) rememberResponse(agentContext.thread, agentEvents.ended, produced.last);
  return clientTools.length > 0;
}

/** The items of a run, and those of its first part, when it continues after an approval. */
interface RunItems {
  items: readonly string[];
  produced: ProducedItems;
  closing: readonly HookEventInput[];
}

/** Returns the hidden item with the run's own items. It comes before the calls for the page. */
function rememberedRun<TContext>(
  agentContext: AgentContext<TContext>,
  { newItems = [] }: StreamedAgentRun,
  { items: before, produced, closing }: RunItems,
  remember: boolean | RememberLimit = false,
): HookEventInput[] {
  if (!remember || newItems.some(({ type }) => type === 'tool_approval_item')) return [];
  const done = closing.flatMap((event) => (event.type === 'thread.item.done' ? [event] : []));
  const calls = done.filter(({ item }) => item.type === 'client_tool_call');
  const workflows = done.filter(({ item }) => item.type === 'workflow').map(({ item }) => item.id);
  const items = new Set([...before, ...produced.answers, ...workflows]);
  const messages = newItems.map(({ rawItem }) => rawItem);
  return rememberedEvents(agentContext, { format: 'agents', items, calls, messages }, remember);
}

/** Adds the run's events to the channel, until their end or `stop()`. */
function readRun<TContext>(
  { channel }: AgentContext<TContext>,
  run: StreamedAgentRun,
  agentEvents: AgentEvents,
  conversion: ResponseConversion<TContext>,
) {
  const reader = readerOf(run);
  let stopped = false;
  const read = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (stopped) return;
        if (done) break;
        const type = (value as { data?: { type?: unknown } } | null)?.data?.type;
        for (const event of agentEvents.read(value)) channel.add(() => conversion.convert(event));
        if (type === 'response_done') channel.add(() => conversion.endItems());
        if (agentEvents.gaveUp) break;
      }
      await channel.end();
    } catch (error) {
      if (!stopped) await channel.end(error);
    }
  };
  const stop = () => {
    if (stopped) return;
    stopped = true;
    reader.cancel().catch(() => undefined); // the run has already ended or failed
  };
  return {
    start() {
      void read();
    },
    stop,
  };
}

/**
 * Returns the workflow that was left open when the page was asked to run a function; null for none. The workflow is the
 * newest item apart from that call and hidden notes.
 */
async function openWorkflow<TContext>({
  thread,
  store,
  context,
}: AgentContext<TContext>): Promise<WorkflowItem | null> {
  const { data } = await store.loadThreadItems(thread.id, { limit: 10, after: null, order: 'desc' }, context);
  for (const item of data) {
    if (item.type === 'workflow') return item.workflow.summary ? null : item;
    if (!passedOver.has(item.type)) return null;
  }
  return null;
}

const passedOver: ReadonlySet<string> = new Set(['client_tool_call', 'hidden_context_item', 'sdk_hidden_context']);

/** Makes the calls for the page. The open workflow is stored without a summary, because the next turn continues it. */
function pauseFor<TContext>(
  requests: readonly ClientToolRequest[],
  agentContext: AgentContext<TContext>,
  agentEvents: AgentEvents,
): HookEventInput[] {
  const { workflowItem } = agentContext;
  const paused: HookEventInput[] =
    workflowItem && workflowItem.workflow.tasks.length > 0 ? [{ type: 'thread.item.done', item: workflowItem }] : [];
  // Each call of the model is answered once.
  const unanswered = agentEvents.calls.filter(({ callId }) => requests.every((request) => request.callId !== callId));
  const calls = requests.flatMap(({ name, arguments: args, callId }) => {
    const found = unanswered.findIndex((made) => made.name === name);
    const [made] = callId === undefined ? unanswered.splice(found, 1) : [];
    return clientToolCall(agentContext, { name, arguments: args, callId: callId ?? made?.callId });
  });
  return [...paused, ...calls];
}

function describeFailure({ tool, output }: ToolFailure): string {
  return tool === undefined ? output : `${tool}: ${output}`;
}
