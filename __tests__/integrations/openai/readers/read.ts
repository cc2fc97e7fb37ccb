// Reads a stream without a server: what the page gets, what is left to the caller, and what the log has.
import { type HookEventInput, HookEventSchema, MemoryStore, type ThreadItem, ThreadItemSchema } from 'chatkit-express';
import {
  streamChatCompletion,
  type StreamChatCompletionOptions,
  type StreamedChatCompletion,
  type StreamedResponse,
  streamResponse,
  type StreamResponseOptions,
  type StreamTurn,
} from 'chatkit-express/openai';
import { ada, type Context } from '../../../support/core';
import { type LogLine, RecordingLogger } from '../../../support/recording-logger';

export interface Reading<TResult> {
  result: TResult | undefined;
  events: HookEventInput[];
  /** The items that were done and not removed. */
  items: ThreadItem[];
  texts: string[];
  thoughts: string[];
  sources: { title: string; url?: string; index?: number | null }[];
  errors: { message: string | undefined; allow_retry: boolean | undefined }[];
  notices: string[];
  warnings: LogLine[];
  thrown: unknown;
}

export async function newTurn(signal?: AbortSignal) {
  const store = new MemoryStore<Context>();
  const thread = { id: 'thr_1', created_at: '2026-11-20T10:00:00Z', status: { type: 'active' as const }, metadata: {} };
  await store.saveThread(thread, ada);
  const logger = new RecordingLogger();
  const generateId: StreamTurn<Context>['generateId'] = (type) => store.generateItemId(type, thread, ada);
  return { thread, store, context: ada, logger, generateId, ...(signal && { signal }) };
}

/** Reads a stream of chunks of Chat Completions. */
export async function readChat(
  chunks: readonly unknown[],
  options?: StreamChatCompletionOptions,
): Promise<Reading<StreamedChatCompletion>> {
  const turn = await newTurn();
  return reading(turn, streamChatCompletion(turn, streamOf(chunks), options));
}

/** Reads a stream of events of the Responses API. */
export async function readResponse(
  events: readonly unknown[],
  options?: StreamResponseOptions,
  signal?: AbortSignal,
): Promise<Reading<StreamedResponse>> {
  const turn = await newTurn(signal);
  return reading(turn, streamResponse(turn, streamOf(events), options));
}

export async function* streamOf(given: readonly unknown[]) {
  yield* given as never[];
}

async function reading<TResult>(
  { logger }: { logger: RecordingLogger },
  source: AsyncGenerator<HookEventInput, TResult, undefined>,
): Promise<Reading<TResult>> {
  const events: HookEventInput[] = [];
  let result: TResult | undefined;
  let thrown: unknown;
  try {
    for (;;) {
      const { done, value } = await source.next();
      if (done) {
        result = value;
        break;
      }
      events.push(HookEventSchema.parse(value));
    }
  } catch (error) {
    thrown = error;
  }
  const items = events.flatMap((event) =>
    event.type === 'thread.item.done' ? [ThreadItemSchema.parse(event.item)] : [],
  );
  const contents = items.flatMap((item) => (item.type === 'assistant_message' ? item.content : []));
  const tasks = items.flatMap((item) => (item.type === 'workflow' ? item.workflow.tasks : []));
  return {
    result,
    events,
    items,
    thrown,
    texts: contents.map(({ text }) => text),
    sources: contents.flatMap(({ annotations }) =>
      annotations.map(({ source, index }) => ({
        title: source.title,
        ...('url' in source && { url: source.url }),
        ...(index !== undefined && { index }),
      })),
    ),
    thoughts: tasks.flatMap((task) => (task.type === 'thought' ? [task.content] : [])),
    errors: events.flatMap((event) =>
      event.type === 'error' && 'message' in event ? [{ message: event.message, allow_retry: event.allow_retry }] : [],
    ),
    notices: events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])),
    warnings: logger.take('warn'),
  };
}

/** A chunk with this delta. */
export const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  object: 'chat.completion.chunk',
  ...more,
  choices: [{ index: 0, delta, finish_reason }],
});

/** Chunks with these deltas, and a good end. */
export const chunks = (...deltas: object[]) => [...deltas.map((delta) => chunk(delta)), chunk({}, 'stop')];
