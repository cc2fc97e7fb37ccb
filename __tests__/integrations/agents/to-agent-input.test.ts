// The items of a thread on their way into a model, as the model is told of them.
import type { ThreadItem } from 'chatkit-express';
import { ThreadItemConverter, toAgentInput } from 'chatkit-express/agents';
import type { InputContent } from 'chatkit-express/openai';
import { everyRun, modelOf } from '../../support/agents';
import { type ModelServer, startModelServer } from '../../support/model-server';

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

const item = (type: ThreadItem['type'], more: object) =>
  ({ id: `${type}_1`, thread_id: 'thr_1', created_at: '2026-11-20T10:00:00Z', type, ...more }) as ThreadItem;
const said = item('user_message', {
  content: [{ type: 'input_text', text: 'What is in these?' }],
  attachments: [
    { id: 'atc_1', type: 'image', name: 'cat.png', mime_type: 'image/png', preview_url: 'x' },
    { id: 'atc_2', type: 'file', name: 'report.pdf', mime_type: 'application/pdf' },
  ],
  inference_options: {},
});
const answered = item('client_tool_call', {
  status: 'completed',
  call_id: 'call_1',
  name: 'where',
  arguments: { exact: true },
  output: { city: 'Oslo' },
});
const items = [
  item('sdk_hidden_context', { content: 'The user is tired' }),
  said,
  item('assistant_message', { content: [{ type: 'output_text', text: 'A cat', annotations: [] }] }),
  answered,
  item('end_of_turn', {}),
];
const attachments = { toDataUrl: async ({ mime_type }: { mime_type: string }) => `data:${mime_type};base64,QUJD` };

test('each item becomes what the SDK takes', async () => {
  expect(await toAgentInput(items, { attachments })).toEqual([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: expect.stringContaining('tired') }] },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is in these?' },
        { type: 'input_image', image: 'data:image/png;base64,QUJD', detail: 'auto' },
        { type: 'input_file', file: 'data:application/pdf;base64,QUJD', filename: 'report.pdf' },
      ],
    },
    { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'A cat' }] },
    { type: 'function_call', callId: 'call_1', name: 'where', arguments: '{"exact":true}', status: 'completed' },
    {
      type: 'function_call_result',
      callId: 'call_1',
      name: 'where',
      status: 'completed',
      output: { type: 'text', text: '{"city":"Oslo"}' },
    },
  ]);
});

test('a converter of one’s own says it in another way', async () => {
  class Own extends ThreadItemConverter {
    override hiddenContextToInput() {
      return { type: 'message', role: 'developer', content: 'Be brief' } as const;
    }
    override endOfTurnToInput() {
      const content: InputContent[] = [
        { type: 'input_file', file_url: 'https://example.com/a.pdf' },
        { type: 'input_file', file_id: 'file_1' },
        { type: 'input_image', detail: 'low', file_id: 'file_2' },
      ];
      return { type: 'message', role: 'user', content } as const;
    }
  }
  const given = [item('hidden_context_item', { content: 1 }), item('end_of_turn', {})];
  expect(await toAgentInput(given, new Own())).toEqual([
    { type: 'message', role: 'system', content: 'Be brief' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_file', file: { url: 'https://example.com/a.pdf' } },
        { type: 'input_file', file: { id: 'file_1' } },
        { type: 'input_image', image: { id: 'file_2' }, detail: 'low' },
      ],
    },
  ]);
  expect(await toAgentInput(answered)).toHaveLength(2); // one item, not in a list
});

test.each(everyRun)('%s: the model is told all of it', async (_name, { sdk, api, says }) => {
  model.reply(says('Yes'));
  const agent = new sdk.Agent({ name: 'assistant', instructions: 'answer', model: modelOf(sdk, model.url, api) });
  const result = await sdk.run(agent, await toAgentInput(items, { attachments }), { stream: true });
  await result.completed;
  const body = model.requests[0]?.body as { input?: object[]; messages?: object[] };
  const told = JSON.stringify(body.input ?? body.messages);
  for (const part of ['tired', 'What is in these?', 'A cat', 'call_1', 'where', 'exact', 'Oslo', 'report.pdf']) {
    expect(told).toContain(part);
  }
  expect(told).toContain('data:image/png;base64,QUJD');
  expect(told).toContain('data:application/pdf;base64,QUJD');
});
