// The context of a run of the Agents SDK: the turn, and methods for tools that show the user something.
import { consoleLogger, type Logger } from '../../logger';
import type { RespondTurn, Turn } from '../../hooks';
import {
  type HookEventInput,
  type Icon,
  type JsonObject,
  type Task,
  type TaskInput,
  TaskSchema,
  type Thread,
  type WidgetRoot,
  type WorkflowInput,
  type WorkflowItem,
  WorkflowSchema,
  type WorkflowSummary,
  WorkflowSummarySchema,
} from '../../protocol';
import { copyJson } from '../../protocol/json';
import type { Store } from '../../stores/store';
import type { ItemIdType } from '../../stores/ids';
import { isAsyncIterable } from '../../widgets/async-iterable';
import { streamWidget } from '../../widgets/stream';
import { OpenWorkflow } from '../../answers/open-workflow';
import { EventChannel } from './event-channel';

/** A tool's request to run a function of the page. */
export interface ClientToolRequest {
  name: string;
  arguments: JsonObject;
  /** The model's id of the call; undefined unless the tool passed the id. */
  callId: string | undefined;
}

/**
 * The part of a streaming hook's turn that a context needs. Without `logger`, warnings and errors go to the console.
 */
export type AgentTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'context' | 'store' | 'signal' | 'generateId'> &
  Partial<Pick<Turn<TContext>, 'logger' | 'attachments'>> &
  Partial<Pick<RespondTurn<TContext>, 'completed'>>;

/** Options of {@link AgentContext}. */
export interface AgentContextOptions {
  /** The number of waiting events from which the calls of tools wait. Default 512. */
  maxQueuedEvents?: number | undefined;
}

/**
 * A turn, as the context of a run of the Agents SDK. Make one for each call of `respond` or `action`:
 *
 * ```ts
 * const agentContext = new AgentContext(turn);
 * yield* streamAgentResponse(agentContext, (input) =>
 *   run(agent, input, { context: agentContext, stream: true, signal: turn.signal }),
 * );
 * ```
 *
 * A tool finds the context with `AgentContext.of(runContext)`. The events of a tool follow everything that the agent
 * has said before. Await each call, because its promise settles when the queue has room. A call after the turn was
 * cancelled does nothing.
 */
export class AgentContext<TContext = unknown> {
  /** The turn's thread. A changed title, status or metadata is saved. */
  readonly thread: Thread;
  /** The result of the `context` option for the request. */
  readonly context: TContext;
  readonly store: Store<TContext>;
  /** Returns a fresh id of the store for an item of this thread. */
  readonly generateId: (type: ItemIdType) => string;
  /** Aborted when the user stops or leaves. Pass it to the services that a tool calls. */
  readonly signal: AbortSignal;
  /** The turn's logger. */
  readonly logger: Logger;
  /** Reads the attachments of messages; undefined when the turn has no `attachments`. */
  readonly attachments: Turn<TContext>['attachments'] | undefined;
  /** The items that the client has completed; empty in other hooks than `respond`. */
  readonly completed: RespondTurn<TContext>['completed'];
  /** The open workflow; null when none is open. Every change replaces the object. */
  workflowItem: WorkflowItem | null = null;
  /** @internal See WorkflowHolder. */
  endedWorkflow: WorkflowItem | null = null;
  /** @internal */
  readonly channel: EventChannel;
  readonly #workflow: OpenWorkflow;
  #clientTools: ClientToolRequest[] = [];

  /** @param turn the turn of `respond` or `action`. */
  constructor(turn: AgentTurn<TContext>, { maxQueuedEvents = 512 }: AgentContextOptions = {}) {
    this.thread = turn.thread;
    this.context = turn.context;
    this.store = turn.store;
    this.generateId = turn.generateId;
    this.signal = turn.signal;
    this.logger = turn.logger ?? consoleLogger;
    this.attachments = turn.attachments;
    this.completed = turn.completed ?? [];
    this.channel = new EventChannel(maxQueuedEvents, turn.signal);
    this.#workflow = new OpenWorkflow(this, this);
  }

  /**
   * Finds the context of a run in a tool, a guardrail or instructions:
   *
   * ```ts
   * execute: (input, runContext) => AgentContext.of(runContext).progress('Looking'),
   * ```
   *
   * A subclass finds itself: `MyContext.of(runContext)` returns a `MyContext`.
   *
   * @throws TypeError when the context of the run is not an AgentContext, or not of this subclass.
   */
  static of<TSelf extends { readonly callClientTool: unknown }>(
    this: abstract new (...args: never[]) => TSelf,
    runContext: { readonly context: unknown } | undefined,
  ): TSelf;
  static of<TContext = unknown>(runContext: { readonly context: unknown } | undefined): AgentContext<TContext>;
  static of(runContext: { readonly context: unknown } | undefined): unknown {
    const context = runContext?.context;
    // Recognised by a method, because ESM and CJS copies of this class can be in one process. A subclass has one copy.
    const isContext = typeof (context as Partial<AgentContext> | undefined)?.callClientTool === 'function';
    if (isContext && (this === AgentContext || context instanceof this)) return context;
    throw new TypeError(`The run has no ${this.name}: run(agent, input, { context: new ${this.name}(turn), … })`);
  }

  /**
   * Pushes an event, as a hook would yield it. The event is copied at once. An item that the user sees ends the open
   * workflow first, so that the order on the page is the order in the store.
   *
   * @throws TypeError for a value that JSON cannot express.
   */
  async stream(event: HookEventInput): Promise<void> {
    const copy = copyJson(event);
    await this.channel.push(() => [...this.#endBefore(copy), copy]);
  }

  /** Shows a line of progress until the assistant's next message. @param icon default: none. */
  async progress(text: string, icon?: Icon): Promise<void> {
    await this.stream({ type: 'progress_update', text, ...(icon && { icon }) });
  }

  /**
   * Shows a widget or its states, as `streamWidget` of the root entry does. When the states end in an error, the last
   * state that was shown is kept.
   *
   * @throws the error of the states; TypeError for a state that JSON cannot express.
   */
  async streamWidget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    { copyText }: { copyText?: string | undefined } = {},
  ): Promise<void> {
    const { channel } = this;
    const { reader } = channel;
    const states = new WidgetStates(widget);
    await channel.together(async () => {
      for await (const event of streamWidget(this.thread, states.shown, { copyText, generateId: this.generateId })) {
        await channel.push(() => [...this.#endBefore(event), event], reader);
        if (this.signal.aborted || reader !== channel.reader) return;
      }
    });
    states.check();
  }

  /**
   * Starts a workflow, after the end of an open one. A `custom` workflow without tasks is shown with its first task.
   * The workflow ends when a message of the assistant, a widget or an image is shown after it.
   */
  async startWorkflow(workflow: WorkflowInput): Promise<void> {
    const checked = WorkflowSchema.parse(copyJson(workflow));
    await this.channel.push(() => this.#workflow.start(checked));
  }

  /** Adds a task, in a new workflow when none is open. @returns its index, for {@link updateWorkflowTask}. */
  async addWorkflowTask(task: TaskInput): Promise<number> {
    const checked: Task = TaskSchema.parse(copyJson(task));
    let index = -1;
    await this.channel.push(() => {
      index = this.workflowItem?.workflow.tasks.length ?? 0;
      return this.#workflow.addTask(checked);
    });
    return index;
  }

  /**
   * Replaces a task of the open workflow, or of one that ended because something else was shown.
   * @throws RangeError when there is no such workflow or it has no such task.
   */
  async updateWorkflowTask(task: TaskInput, index: number): Promise<void> {
    const checked: Task = TaskSchema.parse(copyJson(task));
    await this.channel.push(() => this.#workflow.updateTask(checked, index));
  }

  /**
   * Ends the open workflow, if there is one.
   * @param summary its headline: `{ title, icon? }` or `{ duration }` in seconds. Default: the time it took.
   * @param expanded true leaves the workflow unfolded. Default false.
   */
  async endWorkflow(summary?: WorkflowSummary | null, expanded = false): Promise<void> {
    const checked = summary ? WorkflowSummarySchema.parse(copyJson(summary)) : undefined;
    await this.channel.push(() => this.#workflow.close(checked, expanded));
  }

  /**
   * Asks the page to run a function after the run. The run must end with this tool (`toolUseBehavior: {
   * stopAtToolNames: ['…'] }`). `respond` is called again with the outputs. A run can ask for several functions, which
   * the page runs in order.
   *
   * @param args a JSON object. Default `{}`.
   * @param options.callId the model's id of the call: `details?.toolCall?.callId` of a tool's `execute`. Default: the
   * id of the model's next call with this name, else of its newest call.
   */
  callClientTool(name: string, args: JsonObject = {}, options: { callId?: string | undefined } = {}): void {
    this.#clientTools.push({ name, arguments: copyJson(args), callId: options.callId });
  }

  /** Returns the events that must precede `event`: the end of the open workflow when `event` shows another item. */
  #endBefore(event: HookEventInput): HookEventInput[] {
    const open = this.workflowItem;
    if (!open || !showsItem(event) || event.item.id === open.id) return [];
    return this.#workflow.end();
  }

  /** @internal Returns the requests for the page, in order, and forgets them. */
  takeClientTools(): ClientToolRequest[] {
    const requests = this.#clientTools;
    this.#clientTools = [];
    return requests;
  }
}

/** An event that shows an item at the end of the thread, unless the page shows the item already. */
type ShowingEvent = Extract<HookEventInput, { type: 'thread.item.added' | 'thread.item.done' }>;

/** The types of items that the page does not show: hidden items, and calls of the page's functions. */
const unseen: ReadonlySet<string> = new Set(['client_tool_call', 'hidden_context_item', 'sdk_hidden_context']);

function showsItem(event: HookEventInput): event is ShowingEvent {
  return (event.type === 'thread.item.added' || event.type === 'thread.item.done') && !unseen.has(event.item.type);
}

/** The states of a widget. Their error is held back until the last state is finished. */
class WidgetStates {
  readonly shown: WidgetRoot | AsyncIterable<WidgetRoot>;
  #failure: { error: unknown } | null = null;

  constructor(given: WidgetRoot | AsyncIterable<WidgetRoot>) {
    this.shown = isAsyncIterable<WidgetRoot>(given) ? this.#untilFailure(given) : given;
  }

  async *#untilFailure(given: AsyncIterable<WidgetRoot>): AsyncGenerator<WidgetRoot, void, undefined> {
    try {
      for await (const state of given) yield copyJson(state);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** @throws the error that the states ended with. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
