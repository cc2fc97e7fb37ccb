// What a run's tools, instructions and guardrails find in their RunContext: the turn, and ways to show the user something.
import type { Turn } from '../../hooks';
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
import { streamWidget } from '../../widgets/stream';
import { OpenWorkflow } from '../openai/open-workflow';
import { EventChannel } from './event-channel';

/** A function of the page's that a tool asked for. */
export interface ClientToolRequest {
  name: string;
  arguments: JsonObject;
  /** The model's id of the call, where the tool told it. */
  callId: string | undefined;
}

/** What a context is made of: any streaming hook's turn. */
export type AgentTurn<TContext> = Pick<Turn<TContext>, 'thread' | 'context' | 'store' | 'signal' | 'generateId'>;

/** Options of {@link AgentContext}. */
export interface AgentContextOptions {
  /** How many events can wait to be read before the pushes of tools wait as well. Default 512. */
  maxQueuedEvents?: number | undefined;
}

/**
 * A turn, as the context of a run of the Agents SDK. Make one for each call of `respond` or `action`:
 *
 * ```ts
 * const agentContext = new AgentContext(turn);
 * const result = await run(agent, input, { context: agentContext, stream: true, signal: turn.signal });
 * yield* streamAgentResponse(agentContext, result);
 * ```
 *
 * A tool has it as `AgentContext.of(runContext)`. What it pushes comes into the stream after what the agent said before. Await each
 * push: it settles when there is room for more. A push after the turn was cancelled does nothing.
 */
export class AgentContext<TContext = unknown> {
  /** The turn's thread: changing its title, status or metadata saves it. */
  readonly thread: Thread;
  /** What the `context` option made of the request. */
  readonly context: TContext;
  readonly store: Store<TContext>;
  /** A fresh id from the store for an item of this thread. */
  readonly generateId: (type: ItemIdType) => string;
  /** Aborted when the user stops or leaves. Give it to whatever a tool calls. */
  readonly signal: AbortSignal;
  /** The workflow that tasks are added to, if one is open. Replaced with every change. */
  workflowItem: WorkflowItem | null = null;
  /** @internal */
  readonly channel: EventChannel;
  readonly #workflow: OpenWorkflow<TContext>;
  #clientTool: ClientToolRequest | null = null;

  /** @param turn what `respond` or `action` was given. */
  constructor(turn: AgentTurn<TContext>, { maxQueuedEvents = 512 }: AgentContextOptions = {}) {
    this.thread = turn.thread;
    this.context = turn.context;
    this.store = turn.store;
    this.generateId = turn.generateId;
    this.signal = turn.signal;
    this.channel = new EventChannel(maxQueuedEvents, turn.signal);
    this.#workflow = new OpenWorkflow(this, this);
  }

  /**
   * The context of a run, as a tool, a guardrail or instructions find it:
   *
   * ```ts
   * execute: (input, runContext) => AgentContext.of(runContext).progress('Looking'),
   * ```
   *
   * @throws TypeError when the run was not given an AgentContext.
   */
  static of<TContext = unknown>(runContext: { readonly context: unknown } | undefined): AgentContext<TContext> {
    const context = runContext?.context as Partial<AgentContext<TContext>> | undefined;
    // By what it has: the ESM and the CJS copy of this class can meet in one process.
    if (typeof context?.callClientTool === 'function') return context as AgentContext<TContext>;
    throw new TypeError('The run has no AgentContext: run(agent, input, { context: new AgentContext(turn), … })');
  }

  /** Pushes an event, as a hook would yield it. Copied at once. @throws TypeError for what JSON cannot say. */
  async stream(event: HookEventInput): Promise<void> {
    const copy = copyJson(event);
    await this.channel.push(() => [copy]);
  }

  /** Shows what the assistant is at, until its next message. @param icon default: none. */
  async progress(text: string, icon?: Icon): Promise<void> {
    await this.stream({ type: 'progress_update', text, ...(icon && { icon }) });
  }

  /** Shows a widget, or the states it goes through, as `streamWidget` of the root entry does. */
  async streamWidget(
    widget: WidgetRoot | AsyncIterable<WidgetRoot>,
    { copyText }: { copyText?: string } = {},
  ): Promise<void> {
    for await (const event of streamWidget(this.thread, widget, { copyText, generateId: this.generateId })) {
      await this.stream(event);
      if (this.signal.aborted) return;
    }
  }

  /**
   * Starts a workflow; one that is open is ended first. A `custom` one without tasks is shown with its first task.
   * It ends by itself when the assistant's next message begins.
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

  /** Replaces a task. @throws RangeError when no workflow is open or it has no such task. */
  async updateWorkflowTask(task: TaskInput, index: number): Promise<void> {
    const checked: Task = TaskSchema.parse(copyJson(task));
    await this.channel.push(() => this.#workflow.updateTask(checked, index));
  }

  /**
   * Ends the open workflow, if there is one.
   * @param summary what its headline says: `{ title, icon? }` or `{ duration }` in seconds. Default: how long it took.
   * @param expanded whether it stays unfolded. Default false.
   */
  async endWorkflow(summary?: WorkflowSummary | null, expanded = false): Promise<void> {
    const checked = summary ? WorkflowSummarySchema.parse(copyJson(summary)) : undefined;
    await this.channel.push(() => this.#workflow.end(checked, expanded));
  }

  /**
   * Asks the page to run a function once the run has ended. Have the run end there (`toolUseBehavior: { stopAtToolNames:
   * ['…'] }`): `respond` is called again with the output. One a run: a page runs only one at a time.
   *
   * @param options.callId the model's id of the call: `details?.toolCall?.callId` of a tool's `execute`. Default: that of
   * the model's newest call of this name, else of its newest call.
   * @throws Error for a second one. Give the model `parallelToolCalls: false` if it calls several.
   */
  callClientTool(name: string, args: JsonObject = {}, options: { callId?: string | undefined } = {}): void {
    if (this.#clientTool) {
      throw new Error(`${this.#clientTool.name} is waiting to run in the page, which runs one function at a time`);
    }
    this.#clientTool = { name, arguments: copyJson(args), callId: options.callId };
  }

  /** @internal The function that the page is to run, once. */
  takeClientTool(): ClientToolRequest | null {
    const request = this.#clientTool;
    this.#clientTool = null;
    return request;
  }
}
