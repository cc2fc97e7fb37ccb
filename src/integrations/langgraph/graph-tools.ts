// The calls of tools in one answer of a graph. Each result is shown once, also when the graph sends it again.
import type { AnswerTurn } from '../../answers/new-item';
import { consoleLogger } from '../../logger';
import type { TaskInput } from '../../protocol';
import type { GraphStreamConverter, GraphToolCall } from './graph-stream-converter';
import { callsIn, type ReadMessage } from './messages';

/** A task to show. */
interface Shown {
  task: TaskInput;
  key: string;
}

/** More calls are a fault of the stream. */
const maxCalls = 1000;

/** Follows the calls of one answer. */
export class GraphTools {
  readonly #turn: AnswerTurn;
  readonly #converter: GraphStreamConverter;
  readonly #isShown: boolean;
  readonly #calls = new Map<string, GraphToolCall>();
  /** The ids of the calls that earlier answers of the same run have shown with their results. */
  readonly #earlier: ReadonlySet<string>;

  constructor(
    turn: AnswerTurn,
    { converter, tools, earlier }: { converter: GraphStreamConverter; tools: boolean; earlier: ReadonlySet<string> },
  ) {
    this.#turn = turn;
    this.#converter = converter;
    this.#isShown = tools;
    this.#earlier = earlier;
  }

  get count(): number {
    return this.#calls.size;
  }

  /** The ids of the calls with a result, in this answer and in the earlier ones. */
  get done(): string[] {
    const own = [...this.#calls.values()]
      .filter(({ state }) => state !== 'running')
      .map(({ toolCallId }) => toolCallId);
    return [...this.#earlier, ...own];
  }

  /** The names of the tools whose calls have no result. */
  get open(): string[] {
    return [...this.#calls.values()].filter(({ state }) => state === 'running').map(({ toolName }) => toolName);
  }

  /** Notes the calls in a message of the model. */
  called(message: ReadMessage): Shown[] {
    return callsIn(message).flatMap(({ id, name, args }) => {
      if (this.#earlier.has(id)) return [];
      const known = this.#calls.get(id);
      if (known) {
        if (args !== undefined) known.input = args;
        return [];
      }
      if (this.#calls.size >= maxCalls) return [];
      const call = { toolCallId: id, toolName: name, input: args, state: 'running' as const, output: undefined };
      this.#calls.set(id, call);
      return this.#task(call);
    });
  }

  /** Notes the message of a tool. */
  answered({ fields }: ReadMessage): Shown[] {
    const { tool_call_id: id, name, status, content } = fields;
    if (typeof id !== 'string' || this.#earlier.has(id)) return [];
    const known = this.#calls.get(id);
    if ((known && known.state !== 'running') || (!known && this.#calls.size >= maxCalls)) return [];
    const call: GraphToolCall = {
      ...{
        toolCallId: id,
        toolName: typeof name === 'string' && name !== '' ? name : 'tool',
        input: undefined,
        ...known,
      },
      ...{ state: status === 'error' ? 'failed' : 'done', output: content },
    };
    this.#calls.set(id, call);
    if (call.state === 'failed') this.#failed(call);
    return this.#task(call);
  }

  /** The graph reports the failure of a tool to the model only. */
  #failed({ toolName, output }: GraphToolCall): void {
    const { logger = consoleLogger, thread } = this.#turn;
    const text = typeof output === 'string' ? output.slice(0, 1000) : undefined;
    logger.warn({ thread_id: thread.id, tool: toolName, output: text }, 'a tool of a graph failed');
  }

  #task(call: GraphToolCall): Shown[] {
    const task = this.#isShown ? (this.#converter.toolCallToTask({ ...call }) as TaskInput | null) : null;
    return task ? [{ task, key: `tool ${call.toolCallId}` }] : [];
  }
}
