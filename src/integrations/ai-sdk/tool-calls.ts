// The calls of tools in one answer: what runs on the server, what the page is to run, and what waits for an approval.
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { TaskInput } from '../../protocol';
import { isObject } from '../../protocol/json';
import type { FunctionCall } from '../openai/client-tools';
import type { Part, ReadType } from './parts';
import type { AiToolCall, TextStreamConverter } from './text-stream-converter';

/** The tools of a request by their names, or whether their calls are shown. */
export type ShownTools = boolean | Readonly<Record<string, object>>;

type ToolPartType = Extract<ReadType, `tool-${string}`>;

/** A call that waits for a yes or no. */
export interface AwaitedApproval {
  approvalId: string;
  call: AiToolCall;
  /** Why the tool needs the approval, where the application says so. */
  reason: string | undefined;
  /** The run of Mastra that waits. Undefined for the AI SDK. */
  runId: string | undefined;
  /** True for a tool that waits for data, and not for a yes or no. Only in Mastra. */
  isSuspended: boolean;
}

/** Follows the calls of one answer. */
export class ToolCalls {
  readonly #turn: AnswerTurn;
  readonly #converter: TextStreamConverter;
  readonly #tools: ShownTools;
  readonly #calls = new Map<string, AiToolCall>();
  /** Calls that have no result yet. */
  readonly #open = new Set<string>();
  readonly #approvals = new Map<string, AwaitedApproval>();

  constructor(turn: AnswerTurn, { converter, tools }: { converter: TextStreamConverter; tools: ShownTools }) {
    this.#turn = turn;
    this.#converter = converter;
    this.#tools = tools;
  }

  /** How many calls there were. */
  get count(): number {
    return this.#calls.size;
  }

  /** The approvals that were not given. */
  get approvals(): AwaitedApproval[] {
    return [...this.#approvals.values()];
  }

  /** The calls that nobody on the server has run: they are the page's. `arguments` is JSON. */
  get unanswered(): FunctionCall[] {
    const waiting = new Set(this.approvals.map(({ call }) => call.toolCallId));
    return [...this.#open].flatMap((id) => {
      const call = this.#calls.get(id);
      if (!call || call.providerExecuted || waiting.has(id)) return [];
      const args = typeof call.input === 'string' ? call.input : JSON.stringify(call.input ?? {});
      return [{ callId: id, name: call.toolName, arguments: args }];
    });
  }

  /** Reads a part about a call. Returns the task to show, if any. */
  read(type: ToolPartType, part: Part): { task: TaskInput; key: string } | null {
    if (type === 'tool-approval-request') return this.#asked(part);
    if (type === 'tool-approval-response') return this.#decided(part);
    const call = this.#callOf(part);
    if (!call) return null;
    switch (type) {
      case 'tool-call':
        this.#open.add(call.toolCallId);
        return this.#runsHere(call) ? this.#task(call) : null;
      case 'tool-result':
        call.output = part['output'];
        if (part['preliminary'] === true) return this.#task(call);
        return this.#ended(call, 'done');
      case 'tool-error':
        this.#failed(call, part['error']);
        return this.#ended(call, 'failed');
      case 'tool-output-denied':
        return this.#ended(call, 'denied');
    }
  }

  #callOf(part: Part) {
    const { toolCallId, toolName, input, title, providerExecuted } = part;
    if (typeof toolCallId !== 'string') return undefined;
    const known = this.#calls.get(toolCallId);
    if (known) {
      if (input !== undefined) known.input = input;
      return known;
    }
    if (this.#calls.size >= maxCalls) return undefined;
    const name = typeof toolName === 'string' ? toolName : '';
    const call = {
      toolCallId,
      toolName: name,
      title: typeof title === 'string' ? title : this.#titleOf(name),
      input,
      output: undefined,
      state: 'running' as const,
      providerExecuted: providerExecuted === true,
    };
    this.#calls.set(toolCallId, call);
    return call;
  }

  /** A call whose tool is not known may be the page's: it is shown once there is a result. */
  #runsHere({ toolName, providerExecuted }: AiToolCall): boolean {
    const tool = this.#toolOf(toolName);
    return providerExecuted || typeof tool?.['execute'] === 'function';
  }

  #toolOf(name: string): Record<string, unknown> | undefined {
    if (typeof this.#tools !== 'object' || !Object.hasOwn(this.#tools, name)) return undefined;
    return this.#tools[name] as Record<string, unknown>;
  }

  #titleOf(name: string): string | undefined {
    const title = this.#toolOf(name)?.['title'];
    return typeof title === 'string' ? title : undefined;
  }

  #ended(call: AiToolCall, state: AiToolCall['state']) {
    call.state = state;
    this.#open.delete(call.toolCallId);
    for (const [id, waiting] of this.#approvals) if (waiting.call === call) this.#approvals.delete(id);
    return this.#task(call);
  }

  #task(call: AiToolCall): { task: TaskInput; key: string } | null {
    const task = this.#tools === false ? null : (this.#converter.toolCallToTask({ ...call }) as TaskInput | null);
    return task && { task, key: `tool ${call.toolCallId}` };
  }

  /** The SDK reports the failure of a tool to the model only. */
  #failed({ toolName }: AiToolCall, error: unknown): void {
    const { logger = consoleLogger, thread } = this.#turn;
    logger.warn({ thread_id: thread.id, tool: toolName, err: error }, 'a tool of the AI SDK failed');
  }

  /** A request that the application answers by itself is followed by its answer. */
  #asked(part: Part): null {
    const { toolCall, approvalId, isAutomatic, reason, runId, isSuspended } = part;
    if (isAutomatic === true || !isObject(toolCall)) return null;
    const call = this.#callOf(toolCall);
    if (!call || this.#approvals.size >= maxCalls) return null;
    this.#open.add(call.toolCallId);
    const id = typeof approvalId === 'string' ? approvalId : call.toolCallId;
    this.#approvals.set(id, {
      ...{ approvalId: id, call, isSuspended: isSuspended === true },
      reason: typeof reason === 'string' ? reason : undefined,
      runId: typeof runId === 'string' ? runId : undefined,
    });
    return null;
  }

  #decided({ approvalId, approved, toolCall }: Part): { task: TaskInput; key: string } | null {
    if (typeof approvalId === 'string') this.#approvals.delete(approvalId);
    if (approved !== false || !isObject(toolCall)) return null;
    const call = this.#callOf(toolCall);
    return call ? this.#ended(call, 'denied') : null;
  }
}

/** More than these are a fault of the stream. */
const maxCalls = 1000;
