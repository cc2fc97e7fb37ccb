// streamAgentResponse(): the run of an agent, and what its tools push, as the events of a hook.
import type { HookEventInput, WorkflowItem } from '../../protocol';
import { ResponseConversion } from '../openai/response-conversion';
import { ResponseStreamConverter } from '../openai/response-stream-converter';
import type { AgentContext, ClientToolRequest } from './agent-context';
import { AgentEvents, isCutOff, isRefusal, isTripwire, readerOf, type StreamedAgentRun } from './agent-run';
import { rememberResponse } from './previous-response';

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
 * Text, refusals, sources, summaries of reasoning and images come as they are made, and what tools push into
 * `agentContext` comes between them, in the order in which it happened. A function for the page (`callClientTool`) is the
 * last item. When a guardrail trips, the items of this run are removed again. When the run fails for another reason, what
 * was said is kept. Both are thrown on. A model's refusal is an answer, and not thrown; nor is an answer that was cut off by
 * its limit, of which the converter tells. When the turn is cancelled the run is ended, its request to the model among it,
 * and nothing thrown.
 *
 * @param run a streamed run that nobody else reads.
 * @throws the SDK's errors, ModelError for a response that failed, and what the converter throws.
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
  const agentEvents = new AgentEvents();
  const produced = new ProducedItems();
  const reading = readRun(agentContext, run, agentEvents, conversion);
  try {
    const goesOn = await openWorkflow(agentContext);
    agentContext.workflowItem ??= goesOn;
    produced.before = goesOn;
    reading.start();
    for await (const batch of agentContext.channel.read()) yield* produced.note(batch);
  } catch (error) {
    if (isTripwire(error)) {
      agentContext.workflowItem = null;
      yield* produced.removed();
      throw error;
    }
    yield* produced.note([...conversion.endItems(), ...conversion.endWorkflow()]);
    if (isCutOff(error) && agentEvents.incomplete !== null) yield* tellIncomplete();
    else if (!(isRefusal(error) && conversion.saidSomething)) throw error;
    return;
  } finally {
    reading.stop();
  }
  if (agentContext.signal.aborted) return;
  yield* produced.note(conversion.endItems());
  const clientTool = agentContext.takeClientTool();
  if (clientTool) yield* produced.note(await pauseFor(clientTool, agentContext, agentEvents));
  else yield* produced.note(conversion.endWorkflow());
  yield* tellIncomplete();
  if (options.keepResponseId) rememberResponse(agentContext.thread, agentEvents.ended, produced.last);

  function* tellIncomplete(): Generator<HookEventInput, void, undefined> {
    const { incomplete } = agentEvents;
    const told = incomplete === null ? null : converter.incompleteToEvent(incomplete, conversion.saidSomething);
    if (told) yield told;
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

/** The items of a run that clients may have seen. */
class ProducedItems {
  readonly #ids = new Set<string>();
  /** One of an earlier run that this one goes on with. */
  before: WorkflowItem | null = null;
  /** The one that was stored last. */
  last: string | undefined;

  *note(events: readonly HookEventInput[]): Generator<HookEventInput, void, undefined> {
    for (const event of events) {
      if (event.type === 'thread.item.added' || event.type === 'thread.item.done') this.#ids.add(event.item.id);
      if (event.type === 'thread.item.done') this.last = event.item.id;
      if (event.type === 'thread.item.removed') this.#ids.delete(event.item_id);
      yield event;
    }
  }

  *removed(): Generator<HookEventInput, void, undefined> {
    const { before } = this;
    for (const item_id of this.#ids) if (item_id !== before?.id) yield { type: 'thread.item.removed', item_id };
    if (before) yield { type: 'thread.item.replaced', item: before };
  }
}

/**
 * The workflow that goes on: one that was left open when the page was asked to run a function. It is the newest item, but
 * for that call and for hidden notes.
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

/** The call for the page. The open workflow is stored as it is, to go on with the output. */
async function pauseFor<TContext>(
  { name, arguments: args, callId }: ClientToolRequest,
  agentContext: AgentContext<TContext>,
  { calls }: AgentEvents,
): Promise<HookEventInput[]> {
  const { thread, store, context, workflowItem } = agentContext;
  if (workflowItem && workflowItem.workflow.tasks.length > 0) {
    await store.addThreadItem(thread.id, workflowItem, context);
  }
  const call = calls.findLast((made) => made.name === name) ?? calls.at(-1);
  const id = agentContext.generateId('tool_call');
  const item = {
    id,
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    type: 'client_tool_call',
    status: 'pending',
    call_id: callId ?? call?.callId ?? id,
    name,
    arguments: args,
  } as const;
  return [{ type: 'thread.item.done', item }];
}
