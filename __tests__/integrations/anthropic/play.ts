// Turns that a server plays through the real SDK of Anthropic against a server on this machine, over a slow store.
import Anthropic from '@anthropic-ai/sdk';
import Anthropic60 from 'anthropic60';
import { applyItemEvent, type HookEventInput, MemoryStore, type RespondTurn, type ThreadItem } from 'chatkit-express';
import {
  type AnthropicMessage,
  type MessageSource,
  type StreamedMessage,
  streamMessage,
  type StreamMessageOptions,
} from 'chatkit-express/anthropic';
import { resolveOptions } from '../../../src/options';
import { toClientItems } from '../../../src/protocol/client-view';
import { createServer } from '../../../src/server';
import { type ModelServer, startModelServer } from '../../support/model-server';
import { RecordingLogger } from '../../support/recording-logger';
import { createThread, toolOutput } from '../../support/requests';
import { isLong } from '../../support/sizes';
import { slow } from '../../support/slow-store';

/** The part of the client that the tests call. */
interface Asking {
  create(body: object, options?: object): PromiseLike<unknown>;
  stream(body: object, options?: object): unknown;
}

type Client = { messages: Asking; beta: { messages: Asking } };

/** A way to ask for a stream: the version of the SDK, and the method. */
export interface Way {
  makeClient: (url: string) => Client;
  /** Makes the request. What it returns is passed to `streamMessage`. */
  ask: (client: Client, body: object, options: object) => unknown;
}

const options = (url: string) => ({
  apiKey: 'key',
  baseURL: url.replace(/\/v1$/, ''),
  maxRetries: 0,
  logLevel: 'off' as const,
});
export const clientOf = (url: string): Client => new Anthropic(options(url));
const client60 = (url: string): Client => new Anthropic60(options(url));

const methods: [string, Way['ask']][] = [
  ['messages.create', ({ messages }, body, more) => messages.create({ ...body, stream: true }, more)],
  ['messages.stream', ({ messages }, body, more) => messages.stream(body, more)],
  ['beta.messages.create', ({ beta }, body, more) => beta.messages.create({ ...body, stream: true }, more)],
  ['beta.messages.stream', ({ beta }, body, more) => beta.messages.stream(body, more)],
];

const allWays: [string, Way][] = methods.flatMap(([name, ask]): [string, Way][] => [
  [`${name} of 0.60`, { makeClient: client60, ask }],
  [`${name} of 1`, { makeClient: clientOf, ask }],
]);
/** Each version of the SDK with each method; in the short tests each version and each method. */
export const ways = isLong ? allWays : allWays.filter((_way, index) => [1, 2, 4, 7].includes(index));
export const plainWay = allWays.find(([name]) => name === 'messages.create of 1')![1];

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
  results: StreamedMessage[];
}

/** A server whose hook asks a model, and runs the tools `weather` and `broken` itself. */
export class Stage {
  readonly #way: Way;
  readonly #store = slow(new MemoryStore<object>(), 7);
  readonly #logger = new RecordingLogger();
  readonly #server;
  readonly #results: StreamedMessage[] = [];
  page: readonly ThreadItem[] = [];
  threadId = '';
  readonly events: { type: string }[] = [];
  readonly model: ModelServer;
  options: StreamMessageOptions = {};
  /** Added to each request. */
  body: object = {};
  /** False for a hook that forgets the signal. */
  passesSignal = true;
  /** True for a hook that makes the stream before it calls `streamMessage`. */
  asksFirst = false;

  constructor(way: Way, model: ModelServer) {
    this.#way = way;
    this.model = model;
    const respond = (turn: RespondTurn<object>) => this.#respond(turn);
    this.#server = createServer(resolveOptions({ respond, store: this.#store, logger: this.#logger }));
  }

  static async open(way: Way = plainWay): Promise<Stage> {
    return new Stage(way, await startModelServer());
  }

  async *#respond(turn: RespondTurn<object>): AsyncGenerator<HookEventInput, void, undefined> {
    const client = this.#way.makeClient(this.model.url);
    const made: AnthropicMessage[] = [];
    const ask = (messages: object[]) =>
      this.#way.ask(
        client,
        { model: 'm', max_tokens: 1000, messages: [...messages, ...made], ...this.body },
        this.passesSignal ? { signal: turn.signal } : {},
      );
    const remember = this.options.remember && {
      made,
      ...(typeof this.options.remember === 'object' && this.options.remember),
    };
    for (let round = 0; round < 5; round++) {
      const source = (this.asksFirst ? ask([{ role: 'user', content: 'Hi' }]) : ask) as MessageSource;
      const answer = yield* streamMessage(turn, source, { clientTools: ['page'], ...this.options, remember });
      this.#results.push(answer);
      if (answer.clientToolCalled || (!answer.isPaused && answer.functionCalls.length === 0)) return;
      made.push(answer.message);
      if (answer.functionCalls.length === 0) continue;
      made.push({
        role: 'user',
        content: answer.functionCalls.map(({ callId, name }) => ({
          type: 'tool_result',
          tool_use_id: callId,
          ...(name === 'broken' ? { content: 'no line', is_error: true } : { content: '{"degrees":20}' }),
        })),
      });
    }
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

  /** The messages of a request to the model. */
  messagesOf(index: number): { role: string; content: Record<string, unknown>[] }[] {
    return (this.model.requests[index]!.body as { messages: never }).messages;
  }

  /** Reports what there is once all runs have ended. */
  async played(): Promise<Played> {
    await this.#server.close();
    const { data } = await this.#store.loadThreadItems(this.threadId, { limit: 100, after: null, order: 'asc' }, {});
    const log = this.#logger.lines.filter(({ level }) => level === 'warn' || level === 'error');
    await this.model.close();
    return {
      ...{ page: [...this.page], visible: toClientItems(data), stored: data, events: this.events },
      ...{ log: log.map(({ message }) => message), results: this.#results },
    };
  }
}

/** Plays one turn. */
export async function play(
  way: Way,
  replies: Parameters<ModelServer['reply']>,
  given: StreamMessageOptions = {},
): Promise<Played> {
  const stage = await Stage.open(way);
  stage.options = given;
  stage.model.reply(...replies);
  await stage.ask(createThread('Hello'));
  return stage.played();
}

/** The text of the answer. */
export const answerOf = (items: readonly ThreadItem[]): string =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.map(({ text }) => text) : [])).join(' | ');
