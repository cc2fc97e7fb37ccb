// Turns that a server plays through the real `ai` and a provider on this machine, over a store that answers late. Without
// Jest, because `ai` 7 needs a process of its own.
import { applyItemEvent, type HookEventInput, MemoryStore, type RespondTurn, type ThreadItem } from 'chatkit-express';
import {
  recentItems,
  type StreamedTextResult,
  streamTextResult,
  type StreamTextResultOptions,
  type TextResultLike,
  toModelMessages,
} from 'chatkit-express/ai-sdk';
import { resolveOptions } from '../../../src/options';
import { toClientItems } from '../../../src/protocol/client-view';
import { createServer } from '../../../src/server';
import { type ModelServer, startModelServer, type Step } from '../../support/model-server';
import { RecordingLogger } from '../../support/recording-logger';
import { createThread, structuredInput, toolOutput } from '../../support/requests';
import { slow } from '../../support/slow-store';

/** The part of `ai` that the tests call, whichever version it is. */
export interface Sdk {
  streamText(options: object): TextResultLike;
  tool(definition: object): object;
  jsonSchema(schema: object): object;
  stepCountIs(count: number): unknown;
}

/** Makes a model of a provider at this URL. */
export type MakeModel = (url: string) => unknown;

export interface Played {
  /** The items of the page: its events, reduced. */
  page: ThreadItem[];
  /** The items of the store that a client may see. */
  visible: ThreadItem[];
  /** All items of the store. */
  stored: ThreadItem[];
  events: { type: string }[];
  /** The messages of warnings and errors. */
  log: string[];
  results: StreamedTextResult[];
}

/** A server whose hook asks a model. */
export class Stage {
  readonly #sdk: Sdk;
  readonly #store = slow(new MemoryStore<object>(), 7);
  readonly #logger = new RecordingLogger();
  readonly #server;
  readonly #results: StreamedTextResult[] = [];
  page: readonly ThreadItem[] = [];
  threadId = '';
  readonly events: { type: string }[] = [];
  readonly model: ModelServer;
  /** Called with what `streamText` is given, to change it. */
  withRequest: (request: Record<string, unknown>) => Record<string, unknown> = (request) => request;
  options: StreamTextResultOptions = {};
  /** Gives `streamTextResult` a function in place of a result. */
  givesFunction = false;

  constructor(sdk: Sdk, makeModel: MakeModel, model: ModelServer) {
    this.#sdk = sdk;
    this.model = model;
    const respond = (turn: RespondTurn<object>) => this.#respond(turn, makeModel(model.url));
    this.#server = createServer(resolveOptions({ respond, store: this.#store, logger: this.#logger }));
  }

  static async open(sdk: Sdk, makeModel: MakeModel): Promise<Stage> {
    return new Stage(sdk, makeModel, await startModelServer());
  }

  async *#respond(turn: RespondTurn<object>, model: unknown): AsyncGenerator<HookEventInput, void, undefined> {
    const ask = (messages: unknown) =>
      this.#sdk.streamText(
        this.withRequest({
          model,
          messages,
          tools: this.tools(),
          stopWhen: this.#sdk.stepCountIs(5),
          abortSignal: turn.signal,
          maxRetries: 0,
          onError() {},
        }),
      );
    const source = this.givesFunction ? ask : ask(await toModelMessages(await recentItems(turn), turn));
    this.#results.push(yield* streamTextResult(turn, source, this.options));
  }

  /** A tool of the server, one that fails, and one of the page. */
  tools(): Record<string, object> {
    const { tool, jsonSchema } = this.#sdk;
    const inputSchema = jsonSchema({ type: 'object', properties: { city: { type: 'string' } } });
    return {
      weather: tool({ description: 'Weather', inputSchema, execute: () => Promise.resolve({ degrees: 20 }) }),
      broken: tool({ description: 'Broken', inputSchema, execute: () => Promise.reject(new Error('no line')) }),
      page: tool({ description: 'Theme', inputSchema }),
    };
  }

  /** Sends a request and reads its events until the end, or until `stopAt` is true: then the client leaves. */
  async ask(request: object, stopAt: (event: { type: string }) => boolean = () => false): Promise<void> {
    const answer = await this.#server.process(request, {});
    if (answer.kind !== 'stream') throw new Error('answered with JSON');
    for await (const event of answer.events) {
      if (event.type === 'thread.created') this.threadId = event.thread.id;
      this.events.push(event);
      this.page = applyItemEvent(this.page, event);
      if (stopAt(event)) break;
    }
  }

  /** Sends the output of the oldest call that is pending. The page knows it, so that no event says so. */
  async complete(output: object): Promise<void> {
    const at = this.page.findIndex((item) => item.type === 'client_tool_call' && item.status === 'pending');
    const call = this.page[at] as Extract<ThreadItem, { type: 'client_tool_call' }>;
    this.page = this.page.with(at, { ...call, status: 'completed', output });
    await this.ask(toolOutput(this.threadId, output));
  }

  /** Answers the newest form, each question with its value. */
  async decide(...values: string[]): Promise<void> {
    const form = this.page.findLast((item) => item.type === 'structured_input');
    if (form?.type !== 'structured_input') throw new Error('the page has no form');
    const answers = Object.fromEntries(form.inputs.map(({ id }, index) => [id, { values: [values[index] ?? ''] }]));
    await this.ask(structuredInput(this.threadId, form.id, answers));
  }

  /** Reports what there is once all runs have ended. */
  async played(): Promise<Played> {
    await this.#server.close();
    const { data } = await this.#store.loadThreadItems(this.threadId, { limit: 100, after: null, order: 'asc' }, {});
    const visible = toClientItems(data);
    const log = this.#logger.lines.filter(({ level }) => level === 'warn' || level === 'error');
    const lines = log.map(({ message }) => message);
    await this.model.close();
    return { page: [...this.page], visible, stored: data, events: this.events, log: lines, results: this.#results };
  }

  /** The items that a new page gets. */
  async reloaded(): Promise<ThreadItem[]> {
    const { data } = await this.#store.loadThreadItems(this.threadId, { limit: 100, after: null, order: 'asc' }, {});
    return data;
  }
}

/** Plays one turn. */
export async function play(
  sdk: Sdk,
  makeModel: MakeModel,
  replies: readonly (readonly Step[] | { status: number; body: unknown })[],
  options: StreamTextResultOptions = {},
): Promise<Played> {
  const stage = await Stage.open(sdk, makeModel);
  stage.options = options;
  stage.model.reply(...replies);
  await stage.ask(createThread('Hello'));
  return stage.played();
}

/** The text of the answer. */
export const answerOf = (items: readonly ThreadItem[]): string =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.map(({ text }) => text) : [])).join(' | ');
