// `remember`: what a reasoning model needs back, when a step of its calls a tool of the server and one of the page.
import { createDeepSeek } from '@ai-sdk/deepseek';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { StreamTextResultOptions } from 'chatkit-express/ai-sdk';
import { chatFrames, functionCallFrames, messageFrames, responseFrames } from '../../support/model-frames';
import type { Step } from '../../support/model-server';
import { addMessage, createThread, retryAfter } from '../../support/requests';
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
  {
    type: 'response.reasoning_summary_text.delta',
    item_id: 'rs_1',
    output_index: 0,
    summary_index: 0,
    delta: 'I think',
  },
  { type: 'response.reasoning_summary_part.done', item_id: 'rs_1', output_index: 0, summary_index: 0 },
  { type: 'response.output_item.done', output_index: 0, item: reasoning },
  ...functionCallFrames('weather', '{"city":"Bern"}', { id: 'fc_1', call_id: 'call_1', output_index: 1 }),
  ...functionCallFrames('page', '{"city":"Bern"}', { id: 'fc_2', call_id: 'call_2', output_index: 2 }),
]);

const gemini = (parts: object[], finishReason?: string) => ({
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
        id: 'rs_1',
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
    const id = expect.any(String) as string;
    const response = (name: string, content: object) => ({
      functionResponse: { id, name, response: { name, content } },
    });
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Hello' }] },
      {
        role: 'model',
        parts: [
          { text: 'I think', thought: true },
          { functionCall: { id, name: 'weather', args: { city: 'Bern' } }, thoughtSignature: 'SIGNED' },
          { functionCall: { id, name: 'page', args: { city: 'Bern' } } },
        ],
      },
      { role: 'user', parts: [response('weather', { degrees: 20 }), response('page', { theme: 'dark' })] },
    ]);
  });

  test('DeepSeek: the thoughts beside the calls', async () => {
    const { messages } = await secondRequest(deepSeek, toldDeepSeek, chatFrames('It is warm'));
    const called = (id: string, name: string) => ({
      id,
      type: 'function',
      function: { name, arguments: '{"city":"Bern"}' },
    });
    expect(messages).toEqual([
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: '',
        reasoning_content: 'I think',
        tool_calls: [called('call_1', 'weather'), called('call_2', 'page')],
      },
      { role: 'tool', tool_call_id: 'call_1', content: '{"degrees":20}' },
      { role: 'tool', tool_call_id: 'call_2', content: '{"theme":"dark"}' },
    ]);
  });
});

const both = chatFrames('Look', {
  tool_calls: [
    { id: 'call_1', name: 'weather', arguments: '{}' },
    { id: 'call_2', name: 'page', arguments: '{}' },
  ],
});
const hidden = 'sdk_hidden_context';

describe.each(sdks)('%s', (_name, sdk, chat) => {
  async function openStage(remember: StreamTextResultOptions['remember'] = true): Promise<Stage> {
    const stage = await Stage.open(sdk, chat);
    stage.options = { remember };
    return stage;
  }
  const rolesOf = (stage: Stage, index: number): string[] =>
    (stage.model.requests[index]!.body as { messages: { role: string }[] }).messages.map(({ role }) => role);

  test('each answer of a turn is one hidden item, which later turns replay', async () => {
    const stage = await openStage();
    stage.model.reply(both, chatFrames('It is warm'), chatFrames('Bye'));
    await stage.ask(createThread());
    await stage.complete({ theme: 'dark' });
    await stage.ask(addMessage(stage.threadId, 'Thanks'));
    const played = await stage.played();
    expect(played.stored.filter(({ type }) => type === hidden)).toHaveLength(3);
    expect(JSON.stringify(played.events)).not.toContain('remembered');
    expect(rolesOf(stage, 2)).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant', 'user']);
    expect(played.page).toEqual(played.visible);
    expect(played.log).toEqual([]);
  });

  test('without the option nothing is stored, and the page’s call is said with its output', async () => {
    const stage = await openStage(false);
    stage.model.reply(both, chatFrames('It is warm'));
    await stage.ask(createThread());
    await stage.complete({ theme: 'dark' });
    const { stored } = await stage.played();
    expect(stored.filter(({ type }) => type === hidden)).toEqual([]);
    expect(rolesOf(stage, 1)).toEqual(['user', 'assistant', 'user', 'assistant', 'tool']);
  });

  test('a call that the page never ran has an output that says so', async () => {
    const stage = await openStage();
    stage.model.reply(both, chatFrames('Never mind'));
    await stage.ask(createThread());
    await stage.ask(addMessage(stage.threadId, 'Wait'));
    await stage.played();
    expect(rolesOf(stage, 1)).toEqual(['user', 'assistant', 'tool', 'tool', 'user']);
    const { messages } = stage.model.requests[1]!.body as { messages: { content: string }[] };
    expect(messages[3]!.content).toContain('did not run');
  });

  test('a failed answer is not remembered: its visible items are said', async () => {
    const stage = await openStage();
    const half = chatFrames('Half', { finish_reason: null }).slice(0, -1);
    stage.model.reply([...half, { error: { message: 'boom' } }], chatFrames('Whole'));
    await stage.ask(createThread());
    await stage.ask(addMessage(stage.threadId, 'Again'));
    const { stored, log } = await stage.played();
    expect(stored.filter(({ type }) => type === hidden)).toHaveLength(1);
    expect(rolesOf(stage, 1)).toEqual(['user', 'assistant', 'user']);
    expect(log).toEqual(['respond failed']);
  });

  test('a retry takes the remembered messages away with the answer', async () => {
    const stage = await openStage();
    stage.model.reply(chatFrames('First'), chatFrames('Second'), chatFrames('Third'));
    await stage.ask(createThread());
    await stage.ask(retryAfter(stage.threadId, stage.page[0]!.id));
    const stored = await stage.reloaded();
    expect(stored.filter(({ type }) => type === hidden)).toHaveLength(1);
    await stage.ask(addMessage(stage.threadId, 'And?'));
    await stage.played();
    expect(JSON.stringify(stage.model.requests[1]!.body)).not.toContain('First');
    expect(JSON.stringify(stage.model.requests[2]!.body)).not.toContain('First');
    expect(JSON.stringify(stage.model.requests[2]!.body)).toContain('Second');
  });

  test('messages beyond the limit are not stored, with a warning', async () => {
    for (const [maxBytes, stored, log] of [
      [200, 0, ['the messages of an answer are too large to be remembered']],
      [2000, 1, []],
    ] as const) {
      const stage = await openStage({ maxBytes });
      stage.model.reply(chatFrames('word '.repeat(60)));
      await stage.ask(createThread());
      const played = await stage.played();
      expect(played.stored.filter(({ type }) => type === hidden)).toHaveLength(stored);
      expect(played.log).toEqual(log);
    }
  });
});
