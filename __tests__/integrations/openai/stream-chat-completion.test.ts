// Chat Completions streams, in the variants that providers send, as the events that a page gets.
import { ask, openStream, startThread, storedItems } from '../../support/core';
import { Gate } from '../../support/gate';
import { chatFrames } from '../../support/model-frames';
import { cut } from '../../support/model-server';
import { addMessage, createThread, toolOutput } from '../../support/requests';
import { chatting, clientOf, clients, outline, told, useModelServer } from './model';

const model = useModelServer();

/** A chunk with this delta, and nothing that it could do without. */
const chunk = (delta: object, finish_reason: string | null = null) => ({ choices: [{ delta, finish_reason }] });
const answerOf = (text: string) => [
  'added assistant_message',
  'added',
  ...(text.match(/\S+\s*/g) ?? []).map((word) => `text_delta ${word.trim()}`),
  `done ${text}`,
  `done assistant_message ${text}`,
];

describe.each(clients)('%s', (_name, Client) => {
  const client = (maxRetries?: number) => clientOf(Client, model.current, maxRetries);

  test('an answer is added, begun, streamed and done, in this order, and stored', async () => {
    const usage = { choices: [], usage: { total_tokens: 5 } };
    const frames = chatFrames('Hello there');
    model.current.reply([...frames.slice(0, -1), usage, ...frames.slice(-1)]);
    const core = chatting(client());
    const { threadId, events } = await startThread(core);
    expect(outline(events)).toEqual(answerOf('Hello there'));
    const part = { type: 'output_text', text: '', annotations: [] };
    expect(told(events)[1]).toEqual({
      type: 'thread.item.updated',
      item_id: 'A',
      update: { type: 'assistant_message.content_part.added', content_index: 0, content: part },
    });
    expect((await storedItems(core, threadId)).at(-1)).toMatchObject({ content: [{ ...part, text: 'Hello there' }] });
    expect(core.results).toEqual([
      {
        finishReason: 'stop',
        usage: { total_tokens: 5 },
        functionCalls: [],
        clientToolCalled: false,
        message: { role: 'assistant', content: 'Hello there' },
      },
    ]);
    expect(model.current.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      body: { messages: [{ role: 'user', content: 'Hello' }] },
    });
  });

  test('three turns with one id give three answers', async () => {
    for (const text of ['One', 'Two', 'Three']) model.current.reply(chatFrames(text, { id: 'FAKE_ID' }));
    const core = chatting(client());
    const { threadId } = await startThread(core);
    await ask(core, addMessage(threadId));
    await ask(core, addMessage(threadId));
    const answers = (await storedItems(core, threadId)).filter((item) => item.type === 'assistant_message');
    expect(answers.map((item) => item.content[0]!.text)).toEqual(['One', 'Two', 'Three']);
    expect(new Set(answers.map((item) => item.id)).size).toBe(3);
    expect(model.current.requests[2]!.body.messages).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'One' },
      { role: 'user', content: 'More' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: 'More' },
    ]);
  });

  test.each([['reasoning_content'], ['reasoning']])(
    'thoughts in `%s` are a workflow before the answer',
    async (field) => {
      const frames = [
        chunk({ [field]: 'Let me ' }),
        chunk({ [field]: 'see' }),
        chunk({ content: 'Yes' }),
        chunk({}, 'stop'),
      ];
      model.current.reply(frames);
      const core = chatting(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events)).toEqual([
        'added workflow',
        'workflow.task.added',
        'workflow.task.updated',
        'workflow.task.updated',
        'done workflow',
        ...answerOf('Yes'),
      ]);
      expect((await storedItems(core, threadId))[1]).toMatchObject({
        workflow: { type: 'reasoning', tasks: [{ type: 'thought', content: 'Let me see' }], summary: { duration: 0 } },
      });
      model.current.reply(frames);
      const silent = await startThread(chatting(client(), { reasoning: false }));
      expect(outline(silent.events)).toEqual(answerOf('Yes'));
    },
  );

  test('sources are annotations', async () => {
    const citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 };
    const annotations = [{ type: 'url_citation', url_citation: citation }, { type: 'other' }];
    model.current.reply([chunk({ content: 'Hi' }), chunk({ annotations }), chunk({}, 'stop')]);
    const core = chatting(client());
    const { threadId } = await startThread(core);
    expect((await storedItems(core, threadId)).at(-1)).toMatchObject({
      content: [{ annotations: [{ index: 2, source: { type: 'url', url: 'https://a.example', title: 'A' } }] }],
    });
  });

  test('a refusal is what was said', async () => {
    model.current.reply([
      chunk({ refusal: 'I ' }),
      chunk({ refusal: 'will ' }),
      chunk({ refusal: 'not.' }),
      chunk({}, 'stop'),
    ]);
    const { events } = await startThread(chatting(client()));
    expect(outline(events)).toEqual(answerOf('I will not.'));
  });

  describe('tool calls', () => {
    const calls = [
      { id: 'call_1', name: 'weather', arguments: '{"city":"Bonn"}' },
      { id: 'call_2', name: 'time', arguments: '{}' },
    ];
    const functionCalls = calls.map(({ id, ...rest }) => ({ callId: id, ...rest }));

    test('are put together from their parts, and left to the caller with the message they belong to', async () => {
      model.current.reply(chatFrames('Let me look', { tool_calls: calls }));
      const core = chatting(client());
      await startThread(core);
      expect(core.results).toMatchObject([
        {
          finishReason: 'tool_calls',
          functionCalls,
          message: {
            role: 'assistant',
            content: 'Let me look',
            tool_calls: calls.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
          },
        },
      ]);
    });

    test.each([
      ['all with index 0', { index: 0 }],
      ['without an index', {}],
    ])('that come whole, %s, are told apart by their ids', async (_what, at) => {
      const parts = calls.map(({ id, ...called }) => ({ ...at, id, type: 'function', function: called }));
      model.current.reply([chunk({ tool_calls: parts }), chunk({}, 'tool_calls')]);
      const core = chatting(client());
      await startThread(core);
      expect(core.results).toMatchObject([{ functionCalls, message: { content: null } }]);
    });

    test('without an id get one', async () => {
      const call = { index: 0, function: { name: 'now', arguments: '' } };
      model.current.reply([chunk({ tool_calls: [call] }), chunk({}, 'stop')]);
      const core = chatting(client());
      await startThread(core);
      expect(core.results[0]!.functionCalls).toEqual([
        { callId: expect.stringMatching(/^call_\w+$/), name: 'now', arguments: '' },
      ]);
    });

    test('of the page stop the turn and go on with the output', async () => {
      model.current.reply(chatFrames('One moment', { tool_calls: calls.slice(0, 1) }), chatFrames('It rains'));
      const core = chatting(client(), { clientTools: ['weather'] });
      const { threadId, events } = await startThread(core);
      expect(told(events).at(-1)).toMatchObject({
        item: { type: 'client_tool_call', status: 'pending', name: 'weather', arguments: { city: 'Bonn' } },
      });
      const after = await ask(core, toolOutput(threadId, 'rain'));
      expect(outline(after).at(-1)).toBe('done assistant_message It rains');
      const [call] = calls;
      expect(model.current.requests[1]!.body.messages).toEqual([
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          content: 'One moment',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: call!.arguments } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '"rain"' },
      ]);
    });

    test('of functions of the page are all made, in their order', async () => {
      model.current.reply(chatFrames('', { tool_calls: calls }));
      const core = chatting(client(), { clientTools: ['weather', 'time'] });
      const { events } = await startThread(core);
      expect(outline(events)).toEqual(['done client_tool_call', 'done client_tool_call']);
      expect(events.flatMap((event) => ('item' in event && 'call_id' in event.item ? [event.item.name] : []))).toEqual(
        calls.map(({ name }) => name),
      );
      expect(core.results).toMatchObject([{ clientToolCalled: true, functionCalls: [] }]);
    });

    test('that were cut off are not called', async () => {
      model.current.reply(chatFrames('', { tool_calls: calls.slice(0, 1), finish_reason: 'length' }));
      const core = chatting(client());
      const { events } = await startThread(core);
      expect(core.results[0]!.functionCalls).toEqual([]);
      expect(told(events)).toMatchObject([{ type: 'error', code: 'custom', allow_retry: true }]);
    });
  });

  describe('an answer that stops early', () => {
    test.each([
      ['length', 'notice The answer was cut off'],
      ['content_filter', 'notice The answer was stopped by the content filter'],
    ])('by %s is kept, and the user told so', async (finish_reason, notice) => {
      model.current.reply(chatFrames('Half of', { finish_reason }));
      const { events } = await startThread(chatting(client()));
      expect(outline(events).slice(0, -1)).toEqual(answerOf('Half of'));
      expect(outline(events).at(-1)).toContain(notice);
    });

    test.each<[string, (object | string | typeof cut)[]]>([
      ['a cut connection', [cut]],
      ['an end that nobody announced', []],
      ['a frame that is not JSON', ['data: {"choices": [\n\n']],
      ['an error in a frame', ['data: {"error":{"message":"overloaded"}}\n\n']],
      ['an error as the reason', [chunk({}, 'error')]],
    ])('with %s is kept, told as an error, and logged', async (_what, end) => {
      const frames = chatFrames('Half of', { finish_reason: null }).slice(0, -1);
      model.current.reply([...frames, ...end]);
      const core = chatting(client());
      const { threadId, events } = await startThread(core);
      expect(outline(events)).toEqual([...answerOf('Half of'), 'error stream.error']);
      expect(events.at(-1)).toMatchObject({ allow_retry: true });
      expect((await storedItems(core, threadId)).at(-1)).toMatchObject({ content: [{ text: 'Half of' }] });
      expect(core.logger.take('error')).toHaveLength(1);
    });
  });

  test('chunks that make no sense are passed over, and content among them is named in the log', async () => {
    const odd = [
      'data: null\n\n',
      'data: 7\n\n',
      {},
      { choices: null },
      { choices: ['x'] },
      chunk({ tool_calls: {}, annotations: 'x' }),
      { choices: [{ index: 1, delta: { content: 'the second choice' } }] },
      { choices: [{ index: 0 }] },
      chunk({ content: null, tool_calls: null, annotations: null }),
      chunk({ content: 5, reasoning: {} }),
    ];
    const frames = chatFrames('Hello there');
    model.current.reply([...frames.slice(0, 2), ...odd, ...frames.slice(2)]);
    const core = chatting(client());
    const { events } = await startThread(core);
    expect(outline(events)).toEqual(answerOf('Hello there'));
    expect(core.logger.take('warn')).toMatchObject([{ fields: { types: ['content: a number'] } }]);
  });

  test.each([429, 500])('a provider that refuses with %i once is asked again', async (status) => {
    model.current.reply({ status, headers: { 'retry-after-ms': '1' } }, chatFrames('Now'));
    const { events } = await startThread(chatting(client(2)));
    expect(outline(events).at(-1)).toBe('done assistant_message Now');
  });

  test('a provider that refuses for good is an error that tells nothing', async () => {
    model.current.reply({ status: 429, headers: { 'retry-after': '60' } });
    const core = chatting(client());
    const { events } = await startThread(core);
    expect(told(events)).toEqual([{ type: 'error', code: 'stream.error', allow_retry: true }]);
    expect(core.logger.take('error')).toMatchObject([{ fields: { err: { status: 429 } } }]);
  });

  test('a client that leaves ends the request to the model, and what was said is kept', async () => {
    model.current.reply([...chatFrames('Half of it').slice(0, 2), new Gate()]);
    const core = chatting(client());
    core.store.generateThreadId = () => 'thr_1';
    const stream = await openStream(core, createThread());
    for await (const event of stream) {
      if (event.type === 'thread.item.updated' && 'delta' in event.update) break;
    }
    expect(await (await model.current.request()).closed.passed).toBe(true);
    expect((await storedItems(core, 'thr_1')).slice(1)).toMatchObject([
      { type: 'assistant_message', content: [{ text: 'Half ' }] },
      { type: 'sdk_hidden_context' },
    ]);
  });
});
