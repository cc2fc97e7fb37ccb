// The history of a thread: it begins with the user, splits no turn, and counts what reaches the model.
import fc from 'fast-check';
import { MemoryStore, type ThreadItem, ThreadItemSchema } from 'chatkit-express';
import { recentItems, ThreadItemConverter } from 'chatkit-express/openai';
import { ada, type Context } from '../../support/core';
import { RecordingLogger } from '../../support/recording-logger';

const kinds = {
  user: { type: 'user_message', content: [{ type: 'input_text', text: 'Q' }], attachments: [], inference_options: {} },
  silentUser: { type: 'user_message', content: [], attachments: [], inference_options: {} },
  quoting: {
    type: 'user_message',
    content: [{ type: 'input_tag', id: 't', text: 'x', data: {}, interactive: false }],
    attachments: [],
    quoted_text: 'this',
    inference_options: {},
  },
  answer: { type: 'assistant_message', content: [{ type: 'output_text', text: 'A', annotations: [] }] },
  emptyAnswer: { type: 'assistant_message', content: [{ type: 'output_text', text: ' ', annotations: [] }] },
  thoughts: { type: 'workflow', workflow: { type: 'reasoning', tasks: [{ type: 'thought', content: 'hm' }] } },
  steps: { type: 'workflow', workflow: { type: 'custom', tasks: [{ type: 'custom', title: 'Looked' }] } },
  call: { type: 'client_tool_call', status: 'completed', call_id: 'c', name: 'pick', arguments: {}, output: 1 },
  pendingCall: { type: 'client_tool_call', status: 'pending', call_id: 'c', name: 'pick', arguments: {} },
  note: { type: 'hidden_context_item', content: 'a note' },
  sdkNote: { type: 'sdk_hidden_context', content: 'stopped' },
  image: { type: 'generated_image', image: { id: 'i', url: 'https://a.example/i.png' } },
  noImage: { type: 'generated_image', image: null },
  end: { type: 'end_of_turn' },
} satisfies Record<string, object>;
type Kind = keyof typeof kinds;

async function threadOf(given: readonly Kind[]) {
  const store = new MemoryStore<Context>();
  const thread = { id: 'thr_1', created_at: '2026-11-20T10:00:00Z', status: { type: 'active' as const }, metadata: {} };
  await store.saveThread(thread, ada);
  const items: ThreadItem[] = given.map((kind, index) => {
    const created_at = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
    const more = kind === 'call' || kind === 'pendingCall' ? { call_id: `call_${index}` } : {};
    return ThreadItemSchema.parse({ ...kinds[kind], ...more, id: `item_${index}`, thread_id: thread.id, created_at });
  });
  for (const item of items) await store.addThreadItem(thread.id, item, ada);
  return { items, turn: { thread, store, context: ada } };
}

const repeated = (times: number, ...turn: Kind[]) => Array.from({ length: times }, () => turn).flat();
const reached = async (items: ThreadItem[]) =>
  new ThreadItemConverter({ logger: new RecordingLogger() }).toChatMessages(items);

test('S38: twenty turns of a reasoning model are all there', async () => {
  const { turn } = await threadOf(repeated(20, 'user', 'thoughts', 'answer'));
  expect(await recentItems(turn)).toHaveLength(60);
  expect(await reached(await recentItems(turn))).toHaveLength(40);
});

test.each<[string, Kind[], number, number]>([
  ['turns whole', repeated(3, 'user', 'answer', 'answer'), 5, 3],
  ['turns that fit exactly', repeated(3, 'user', 'answer', 'answer'), 6, 6],
  ['the newest turn even above the limit', repeated(3, 'user', 'answer', 'answer'), 1, 3],
  ['turns with what does not count', repeated(3, 'user', 'thoughts', 'pendingCall', 'answer', 'end'), 4, 10],
  ['a thread of one message', ['user'], 1, 1],
  ['nothing for 0', ['user'], 0, 0],
])('keeps %s', async (_what, kindsOf, limit, length) => {
  const { turn, items } = await threadOf(kindsOf);
  expect(await recentItems(turn, { limit })).toEqual(items.slice(items.length - length));
});

test('a note before the first message stays, and a greeting does not', async () => {
  const { turn } = await threadOf(['note', 'user', 'answer']);
  expect(await recentItems(turn)).toHaveLength(3);
  const greeted = await threadOf(['answer', 'note', 'user']);
  expect((await recentItems(greeted.turn)).map(({ type }) => type)).toEqual(['hidden_context_item', 'user_message']);
});

test('the first message is the user’s, calls are paired, and no block is empty: for every limit and mix', async () => {
  const kind = fc.constantFrom(...(Object.keys(kinds) as Kind[]));
  const mixes = fc.sample(fc.array(kind, { minLength: 1, maxLength: 70 }), 25);
  for (const mix of mixes) {
    const { turn, items } = await threadOf(mix);
    for (let limit = 1; limit <= 60; limit++) {
      const recent = await recentItems(turn, { limit });
      const starts = recent.findIndex(({ type }) => type === 'user_message');
      // What comes before the first message of the user is the beginning of the thread.
      if (starts > 0) expect(items.slice(0, recent.length + 1)).toEqual(expect.arrayContaining([recent[0]]));
      const messages = await reached(recent);
      if (messages.length === 0) continue;
      expect(messages[0]!.role).toBe('user');
      const open = new Set<string>();
      for (const message of messages) {
        if (message.role === 'assistant') for (const { id } of message.tool_calls ?? []) open.add(id);
        if (message.role === 'tool') expect(open.delete(message.tool_call_id)).toBe(true);
        const parts = Array.isArray(message.content)
          ? message.content
          : [{ type: 'text' as const, text: message.content }];
        for (const part of parts) {
          if (part.type !== 'text') continue;
          if (part.text === null) expect(message).toMatchObject({ tool_calls: [expect.anything()] });
          else expect(part.text.trim()).not.toBe('');
        }
      }
      expect(open.size).toBe(0);
    }
  }
});
