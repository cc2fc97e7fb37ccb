// Histories as messages of Anthropic: what the API requires of them, for every mix of items and every limit.
import fc from 'fast-check';
import { MemoryStore, type RespondTurn, type ThreadItem } from 'chatkit-express';
import { toAgentInput } from 'chatkit-express/agents';
import { toModelMessages } from 'chatkit-express/ai-sdk';
import { type AnthropicMessage, recentItems, ThreadItemConverter, toMessageParams } from 'chatkit-express/anthropic';
import { rememberedEvents } from '../../../src/integrations/remembered';
import { RecordingLogger } from '../../support/recording-logger';
import { redacted, thinking, toolUse } from './frames';

const at = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' };
const says = (id: string, text: string): ThreadItem => ({
  ...{ ...at, id, type: 'user_message', attachments: [], inference_options: {} },
  content: [{ type: 'input_text', text }],
});
const answers = (id: string, text: string): ThreadItem => ({
  ...{ ...at, id, type: 'assistant_message' },
  content: [{ type: 'output_text', text, annotations: [] }],
});
const calls = (id: string, output?: unknown, call_id = `call_${id}`): ThreadItem => ({
  ...{ ...at, id, type: 'client_tool_call', call_id, name: 'page', arguments: {} },
  ...(output === undefined ? { status: 'pending' as const } : { status: 'completed' as const, output }),
});

let hiddenCount = 0;

/** The hidden item of an answer. */
function remembers(
  items: string[],
  callItems: ThreadItem[],
  messages: object[],
  format: 'anthropic' | 'chat' = 'anthropic',
): ThreadItem {
  const turn = { thread: { id: 'thr_1' }, generateId: () => `hidden ${hiddenCount++}` } as never;
  const events = callItems.map((item) => ({ type: 'thread.item.done' as const, item }));
  const [event] = rememberedEvents(turn, { format, items, calls: events, messages }, true);
  return (event as unknown as { item: ThreadItem }).item;
}

type Blocks = Record<string, unknown>[];
const blocksOf = ({ content }: AnthropicMessage) => content as unknown as Blocks;
const assistant = (...content: object[]) => ({ role: 'assistant', content });
const user = (...content: object[]) => ({ role: 'user', content });
const text = (given: string) => ({ type: 'text', text: given });
const result = (id: string, more: object) => ({ type: 'tool_result', tool_use_id: id, ...more });
const notRun = { content: 'This call was not run.', is_error: true };

/** Checks what the API requires. */
function checkMessages(messages: readonly AnthropicMessage[]): void {
  const ids = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    expect(message.role).toBe(index % 2 === 0 ? 'user' : 'assistant');
    const blocks = blocksOf(message);
    expect(blocks.length).toBeGreaterThan(0);
    const results = blocks.filter(({ type }) => type === 'tool_result');
    expect(blocks.slice(0, results.length)).toEqual(results); // first in the message
    const made = index === 0 ? [] : blocksOf(messages[index - 1]!).filter(({ type }) => type === 'tool_use');
    expect(results.map((one) => one['tool_use_id']).sort()).toEqual(made.map(({ id }) => id).sort());
    for (const { id } of made) {
      expect(id).toMatch(/^[\w-]+$/);
      expect(ids.has(id)).toBe(false);
      ids.add(id);
    }
    for (const block of blocks) if (block['type'] === 'text') expect(String(block['text']).trim()).not.toBe('');
    for (const block of blocks) if ('title' in block) expect(block['title']).not.toBe('');
  }
  const last = messages.at(-1);
  const calling = last?.role === 'assistant' && blocksOf(last).some(({ type }) => type === 'tool_use');
  expect(calling ?? false).toBe(false);
  expect(JSON.stringify(messages)).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/i); // no half of a character
}

/** What became of a turn. */
type Act = 'text' | 'thought' | 'answered' | 'pending' | 'widget' | 'note' | 'empty' | 'twice' | 'half';
const acts: Act[] = ['text', 'thought', 'answered', 'pending', 'widget', 'note', 'empty', 'twice', 'half'];

function itemOf(act: Act, id: string): ThreadItem {
  switch (act) {
    case 'text':
      return answers(id, `answer ${id} `);
    case 'empty':
      return answers(id, ' ');
    case 'half':
      return answers(id, `half ${'😀'[0]!}`);
    case 'thought':
      return { ...at, id, type: 'workflow', workflow: { type: 'reasoning', tasks: [], expanded: false } };
    case 'answered':
      return calls(id, { ok: true });
    case 'twice': // a provider whose ids are not unique, or not allowed here
      return calls(id, { ok: true }, 'call: 1');
    case 'pending':
      return calls(id);
    case 'widget':
      return { ...at, id, type: 'widget', widget: { type: 'Card', children: [] } };
    case 'note':
      return { ...at, id, type: 'hidden_context_item', content: 'note' };
  }
}

function itemsOf(turns: { remember: boolean; greets: boolean; acts: Act[] }[]): ThreadItem[] {
  return turns.flatMap(({ remember, greets, acts: done }, number) => {
    const items = done.map((act, index) => itemOf(act, `${number}_${index}`));
    const own = items.filter(({ type }) => type === 'assistant_message' || type === 'workflow');
    const called = items.flatMap((item) => (item.type === 'client_tool_call' ? [item] : []));
    const ran = toolUse('here', {}, `here_${number}`);
    const messages = [
      assistant(thinking('hm'), ran),
      user(result(`here_${number}`, { content: '{}' })),
      assistant(redacted, text(' '), text('kept'), ...called.map(({ call_id }) => toolUse('page', {}, call_id))),
    ];
    const hidden = remember
      ? [
          remembers(
            own.map(({ id }) => id),
            called,
            messages,
          ),
        ]
      : [];
    // The hidden item comes before the calls.
    const first = items.findIndex(({ type }) => type === 'client_tool_call');
    const place = first < 0 ? items.length : first;
    const asked = greets ? [] : [says(`user ${number}`, number % 3 === 2 ? ' ' : 'Hello')];
    return [...asked, ...items.slice(0, place), ...hidden, ...items.slice(place)];
  });
}

const someTurns = fc.array(
  fc.record({
    remember: fc.boolean(),
    greets: fc.boolean(),
    acts: fc.array(fc.constantFrom(...acts), { maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 5 },
);

test('every mix of turns becomes messages that the API takes, for every limit', async () => {
  await fc.assert(
    fc.asyncProperty(someTurns, fc.integer({ min: 1, max: 12 }), async (turns, limit) => {
      const store = new MemoryStore<unknown>();
      const thread = { id: 'thr_1', created_at: at.created_at, metadata: {} } as never;
      await store.saveThread(thread, undefined);
      for (const item of itemsOf(turns)) await store.addThreadItem('thr_1', item, undefined);
      const turn = { thread, store, context: undefined } as unknown as RespondTurn<unknown>;
      checkMessages(await toMessageParams(await recentItems(turn, { limit })));
    }),
    { numRuns: 150 },
  );
});

test('and so does every part of a history', async () => {
  await fc.assert(
    fc.asyncProperty(someTurns, fc.nat(20), fc.nat(20), async (turns, from, length) => {
      checkMessages(await toMessageParams(itemsOf(turns).slice(from, from + length)));
    }),
    { numRuns: 150 },
  );
});

test('nothing of a history is lost', async () => {
  await fc.assert(
    fc.asyncProperty(someTurns, async (turns) => {
      const items = itemsOf(turns.map((turn) => ({ ...turn, remember: false })));
      const sent = JSON.stringify(await toMessageParams(items));
      for (const item of items) {
        if (item.type === 'assistant_message' && item.content[0]!.text.startsWith('answer')) {
          expect(sent).toContain(item.content[0]!.text.trim());
        }
        if (item.type === 'client_tool_call' && item.status === 'completed') {
          expect(sent).toContain(item.call_id.replaceAll(/[^\w-]/g, '_'));
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('an assistant that speaks first gets a message of the user before', async () => {
  expect(await toMessageParams([answers('a', 'Welcome'), says('u', 'Hello')])).toEqual([
    user(text('(The conversation begins with a message of the assistant.)')),
    assistant(text('Welcome')),
    user(text('Hello')),
  ]);
  expect(await toMessageParams([])).toEqual([]);
});

describe('what is remembered', () => {
  const signed = assistant(thinking('hm'), text('kept'));
  const history = [says('u', 'Hello'), answers('a', 'said'), remembers(['a'], [], [signed])];

  test('takes the place of the items that say the same, with its signed blocks as they were', async () => {
    expect(await toMessageParams([...history, says('v', 'More')])).toEqual([
      user(text('Hello')),
      signed,
      user(text('More')),
    ]);
  });

  test('has the result of each call beside the call', async () => {
    const call = calls('c', { theme: 'dark' }, 'toolu_page');
    const loop = [
      assistant(thinking('one'), toolUse('here', {}, 'toolu_here')),
      user(result('toolu_here', { content: [text('20')] }), text('and quickly')),
      assistant(redacted, thinking('two'), toolUse('page', {}, 'toolu_page'), toolUse('lost', {}, 'toolu_lost')),
    ];
    const items = [says('u', 'Hello'), remembers([], [call], loop), call, says('v', 'And?')];
    expect(await toMessageParams(items)).toEqual([
      user(text('Hello')),
      loop[0],
      user(result('toolu_here', { content: [text('20')] }), text('and quickly')),
      loop[2],
      user(result('toolu_page', { content: '{"theme":"dark"}' }), result('toolu_lost', notRun), text('And?')),
    ]);
  });

  test('has results that follow in several messages, and the name of a toolset', async () => {
    const loop = [
      assistant(toolUse('a', {}, 'A'), { ...toolUse('b', {}, 'B'), toolset_name: 'browser' }),
      user(result('A', { content: '1' })),
      user(result('C', { content: 'of nobody' })),
    ];
    expect((await toMessageParams([says('u', 'Hi'), remembers([], [], loop)])).slice(2)).toEqual([
      user(result('A', { content: '1' }), result('B', { ...notRun, toolset_name: 'browser' })),
    ]);
  });

  test('has the call of the page that waits with a result that says so', async () => {
    const call = calls('c', undefined, 'toolu_page');
    const items = [says('u', 'Hello'), remembers([], [call], [assistant(toolUse('page'))]), call, says('v', 'Wait')];
    expect((await toMessageParams(items)).at(-1)).toEqual(user(result('toolu_page', notRun), text('Wait')));
  });

  test('is not replayed once the application has deleted an item of it', async () => {
    expect(JSON.stringify(await toMessageParams(history.filter(({ id }) => id !== 'a')))).not.toContain('kept');
  });

  test('in another format is passed over, and so are these messages by other converters', async () => {
    const other = [history[0]!, history[1]!, remembers(['a'], [], [signed], 'chat')];
    expect(await toMessageParams(other)).toEqual(await toMessageParams(other.slice(0, 2)));
    const converter = new ThreadItemConverter();
    for (const said of [
      await converter.toResponseInput(history),
      await converter.toChatMessages(history),
      await toAgentInput(history),
      await toModelMessages(history),
    ]) {
      expect(JSON.stringify(said)).toContain('said');
      expect(JSON.stringify(said)).not.toContain('kept');
    }
  });
});

describe('files', () => {
  const data = (type: string, content: string | Buffer) =>
    `data:${type};base64,${Buffer.from(content).toString('base64')}`;
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUg==', 'base64');
  const bytes: Record<string, string> = {
    'a.png': data('image/png', png),
    'wrong.jpg': data('image/jpeg', png),
    'b.pdf': data('application/pdf', '%PDF-1.4'),
    'c.txt': data('text/plain', 'Grüße'),
    'd.docx': data('application/vnd.openxmlformats', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 1])),
    'empty.txt': data('text/plain', ''),
  };
  const attachments = { toDataUrl: ({ name }: { name: string }) => Promise.resolve(bytes[name]!) };
  const sent = async (...names: string[]) => {
    const logger = new RecordingLogger();
    const files = names.map((name) => ({
      id: name,
      type: 'file',
      name,
      mime_type: /^data:([^;]+)/.exec(bytes[name]!)![1],
    }));
    const item = { ...says('u', 'Look'), attachments: files } as unknown as ThreadItem;
    const [message] = await toMessageParams(item, { attachments, logger });
    return { content: blocksOf(message!), log: logger.lines };
  };

  test('a PDF is a document, an image an image, a text a text, and any other file is named', async () => {
    const { content, log } = await sent('a.png', 'b.pdf', 'c.txt', 'd.docx', 'wrong.jpg');
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png.toString('base64') } };
    expect(content).toEqual([
      text('Look'),
      image,
      {
        ...{ type: 'document', title: 'b.pdf' },
        source: { type: 'base64', media_type: 'application/pdf', data: Buffer.from('%PDF-1.4').toString('base64') },
      },
      text(expect.stringContaining('Grüße') as string),
      text('[The user attached a file that cannot be read: d.docx (application/vnd.openxmlformats)]'),
      image,
    ]);
    expect(log).toHaveLength(1);
  });

  test('an empty file leaves no empty text', async () => {
    expect((await sent('empty.txt')).content[1]).toEqual(text(expect.stringContaining('empty.txt') as string));
  });

  test('parts of an overridden converter', async () => {
    const of = async (part: object) => {
      class Converter extends ThreadItemConverter {
        override attachmentToContent() {
          return Promise.resolve(part as { type: string; text: string });
        }
      }
      const item = { ...says('u', 'Look'), attachments: [{ id: 'a', type: 'file', name: 'a', mime_type: 'a/b' }] };
      const [message] = await toMessageParams(item as unknown as ThreadItem, new Converter());
      return blocksOf(message!)[1];
    };
    const image = (image_url: string) => ({ type: 'input_image', detail: 'auto', image_url });
    expect(await of({ type: 'input_image', detail: 'auto', file_id: 'file_1' })).toEqual({
      type: 'image',
      source: { type: 'file', file_id: 'file_1' },
    });
    expect(await of({ type: 'input_file', file_id: 'file_1', filename: ' ' })).toEqual({
      type: 'document',
      source: { type: 'file', file_id: 'file_1' },
    });
    expect(await of({ type: 'input_file', file_url: 'https://a.example/b.pdf', filename: 'b.pdf' })).toEqual({
      ...{ type: 'document', title: 'b.pdf' },
      source: { type: 'url', url: 'https://a.example/b.pdf' },
    });
    expect(await of(image('https://a.example/b.png'))).toEqual({
      type: 'image',
      source: { type: 'url', url: 'https://a.example/b.png' },
    });
    const unreadable = text('[An image that cannot be read]');
    expect(await of(image('data:image/svg+xml,<svg/>'))).toEqual(unreadable);
    expect(await of(image('data:image/png;base64,'))).toEqual(unreadable);
    expect(await of(image('blob:x'))).toEqual(unreadable);
    expect(await of({ type: 'input_file', filename: 'a.csv', file_data: 'data:text/csv,a%2Cb' })).toEqual({
      ...{ type: 'document', title: 'a.csv' },
      source: { type: 'text', media_type: 'text/plain', data: 'a,b' },
    });
    expect(await of({ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,' })).toEqual(
      text('[The user attached a file that cannot be read: a.pdf (application/pdf)]'),
    );
    const base64 = Buffer.from('a,b').toString('base64');
    expect(
      await of({ type: 'input_file', filename: 'a.zip', file_data: `data:application/zip;base64,${base64}` }),
    ).toEqual(text('[The user attached a file that cannot be read: a.zip (application/zip)]'));
    expect(await of({ type: 'input_file', file_data: `data:text/csv;base64,${base64}` })).toEqual({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'a,b' },
    });
    expect(await of({ type: 'input_file', file_data: 'data:application/pdf,%25PDF' })).toEqual({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: Buffer.from('%PDF').toString('base64') },
    });
    expect(await of({ type: 'input_file' })).toEqual(
      text('[The user attached a file that cannot be read: without a name]'),
    );
    const long = (await of({ type: 'input_file', file_id: 'x', filename: `${'😀'.repeat(600)}.pdf` })) as {
      title: string;
    };
    expect(long.title.length).toBeLessThanOrEqual(450);
    expect(long.title).not.toMatch(/\p{Surrogate}/u);
    expect(await of({ type: 'input_hologram' })).toEqual(text('[A part of the type input_hologram cannot be read]'));
  });
});

test('messages of overridden methods: a system message is the user’s, and outputs find their calls', async () => {
  class Converter extends ThreadItemConverter {
    override widgetToInput() {
      return [
        { type: 'message', role: 'system', content: 'Be brief' },
        { type: 'function_call', call_id: 'a', name: 'look up', arguments: '[1]' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'between' }] },
        { type: 'function_call_output', call_id: 'a', output: '' },
        { type: 'function_call_output', call_id: 'b', output: 'of nobody' },
        { type: 'function_call', call_id: '', name: '', arguments: '{' },
      ];
    }
  }
  const widget = itemOf('widget', 'w');
  const messages = await toMessageParams([says('u', 'Hello'), widget], new Converter());
  checkMessages(messages);
  expect(messages.slice(0, 3)).toEqual([
    user(text('Hello'), text('Be brief')),
    assistant(toolUse('look_up', { value: [1] }, 'a')),
    user(result('a', {}), text('between')),
  ]);
  expect(blocksOf(messages[3]!)).toMatchObject([{ name: 'tool', input: { INVALID_JSON: '{' } }]);
});

test('the quoted text is told with the newest message only', async () => {
  const quoting = (id: string, quoted_text: string) => ({ ...says(id, 'Why?'), quoted_text }) as ThreadItem;
  const said = JSON.stringify(
    await toMessageParams([
      ...[quoting('u', 'old quote'), answers('a', 'said')],
      ...[remembers(['a'], [], [assistant(text('kept'))]), quoting('v', 'new quote')],
    ]),
  );
  expect(said).toContain('new quote');
  expect(said).not.toContain('old quote');
});
