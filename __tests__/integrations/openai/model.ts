// A server whose hook asks a model: the provider on this machine, through the real client of either version.
import type { HookEventInput, RespondTurn, ThreadStreamEvent } from 'chatkit-express';
import {
  recentItems,
  streamChatCompletion,
  type StreamChatCompletionOptions,
  type StreamedChatCompletion,
  type StreamedResponse,
  streamResponse,
  type StreamResponseOptions,
  ThreadItemConverter,
} from 'chatkit-express/openai';
import OpenAI from 'openai';
import OpenAI4 from 'openai4';
import OpenAI5 from 'openai5';
import OpenAI7 from 'openai7';
import { type Context, type Core, type CoreOptions, serve } from '../../support/core';
import { type ModelServer, startModelServer } from '../../support/model-server';

/** The versions of the client that we work with. The types of all are those of 6 as far as the tests go. */
export const clients: [string, typeof OpenAI][] = [
  ['openai 4', OpenAI4 as unknown as typeof OpenAI],
  ['openai 5', OpenAI5 as unknown as typeof OpenAI],
  ['openai 6', OpenAI],
  ['openai 7', OpenAI7 as unknown as typeof OpenAI],
];

type Turn = RespondTurn<Context>;

/** The provider of this file's tests: started once, and every request of a test must have been expected. */
export function useModelServer(): { readonly current: ModelServer } {
  const holder = {} as { current: ModelServer };
  beforeEach(async () => {
    holder.current = await startModelServer();
  });
  afterEach(() => holder.current.close());
  return holder;
}

/** A client that asks the provider once: tests count requests. */
export const clientOf = (Client: typeof OpenAI, { url }: ModelServer, maxRetries = 0) =>
  new Client({ apiKey: 'key', baseURL: url, maxRetries, logLevel: 'off' });

/** The hook of the README, and what `yield*` gave it. */
export function responding(
  client: OpenAI,
  options?: StreamResponseOptions,
  more: CoreOptions = {},
): Core & { results: StreamedResponse[] } {
  const results: StreamedResponse[] = [];
  async function* respond(turn: Turn): AsyncGenerator<HookEventInput> {
    const input = await new ThreadItemConverter(turn).toResponseInput(await recentItems(turn));
    const stream = await client.responses.create({ model: 'm', input, stream: true }, { signal: turn.signal });
    results.push(yield* streamResponse(turn, stream, options));
  }
  return { ...serve({ respond, ...more }), results };
}

/** The same for Chat Completions. */
export function chatting(
  client: OpenAI,
  options?: StreamChatCompletionOptions,
): Core & { results: StreamedChatCompletion[] } {
  const results: StreamedChatCompletion[] = [];
  async function* respond(turn: Turn): AsyncGenerator<HookEventInput> {
    const messages = await new ThreadItemConverter(turn).toChatMessages(await recentItems(turn));
    const stream = await client.chat.completions.create(
      { model: 'm', messages, stream: true },
      { signal: turn.signal },
    );
    results.push(yield* streamChatCompletion(turn, stream, options));
  }
  return { ...serve({ respond }), results };
}

/** What came after `stream_options`, without dates; the ids of items as letters, in the order of their first event. */
export function told(events: ThreadStreamEvent[]): unknown[] {
  const start = events.findIndex(({ type }) => type === 'stream_options') + 1;
  const names = new Map<string, string>();
  const text = JSON.stringify(events.slice(start), (key, value: unknown) => (key === 'created_at' ? undefined : value));
  const named = text.replace(/"(?:id|item_id)":"((?:msg|wf|tc)_[^"]*)"/g, (whole, id: string) => {
    if (!names.has(id)) names.set(id, String.fromCharCode(65 + names.size));
    return whole.replace(id, names.get(id)!);
  });
  return JSON.parse(named) as unknown[];
}

/** What an answer looks like in short: types of events and updates with what they say. */
export function outline(events: ThreadStreamEvent[]): string[] {
  const start = events.findIndex(({ type }) => type === 'stream_options') + 1;
  return events.slice(start).map((event) => {
    if (event.type === 'thread.item.updated') {
      const { update } = event;
      const said = 'delta' in update ? update.delta : 'content' in update ? update.content.text : '';
      return `${update.type.replace(/^.*content_part\./, '')} ${said}`.trim();
    }
    if ('item' in event) {
      const { item } = event;
      const said = item.type === 'assistant_message' ? item.content.map(({ text }) => text).join('|') : '';
      return `${event.type.replace('thread.item.', '')} ${item.type} ${said}`.trim();
    }
    if (event.type === 'notice') return `notice ${event.message}`;
    return event.type === 'error' ? `error ${event.message ?? event.code}` : event.type;
  });
}
