// Answers of a model in the formats of the OpenAI and Anthropic APIs.

const word = (index) => ['The ', 'quick ', 'brown ', 'fox ', 'jumps ', 'over\n'][index % 6];
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'm' };
const chunk = (delta, finish_reason = null) => ({
  ...head,
  service_tier: 'default',
  system_fingerprint: 'fp_1',
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  obfuscation: 'aBcDeFgH',
});

function chatFrames(count, field = 'content') {
  const deltas = Array.from({ length: count }, (_none, index) => chunk({ [field]: word(index) }));
  return [
    chunk({ role: 'assistant', content: '', refusal: null }),
    ...deltas,
    chunk({ content: '.' }),
    chunk({}, 'stop'),
  ];
}

function argumentFrames(count) {
  const piece = (args, more = {}) => chunk({ tool_calls: [{ index: 0, ...more, function: { arguments: args } }] });
  const begun = { index: 0, id: 'call_1', type: 'function', function: { name: 'write', arguments: '' } };
  const words = Array.from({ length: count }, (_none, index) => piece(word(index).replace('\n', ' ')));
  return [
    chunk({ role: 'assistant', content: null, tool_calls: [begun] }),
    piece('{"text":"'),
    ...words,
    piece('"}'),
    chunk({}, 'tool_calls'),
  ];
}

function responseFrames(count) {
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const text = Array.from({ length: count }, (_none, index) => word(index)).join('');
  const part = { type: 'output_text', annotations: [], logprobs: [], text };
  const item = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [part] };
  const response = { id: 'resp_1', object: 'response', status: 'in_progress', model: 'm', output: [], tools: [] };
  return [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...Array.from({ length: count }, (_none, index) => ({
      type: 'response.output_text.delta',
      ...at,
      delta: word(index),
      logprobs: [],
      obfuscation: 'aBcDeFgH',
    })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { ...response, status: 'completed', output: [item], usage: {} } },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
}

/** A message of Anthropic with one block. */
function anthropicFrames(count, block, deltaOf, reason = 'end_turn') {
  const usage = { input_tokens: 12, output_tokens: 1 };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    usage,
  };
  const deltas = Array.from({ length: count }, (_none, index) => deltaOf(word(index)));
  return [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    ...(block.type === 'thinking' ? anthropicText : []),
    { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 7 } },
    { type: 'message_stop' },
  ];
}

const anthropicText = [
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: '.' } },
  { type: 'content_block_stop', index: 1 },
];

const messageText = (text) => ({ type: 'text_delta', text });
const messageThought = (thinking) => ({ type: 'thinking_delta', thinking });
const messageInput = (piece) => ({ type: 'input_json_delta', partial_json: JSON.stringify(piece).slice(1, -1) });

/** The frames of an answer with a number of deltas, by kind. */
export const frames = {
  message: (count) => anthropicFrames(count, { type: 'text', text: '' }, messageText),
  'message thoughts': (count) => anthropicFrames(count, { type: 'thinking', thinking: '' }, messageThought),
  'message call': (count) => {
    const block = { type: 'tool_use', id: 'toolu_1', name: 'write', input: {} };
    const all = anthropicFrames(count, block, messageInput, 'tool_use');
    const piece = (partial_json) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json },
    });
    return [...all.slice(0, 2), piece('{"text":"'), ...all.slice(2, -3), piece('"}'), ...all.slice(-3)];
  },
  chat: chatFrames,
  thoughts: (count) => chatFrames(count, 'reasoning_content'),
  call: argumentFrames,
  responses: responseFrames,
};

/** Returns each frame of an answer as a server-sent event of its provider. */
export function eventsOf(kind, count) {
  const events = frames[kind](count).map((frame) => {
    const event = frame.type ? `event: ${frame.type}\n` : '';
    return `${event}data: ${JSON.stringify(frame)}\n\n`;
  });
  return /^(?:responses|message)/.test(kind) ? events : [...events, 'data: [DONE]\n\n'];
}
