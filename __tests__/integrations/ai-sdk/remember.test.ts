// `remember`: what a reasoning model needs back, when a step of its calls a tool of the server and one of the page.
import { createDeepSeek } from '@ai-sdk/deepseek';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from '../../support/model-frames';
import type { Step } from '../../support/model-server';
import { addMessage, createThread, retryAfter, toolOutput } from '../../support/requests';
import { chunk } from './faults';
import { answerOf, type MakeModel, Stage } from './play';
import { sdk6, sdks } from './sdks';

const responses: MakeModel = (baseURL) => createOpenAI({ baseURL, apiKey: 'key' }).responses('o9');
const google: MakeModel = (baseURL) => createGoogleGenerativeAI({ baseURL, apiKey: 'key' })('gemini-3');
const deepSeek: MakeModel = (baseURL) => createDeepSeek({ baseURL, apiKey: 'key' })('deepseek-reasoner');

const reasoning = {
  id: 'rs_1',
  type: 'reasoning',
  encrypted_content: 'SIGNED',
  summary: [{ type: 'summary_text', text: 'I think' }],
};
const toldResponses = responseFrames([
  { type: 'response.output_item.added', output_index: 0, item: { ...reasoning, summary: [], encrypted_content: null } },
  { type: 'response.reasoning_summary_part.added', item_id: 'rs_1', output_index: 0, summary_index: 0 },
  { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, summary_index: 0, delta: 'I think' },
  { type: 'response.reasoning_summary_part.done', item_id: 'rs_1', output_index: 0, summary_index: 0 },
  { type: 'response.output_item.done', output_index: 0, item: reasoning },
  ...functionCallFrames('weather', '{"city":"Bern"}', { id: 'fc_1', call_id: 'call_1', output_index: 1 }),
  ...functionCallFrames('page', '{"city":"Bern"}', { id: 'fc_2', call_id: 'call_2', output_index: 2 }),
]);

const gemini = (parts: object[], finishReason: string | undefined = undefined) => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
});
const toldGoogle: Step[] = [
  gemini([{ text: 'I think', thought: true }]),
  gemini([
    { functionCall: { name: 'weather', args: { city: 'Bern' } }, thoughtSignature: 'SIGNED' },
    { functionCall: { name: 'page', args: { city: 'Bern' } } },
  ]),
  gemini([{ text: '' }], 'STOP'),
];
const toldDeepSeek: Step[] = [
  chunk({ role: 'assistant', reasoning_content: 'I think' }),
  ...chatFrames('', {
    tool_calls: [
      { id: 'call_1', name: 'weather', arguments: '{"city":"Bern"}' },
      { id: 'call_2', name: 'page', arguments: '{"city":"Bern"}' },
    ],
  }),
];

/** Asks, lets the page answer, and returns what the provider was asked the second time. */
async function secondRequest(makeModel: MakeModel, told: readonly Step[], answer: readonly Step[], more: object = {}) {
  const stage = await Stage.open(sdk6, makeModel);
  stage.options = { remember: true };
  stage.withRequest = (request) => ({ ...request, ...more });
  stage.model.reply(told, answer);
  await stage.ask(createThread('Hello'));
  await stage.complete({ theme: 'dark' });
  const played = await stage.played();
  expect(played.log).toEqual([]);
  expect(played.page).toEqual(played.visible);
  expect(answerOf(played.visible)).toBe('It is warm');
  expect(played.visible.map(({ type }) => type)).toEqual([
    'user_message',
    'workflow',
    'client_tool_call',
    'assistant_message',
  ]);
  return stage.model.requests[1]!.body;
}

describe('the second request has what the provider documents', () => {
  test('OpenAI: reasoning items with their encrypted content, calls and outputs', async () => {
    const { input } = await secondRequest(responses, toldResponses, responseFrames(messageFrames('It is warm')), {
      providerOptions: { openai: { store: false, include: ['reasoning.encrypted_content'], reasoningSummary: 'auto' } },
    });
    expect(input).toEqual([
      { role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
      {
        type: 'reasoning',
        encrypted_content: 'SIGNED',
        summary: [{ type: 'summary_text', text: 'I think' }],
      },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Bern"}' },
      { type: 'function_call', call_id: 'call_2', name: 'page', arguments: '{"city":"Bern"}' },
      { type: 'function_call_output', call_id: 'call_1', output: '{"degrees":20}' },
      { type: 'function_call_output', call_id: 'call_2', output: '{"theme":"dark"}' },
    ]);
  });

  test('Gemini: the signature of the thought on the call that it came with', async () => {
    const { contents } = await secondRequest(google, toldGoogle, [gemini([{ text: 'It is warm' }], 'STOP')]);
    expect(contents).toEqual([]);
  });

  test('DeepSeek: the thoughts beside the calls', async () => {
    const { messages } = await secondRequest(deepSeek, toldDeepSeek, chatFrames('It is warm'));
    expect(messages).toEqual([]);
  });
});
