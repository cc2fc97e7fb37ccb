// The versions of the Agents SDK that are supported, each with a client for a model server of the test.
import * as agents14 from '@openai/agents';
import * as agents13 from 'agents13';
import OpenAI from 'openai';
import type { HookEventInput, Thread, ThreadItem, Turn } from 'chatkit-express';
import { MemoryStore } from 'chatkit-express';
import type { AgentContext } from 'chatkit-express/agents';
import type { Context } from './core';
import { ada } from './core';

// The types are those of the newest: that the older one's fit is what types.test.ts is for.
export type Sdk = typeof agents14;
export type AnyAgent = InstanceType<typeof agents14.Agent<AgentContext<Context>>>;

/** Each supported version, by name. */
export const sdks: [string, Sdk][] = [
  ['0.14', agents14],
  ['0.13', agents13 as unknown as Sdk],
];
for (const [, sdk] of sdks) sdk.setTracingDisabled(true);

/** A model of the server's, in one of its formats. */
export function modelOf(sdk: Sdk, url: string, api: 'responses' | 'chat' = 'responses') {
  const client = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0 });
  const model = api === 'chat' ? sdk.OpenAIChatCompletionsModel : sdk.OpenAIResponsesModel;
  return new model(client, 'test-model');
}

/** A turn of a thread that has these items, outside of any server. */
export async function turnOf(items: readonly ThreadItem[] = []): Promise<Turn<Context> & { abort: AbortController }> {
  const store = new MemoryStore<Context>();
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
