// streamAgentResponse(): the run of an agent, and what its tools push, as the events of a hook.
import { clientToolCall } from '../../answers/client-tool-call';
import type { HookEventInput, WorkflowItem } from '../../protocol';
import { ResponseConversion } from '../openai/response-conversion';
import { ResponseStreamConverter } from '../openai/response-stream-converter';
import type { AgentContext, ClientToolRequest } from './agent-context';
import { AgentEvents, isCutOff, isRefusal, isTripwire, readerOf, type StreamedAgentRun } from './agent-run';
import { rememberResponse } from './previous-response';
import { ProducedItems } from './produced-items';
import { logToolFailure, type ToolFailure } from './tool-errors';

/** Options of {@link streamAgentResponse}. */
export interface StreamAgentResponseOptions {
  /** How parts of the answer are shown. Default: a plain {@link ResponseStreamConverter}. */
  converter?: ResponseStreamConverter | undefined;
  /** Whether calls of hosted tools (web search, file search, code interpreter, MCP) are shown as tasks. Default false. */
  tools?: boolean | undefined;
  /**
   * Whether the id of the model's response is kept in the thread's metadata, for `sinceLastResponse`. Only one of the
   * Responses API that is whole and stored by the provider is. Default false.
   */
  keepResponseId?: boolean | undefined;
}

/**
 * Converts a streamed run of the Agents SDK, for a hook to yield:
 *
 * ```ts
 * const agentContext = new AgentContext(turn);
 * const result = await run(agent, input, { context: agentContext, stream: true, signal: turn.signal });
 * yield* streamAgentResponse(agentContext, result);
 * ```
 *
 * Text, refusals, sources, summaries of reasoning and images come as they are made. The events that tools push into
 * `agentContext` come between them, in the order in which they were caused. An open workflow ends before anything that
 * the user sees after it. Functions for the page (`callClientTool`) are
 * the last items.
 *
 * - When a guardrail trips, the items of this run are removed again, and the SDK's error is thrown.
 * - When the run fails for another reason, everything that was said is kept, and the error is thrown.
 * - A tool that throws is logged with the turn's logger, and the agent goes on. When the run ends with that tool, an error
 *   is thrown, because nobody would answer the user.
 * - A model's refusal is an answer and is not thrown. Neither is an answer that was cut off by its limit: the converter
 *   makes the event for it.
 * - When the turn is cancelled, the run and its request to the model are ended, and nothing is thrown.
 *
 * @param run a streamed run that nobody else reads.
 * @throws the SDK's errors, ModelError for a response that failed, and the converter's errors.
 */
export async function* streamAgentResponse<TContext>(
  agentContext: AgentContext<TContext>,
  run: StreamedAgentRun,
  options: StreamAgentResponseOptions = {},
): AsyncGenerator<HookEventInput, void, undefined> {
  const converter = options.converter ?? new ResponseStreamConverter();
  const conversion = new ResponseConversion(agentContext, {
    converter,
    tools: options.tools,
    workflow: agentContext,
  });
  const { logger, thread } = agentContext;
  // The SDK tells nobody but the model about a tool that throws.
  const agentEvents = new AgentEvents(({ tool, output, isLogged }) => {
    if (!isLogged) logToolFailure(logger, { thread_id: thread.id, ...(tool !== undefined && { tool }), output });
  });
  const produced = new ProducedItems();
  const reading = readRun(agentContext, run, agentEvents, conversion);
  try {
    // First in the queue, so that a tool which adds a task finds the workflow that it belongs to.
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
  const clientTools = agentContext.takeClientTools();
  if (clientTools.length > 0) yield* produced.note(pauseFor(clientTools, agentContext, agentEvents));
  else yield* produced.note(conversion.endWorkflow());
  yield* produced.finished(agentContext.workflowItem?.id);
  yield* noticeIncomplete();
  if (options.keepResponseId) rememberResponse(agentContext.thread, agentEvents.ended, produced.last);
  const [failure] = agentEvents.toolFailures;
  if (failure && clientTools.length === 0)
    throw new Error(`The run ended with the failure of a tool: ${describeFailure(failure)}`);

  function* noticeIncomplete(): Generator<HookEventInput, void, undefined> {
    const { incomplete } = agentEvents;
    const event = incomplete === null ? null : converter.incompleteToEvent(incomplete, conversion.saidSomething);
    if (event) yield event as HookEventInput;
  }
}

/** Takes the run's events into the channel as they come, until they end or `stop()`. */
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
    reader.cancel().catch(() => undefined); // it has ended or failed by itself
  };
  return {
    start() {
      void read();
    },
    stop,
  };
}

/**
 * Finds the workflow to continue: one that was left open when the page was asked to run a function. It is the newest item,
 * except for that call and for hidden notes.
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

/** Makes the calls for the page. The open workflow is done as it is, without a summary: the next turn continues it. */
function pauseFor<TContext>(
  requests: readonly ClientToolRequest[],
  agentContext: AgentContext<TContext>,
  agentEvents: AgentEvents,
): HookEventInput[] {
  const { workflowItem } = agentContext;
  const paused: HookEventInput[] =
    workflowItem && workflowItem.workflow.tasks.length > 0 ? [{ type: 'thread.item.done', item: workflowItem }] : [];
  // Each call of the model's is answered once.
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
