// Answers of models in the frames that providers send: of the Responses API, and of Chat Completions.
import type { Step } from './model-server';

/** Numbers the frames of a Responses stream and puts those around them that begin and end it. */
export function responseFrames(
  frames: readonly object[],
  { id = 'resp_1', end = 'response.completed', response = {} } = {},
): Step[] {
  const begun = { id, object: 'response', created_at: 1_767_322_000, model: 'test-model', output: [], tools: [] };
  const output = frames.flatMap((frame) => ('item' in frame && isDone(frame) ? [frame.item] : []));
  const ended = { ...begun, status: end.split('.')[1], output, usage, ...response };
  return [
    { type: 'response.created', response: { ...begun, status: 'in_progress' } },
    { type: 'response.in_progress', response: { ...begun, status: 'in_progress' } },
    ...frames,
    ...(end === '' ? [] : [{ type: end, response: ended }]),
  ].map((frame, sequence_number) => ({ ...frame, sequence_number }));
}

const usage = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 19,
};
const isDone = (frame: object) => (frame as { type?: string }).type === 'response.output_item.done';

/** A message, word by word. */
export function messageFrames(
  text: string,
  { id = 'msg_1', output_index = 0, annotations = [] as object[] } = {},
): object[] {
  const at = { item_id: id, output_index, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  const item = { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  const whole = { ...part, text, annotations };
  return [
    { type: 'response.output_item.added', output_index, item },
    { type: 'response.content_part.added', ...at, part },
    ...words(text).map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    ...annotations.map((annotation, annotation_index) => ({
      type: 'response.output_text.annotation.added',
      ...at,
      annotation_index,
      annotation,
    })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: whole },
    { type: 'response.output_item.done', output_index, item: { ...item, status: 'completed', content: [whole] } },
  ];
}

/** A model's thoughts, each a summary of its own. */
export function reasoningFrames(thoughts: readonly string[], { id = 'rs_1', output_index = 0 } = {}): object[] {
  const summary = thoughts.map((text) => ({ type: 'summary_text', text }));
  return [
    { type: 'response.output_item.added', output_index, item: { id, type: 'reasoning', summary: [] } },
    ...thoughts.flatMap((text, summary_index) => {
      const at = { item_id: id, output_index, summary_index };
      return [
        { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } },
        ...words(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
        { type: 'response.reasoning_summary_text.done', ...at, text },
        { type: 'response.reasoning_summary_part.done', ...at, part: summary[summary_index] },
      ];
    }),
    { type: 'response.output_item.done', output_index, item: { id, type: 'reasoning', summary } },
  ];
}

/** The call of a function. @param args its arguments, as JSON. */
export function functionCallFrames(
  name: string,
  args: string,
  { id = 'fc_1', call_id = 'call_1', output_index = 0 } = {},
): object[] {
  const item = { id, type: 'function_call', call_id, name, arguments: '', status: 'in_progress' };
  const at = { item_id: id, output_index };
  return [
    { type: 'response.output_item.added', output_index, item },
    { type: 'response.function_call_arguments.delta', ...at, delta: args },
    { type: 'response.function_call_arguments.done', ...at, name, arguments: args },
    { type: 'response.output_item.done', output_index, item: { ...item, status: 'completed', arguments: args } },
  ];
}

interface ChatOptions {
  id?: string;
  finish_reason?: string | null;
  /** Calls of functions, after the text. */
  tool_calls?: { id: string; name: string; arguments: string }[];
}

/** A Chat Completions stream: text word by word, then calls whose arguments come in two halves. */
export function chatFrames(
  text: string,
  { id = 'chatcmpl-1', finish_reason, tool_calls = [] }: ChatOptions = {},
): Step[] {
  const chunk = (delta: object, reason: string | null = null) => ({
    id,
    object: 'chat.completion.chunk',
    created: 1_767_322_000,
    model: 'test-model',
    choices: [{ index: 0, delta, finish_reason: reason, logprobs: null }],
  });
  const reason = finish_reason === undefined ? (tool_calls.length > 0 ? 'tool_calls' : 'stop') : finish_reason;
  return [
    chunk({ role: 'assistant', content: '' }),
    ...words(text).map((content) => chunk({ content })),
    ...tool_calls.flatMap(({ id: callId, name, arguments: args }, index) => {
      const half = Math.ceil(args.length / 2);
      return [
        chunk({ tool_calls: [{ index, id: callId, type: 'function', function: { name, arguments: '' } }] }),
        chunk({ tool_calls: [{ index, function: { arguments: args.slice(0, half) } }] }),
        chunk({ tool_calls: [{ index, function: { arguments: args.slice(half) } }] }),
      ];
    }),
    ...(reason === null ? [] : [chunk({}, reason)]),
    'data: [DONE]\n\n',
  ];
}

const words = (text: string) => text.match(/\S+\s*/g) ?? [];
