// toLangChainMessages: threads as messages that the classes of `@langchain/core` accept.
import { coerceMessageLikeToMessage } from '@langchain/core/messages';
import fc from 'fast-check';
import type { ThreadItem } from 'chatkit-express';
import {
  recentItems,
  type LangChainMessage,
  ThreadItemConverter,
  toLangChainMessages,
} from 'chatkit-express/langgraph';
import { turnOf } from '../../support/agents';
import { ada } from '../../support/core';
import { sized } from '../../support/sizes';

const base = { thread_id: 'thr_1', created_at: '2026-01-02T03:04:05.678Z' };
let count = 0;
const id = () => `item_${count++}`;
const user = (text: string, more: object = {}): ThreadItem => ({
  ...{ ...base, id: id(), type: 'user_message', content: [{ type: 'input_text', text }], attachments: [] },
  ...{ inference_options: {}, ...more },
});
const assistant = (text: string): ThreadItem => ({
  ...{ ...base, id: id(), type: 'assistant_message', content: [{ type: 'output_text', text, annotations: [] }] },
});
const call = (status: 'pending' | 'completed', output?: unknown): ThreadItem => ({
  ...{
    ...base,
    id: id(),
    type: 'client_tool_call',
    status,
    call_id: `call_${count}`,
    name: 'theme',
    arguments: { a: 1 },
  },
  ...(output !== undefined && { output }),
});
const note = (content: string): ThreadItem => ({ ...base, id: id(), type: 'hidden_context_item', content });

test('each item is a message, and the calls of the page have their outputs', async () => {
  const items = [
    user('Hello'),
    assistant('Hi'),
    user('Dark'),
    call('completed', { done: true }),
    assistant('It is dark'),
  ];
  expect(await toLangChainMessages(items)).toEqual([
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: 'Dark' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ type: 'tool_call', id: expect.any(String) as string, name: 'theme', args: { a: 1 } }],
    },
    { role: 'tool', content: '{"done":true}', tool_call_id: expect.any(String) as string, name: 'theme' },
    { role: 'assistant', content: 'It is dark' },
  ]);
});

test('files are said as the decision about them is', async () => {
  const attachment = (name: string, mime_type: string) => ({ type: 'file' as const, id: name, name, mime_type });
  const png = 'iVBORw0KGgoAAAANSUhEUg==';
  const pdf = Buffer.from('%PDF-1.7 text').toString('base64');
  const urls: Record<string, string> = {
    'a.png': `data:image/png;base64,${png}`,
    'b.pdf': `data:application/pdf;base64,${pdf}`,
  };
  const attachments = { toDataUrl: ({ name }: { name: string }) => Promise.resolve(urls[name]!) };
  const given = user('Look', {
    attachments: [attachment('a.png', 'image/png'), attachment('b.pdf', 'application/pdf')],
  });
  expect(await toLangChainMessages(given, { attachments })).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
        {
          type: 'file',
          source_type: 'base64',
          data: pdf,
          mime_type: 'application/pdf',
          metadata: { filename: 'b.pdf' },
        },
      ],
    },
  ]);
});

test('a part that cannot be said is named in the log', async () => {
  const lines: unknown[] = [];
  const log = (fields: object, message: string) => void lines.push({ fields, message });
  const logger = { debug: log, info: log, warn: log, error: log };
  class Converter extends ThreadItemConverter {
    override hiddenContextToInput() {
      const content = [{ type: 'input_file' as const, file_id: 'file_1' }];
      return { type: 'message' as const, role: 'user' as const, content };
    }
  }
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  expect(await toLangChainMessages([note('x')], new Converter({ logger }))).toEqual([]);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(JSON.stringify(warn.mock.calls[0])).toContain('input_file');
  warn.mockRestore();
});

const anyItem = fc.oneof(
  fc.string().map((text) => user(text)),
  fc.string().map((text) => assistant(text)),
  fc.constantFrom('pending' as const, 'completed' as const).map((status) => call(status, 7)),
  fc.string().map((text) => note(text)),
);

test('for any history and limit: a user first, each call followed by its result, and the classes accept all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyItem, { maxLength: 30 }), fc.integer({ min: 1, max: 12 }), async (history, limit) => {
      const items = [user('first'), ...history].map((item) => ({ ...item, id: id() }));
      const turn = await turnOf(items);
      const messages = await toLangChainMessages(await recentItems({ ...turn, context: ada }, { limit }));
      check(messages);
    }),
    { numRuns: sized(60, 1000) },
  );
});

function check(messages: readonly LangChainMessage[]): void {
  expect(messages[0]?.role).toBe('user');
  const open: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool')
      expect(open.splice(open.indexOf(message.tool_call_id), 1)).toEqual([message.tool_call_id]);
    else {
      expect(open).toEqual([]);
      const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
      if (calls.length === 0) expect(message.content.length).toBeGreaterThan(0);
      if (calls.length === 0 && message.role !== 'system') expect(messages[index - 1]?.role).not.toBe(message.role);
      open.push(...calls.map((one) => one.id));
    }
    expect(coerceMessageLikeToMessage(message).type).toBe(
      { user: 'human', assistant: 'ai', tool: 'tool', system: 'system' }[message.role],
    );
  }
  expect(open).toEqual([]);
}
