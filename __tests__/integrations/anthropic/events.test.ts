// Events of streams one by one: what the hook yields, whichever provider sent them.
import fc from 'fast-check';
import type { HookEventInput } from 'chatkit-express';
import { type AnthropicFile, MessageStreamConverter, ModelError } from 'chatkit-express/anthropic';
import { blockFrames, endFrames, messageFrames, serverUse, startFrame, textBlock, thinking, toolUse } from './frames';
import { answerOf } from './play';
import { annotationsOf, read, type Read, tasksOf } from './read';

const delta = (index: number | undefined, fields: object) => ({ type: 'content_block_delta', index, delta: fields });
const start = (index: number | undefined, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const stop = (index?: number) => ({ type: 'content_block_stop', index });
const says = (index: number | undefined, text: string) => delta(index, { type: 'text_delta', text });
const whole = (...events: object[]) => [startFrame, ...events, ...endFrames('end_turn')];

describe('citations', () => {
  const page = (url: string, title: string | null = 'A') => ({
    ...{ type: 'web_search_result_location', url, title, encrypted_index: 'X', cited_text: 'c' },
  });

  test('come before their text, and are placed at the end of their block', async () => {
    const seen = await read(
      messageFrames([textBlock('It is '), textBlock('warm', [page('https://a.example')]), textBlock(' today.')]),
    );
    expect(answerOf(seen.items)).toBe('It is warm today.');
    expect(annotationsOf(seen)).toEqual([
      { type: 'annotation', source: { type: 'url', url: 'https://a.example', title: 'A' }, index: 'It is warm'.length },
    ]);
  });

  test('of a block without an end are placed at its end, also where all blocks have one index', async () => {
    const cited = { type: 'citations_delta', citation: page('https://a.example') };
    const text = { type: 'text', text: '' };
    const frames = whole(start(0, text), delta(0, cited), says(0, 'One'), start(0, text), says(0, ' two'));
    expect(annotationsOf(await read(frames))).toMatchObject([{ index: 3 }]);
    expect(annotationsOf(await read(whole(start(0, text), delta(0, cited), says(0, 'One'))))).toMatchObject([
      { index: 3 },
    ]);
  });

  test('of each kind have a source', async () => {
    const of = (citation: object) => read(messageFrames([textBlock('Hi', [citation])]));
    const document = { document_index: 0, document_title: 'a.pdf', cited_text: 'c' };
    const search = { type: 'search_result_location', title: 'T', cited_text: 'c' };
    const sources: [object, object[]][] = [
      [page('https://a.example', null), [{ type: 'url', url: 'https://a.example', title: 'https://a.example' }]],
      [{ type: 'char_location', ...document }, [{ type: 'file', filename: 'a.pdf', title: 'a.pdf' }]],
      [{ type: 'page_location', ...document }, [{ type: 'file', filename: 'a.pdf', title: 'a.pdf' }]],
      [{ type: 'content_block_location', ...document, document_title: null }, []],
      [{ ...search, source: 'https://b.example' }, [{ type: 'url', url: 'https://b.example', title: 'T' }]],
      [{ ...search, source: 'file:7' }, [{ type: 'file', filename: 'T', title: 'T' }]],
      [{ ...search, source: 'file:7', title: null }, [{ type: 'file', filename: 'file:7', title: 'file:7' }]],
    ];
    for (const [citation, wanted] of sources) {
      expect(annotationsOf(await of(citation)).map(({ source }) => source)).toEqual(wanted);
    }
  });

  test('that are repeated count once', async () => {
    const seen = await read(messageFrames([textBlock('Hi', [page('https://a.example'), page('https://a.example')])]));
    expect(annotationsOf(seen)).toHaveLength(1);
  });

  test('are placed in the message that has their text', async () => {
    const seen = await read(
      messageFrames(['Long text before', serverUse('web_search', {}), textBlock('Hi', [page('https://a.example')])]),
    );
    expect(answerOf(seen.items)).toBe('Long text before | Hi');
    expect(annotationsOf(seen)).toMatchObject([{ index: 2 }]);
  });
});

describe('tools of the provider', () => {
  const states = ({ events }: Read) =>
    events.flatMap((event) => {
      if (event.type === 'thread.item.added' && event.item.type === 'workflow') return event.item.workflow.tasks ?? [];
      return event.type === 'thread.item.updated' && 'task' in event.update ? [event.update.task] : [];
    });
  const page = { type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'X' };
  const result = (name: string, content: unknown, more: object = {}) => ({
    ...{ type: `${name}_tool_result`, tool_use_id: 'srvtoolu_1', content },
    ...more,
  });

  test('a search is shown at once, then with its query, then with its pages', async () => {
    const frames = messageFrames([serverUse('web_search', { query: 'q' }), result('web_search', [page]), 'Hi']);
    const search = { type: 'web_search', title: 'Searching the web' };
    expect(states(await read(frames, { tools: true }))).toMatchObject([
      { ...search, status_indicator: 'loading', queries: [] },
      { ...search, status_indicator: 'loading', queries: ['q'], title_query: 'q' },
      { ...search, status_indicator: 'complete', queries: ['q'], sources: [{ url: 'https://a.example', title: 'A' }] },
    ]);
    expect(states(await read(frames))).toEqual([]);
  });

  test.each<[string, object, unknown, object]>([
    [
      'web_fetch',
      { url: 'https://b.example' },
      { type: 'web_fetch_result', url: 'https://b.example', content: { type: 'document', title: 'B' } },
      { type: 'web_search', title: 'Reading a page', sources: [{ url: 'https://b.example', title: 'B' }] },
    ],
    [
      'web_fetch',
      { url: 'https://b.example' },
      { type: 'web_fetch_tool_result_error', error_code: 'url_not_accessible' },
      { title: 'Reading a page failed', sources: [{ url: 'https://b.example', title: 'https://b.example' }] },
    ],
    [
      'web_search',
      {},
      { type: 'web_search_tool_result_error', error_code: 'x' },
      { title: 'Searching the web failed' },
    ],
    [
      'code_execution',
      { code: 'print(`1`)' },
      { type: 'code_execution_result', return_code: 0, content: [] },
      { type: 'custom', title: 'Running code', content: '```\nprint(`1`)\n```' },
    ],
    [
      'bash_code_execution',
      { command: 'echo ```' },
      { type: 'bash_code_execution_result', return_code: 1, content: [] },
      { title: 'Running a command failed', content: '````\necho ```\n````' },
    ],
    [
      'text_editor_code_execution',
      { command: 'view', path: 'a.txt' },
      { type: 'text_editor_code_execution_view_result', content: 'x' },
      { title: 'Editing a file', content: '```\nview a.txt\n```' },
    ],
    ['tool_search_tool_regex', {}, { type: 'tool_search_tool_search_result' }, { title: 'Looking for tools' }],
    ['advisor', {}, { type: 'advisor_result', text: 'x' }, { title: 'Asking another model' }],
    ['hologram', {}, { type: 'hologram_result' }, { title: 'hologram' }],
    ['hologram', {}, { type: 'hologram_tool_result_error' }, { title: 'hologram', content: 'The call failed' }],
  ])('%s is a task', async (name, input, content, wanted) => {
    const kind = name.startsWith('tool_search') ? 'tool_search' : name;
    const seen = await read(messageFrames([serverUse(name, input), result(kind, content), 'Hi']), { tools: true });
    expect(tasksOf(seen)).toMatchObject([{ status_indicator: 'complete', ...wanted }]);
    expect(seen.log).toEqual([]);
  });

  test('a tool of an MCP server is a task with both names', async () => {
    const call = { type: 'mcp_tool_use', id: 'srvtoolu_1', name: 'echo', server_name: 'here', input: {} };
    const ended = async (is_error: boolean) =>
      tasksOf(await read(messageFrames([call, result('mcp', [], { is_error }), 'Hi']), { tools: true }));
    expect(await ended(false)).toEqual([
      { type: 'custom', status_indicator: 'complete', icon: 'bolt', title: 'here: echo' },
    ]);
    expect(await ended(true)).toMatchObject([{ title: 'here: echo', content: 'The call failed' }]);
  });

  test('two calls at once are two tasks', async () => {
    const frames = messageFrames([
      ...[serverUse('web_search', { query: 'a' }, 'A'), serverUse('web_search', { query: 'b' }, 'B')],
      ...[result('web_search', [], { tool_use_id: 'B' }), result('web_search', [page], { tool_use_id: 'A' }), 'Hi'],
    ]);
    expect(tasksOf(await read(frames, { tools: true }))).toMatchObject([
      { queries: ['a'], sources: [{}], status_indicator: 'complete' },
      { queries: ['b'], sources: [], status_indicator: 'complete' },
    ]);
  });

  test('a converter decides what is shown', async () => {
    class Converter extends MessageStreamConverter {
      override toolCallToTask() {
        return null;
      }
    }
    const frames = messageFrames([serverUse('web_search', { query: 'q' }), result('web_search', [page]), 'Hi']);
    const seen = await read(frames, { tools: true, converter: new Converter() });
    expect(seen.items.map(({ type }) => type)).toEqual(['assistant_message']);
  });

  test('a file that code made is told of in the log, or shown by a converter', async () => {
    const made = { type: 'code_execution_result', return_code: 0, content: [{ type: 'x', file_id: 'file_1' }] };
    const blocks = [result('code_execution', made), { type: 'container_upload', file_id: 'file_2' }, 'Hi'];
    const seen = await read(messageFrames(blocks));
    expect(seen.log.map(({ message, fields }) => [message, (fields as { file_id: string }).file_id])).toEqual([
      ['a file that a model made is not shown', 'file_1'],
      ['a file that a model made is not shown', 'file_2'],
    ]);
    class Converter extends MessageStreamConverter {
      override fileToEvents({ fileId }: AnthropicFile): HookEventInput[] {
        return [{ type: 'notice', level: 'info', message: fileId }];
      }
    }
    const shown = await read(messageFrames(blocks.slice(0, 2)), { converter: new Converter() });
    expect(shown.events).toMatchObject([{ message: 'file_1' }, { message: 'file_2' }]);
    expect(shown.log).toEqual([]);
  });
});

describe('text', () => {
  test('blocks of text that follow each other are one message', async () => {
    expect(answerOf((await read(messageFrames(['One ', 'two', '.']))).items)).toBe('One two.');
  });

  test('a text after thoughts that are not shown does not continue the text before', async () => {
    const { items } = await read(messageFrames(['One', thinking('hm'), 'two']), { reasoning: false });
    expect(answerOf(items)).toBe('One | two');
  });

  test('each thought is one', async () => {
    const seen = await read(messageFrames([thinking('one'), thinking('two'), 'Hi']));
    expect(tasksOf(seen)).toMatchObject([{ content: 'one' }, { content: 'two' }]);
  });

  test('thoughts alone are an answer only where they are shown', async () => {
    expect((await read(messageFrames([thinking('one')]))).log).toEqual([]);
    expect((await read(messageFrames([thinking('one')]), { reasoning: false })).events.at(-1)).toMatchObject({
      type: 'error',
    });
    // A thought that the provider does not show has only a signature.
    expect((await read(messageFrames([thinking('')]))).events.at(-1)).toMatchObject({ type: 'error' });
  });
});

describe('providers that differ', () => {
  test('the text at the beginning of a block is shown once', async () => {
    const seen = await read(whole(start(0, { type: 'text', text: 'One' }), says(0, ' two'), stop(0)));
    expect(answerOf(seen.items)).toBe('One two');
    expect(seen.result!.message.content).toEqual([{ type: 'text', text: 'One two' }]);
  });

  test('a text without a beginning, an index or an end is shown', async () => {
    expect(answerOf((await read(whole(says(0, 'One')))).items)).toBe('One');
    expect(
      answerOf((await read(whole(start(undefined, { type: 'text', text: '' }), says(undefined, 'One')))).items),
    ).toBe('One');
    const thought = { type: 'thinking_delta', thinking: 'hm' };
    expect(tasksOf(await read(whole(delta(0, thought), says(1, 'One'))))).toMatchObject([{ content: 'hm' }]);
  });

  test('a whole message in place of events is shown', async () => {
    const message = { ...startFrame.message, content: [thinking('hm'), textBlock('One')], stop_reason: 'end_turn' };
    for (const events of [
      [{ ...message, type: 'message' }],
      [{ type: 'message_start', message }, ...endFrames('end_turn')],
    ]) {
      const seen = await read(events);
      expect(answerOf(seen.items)).toBe('One');
      expect(tasksOf(seen)).toMatchObject([{ content: 'hm' }]);
      expect(seen.error).toBeUndefined();
    }
  });

  test('the input of a call may come in any form', async () => {
    const input = async (given: unknown, ...pieces: unknown[]) => {
      const block = { type: 'tool_use', id: 'a', name: 'f', ...(given !== undefined && { input: given }) };
      const deltas = pieces.map((partial_json) => delta(0, { type: 'input_json_delta', partial_json }));
      const { result } = await read([startFrame, start(0, block), ...deltas, stop(0), ...endFrames('tool_use')]);
      const { input: sent } = result!.message.content[0] as { input: unknown };
      return [result!.functionCalls[0]!.arguments, sent];
    };
    expect(await input({}, '', '{"x"', ':1}')).toEqual(['{"x":1}', { x: 1 }]);
    expect(await input({ x: 1 })).toEqual(['{"x":1}', { x: 1 }]);
    expect(await input('{"x":1}')).toEqual(['{"x":1}', { x: 1 }]);
    expect(await input(undefined)).toEqual(['{}', {}]);
    expect(await input({}, 'null')).toEqual(['{}', {}]);
    expect(await input({}, '{}', '{"x":1}')).toEqual(['{"x":1}', { x: 1 }]);
    expect(await input({}, '{"x":1}', '{"x":1}')).toEqual(['{"x":1}', { x: 1 }]);
    expect(await input({}, { x: 1 })).toEqual(['{"x":1}', { x: 1 }]);
    expect(await input({}, '{"x":')).toEqual(['{"x":', { INVALID_JSON: '{"x":' }]);
    expect(await input({}, '[1]')).toEqual(['[1]', { value: [1] }]);
  });

  test('calls with one index, one id or none are calls of their own', async () => {
    const call = (id: string | undefined, name: string) => [
      start(0, { type: 'tool_use', id, name, input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: `{"of":"${name}"}` }),
    ];
    const frames = [startFrame, ...call('a', 'f'), ...call('a', 'g'), ...call(undefined, 'h'), ...call('', 'i')];
    const { result } = await read([...frames, ...endFrames('end_turn')]);
    expect(result!.functionCalls.map(({ name, arguments: args }) => [name, args])).toEqual(
      ['f', 'g', 'h', 'i'].map((name) => [name, `{"of":"${name}"}`]),
    );
    const ids = result!.functionCalls.map(({ callId }) => callId);
    expect(new Set(ids).size).toBe(4);
    expect(result!.message.content.map((block) => 'id' in block && block.id)).toEqual(ids);
  });

  test('a call without a name is left out, with a warning', async () => {
    const seen = await read(messageFrames(['Hi', { ...toolUse('x'), name: '' }]));
    expect(seen.result!.functionCalls).toEqual([]);
    expect(seen.result!.message.content).toHaveLength(1);
    expect(seen.log).toMatchObject([{ message: 'calls of a model without the name of a function are left out' }]);
  });

  test('an ending in the words of another provider is understood', async () => {
    const end = async (reason: string) => (await read(messageFrames(['Hi'], reason))).events.at(-1);
    expect(await end('stop')).toMatchObject({ type: 'thread.item.done' });
    expect(await end('length')).toMatchObject({ message: expect.stringContaining('cut off') as string });
    expect(await end('content_filter')).toMatchObject({ message: expect.stringContaining('filter') as string });
    expect((await read(messageFrames(['Hi'], 'error'))).error).toBeInstanceOf(ModelError);
    const silent = [startFrame, ...blockFrames(0, textBlock('Hi')), { type: 'message_stop' }];
    expect((await read(silent)).events.at(-1)).toMatchObject({ type: 'notice' });
  });

  test('an error event is thrown after what was said', async () => {
    const seen = await read([
      startFrame,
      says(0, 'Hi'),
      { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } },
    ]);
    expect(seen.error).toMatchObject({ name: 'ModelError', code: 'overloaded_error', message: 'Busy' });
    expect(answerOf(seen.items)).toBe('Hi');
  });

  test('what is unknown is named in the log, and kept for the next request', async () => {
    const seen = await read(
      whole({ type: 'hologram' }, start(0, { type: 'aura', glow: 1 }), delta(0, { type: 'aura_delta' }), says(1, 'Hi')),
    );
    expect(seen.log).toMatchObject([
      {
        fields: { types: ['hologram', 'aura', 'aura_delta'] },
        message: 'an answer of a model has parts that are not shown',
      },
    ]);
    expect(seen.result!.message.content).toContainEqual({ type: 'aura', glow: 1 });
    const empty = await read(whole(start(0, { type: 'aura' })));
    expect(empty.log).toMatchObject([{ fields: { unread_fields: ['aura'] } }]);
  });

  test('a signature that comes in several deltas is the last', async () => {
    const frames = [
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      ...['A', 'B'].map((signature) => delta(0, { type: 'signature_delta', signature })),
      says(1, 'Hi'),
    ];
    expect((await read(whole(...frames))).result!.message.content[0]).toMatchObject({ signature: 'B' });
  });
});

test('any unknown field of a block is in the message', async () => {
  const kinds = [
    'text',
    'thinking',
    'redacted_thinking',
    'tool_use',
    'server_tool_use',
    'web_search_tool_result',
    'aura',
  ];
  const known = new Set('type text thinking signature id name input citations content tool_use_id file_id'.split(' '));
  const key = fc.string({ minLength: 1, maxLength: 8 }).filter((one) => !known.has(one) && one !== '__proto__');
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), key, fc.jsonValue(), async (type, field, value) => {
      const own = { type, id: 'a', name: 'f', text: 'x', thinking: 'y', [field]: value };
      const { result } = await read(whole(start(0, own), stop(0)));
      expect(result!.message.content[0]).toMatchObject({ type, [field]: JSON.parse(JSON.stringify(value)) as unknown });
    }),
    { numRuns: 100 },
  );
});

test('a client tool whose input is no object is an error that names the tool', async () => {
  const seen = await read(messageFrames([toolUse('page', '[1]')]), { clientTools: ['page'] });
  expect(seen.error).toMatchObject({ code: 'invalid_arguments', message: expect.stringContaining('page') as string });
});

describe('a message that is paused', () => {
  const search = serverUse('web_search', { query: 'q' });

  test('says so in the result', async () => {
    const { result, log, events } = await read(messageFrames([search], 'pause_turn'));
    expect(result).toMatchObject({ isPaused: true, stopReason: 'pause_turn', message: { content: [search] } });
    expect([log, events]).toEqual([[], []]);
    expect((await read(messageFrames(['Hi']))).result).toMatchObject({ isPaused: false });
  });

  test('with calls waits for these', async () => {
    const { result } = await read(messageFrames([search, toolUse('f')], 'pause_turn'));
    expect(result).toMatchObject({ isPaused: false, functionCalls: [{ name: 'f' }] });
  });

  test('after a compaction continues, with the fields of the compaction', async () => {
    const compaction = { type: 'compaction', content: null, encrypted_content: null, signature: 'S' };
    const { result } = await read([
      startFrame,
      start(0, compaction),
      delta(0, { type: 'compaction_delta', content: 'Short', encrypted_content: 'E' }),
      stop(0),
      ...endFrames('compaction'),
    ]);
    expect(result).toMatchObject({
      isPaused: true,
      message: { content: [{ ...compaction, content: 'Short', encrypted_content: 'E' }] },
    });
  });
});
