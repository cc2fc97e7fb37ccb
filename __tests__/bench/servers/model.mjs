// The server of model. `chatkit` passes the stream of an SDK to the package's helper. The yardstick reads the same stream
// of the same SDK, and writes each delta as JSON with Express.
import express from 'express';
import { config, load, report } from './report.mjs';

const { sdk, model, provider } = config;
const options = { apiKey: 'key', baseURL: `http://127.0.0.1:${provider}`, maxRetries: 0 };
const messages = [{ role: 'user', content: 'Hi' }];

/** For each SDK: `open` resolves with a function that asks the model, `deltaOf` picks the delta of a part. */
const sdks = {
  chat: {
    async open() {
      const { default: OpenAI } = await import('openai');
      const client = new OpenAI(options);
      return () => client.chat.completions.create({ model, messages, stream: true });
    },
    deltaOf: (chunk) => chunk.choices[0]?.delta,
    async helper() {
      return (await load('openai.js')).streamChatCompletion;
    },
  },
  responses: {
    async open() {
      const { default: OpenAI } = await import('openai');
      const client = new OpenAI(options);
      return () => client.responses.create({ model, input: 'Hi', stream: true });
    },
    deltaOf: (event) => event.delta,
    async helper() {
      return (await load('openai.js')).streamResponse;
    },
  },
  ai: {
    async open() {
      const { streamText } = await import('ai');
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const chosen = createOpenAICompatible({ name: 'local', ...options })(model);
      return () => streamText({ model: chosen, messages, maxRetries: 0 });
    },
    parts: (result) => result.fullStream,
    deltaOf: (part) => (part.type === 'text-delta' ? part : undefined),
    async helper() {
      return (await load('ai-sdk.js')).streamTextResult;
    },
  },
  anthropic: {
    async open() {
      const { default: Anthropic } = await import('@anthropic-ai/sdk');
      const client = new Anthropic(options);
      return () => client.messages.create({ model, max_tokens: 9, messages, stream: true });
    },
    deltaOf: (event) => event.delta,
    async helper() {
      return (await load('anthropic.js')).streamMessage;
    },
  },
};

const { open, helper, deltaOf, parts = (stream) => stream } = sdks[sdk];
const ask = await open();

async function chatkit() {
  const { chatkitMiddleware, MemoryStore } = await load('index.js');
  const stream = await helper();
  return chatkitMiddleware({
    store: new MemoryStore(),
    async *respond(turn) {
      yield* stream(turn, await ask());
    },
  });
}

async function yardstick(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for await (const part of parts(await ask())) {
    const delta = deltaOf(part);
    if (delta) response.write(`data: ${JSON.stringify(delta)}\n\n`);
  }
  response.end();
}

const app = express();
if (config.kind === 'chatkit') app.use('/chatkit', await chatkit());
else app.post('/chatkit', express.json(), yardstick);
await report(app);
