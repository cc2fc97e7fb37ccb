// The option `remember`: keeps what a model and the functions of the server made in a turn, for the requests of later turns.
import type { AnswerTurn } from '../../answers/new-item';
import type { HookEventInput, Thread } from '../../protocol';
import { isObject } from '../../protocol/json';
import { type HistoryPart, rememberedEvents, type RememberedFormat, type RememberLimit } from '../remembered';
import type { FunctionCall } from './client-tools';
import type { ChatMessage, InputItem } from './input-types';

/** Options of `remember` for a hook that runs functions on its server. */
export interface RememberTurn extends RememberLimit {
  /**
   * The messages of this turn before this answer, in the format of the request: earlier outputs of the model, and the outputs
   * of your functions. Default: none.
   */
  made?: readonly object[] | undefined;
  /**
   * Runs a function of your server that the model called at once with a function of the page, and returns its output. These
   * calls are then not in `functionCalls`. Default: the model is told that the call was not run.
   */
  run?: ((call: FunctionCall) => string | PromiseLike<string>) | undefined;
}

/** The ids of the items of answers that the hook continues with outputs of its functions, by the thread of the run. */
const continued = new WeakMap<Thread, Set<string>>();

/** An answer that is over. */
interface RememberedAnswer {
  /** The messages of this answer. */
  output: readonly unknown[];
  /** The calls that the server has to run. */
  functionCalls: FunctionCall[];
  /** The events of the calls for the page. */
  calls: readonly HookEventInput[];
  /** True when the next request continues this answer. Default false. */
  isPaused?: boolean;
}

/** The formats whose hooks run functions on their server. */
type LoopFormat = Extract<RememberedFormat, 'responses' | 'chat' | 'anthropic'>;

/** Gathers what is remembered of one answer. */
export class AnswerMemory {
  readonly #turn: AnswerTurn;
  readonly #format: LoopFormat;
  readonly #options: boolean | RememberTurn;
  readonly #items: Set<string>;

  /** @param options the option `remember`. */
  constructor(turn: AnswerTurn, format: LoopFormat, options: boolean | RememberTurn = false) {
    this.#turn = turn;
    this.#format = format;
    this.#options = options;
    this.#items = new Set(continued.get(turn.thread));
  }

  /** Passes the events of the model's answer on, and notes their items. */
  *note(events: readonly HookEventInput[]): Generator<HookEventInput, void, undefined> {
    for (const event of events) {
      this.see(event);
      yield event;
    }
  }

  see(event: HookEventInput): void {
    if (event.type === 'thread.item.done') this.#items.add(event.item.id);
    else if (event.type === 'thread.item.removed') this.#items.delete(event.item_id);
  }

  /** Returns the hidden item, to be stored before the calls for the page; nothing while the hook continues the turn. */
  async end({ output, functionCalls, calls, isPaused = false }: RememberedAnswer): Promise<HookEventInput[]> {
    if (this.#options === false) return [];
    continued.set(this.#turn.thread, this.#items);
    if (calls.length === 0 && (isPaused || functionCalls.length > 0)) return [];
    continued.delete(this.#turn.thread);
    const { made = [], run } = typeof this.#options === 'object' ? this.#options : {};
    const messages = [...made, ...output];
    if (run) for (const call of functionCalls.splice(0)) messages.push(this.#output(call.callId, await run(call)));
    return rememberedEvents(this.#turn, { format: this.#format, items: this.#items, calls, messages }, this.#options);
  }

  #output(callId: string, output: string): object {
    if (this.#format === 'anthropic') return resultMessage(callId, output);
    return this.#format === 'chat' ? toolMessage(callId, output) : callOutput(callId, output);
  }
}

type RememberedPart = Extract<HistoryPart, { items?: undefined }>;

/** Returns the input items of remembered answers, with an output for each call. */
export function rememberedInput(part: RememberedPart): InputItem[] {
  const { messages } = part.remembered;
  const answered = new Set(
    messages.map(({ type, call_id }) => (type === 'function_call_output' ? call_id : undefined)),
  );
  const missing = messages.flatMap(({ type, call_id }) =>
    type === 'function_call' && typeof call_id === 'string' && !answered.has(call_id)
      ? [callOutput(call_id, outputOf(part, call_id))]
      : [],
  );
  return [...(messages as unknown as InputItem[]), ...missing];
}

/** Returns the messages of remembered answers, with a message of the role `tool` for each call. */
export function rememberedChat(part: RememberedPart): ChatMessage[] {
  const given = part.remembered.messages;
  const messages: ChatMessage[] = [];
  let open: string[] = [];
  const close = () => messages.push(...open.splice(0).map((id) => toolMessage(id, outputOf(part, id))));
  for (const message of given) {
    if (message['role'] !== 'tool') close();
    messages.push(message as unknown as ChatMessage);
    const { tool_call_id: answered, tool_calls: calls } = message;
    open = open.filter((id) => id !== answered);
    if (Array.isArray(calls)) {
      open.push(
        ...calls.flatMap((call: unknown) => (isObject(call) && typeof call['id'] === 'string' ? [call['id']] : [])),
      );
    }
  }
  close();
  return messages;
}

/** Returns the output of the page, as JSON. */
export function outputOf({ calls }: RememberedPart, callId: string): string {
  const call = calls.find(({ call_id }) => call_id === callId);
  return call && call.status !== 'pending' ? JSON.stringify(call.output ?? null) : notRun;
}

const notRun = 'This call was not run.';

const callOutput = (call_id: string, output: string) => ({ type: 'function_call_output' as const, call_id, output });
const toolMessage = (tool_call_id: string, content: string) => ({ role: 'tool' as const, tool_call_id, content });
const resultMessage = (tool_use_id: string, content: string) => ({
  role: 'user' as const,
  content: [{ type: 'tool_result' as const, tool_use_id, content }],
});
