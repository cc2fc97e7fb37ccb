// Chunks of streams one by one, without a graph: what the hook yields.
import { applyItemEvent, type HookEventInput, type ThreadItem, type ThreadStreamEvent } from 'chatkit-express';
import {
  GraphStreamConverter,
  type GraphToolCall,
  type StreamedGraph,
  streamGraph,
  type StreamGraphOptions,
} from 'chatkit-express/langgraph';
import fc from 'fast-check';
import { RecordingLogger } from '../../support/recording-logger';
import { sized } from '../../support/sizes';
import { answerOf, tasksOf, typesOf } from './play';

async function read(chunks: readonly unknown[], options?: StreamGraphOptions) {
  const logger = new RecordingLogger();
  let count = 0;
  const turn = { thread: { id: 'thr_1' }, generateId: () => `item_${count++}`, logger };
  async function* stream() {
    for (const chunk of chunks) {
      if (chunk instanceof Error) throw chunk;
      yield chunk;
    }
  }
  const events: HookEventInput[] = [];
  let items: readonly ThreadItem[] = [];
  let result: StreamedGraph | undefined;
  let error: unknown;
  const reading = streamGraph(turn as never, stream(), options);
  try {
    for (;;) {
      const { done, value } = await reading.next();
      if (done) {
        result = value;
        break;
      }
      events.push(value);
      items = applyItemEvent(items, value as ThreadStreamEvent);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { events, items: [...items], log: logger.lines, result, error };
}

const about = (path = 'model:1', langgraph_step = 1) => ({
  ...{ langgraph_checkpoint_ns: path, langgraph_node: path.split(':')[0], langgraph_step },
});
const ai = (content: unknown, more: object = {}, where = about()) => [
  'messages',
  [{ type: 'ai', id: 'm1', content, tool_call_chunks: [], ...more }, where],
];
const toolMessage = (tool_call_id: string, more: object = {}) => [
  'messages',
  [{ type: 'tool', tool_call_id, name: 'look', content: 'seen', ...more }, about('tools:1', 2)],
];
const stop = ai('', { response_metadata: { finish_reason: 'stop' } });
const annotationsOf = (items: readonly ThreadItem[]) =>
  items.flatMap((item) => (item.type === 'assistant_message' ? item.content.flatMap((part) => part.annotations) : []));

describe('a message', () => {
  test('with a new id is a new one, and with the same id goes on', async () => {
    const { items } = await read([ai('a'), ai('b'), ai('c', { id: 'm2' }), stop]);
    expect(answerOf(items)).toBe('ab | c');
  });

  test('without an id goes on', async () => {
    const { items } = await read([ai('a', { id: undefined }), ai('b', { id: undefined })]);
    expect(answerOf(items)).toBe('ab');
  });

  test.each<[string, unknown, object]>([
    ['a thinking block', [{ type: 'thinking', thinking: 'hm' }], {}],
    ['a reasoning block', [{ type: 'reasoning', reasoning: 'hm' }], {}],
    ['a summary in a reasoning block', [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }], {}],
    ['reasoning_content', '', { additional_kwargs: { reasoning_content: 'hm' } }],
    ['a summary of the Responses API', '', { additional_kwargs: { reasoning: { summary: [{ text: 'hm' }] } } }],
  ])('has a thought in %s', async (_name, content, more) => {
    const shown = await read([ai(content, more), ai('Hello'), stop]);
    expect(tasksOf(shown.items)).toMatchObject([{ type: 'thought', content: 'hm' }]);
    expect(answerOf(shown.items)).toBe('Hello');
    expect(shown.log).toEqual([]);
    const hidden = await read([ai(content, more), ai('Hello'), stop], { reasoning: false });
    expect(typesOf(hidden.items)).toEqual(['assistant_message']);
  });

  test.each<[string, object]>([
    ['annotations', { annotations: [{ type: 'citation', url: 'https://a.example', title: 'A', endIndex: 2 }] }],
    [
      'citations of the API',
      { annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A', end_index: 2 }] },
    ],
    [
      'citations in their own field',
      { citations: [{ url_citation: { url: 'https://a.example', title: 'A', end_index: 2 } }] },
    ],
  ])('has the sources of its %s once', async (_name, more) => {
    const { items } = await read([
      ai([{ type: 'text', text: 'Hi' }]),
      ai([{ type: 'text', text: '', ...more }]),
      ai([{ type: 'text', text: '', ...more }]),
      stop,
    ]);
    expect(annotationsOf(items)).toMatchObject([{ index: 2, source: { url: 'https://a.example', title: 'A' } }]);
  });

  test('has images as generated images', async () => {
    const { items } = await read([
      ai([
        { type: 'image_url', image_url: { url: 'https://a.example/a.png' } },
        { type: 'image', data: 'QUJD', mimeType: 'image/png' },
      ]),
    ]);
    expect(items).toMatchObject([
      { type: 'generated_image', image: { url: 'https://a.example/a.png' } },
      { type: 'generated_image', image: { url: 'data:image/png;base64,QUJD' } },
    ]);
  });

  test('with blocks of an unknown type names them, and no others', async () => {
    const silent = [{ type: 'tool_use' }, { type: 'redacted_thinking' }, { type: 'server_tool_call' }];
    const seen = await read([ai([{ type: 'text', text: 'a' }, { type: 'hologram' }, ...silent]), stop]);
    expect(seen.log).toMatchObject([{ fields: { parts: ['content hologram'] } }]);
  });

  test('of the user or the system is not shown', async () => {
    const chunks = ['human', 'system', 'user', 'HumanMessageChunk'].map((type) => [
      'messages',
      [{ type, content: 'x' }, about()],
    ]);
    const { items, log } = await read([...chunks, ai('a'), stop]);
    expect(answerOf(items)).toBe('a');
    expect(log).toEqual([]);
  });

  test('that is whole after its chunks is not shown again', async () => {
    const whole = ['messages', [{ type: 'ai', id: 'm1', content: 'ab' }, about()]];
    const { items } = await read([ai('a'), ai('b'), whole]);
    expect(answerOf(items)).toBe('ab');
  });

  test('that is not known, and data that is not a message, are named', async () => {
    const { log } = await read([
      ['messages', [{ content: 'a', type: 'hologram' }, {}]],
      ['messages', 7],
      ai('a'),
      stop,
    ]);
    expect(log).toMatchObject([{ fields: { parts: ['a message of an unknown type'] } }]);
  });
});

describe('a tool', () => {
  const call = ai('', { tool_call_chunks: [{ id: 'c1', name: 'look', args: '', index: 0 }] });

  test('is loading, then complete, and its message counts once', async () => {
    const { events, items, log } = await read([
      call,
      toolMessage('c1'),
      toolMessage('c1'),
      ai('a', { id: 'm2' }),
      stop,
    ]);
    const states = events.flatMap((event) =>
      event.type === 'thread.item.updated' && 'task' in event.update ? [event.update.task.status_indicator] : [],
    );
    expect(states).toEqual(['complete']);
    expect(tasksOf(items)).toHaveLength(1);
    expect(log).toEqual([]);
  });

  test('whose call was not seen is shown by its message', async () => {
    const { items } = await read([toolMessage('c1'), ai('a'), stop]);
    expect(tasksOf(items)).toMatchObject([{ title: 'look', status_indicator: 'complete' }]);
  });

  test('without a result is named in the log', async () => {
    const { log } = await read([call, ai('a', { id: 'm2' }), stop]);
    expect(log).toMatchObject([{ message: 'calls of tools in a graph have no results', fields: { tools: ['look'] } }]);
  });

  test('is not shown where tools are not, and a converter changes its task', async () => {
    expect(typesOf((await read([call, toolMessage('c1'), ai('a'), stop], { tools: false })).items)).toEqual([
      'assistant_message',
    ]);
    const seen: GraphToolCall[] = [];
    class Converter extends GraphStreamConverter {
      override toolCallToTask(one: GraphToolCall) {
        seen.push(one);
        return { type: 'custom', title: 'Mine' };
      }
    }
    const update = [
      'updates',
      {
        model: {
          messages: [{ type: 'ai', id: 'm1', content: '', tool_calls: [{ id: 'c1', name: 'look', args: { q: 1 } }] }],
        },
      },
    ];
    const { items } = await read([call, update, toolMessage('c1'), ai('a'), stop], { converter: new Converter() });
    expect(tasksOf(items)).toMatchObject([{ title: 'Mine' }]);
    expect(seen.at(-1)).toMatchObject({ state: 'done', input: { q: 1 }, output: 'seen' });
  });
});

describe('updates without the mode messages', () => {
  test('show the messages after the newest message of the user, in lists, commands and single fields', async () => {
    const message = (content: string) => ({ type: 'ai', content });
    const { items } = await read([
      ['updates', { a: { messages: [message('old'), { type: 'human', content: 'q' }, message('1')] } }],
      ['updates', { b: [{ update: { messages: [message('2')] } }], c: { answer: message('3') } }],
      ['updates', { d: null }],
    ]);
    expect(answerOf(items)).toBe('1 | 2 | 3');
  });

  test('with one mode that its chunks do not name', async () => {
    const chunk = { a: { messages: [{ type: 'ai', content: '1' }] } };
    expect(answerOf((await read([chunk], { streamMode: 'updates' })).items)).toBe('1');
    const unnamed = await read([chunk]);
    expect(unnamed.log).toMatchObject([{ fields: { unread_fields: ['a chunk without a mode'] } }]);
    expect(unnamed.events.at(-1)).toMatchObject({ type: 'error' });
  });
});

describe('nodes that speak at once', () => {
  const left = (content: string, more: object = {}) => ai(content, { id: 'l', ...more }, about('left:1', 1));
  const right = (content: string, more: object = {}) => ai(content, { id: 'r', ...more }, about('right:1', 1));
  const ends = { response_metadata: { finish_reason: 'stop' } };

  test.each<[string, unknown[]]>([
    ['the end of the model', [left('', ends)]],
    ['the update of the node', [['updates', { left: {} }]]],
    ['a later step', [ai('x', { id: 'x' }, about('other:1', 2))]],
    ['the end of the stream', []],
  ])('speak one after the other, until %s', async (_name, end) => {
    const { items } = await read([left('a'), right('1'), left('b'), right('2'), ...end, right('3')]);
    expect(answerOf(items)).toContain('ab | 123');
  });

  test('lose nothing in any order', async () => {
    const step = fc.record({ node: fc.constantFrom('a', 'b', 'c'), isEnd: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const said: Record<string, string> = {};
        const chunks = steps.flatMap(({ node, isEnd }, index) => {
          const word = `${node}${index} `;
          said[node] = (said[node] ?? '') + word;
          const chunk = ai(word, { id: node }, about(`${node}:1`, 1));
          return isEnd ? [chunk, ['updates', { [node]: {} }]] : [chunk];
        });
        const { items } = await read(chunks);
        const words = answerOf(items).split(/[ |]+/).filter(Boolean);
        for (const [node, text] of Object.entries(said)) {
          expect(words.filter((word) => word.startsWith(node)).join(' ')).toBe(text.trim());
        }
      }),
      { numRuns: sized(100, 2000) },
    );
  });
});

test('an error in the middle keeps what waits for another node, too', async () => {
  const { items, error } = await read([
    ai('a', { id: 'l' }, about('l:1')),
    ai('b', { id: 'r' }, about('r:1')),
    new Error('cut'),
  ]);
  expect(answerOf(items)).toBe('a | b');
  expect(error).toMatchObject({ message: 'cut' });
});

test('a stream that is not one is a TypeError', async () => {
  const reading = streamGraph({ thread: { id: 't' }, generateId: () => 'i' } as never, { messages: [] } as never);
  await expect(reading.next()).rejects.toThrow(TypeError);
});
