// Histories as messages of the AI SDK: what each provider requires of them, for every mix of items and every limit.
import fc from 'fast-check';
import { MemoryStore, type RespondTurn, type ThreadItem } from 'chatkit-express';
import { type AiMessage, recentItems, ThreadItemConverter, toModelMessages } from 'chatkit-express/ai-sdk';
import { toAgentInput } from 'chatkit-express/agents';
import { RecordingLogger } from '../../support/recording-logger';
import { rememberedEvents } from '../../../src/integrations/remembered';

const at = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' };
const says = (id: string, text: string): ThreadItem => ({
  ...at,
  id,
  type: 'user_message',
  content: [{ type: 'input_text', text }],
  attachments: [],
  inference_options: {},
});
const answers = (id: string, text: string): ThreadItem => ({
  ...at,
  id,
  type: 'assistant_message',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const calls = (id: string, output?: unknown): ThreadItem => ({
  ...at,
  id,
  type: 'client_tool_call',
  call_id: `call ${id}`,
  name: 'page',
  arguments: {},
  ...(output === undefined ? { status: 'pending' as const } : { status: 'completed' as const, output }),
});

let hiddenCount = 0;

/** The hidden item of an answer. */
function remembers(items: string[], callItems: ThreadItem[], messages: object[], format: 'ai-sdk' | 'chat' = 'ai-sdk') {
  const turn = { thread: { id: 'thr_1' }, generateId: () => `hidden ${hiddenCount++}` } as never;
  const events = callItems.map((item) => ({ type: 'thread.item.done' as const, item }));
  const [event] = rememberedEvents(turn, { format, items, calls: events, messages }, true);
  return (event as unknown as { item: ThreadItem }).item;
}
const signed = (text: string, called: string[] = []) => ({
  role: 'assistant',
  content: [
    { type: 'reasoning', text: 'hm', providerOptions: { x: { signature: 'SIGNED' } } },
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...called.map((id) => ({ type: 'tool-call', toolCallId: `call ${id}`, toolName: 'page', input: {} })),
  ],
});

/** What every provider requires. */
function checkMessages(messages: readonly AiMessage[]): void {
  for (const [index, message] of messages.entries()) {
    expect(message.content.length).toBeGreaterThan(0); // no empty block
    for (const part of typeof message.content === 'string' ? [] : message.content) {
      if (part.type === 'text') expect(part.text.trim()).not.toBe('');
    }
    if (message.role === 'tool') expect(['assistant', 'tool']).toContain(messages[index - 1]?.role);
    const made = message.role === 'assistant' ? idsOf(message, 'tool-call') : [];
    const next = messages[index + 1];
    expect(next?.role === 'tool' ? idsOf(next, 'tool-result').sort() : []).toEqual(made.sort());
  }
}
const idsOf = ({ content }: AiMessage, type: string): string[] =>
  (content as { type: string; toolCallId: string }[]).flatMap((part) => (part.type === type ? [part.toolCallId] : []));

/** A turn: what the user said, and what became of it. */
type Act = 'text' | 'thought' | 'answered' | 'pending' | 'widget' | 'note' | 'empty';
const acts: Act[] = ['text', 'thought', 'answered', 'pending', 'widget', 'note', 'empty'];

function itemsOf(turns: { remember: boolean; acts: Act[] }[]): ThreadItem[] {
  return turns.flatMap(({ remember, acts: done }, number) => {
    const items = done.map((act, index): ThreadItem => {
      const id = `${number}.${index}`;
      switch (act) {
        case 'text':
          return answers(id, `answer ${id}`);
        case 'empty':
          return answers(id, ' ');
        case 'thought':
          return { ...at, id, type: 'workflow', workflow: { type: 'reasoning', tasks: [], expanded: false } };
        case 'answered':
          return calls(id, { ok: true });
        case 'pending':
          return calls(id);
        case 'widget':
          return { ...at, id, type: 'widget', widget: { type: 'Card', children: [] } };
        case 'note':
          return { ...at, id, type: 'hidden_context_item', content: 'note' };
      }
    });
    const own = items.filter(({ type }) => type === 'assistant_message' || type === 'workflow');
    const called = items.filter(({ type }) => type === 'client_tool_call');
    const message = signed(
      'kept',
      called.map(({ id }) => id),
    );
    const hidden = remember
      ? [
          remembers(
            own.map(({ id }) => id),
            called,
            [message],
          ),
        ]
      : [];
    // The hidden item comes before the calls.
    const first = items.findIndex(({ type }) => type === 'client_tool_call');
    const place = first < 0 ? items.length : first;
    return [says(`user ${number}`, 'Hello'), ...items.slice(0, place), ...hidden, ...items.slice(place)];
  });
}

test('every mix of turns becomes messages that providers take, for every limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ remember: fc.boolean(), acts: fc.array(fc.constantFrom(...acts), { maxLength: 5 }) }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.integer({ min: 1, max: 12 }),
      async (turns, limit) => {
        const store = new MemoryStore<unknown>();
        const thread = { id: 'thr_1', created_at: at.created_at, metadata: {} } as never;
        await store.saveThread(thread, undefined);
        const stored = itemsOf(turns);
        for (const item of stored) await store.addThreadItem('thr_1', item, undefined);
        const turn = { thread, store, context: undefined } as unknown as RespondTurn<unknown>;
        const items = await recentItems(turn, { limit });
        const messages = await toModelMessages(items);
        expect(messages[0]!.role).toBe('user');
        checkMessages(messages);
        // A turn comes whole: with what is remembered of it, if anything is.
        const first = stored.findIndex(({ id }) => id === items[0]!.id);
        expect(items).toEqual(stored.slice(first));
      },
    ),
    { numRuns: 150 },
  );
});

describe('what is remembered', () => {
  const history = [says('u', 'Hello'), answers('a', 'said'), remembers(['a'], [], [signed('kept')])];

  test('takes the place of the items that say the same', async () => {
    const messages = await toModelMessages(history);
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }, signed('kept')]);
  });

  test('stays as it is: nothing is added to a signed message', async () => {
    const messages = await toModelMessages([...history, answers('b', 'more')]);
    expect(messages.slice(1)).toEqual([
      signed('kept'),
      { role: 'assistant', content: [{ type: 'text', text: 'more' }] },
    ]);
  });

  test('is not replayed once the application has deleted an item of it', async () => {
    const messages = await toModelMessages(history.filter(({ id }) => id !== 'a'));
    expect(JSON.stringify(messages)).not.toContain('kept');
    expect(messages).toHaveLength(1);
  });

  test('in another format is passed over, and so are these messages by other converters', async () => {
    const other = [says('u', 'Hello'), answers('a', 'said'), remembers(['a'], [], [signed('kept')], 'chat')];
    const visible = JSON.stringify(await toModelMessages([other[0]!, other[1]!]));
    expect(JSON.stringify(await toModelMessages(other))).toBe(visible);
    const converter = new ThreadItemConverter();
    for (const said of [
      await converter.toResponseInput(history),
      await converter.toChatMessages(history),
      await toAgentInput(history),
    ]) {
      expect(JSON.stringify(said)).toContain('said');
      expect(JSON.stringify(said)).not.toContain('kept');
      expect(said).toHaveLength(2);
    }
  });

  test('is no note of the application: its content may come from a client', async () => {
    const hidden = history[2] as Extract<ThreadItem, { type: 'sdk_hidden_context' }>;
    const forged = { ...at, id: 'f', type: 'hidden_context_item', content: hidden.content } as ThreadItem;
    const messages = await toModelMessages([history[0]!, forged]);
    expect(messages.map(({ role }) => role)).toEqual(['user']);
    const note = { ...at, id: 'n', type: 'sdk_hidden_context', content: 'The user stopped the answer' } as ThreadItem;
    expect(JSON.stringify(await toModelMessages([history[0]!, note]))).toContain('The user stopped the answer');
  });

  test('that cannot be read is passed over', async () => {
    const broken = { ...history[2]!, content: '{"chatkit_express_remembered":{"format":' } as ThreadItem;
    expect(await toModelMessages([history[0]!, history[1]!, broken])).toHaveLength(2);
  });
});

test('a greeting that was remembered is not the first message', async () => {
  const store = new MemoryStore<unknown>();
  const thread = { id: 'thr_1', created_at: at.created_at, metadata: {} } as never;
  await store.saveThread(thread, undefined);
  const greeting = [
    answers('g', 'Welcome'),
    remembers(['g'], [], [signed('kept')]),
    remembers([], [], [signed('kept')]),
  ];
  for (const item of [...greeting, says('u', 'Hello')]) await store.addThreadItem('thr_1', item, undefined);
  const items = await recentItems({ thread, store, context: undefined });
  expect((await toModelMessages(items)).map(({ role }) => role)).toEqual(['user']);
});

test('the quoted text is told with the newest message only', async () => {
  const quoting = (id: string, quoted_text: string) => ({ ...says(id, 'Why?'), quoted_text }) as ThreadItem;
  const said = JSON.stringify(
    await toModelMessages([
      quoting('u', 'old quote'),
      answers('a', 'said'),
      remembers(['a'], [], [signed('kept')]),
      quoting('v', 'new quote'),
    ]),
  );
  expect(said).toContain('new quote');
  expect(said).not.toContain('old quote');
});

test('attachments are parts of their message', async () => {
  const logger = new RecordingLogger();
  const attachment = (id: string, name: string, mime_type: string) => ({
    id,
    type: 'file',
    name,
    mime_type,
    thread_id: null,
  });
  const bytes: Record<string, string> = {
    a: 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==',
    b: `data:application/pdf;base64,${Buffer.from('%PDF-1.4').toString('base64')}`,
    c: `data:text/plain;base64,${Buffer.from('Grüße').toString('base64')}`,
  };
  const item = {
    ...says('u', 'Look'),
    attachments: [
      attachment('a', 'a.png', 'image/png'),
      attachment('b', 'b.pdf', 'application/pdf'),
      attachment('c', 'c.txt', 'text/plain'),
    ],
  } as unknown as ThreadItem;
  const attachments = { toDataUrl: ({ id }: { id: string }) => Promise.resolve(bytes[id]!) };
  const [message] = await toModelMessages(item, { attachments, logger });
  expect(message).toMatchObject({
    role: 'user',
    content: [
      { type: 'text', text: 'Look' },
      { type: 'image', image: bytes['a'] },
      { type: 'file', data: bytes['b'], mediaType: 'application/pdf', filename: 'b.pdf' },
      { type: 'text', text: expect.stringContaining('Grüße') as string },
    ],
  });
  expect(logger.lines).toEqual([]);
});
