// Frames in which a provider put something else where a field belongs: none of them may break an answer.
import { type HookEventInput, HookEventSchema, MemoryStore } from 'chatkit-express';
import { ModelError, type StreamTurn, streamChatCompletion, streamResponse } from 'chatkit-express/openai';
import { ada, type Context } from '../../support/core';
import { chatFrames, messageFrames, reasoningFrames, responseFrames } from '../../support/model-frames';
import { RecordingLogger } from '../../support/recording-logger';

const citation = { type: 'url_citation', url: 'https://example.com', title: 'x', start_index: 0, end_index: 1 };
const search = { type: 'search', query: 'a', queries: ['a'], sources: [{ type: 'url', url: 'https://example.com' }] };
const calls = [
  { id: 'ws_1', type: 'web_search_call', status: 'completed', action: search },
  { id: 'fs_1', type: 'file_search_call', status: 'completed', queries: ['a'], results: [{ filename: 'a.txt' }] },
  { id: 'ci_1', type: 'code_interpreter_call', status: 'completed', code: 'print(1)' },
  { id: 'mcp_1', type: 'mcp_call', status: 'completed', server_label: 'server', name: 'tool', error: null },
  { id: 'ig_1', type: 'image_generation_call', status: 'completed', result: 'QUJD' },
];
const responses = responseFrames([
  ...reasoningFrames(['I think']),
  ...calls.flatMap((item, index) => [
    { type: 'response.output_item.added', output_index: index + 1, item },
    { type: 'response.output_item.done', output_index: index + 1, item },
  ]),
  ...messageFrames('Some words', { output_index: 9, annotations: [citation] }),
]).filter((step): step is object => typeof step === 'object');
const chat = [
  { choices: [{ index: 0, delta: { reasoning: 'I think' } }] },
  { choices: [{ index: 0, delta: { annotations: [{ type: 'url_citation', url_citation: citation }] } }] },
  ...chatFrames('Some words', { tool_calls: [{ id: 'call_1', name: 'f', arguments: '{}' }] }),
].filter((step): step is object => typeof step === 'object');

/** The places of a value, as the keys that lead to them. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

function put(value: unknown, [key, ...rest]: readonly string[], junk: unknown): unknown {
  if (key === undefined) return junk;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = put(copy[key], rest, junk);
  return copy;
}

/** What stands where something else belongs; `undefined` for nothing. */
const junk = [undefined, null, -1, 'text', {}, [null], [7]];

async function newTurn(): Promise<StreamTurn<Context>> {
  const store = new MemoryStore<Context>();
  const thread = { id: 'thr_1', created_at: '2026-11-20T10:00:00Z', status: { type: 'active' as const }, metadata: {} };
  await store.saveThread(thread, ada);
  return {
    thread,
    store,
    context: ada,
    logger: new RecordingLogger(),
    generateId: (type) => store.generateItemId(type, thread, ada),
  };
}

/** What went wrong, for every place of every frame with every junk in it: an error of ours, or an event that is malformed. */
async function faults(
  frames: readonly object[],
  convert: (turn: StreamTurn<Context>, stream: AsyncIterable<never>) => AsyncIterable<HookEventInput>,
): Promise<string[]> {
  const found: string[] = [];
  for (const [number, frame] of frames.entries()) {
    for (const path of placesIn(frame)) {
      for (const value of junk) {
        const given = frames.map((other, index) => (index === number ? put(frame, path, value) : other));
        async function* stream() {
          yield* given as never[];
        }
        try {
          for await (const event of convert(await newTurn(), stream())) HookEventSchema.parse(event);
        } catch (error) {
          // A stream that never says that it ended is told as such.
          if (!(error instanceof ModelError))
            found.push(`${path.join('.')} = ${JSON.stringify(value)}: ${String(error)}`);
        }
      }
    }
  }
  return found;
}

test('in the Responses API', async () => {
  expect(await faults(responses, (turn, stream) => streamResponse(turn, stream, { tools: true }))).toEqual([]);
});

test('in Chat Completions', async () => {
  expect(await faults(chat, (turn, stream) => streamChatCompletion(turn, stream))).toEqual([]);
});
