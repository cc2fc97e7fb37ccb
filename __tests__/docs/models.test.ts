// The examples of docs/models.md do what the page says of them.
import OpenAI from 'openai';
import request from 'supertest';
import type { HookEvents, RespondTurn } from 'chatkit-express';
import * as examples from '../../docs/examples/models';
import { serve, startThread } from '../support/core';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from '../support/model-frames';
import { type ModelServer, startModelServer } from '../support/model-server';
import { createThread } from '../support/requests';
import { loadExample } from './load-example';

let model: ModelServer;
let client: OpenAI;
beforeEach(async () => {
  model = await startModelServer();
  client = new OpenAI({ apiKey: 'key', baseURL: model.url, maxRetries: 0 });
});
afterEach(() => model.close());

/** What the hook says to a message. */
async function answer(respond: (turn: RespondTurn<{ userId: string }>) => HookEvents): Promise<string> {
  const { events } = await startThread(
    serve({ respond: (turn) => respond({ ...turn, context: { userId: 'ada' } } as never) }),
  );
  const last = events.findLast((event) => event.type === 'thread.item.done');
  return last?.type === 'thread.item.done' && last.item.type === 'assistant_message' ? last.item.content[0]!.text : '';
}

test('the server answers with what the model says', async () => {
  const { OPENAI_API_KEY, OPENAI_BASE_URL } = process.env;
  Object.assign(process.env, { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: model.url });
  const app = await loadExample('models-server');
  Object.assign(process.env, { OPENAI_API_KEY: OPENAI_API_KEY ?? '', OPENAI_BASE_URL: OPENAI_BASE_URL ?? '' });
  model.reply(responseFrames(messageFrames('Hello from the model')));
  const { text } = await request(app).post('/chatkit').send(createThread('Hello'));
  expect(text).toContain('"text":"Hello from the model"');
  expect(model.requests).toMatchObject([{ body: { model: 'gpt-4.1-mini' } }]);
});

test('the hook for Chat Completions answers', async () => {
  model.reply(chatFrames('Hello'));
  expect(await answer(examples.chat(client, 'm'))).toBe('Hello');
  expect(model.requests[0]!.body.messages.map(({ role }: { role: string }) => role)).toEqual(['system', 'user']);
});

const run = async (name: string, args: string) => `${name} of ${args}`;

test('the hook that sends a refused file by its name answers', async () => {
  const content = [{ type: 'output_text', text: 'Hello', annotations: [] }];
  const output = [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content }];
  model.reply({ status: 200, body: { id: 'resp_1', object: 'response', status: 'completed', output } });
  expect(await answer(examples.refusals(client, 'm'))).toBe('Hello');
});

test('the hook for functions, with Responses, gives the model their outputs', async () => {
  model.reply(responseFrames(functionCallFrames('f', '{"n":1}')), responseFrames(messageFrames('Done')));
  expect(await answer(examples.responsesTools(client, run))).toBe('Done');
  expect(model.requests[1]!.body.input.slice(-2)).toMatchObject([
    { type: 'function_call', call_id: 'call_1' },
    { type: 'function_call_output', call_id: 'call_1', output: 'f of {"n":1}' },
  ]);
});

test('the hook for functions, with Chat Completions, gives the model their outputs', async () => {
  model.reply(chatFrames('', { tool_calls: [{ id: 'c', name: 'f', arguments: '{}' }] }), chatFrames('Done'));
  expect(await answer(examples.chatTools(client, run))).toBe('Done');
  expect(model.requests[1]!.body.messages.slice(-2)).toMatchObject([
    { role: 'assistant', tool_calls: [{ id: 'c' }] },
    { role: 'tool', tool_call_id: 'c', content: 'f of {}' },
  ]);
});

test('the hook without any of this answers', async () => {
  async function* ask(question: string) {
    yield 'You said ';
    yield question;
  }
  expect(await answer(examples.plain(ask))).toBe('You said Hello');
});

test('the hook for images and tools keeps images where it was told', async () => {
  const item = { id: 'ig_1', type: 'image_generation_call', result: Buffer.from('image').toString('base64') };
  model.reply(responseFrames([{ type: 'response.output_item.done', output_index: 0, item }]));
  const saved: string[] = [];
  const save = async (name: string, bytes: Buffer) => {
    saved.push(`${name}: ${bytes.toString()}`);
    return `https://files.example/${name}`;
  };
  await answer(examples.shown(client, save));
  expect(saved).toEqual(['ig_1.png: image']);
});
