// npm run bench:models: compares the cost of reading a model's stream with streamChatCompletion, streamResponse and
// streamMessage with reading the same stream of the `openai` or `@anthropic-ai/sdk` client and serialising each delta.
// The provider is a server in another process. Compare the ratios, because times vary with the machine.
// BENCH_SDK=openai4 and BENCH_ANTHROPIC=anthropic60 measure other versions of the clients.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const rounds = 30;
/** The number of answers in one measurement. Several are needed, because the clock of the processor is coarse. */
const answers = 5;

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

const frames = {
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

if (process.send) serve();
else await measureAll();

/** Answers with the frames that the model's name requests: `chat:300`. */
function serve() {
  const bodies = new Map();
  const bodyOf = (model) => {
    const [kind, count] = model.split(':');
    const lines = frames[kind](Number(count)).map((frame) => {
      const event = frame.type ? `event: ${frame.type}\n` : '';
      return `${event}data: ${JSON.stringify(frame)}\n\n`;
    });
    return lines.join('') + (/^(?:responses|message)/.test(kind) ? '' : 'data: [DONE]\n\n');
  };
  const server = createServer((request, response) => {
    const given = [];
    request.on('data', (bytes) => given.push(bytes));
    request.on('end', () => {
      const { model } = JSON.parse(Buffer.concat(given).toString());
      if (!bodies.has(model)) bodies.set(model, bodyOf(model));
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bodies.get(model));
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('disconnect', () => process.exit());
}

async function measureAll() {
  const { default: OpenAI } = await import(process.env.BENCH_SDK ?? 'openai');
  const { default: Anthropic } = await import(process.env.BENCH_ANTHROPIC ?? '@anthropic-ai/sdk');
  const { streamChatCompletion, streamResponse } = await import('../../dist/openai.js');
  const { streamMessage } = await import('../../dist/anthropic.js');
  const { MemoryStore } = await import('../../dist/index.js');
  const provider = fork(fileURLToPath(import.meta.url));
  const port = await new Promise((resolve) => provider.once('message', resolve));
  const client = new OpenAI({ apiKey: 'key', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: 'key', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
  const store = new MemoryStore();
  const thread = { id: 'thr_1', created_at: new Date().toISOString(), status: { type: 'active' }, metadata: {} };
  await store.saveThread(thread, {});

  const messages = [{ role: 'user', content: 'Hi' }];
  const ask = (model) => {
    if (model.startsWith('message')) return anthropic.messages.create({ model, max_tokens: 9, messages, stream: true });
    if (model.startsWith('responses')) return client.responses.create({ model, input: 'Hi', stream: true });
    return client.chat.completions.create({ model, messages, stream: true });
  };

  async function yardstick(model) {
    let length = 0;
    for await (const event of await ask(model)) {
      length += (JSON.stringify(event.choices ? event.choices[0]?.delta : event.delta) ?? '').length;
    }
    return length;
  }

  async function ours(model) {
    const turn = { thread, store, context: {}, generateId: (type) => store.generateItemId(type, thread, {}) };
    const stream = await ask(model);
    const helpers = { message: streamMessage, responses: streamResponse };
    const helper = helpers[/^\w+/.exec(model)[0]] ?? streamChatCompletion;
    let events = 0;
    for await (const event of helper(turn, stream)) if (event) events++;
    return events;
  }

  console.log('stream            chunks  client alone   with us   ratio');
  for (const kind of process.env.BENCH_ONLY?.split(',') ?? Object.keys(frames)) {
    for (const count of [300, 1000]) {
      const model = `${kind}:${count}`;
      const times = { yardstick: [], ours: [] };
      for (let round = -5; round < rounds; round++) {
        // The two alternate, so that other work of the machine slows both.
        const alone = await cpuOf(() => yardstick(model));
        const helped = await cpuOf(() => ours(model));
        if (round < 0) continue;
        times.yardstick.push(alone);
        times.ours.push(helped);
      }
      const [alone, helped] = [times.yardstick, times.ours].map((list) => list.sort((a, b) => a - b)[rounds >> 1]);
      const figures = [alone, helped].map((us) => `${(us / count).toFixed(1)} µs`.padStart(12));
      console.log(
        `${kind.padEnd(16)}${String(count).padStart(8)}${figures.join('')}${(helped / alone).toFixed(2).padStart(8)}`,
      );
    }
  }
  provider.disconnect();
}

/** The processor time of one answer in microseconds. */
async function cpuOf(read) {
  const start = process.cpuUsage();
  for (let index = 0; index < answers; index++) await read();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / answers;
}
