// A process of its own that serves the protocol without HTTP, with tools that need an approval:
// `tsx approval-process.ts <database> <model>`. Each message of its parent is a request. Reports each execution of a tool.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent, OpenAIChatCompletionsModel, run, RunContext, RunState, setTracingDisabled, tool } from '@openai/agents';
import { jsonSchema, streamText, tool as aiTool } from 'ai';
import OpenAI from 'openai';
import { chatkitMiddleware, type HookEventInput, type Logger, messageText, type RespondTurn } from 'chatkit-express';
import { AgentContext, streamAgentResponse } from 'chatkit-express/agents';
import { recentItems, streamTextResult } from 'chatkit-express/ai-sdk';
import { slow } from '../support/slow-store';
import { openStore } from './database';

export interface Order {
  id: number;
  /** The moment at which to begin, in milliseconds since 1970. */
  at: number;
  request: unknown;
}

export interface Report {
  id: number;
  /** `ok`, the code of a refusal, or `stream.error`. */
  outcome: string;
  events: { type: string; thread?: { id: string } }[];
  /** The executions of tools in this process, since it began. */
  executed: number;
}

const [databaseUrl = '', baseURL = ''] = process.argv.slice(2);
const silent = () => undefined;
const logger: Logger = { debug: silent, info: silent, warn: silent, error: silent };
let executed = 0;
const remove = () => {
  executed++;
  return 'removed';
};

setTracingDisabled(true);
const schema = { type: 'object', properties: {}, required: [], additionalProperties: true } as const;
const agent = new Agent<AgentContext>({
  name: 'assistant',
  instructions: 'answer',
  model: new OpenAIChatCompletionsModel(new OpenAI({ apiKey: 'none', baseURL, maxRetries: 0 }), 'm'),
  tools: [
    tool({
      ...{ name: 'remove', description: 'd', strict: false, needsApproval: true, execute: remove },
      parameters: schema as never,
    }),
  ],
});

async function* answerWithAgent(turn: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  const chat = new AgentContext(turn);
  yield* streamAgentResponse(chat, async (input, resume) => {
    const options = { context: chat, stream: true as const, signal: turn.signal };
    if (!resume) return run(agent, input, options);
    const state = await RunState.fromStringWithContext(agent, resume.state, new RunContext<AgentContext>(chat));
    return run(agent, resume.applyTo(state), options);
  });
}

async function* answerWithAiSdk(turn: RespondTurn<unknown>): AsyncGenerator<HookEventInput> {
  const model = createOpenAICompatible({ name: 'local', baseURL, apiKey: 'key' })('m');
  const tools = { remove: aiTool({ inputSchema: jsonSchema(schema as never), needsApproval: true, execute: remove }) };
  yield* streamTextResult(turn, (messages) => streamText({ model, messages, tools, maxRetries: 0, onError() {} }));
}

void (async () => {
  const { store, close } = await openStore(databaseUrl);
  const { server } = chatkitMiddleware({
    store: slow(store, process.pid),
    logger,
    async *respond(turn) {
      const [first] = await recentItems(turn);
      const isAgent = first?.type === 'user_message' && messageText(first) === 'agents';
      yield* isAgent ? answerWithAgent(turn) : answerWithAiSdk(turn);
    },
  });

  async function serve(request: unknown): Promise<Pick<Report, 'outcome' | 'events'>> {
    const events: Report['events'] = [];
    try {
      const given = await server.process(request, {});
      if (given.kind === 'json') return { outcome: 'ok', events };
      for await (const event of given.events) events.push(event);
      return { outcome: events.some(({ type }) => type === 'error') ? 'stream.error' : 'ok', events };
    } catch (error) {
      const { code = String(error) } = error as { code?: string };
      return { outcome: code, events };
    }
  }

  process.on('message', ({ id, at, request }: Order) => {
    while (performance.timeOrigin + performance.now() < at); // a timer would be late by up to a millisecond
    void serve(request).then((served) => process.send?.({ id, executed, ...served }));
  });
  process.on('disconnect', () => void close().then(() => process.exit()));
  process.send?.('ready');
})();
