// Turns that a server plays through a real graph of `@langchain/langgraph`, over a store that answers late.
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import { applyItemEvent, type HookEventInput, MemoryStore, type RespondTurn, type ThreadItem } from 'chatkit-express';
import type { StreamedGraph } from 'chatkit-express/langgraph';
import { resolveOptions } from '../../../src/options';
import { toClientItems } from '../../../src/protocol/client-view';
import { createServer } from '../../../src/server';
import { Gate } from '../../support/gate';
import { RecordingLogger } from '../../support/recording-logger';
import { createThread, structuredInput, toolOutput } from '../../support/requests';
import { slow } from '../../support/slow-store';

type ChunkFields = ConstructorParameters<typeof AIMessageChunk>[0];
/** A piece of an answer: text, a chunk, an error that the provider throws, or a wait until the test opens the gate. */
export type Step = ChunkFields | Error | Gate;

/** A chat model that streams what a test tells it to, and keeps what it was asked. */
export class ScriptedModel extends BaseChatModel {
  readonly requests: BaseMessage[][] = [];
  readonly #replies: Step[][] = [];
  signals: (AbortSignal | undefined)[] = [];

  constructor() {
    super({});
  }

  reply(...replies: Step[][]): void {
    this.#replies.push(...replies);
  }

  override _llmType(): string {
    return 'scripted';
  }

  override bindTools(): this {
    return this;
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    manager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    this.requests.push(messages);
    this.signals.push(options.signal);
    for (const step of this.#replies.shift() ?? [new Error('the test has no reply for this request')]) {
      if (step instanceof Error) throw step;
      if (step instanceof Gate) {
        await step.passed;
        continue;
      }
      options.signal?.throwIfAborted();
      const message = new AIMessageChunk(step);
      const text = typeof message.content === 'string' ? message.content : '';
      const chunk = new ChatGenerationChunk({ message, text });
      yield chunk;
      await manager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
    }
  }

  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    manager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    let whole: ChatGenerationChunk | undefined;
    for await (const chunk of this._streamResponseChunks(messages, options, manager))
      whole = whole?.concat(chunk) ?? chunk;
    const { content, tool_calls = [], id } = whole!.message as unknown as AIMessage;
    const message = new AIMessage({ content, tool_calls, ...(id !== undefined && { id }) });
    return { generations: [{ message, text: '' }] };
  }
}

/** The steps of a text. */
export const says = (text: string, more: object = {}): Step[] => [
  ...text.split(/(?<= )/).map((content) => ({ content, ...more })),
  { content: '', ...more, response_metadata: { finish_reason: 'stop' } },
];

/** The steps of calls of tools. */
export const callsTools = (...calls: { id: string; name: string; args?: object }[]): Step[] => [
  {
    content: '',
    tool_call_chunks: calls.map(({ id, name }, index) => ({
      id,
      name,
      index,
      args: '',
      type: 'tool_call_chunk' as const,
    })),
  },
  {
    content: '',
    tool_call_chunks: calls.map(({ args = {} }, index) => ({
      ...{ index, args: JSON.stringify(args), type: 'tool_call_chunk' as const },
    })),
    response_metadata: { finish_reason: 'tool_calls' },
  },
];

export interface Played {
  page: ThreadItem[];
  /** The items of the store that a client may see. */
  visible: ThreadItem[];
  stored: ThreadItem[];
  events: { type: string }[];
  log: RecordingLogger['lines'];
  results: StreamedGraph[];
}

export type Respond = (
  turn: RespondTurn<object>,
) => AsyncGenerator<HookEventInput, StreamedGraph | undefined, undefined>;

/** A server whose hook runs a graph. */
export class Stage {
  readonly store = slow(new MemoryStore<object>(), 11);
  readonly #logger = new RecordingLogger();
  readonly #server;
  readonly #results: StreamedGraph[] = [];
  page: readonly ThreadItem[] = [];
  threadId = '';
  readonly events: { type: string }[] = [];

  constructor(respond: Respond) {
    const results = this.#results;
    async function* hook(turn: RespondTurn<object>): AsyncGenerator<HookEventInput, void, undefined> {
      const result = yield* respond(turn);
      if (result) results.push(result);
    }
    this.#server = createServer(resolveOptions({ respond: hook, store: this.store, logger: this.#logger }));
  }

  /** Sends a request and reads its events until the end, or until `stopAt` is true: then the client leaves. */
  async ask(request: object, stopAt: (event: { type: string }) => boolean = () => false): Promise<{ type: string }[]> {
    const answer = await this.#server.process(request, {});
    if (answer.kind !== 'stream') throw new Error('answered with JSON');
    const own: { type: string }[] = [];
    for await (const event of answer.events) {
      if (event.type === 'thread.created') this.threadId = event.thread.id;
      own.push(event);
      this.events.push(event);
      this.page = applyItemEvent(this.page, event);
      if (stopAt(event)) break;
    }
    return own;
  }

  start(text = 'Hello', stopAt?: (event: { type: string }) => boolean): Promise<{ type: string }[]> {
    return this.ask(createThread(text), stopAt);
  }

  /** Sends the output of the oldest call that is pending. */
  async complete(output: unknown): Promise<void> {
    const at = this.page.findIndex((item) => item.type === 'client_tool_call' && item.status === 'pending');
    const call = this.page[at] as Extract<ThreadItem, { type: 'client_tool_call' }>;
    this.page = this.page.with(at, { ...call, status: 'completed', output });
    await this.ask(toolOutput(this.threadId, output));
  }

  /** Answers the newest form, each question with its value. */
  async decide(...values: string[]): Promise<{ type: string }[]> {
    const form = this.page.findLast((item) => item.type === 'structured_input');
    if (form?.type !== 'structured_input') throw new Error('the page has no form');
    const answers = Object.fromEntries(form.inputs.map(({ id }, index) => [id, { values: [values[index] ?? ''] }]));
    return this.ask(structuredInput(this.threadId, form.id, answers));
  }

  /** Reports what there is once all runs have ended. */
  async played(): Promise<Played> {
    await this.#server.close();
    const { data } = await this.store.loadThreadItems(this.threadId, { limit: 100, after: null, order: 'asc' }, {});
    const log = this.#logger.lines.filter(({ level }) => level === 'warn' || level === 'error');
    const { page, events } = this;
    return { page: [...page], visible: toClientItems(data), stored: data, events, log, results: this.#results };
  }
}

/** The text of the answers. */
export const answerOf = (items: readonly ThreadItem[]): string =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.map(({ text }) => text) : [])).join(' | ');
export const typesOf = (items: readonly ThreadItem[]): string[] => items.map(({ type }) => type);
export const tasksOf = (items: readonly ThreadItem[]) =>
  items.flatMap((item) => (item.type === 'workflow' ? item.workflow.tasks : []));
