// The versions of the Agents SDK that are supported, each with a client for a model server of the test.
import * as agents14 from '@openai/agents';
import * as agents13 from 'agents13';
import * as agents20 from 'agents20';
import OpenAI from 'openai';
import OpenAI7 from 'openai7';
import type { HookEventInput, RespondTurn, Thread, ThreadItem } from 'chatkit-express';
import { MemoryStore } from 'chatkit-express';
import {
  AgentContext,
  type AgentTurn,
  recentItems,
  streamAgentResponse,
  type StreamAgentResponseOptions,
  toAgentInput,
  type toolErrorFunction,
} from 'chatkit-express/agents';
import { ada, type Context } from './core';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from './model-frames';
import { storeUnderTest } from './slow-store';

// The types are those of 0.14: that the others' fit is what types.test.ts is for.
export type Sdk = typeof agents14;

/** The oldest and the newest version that is supported, and the newest for Node 20, by name. */
export const sdks: [string, Sdk][] = [
  ['0.13', agents13 as unknown as Sdk],
  ['0.14', agents14],
  ['0.20', agents20 as unknown as Sdk],
];
for (const [, sdk] of sdks) sdk.setTracingDisabled(true);

/** A model of the server's, in one of its formats. */
export function modelOf(sdk: Sdk, url: string, api: 'responses' | 'chat' = 'responses') {
  const Client = (sdk as unknown) === agents20 ? (OpenAI7 as unknown as typeof OpenAI) : OpenAI;
  const client = new Client({ apiKey: 'none', baseURL: url, maxRetries: 0, logLevel: 'off' });
  const model = api === 'chat' ? sdk.OpenAIChatCompletionsModel : sdk.OpenAIResponsesModel;
  return new model(client, 'test-model');
}

/** A turn of a thread that has these items, outside of any server. */
export async function turnOf(
  items: readonly ThreadItem[] = [],
): Promise<AgentTurn<Context> & { abort: AbortController }> {
  const store = storeUnderTest(new MemoryStore<Context>());
  const thread: Thread = {
    id: 'thr_1',
    created_at: '2026-11-20T10:00:00Z',
    status: { type: 'active' },
    metadata: {},
  };
  await store.saveThread(thread, ada);
  for (const item of items) await store.addThreadItem(thread.id, item, ada);
  const abort = new AbortController();
  return {
    thread,
    store,
    context: ada,
    signal: abort.signal,
    abort,
    generateId: (type) => store.generateItemId(type, thread, ada),
  };
}

/** All events, and what they ended with. */
export async function collect(
  events: AsyncIterable<HookEventInput>,
): Promise<{ events: HookEventInput[]; error: unknown }> {
  const seen: HookEventInput[] = [];
  try {
    for await (const event of events) seen.push(event);
  } catch (error) {
    return { events: seen, error };
  }
  return { events: seen, error: null };
}

/** What a model says, in one of its formats. Every answer has the same ids, as with providers that count anew each time. */
export const formats = {
  responses: {
    says: (text: string, { id = 'resp_1' } = {}) =>
      responseFrames(messageFrames(text), { id, response: { store: true } }),
    calls: (name: string, args: object = {}, { id = 'resp_1', callId = 'call_1' } = {}) =>
      responseFrames(functionCallFrames(name, JSON.stringify(args), { call_id: callId }), {
        id,
        response: { store: true },
      }),
  },
  chat: {
    says: (text: string) => chatFrames(text, { id: 'FAKE_ID' }),
    calls: (name: string, args: object = {}, { callId = 'call_1' } = {}) =>
      chatFrames('', { id: 'FAKE_ID', tool_calls: [{ id: callId, name, arguments: JSON.stringify(args) }] }),
  },
} as const;

/** Every supported version with every format. */
export const everyRun = sdks.flatMap(([version, sdk]) =>
  (['responses', 'chat'] as const).map((api) => [`${version}, ${api}`, { sdk, api, ...formats[api] }] as const),
);

/** A tool without parameters of its own. */
export function toolOf(
  sdk: Sdk,
  name: string,
  execute: (context: AgentContext<Context>, signal: AbortSignal | undefined) => unknown,
  options: { errorFunction?: typeof toolErrorFunction } = {},
) {
  return sdk.tool<undefined, AgentContext<Context>>({
    name,
    description: name,
    strict: false,
    parameters: { type: 'object', properties: {}, required: [], additionalProperties: true } as never,
    execute: async (_input: unknown, runContext, details) =>
      (await execute(runContext!.context, details?.signal)) ?? '',
    ...options,
  });
}

/** A hook that runs an agent on the whole thread. */
export function respondWith(
  {
    sdk,
    api,
    url,
    ...agent
  }: { sdk: Sdk; api: 'responses' | 'chat'; url: string } & Partial<
    ConstructorParameters<typeof agents14.Agent<AgentContext<Context>>>[0]
  >,
  options: StreamAgentResponseOptions & { withSignal?: boolean } = {},
) {
  return async function* (turn: RespondTurn<Context>) {
    const context = new AgentContext(turn);
    const input = await toAgentInput(await recentItems(turn), turn);
    const made = new sdk.Agent<AgentContext<Context>>({
      name: 'assistant',
      instructions: 'answer',
      model: modelOf(sdk, url, api),
      ...agent,
    });
    const signal = options.withSignal === false ? {} : { signal: turn.signal };
    const result = await sdk.run(made, input, { context, stream: true, ...signal });
    yield* streamAgentResponse(context, result, options);
  };
}
