// Responses through proxies: each item is settled from all events that say something of it, and from the final response.
import { functionCallFrames, messageFrames, reasoningFrames } from '../../../support/model-frames';
import { readResponse } from './read';

type Frame = Record<string, unknown>;
const frames = (list: readonly object[]) => list as Frame[];
const without = (list: readonly object[], ...types: string[]) =>
  frames(list).filter(({ type }) => !types.includes(String(type).replace('response.', '')));
const completed = (output?: unknown, more: object = {}, type = 'response.completed') => ({
  type,
  response: { id: 'resp_1', status: 'completed', ...(output !== undefined && { output }), ...more },
});
const call = (args: string, more: object = {}) => ({
  id: 'fc_1',
  type: 'function_call',
  call_id: 'call_1',
  name: 'a',
  arguments: args,
  status: 'completed',
  ...more,
});
const message = (text: string, more: object = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
});

describe('a call', () => {
  const whole = functionCallFrames('a', '{"a":1}');

  test.each<[string, readonly object[]]>([
    ['S22: without its end', [...without(whole, 'output_item.done'), completed([])]],
    ['without its end, with the final response', [...without(whole, 'output_item.done'), completed([call('{"a":1}')])]],
    ['of which only deltas tell', [...without(whole, 'output_item.done', 'function_call_arguments.done'), completed()]],
    ['of which only the final response tells', [completed([call('{"a":1}')])]],
    [
      'whose beginning and end have no arguments, as the final response has',
      [...whole.slice(0, 1), completed([call('{"a":1}')])],
    ],
    ['S24: whose end has no arguments', [...whole.slice(0, 3), { ...frames(whole)[3], item: call('') }, completed()]],
    [
      'whose every end has no arguments',
      [...whole.slice(0, 2), { ...frames(whole)[3], item: call('') }, completed([call('')])],
    ],
    [
      'whose end has an object',
      [...whole.slice(0, 1), { ...frames(whole)[3], item: call('', { arguments: { a: 1 } }) }, completed()],
    ],
    [
      'of which only the end of its arguments tells',
      [
        {
          type: 'response.function_call_arguments.done',
          item_id: 'call_1',
          output_index: 0,
          name: 'a',
          arguments: '{"a":1}',
        },
        completed([]),
      ],
    ],
    ['under another id in the final response', [...whole, completed([call('{"a":1}', { id: 'fc_other' })])]],
  ])('%s is made once', async (_what, given) => {
    const { result, errors, warnings } = await readResponse(given);
    expect(result!.functionCalls).toEqual([{ callId: 'call_1', name: 'a', arguments: '{"a":1}' }]);
    expect(result!.output).toMatchObject([{ type: 'function_call', call_id: 'call_1', arguments: '{"a":1}' }]);
    expect([errors, warnings]).toEqual([[], []]);
  });

  test('that was cut off is not made', async () => {
    const given = [
      ...whole.slice(0, 1),
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta: '{"a"' },
    ];
    const { result } = await readResponse([...given, completed([])]);
    expect(result!.functionCalls).toEqual([]);
  });

  test('beside an empty message stays alone', async () => {
    const empty = [
      { type: 'response.output_text.done', item_id: 'msg_1', output_index: 1, content_index: 0, text: '' },
      { type: 'response.output_item.done', output_index: 1, item: message('') },
    ];
    const { items, events, result } = await readResponse([
      ...whole,
      ...empty,
      completed([call('{"a":1}'), message('')]),
    ]);
    expect(items).toEqual([]);
    expect(events).toEqual([]);
    expect(result!.functionCalls).toHaveLength(1);
  });
});

describe('a message', () => {
  const whole = messageFrames('Hello there');

  test.each<[string, readonly object[], string[]]>([
    ['as a text in the final response', [completed([{ ...message(''), content: 'Hello there' }])], ['Hello there']],
    [
      'of which only the end of its part tells',
      [...without(whole, 'output_text.delta', 'output_text.done', 'output_item.done'), completed([])],
      ['Hello there'],
    ],
    ['S23: only in the final response', [completed([message('Hello there')])], ['Hello there']],
    [
      'only in the final response, twice',
      [completed([message('One'), message('Two', { id: 'msg_2' })])],
      ['One', 'Two'],
    ],
    [
      'without its end',
      [...without(whole, 'output_item.done', 'output_text.done'), completed([message('Hello there')])],
      ['Hello there'],
    ],
    [
      'whole, and again under another id',
      [...whole, completed([message('Hello there', { id: 'msg_other' })])],
      ['Hello there'],
    ],
    [
      'by deltas without an id',
      [{ type: 'response.output_text.delta', delta: 'Hello there' }, completed([message('Hello there')])],
      ['Hello there'],
    ],
    [
      'whose end is empty',
      [
        ...without(whole, 'output_item.done'),
        { type: 'response.output_item.done', output_index: 0, item: message('') },
        completed(),
      ],
      ['Hello there'],
    ],
    [
      'with an empty end of its part',
      [
        ...without(whole, 'output_text.done', 'output_item.done'),
        { type: 'response.output_text.done', item_id: 'msg_1', output_index: 0, content_index: 0, text: '' },
        completed(),
      ],
      ['Hello there'],
    ],
    [
      'that is empty, and then whole at the end',
      [{ type: 'response.output_item.done', output_index: 0, item: message('') }, completed([message('Hello there')])],
      ['Hello there'],
    ],
    [
      'S25: that was never opened and says nothing, beside another',
      [
        { type: 'response.output_text.done', item_id: 'msg_0', output_index: 0, content_index: 0, text: '' },
        ...messageFrames('Hi', { output_index: 1 }),
        completed(),
      ],
      ['Hi'],
    ],
    [
      'opened and left empty, beside another',
      [...messageFrames('', { id: 'msg_0' }), ...messageFrames('Hi', { output_index: 1 }), completed()],
      ['Hi'],
    ],
  ])('%s', async (_what, given, texts) => {
    expect(await readResponse(given)).toMatchObject({ texts, errors: [], warnings: [], thrown: undefined });
  });

  test('that only the final response has comes behind its thoughts', async () => {
    const { thoughts, items } = await readResponse([
      completed([{ id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }, message('Hi')]),
    ]);
    expect(thoughts).toEqual(['hm']);
    expect(items.map(({ type }) => type)).toEqual(['workflow', 'assistant_message']);
  });

  test('whose thoughts were shown shows them once', async () => {
    const summary = [{ type: 'summary_text', text: 'hm' }];
    const { thoughts } = await readResponse([
      ...reasoningFrames(['hm']),
      ...messageFrames('Hi', { output_index: 1 }),
      completed([{ id: 'rs_1', type: 'reasoning', summary }, message('Hi')]),
    ]);
    expect(thoughts).toEqual(['hm']);
  });

  test('whose source precedes its text is added before the source', async () => {
    const source = { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 0 };
    const [item, part, ...rest] = frames(messageFrames('Hi', { annotations: [source] }));
    const annotation = rest.find(({ type }) => type === 'response.output_text.annotation.added')!;
    const { texts, sources, events } = await readResponse([
      ...[item, part, annotation, ...rest.filter((frame) => frame !== annotation)],
      completed(),
    ]);
    expect(texts).toEqual(['Hi']);
    expect(sources).toMatchObject([{ title: 'A', url: 'https://a.example' }]);
    const at = (text: string) => events.findIndex((event) => JSON.stringify(event).includes(text));
    expect(at('"thread.item.added"')).toBe(0);
    expect(at('annotation_added')).toBeLessThan(at('text_delta'));
  });

  test('with one source five times has it once', async () => {
    const source = { type: 'url_citation', url: 'https://a.example', title: '', start_index: 0, end_index: 2 };
    const { sources, events } = await readResponse([
      ...messageFrames('Hi', { annotations: Array.from({ length: 5 }, () => source) }),
      completed(),
    ]);
    expect(sources).toEqual([{ title: 'https://a.example', url: 'https://a.example', index: 2 }]);
    expect(JSON.stringify(events).match(/annotation_added/g)).toHaveLength(1);
  });
});

describe('`<think>` and halves of characters', () => {
  const deltas = (texts: string[], text = texts.join('')) => {
    const whole = frames(messageFrames(text));
    const delta = whole.find(({ type }) => type === 'response.output_text.delta');
    const others = without(whole, 'output_text.delta');
    return [
      ...others.slice(0, 2),
      ...texts.map((each) => ({ ...delta, delta: each })),
      ...others.slice(2),
      completed(),
    ];
  };

  test.each<[string, readonly object[]]>([
    ['S37: in one piece', deltas(['<think>hm</think>Hi'])],
    ['in single characters', deltas(Array.from('\n<think>hm</think>\n\nHi'))],
    ['of another name', deltas(['<thinking>hm', '</thinking>Hi'])],
    ['without a beginning of the message', without(deltas(['<think>h', 'm</think>Hi']), 'output_item.added')],
    ['without an end of the message', without(deltas(['<think>h', 'm</think>Hi']), 'output_item.done')],
    ['only in the final response', [completed([message('<think>hm</think>Hi')])]],
    ['only in the end of the text', without(deltas([], '<think>hm</think>Hi'), 'output_item.done')],
  ])('a block is a thought: %s', async (_what, given) => {
    const { texts, thoughts, items, errors } = await readResponse(given);
    expect({ texts, thoughts, errors }).toEqual({ texts: ['Hi'], thoughts: ['hm'], errors: [] });
    expect(items.map(({ type }) => type)).toEqual(['workflow', 'assistant_message']);
  });

  test.each<[string, string[], object | undefined, string]>([
    ['with `think: false`', ['<think>hm</think>Hi'], { think: false }, '<think>hm</think>Hi'],
    ['in the middle of a text', ['Use ', '<think>hm</think>'], undefined, 'Use <think>hm</think>'],
    ['that is only like one', ['<thi', 'nker>'], undefined, '<thinker>'],
    ['that ends early', ['<thi'], undefined, '<thi'],
  ])('a block %s stays in the text', async (_what, texts, options, text) => {
    expect(await readResponse(deltas(texts), options)).toMatchObject({ texts: [text], thoughts: [] });
  });

  test('a message of thoughts only is not stored', async () => {
    const { items, errors } = await readResponse(deltas(['<think>hm</think>']));
    expect(items.map(({ type }) => type)).toEqual(['workflow']);
    expect(errors).toEqual([]);
  });

  const [high, low] = ['😀'.charAt(0), '😀'.charAt(1)];
  test.each<[string, readonly object[], string[]]>([
    ['of a text', deltas([`a${high}`, `${low}b`]), ['a😀b']],
    [
      'of a text without an end',
      without(deltas([`a${high}`, `${low}b`]), 'output_text.done', 'output_item.done'),
      ['a😀b'],
    ],
    [
      'of a refusal',
      [`a${high}`, `${low}b`]
        .map((delta): object => ({ type: 'response.refusal.delta', item_id: 'msg_1', output_index: 0, delta }))
        .concat(completed()),
      ['a😀b'],
    ],
    [
      'of a text that breaks off',
      without(deltas([`a${high}`]), 'output_text.done', 'content_part.done', 'output_item.done'),
      ['a\ufffd'],
    ],
  ])('a character in two pieces is not split: %s', async (_what, given, shown) => {
    const { texts, events } = await readResponse(given);
    expect(texts).toEqual(shown);
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/\\ud/);
  });

  test('a character in two pieces of a summary is not split', async () => {
    const given = [
      { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1' } },
      ...[`a${high}`, `${low}b`].map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_1',
        output_index: 0,
        summary_index: 0,
        delta,
      })),
      ...messageFrames('Hi', { output_index: 1 }),
      completed(),
    ];
    const { thoughts, events } = await readResponse(given);
    expect(thoughts).toEqual(['a😀b']);
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/\\ud/);
  });
});

describe('an end', () => {
  const half = messageFrames('Half of');

  test.each<[string, object]>([
    ['S26: incomplete', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    ['by the filter', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }],
    ['without a reason', { status: 'incomplete' }],
  ])('%s is a notice though the event says that it is complete', async (_what, more) => {
    const { notices, texts, result, thrown } = await readResponse([...half, completed(undefined, more)]);
    expect(thrown).toBeUndefined();
    expect(texts).toEqual(['Half of']);
    expect(notices).toHaveLength(1);
    expect(result!.status).toBe('incomplete');
  });

  test.each(['failed', 'cancelled', 'a status of tomorrow'])('with the status %s is an error', async (status) => {
    const { thrown, texts } = await readResponse([
      ...half,
      completed(undefined, { status, error: { code: 'x', message: 'y' } }),
    ]);
    expect(thrown).toMatchObject({ code: 'x', message: 'y' });
    expect(texts).toEqual(['Half of']);
  });

  test.each(['completed', 'in_progress', 'queued', undefined])('with the status %s is good', async (status) => {
    const { thrown, notices, warnings } = await readResponse([...half, completed(undefined, { status })]);
    expect([thrown, notices, warnings]).toEqual([undefined, [], []]);
  });

  test.each<[string, readonly object[]]>([
    ['an empty output', [completed([])]],
    ['no output', [completed()]],
    ['an empty message', [completed([message('')])]],
    ['thoughts that nobody sees', [completed([{ id: 'rs_1', type: 'reasoning', summary: [] }])]],
    ['a search alone', [completed([{ id: 'ws_1', type: 'web_search_call', status: 'completed' }])]],
    ['a list of tools', [completed([{ id: 'mcpl_1', type: 'mcp_list_tools', tools: [] }, message('')])]],
    ['an image that failed', [completed([{ id: 'ig_1', type: 'image_generation_call', status: 'failed' }])]],
  ])('with %s is an error with Retry, and a warning', async (_what, given) => {
    const { errors, warnings, items } = await readResponse(given);
    expect(errors).toEqual([{ message: 'The model gave no answer.', allow_retry: true }]);
    expect(warnings).toMatchObject([{ fields: { reason: 'no_content' } }]);
    expect(items).toEqual([]);
  });

  test.each(['custom_tool_call', 'computer_call', 'local_shell_call'])(
    'with a %s is for the server to run',
    async (type) => {
      const { errors, result } = await readResponse([completed([{ id: 'c_1', type, call_id: 'call_1' }])]);
      expect(errors).toEqual([]);
      expect(result!.output).toMatchObject([{ type }]);
    },
  );

  test('with speech shows its transcript', async () => {
    const speech = { ...message(''), content: [{ type: 'output_audio', data: 'UklG', transcript: 'Hello' }] };
    const { texts, warnings, errors } = await readResponse([completed([speech])]);
    expect([texts, warnings, errors]).toEqual([['Hello'], [], []]);
  });

  test('with a part of an unknown type beside the text has the type in the log', async () => {
    const content = [{ type: 'output_text', text: 'Hi', annotations: [] }, { type: 'song' }];
    const { texts, warnings, errors } = await readResponse([completed([{ ...message(''), content }])]);
    expect(texts[0]).toBe('Hi');
    expect(errors).toEqual([]);
    expect(warnings).toMatchObject([{ fields: { types: ['content: a part of the type song'] } }]);
  });

  test('with nothing to show has the types of the events that nobody read in the log', async () => {
    const { warnings } = await readResponse([{ type: 'response.novelty.delta', delta: 'Hi' }, completed([])]);
    expect(warnings).toMatchObject([{ fields: { unread_fields: ['response.novelty.delta'] } }]);
  });

  test('that just comes is nothing where the turn was cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const { thrown, errors, warnings, texts } = await readResponse(half.slice(0, 4), {}, controller.signal);
    expect([thrown, errors, warnings]).toEqual([undefined, [], []]);
    expect(texts).toEqual(['Half of']);
  });
});

test('a call of a tool that ends after its workflow was closed and another one began changes neither', async () => {
  const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' };
  const late = { type: 'response.output_item.done', output_index: 0, item: search };
  const given = [
    { type: 'response.output_item.added', output_index: 0, item: search },
    ...messageFrames('One', { id: 'msg_1', output_index: 1 }),
    ...reasoningFrames(['hm'], { output_index: 2 }),
  ];
  const before = await readResponse([...given, completed()], { tools: true });
  const after = await readResponse([...given, late, completed()], { tools: true });
  expect(after.events.map(({ type }) => type)).toEqual(before.events.map(({ type }) => type));
});
