// npm run bench:models: compares the cost of reading a model's stream with streamChatCompletion, streamResponse and
// streamMessage with reading the same stream of the `openai` or `@anthropic-ai/sdk` client and serialising each delta.
// The provider is a server in another process. Compare the ratios, because times vary with the machine.
// BENCH_SDK=openai4 and BENCH_ANTHROPIC=anthropic60 measure other versions of the clients.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { eventsOf, frames } from './frames.mjs';

const rounds = 30;
/** The number of answers in one measurement. Several are needed, because the clock of the processor is coarse. */
const answers = 5;

if (process.send) serve();
else await measureAll();

/** Answers with the frames that the model's name requests: `chat:300`. */
function serve() {
  const bodies = new Map();
  const bodyOf = (model) => {
    const [kind, count] = model.split(':');
    return eventsOf(kind, Number(count)).join('');
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
