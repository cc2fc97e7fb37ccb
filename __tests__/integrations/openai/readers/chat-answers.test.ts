// Answers in every shape of content, sources, and ends of Chat Completions.
import { chunk, chunks, readChat } from './read';

const png = 'data:image/png;base64,iVBORw0KGgo=';
const whole = (message: object, more: object = {}) => [
  { choices: [{ index: 0, message, finish_reason: 'stop', ...more }] },
];

describe('every shape of content is read', () => {
  test.each<[string, unknown[], string[], string[]]>([
    [
      'S14: parts, with thoughts in parts',
      chunks(
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
        { content: [{ type: 'text', text: 'Hello' }] },
      ),
      ['Hello'],
      ['hm'],
    ],
    [
      'parts with a thought as text',
      chunks({
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'Hello' },
        ],
      }),
      ['Hello'],
      ['hm'],
    ],
    ['one part alone', chunks({ content: { type: 'text', text: 'Hello' } }), ['Hello'], []],
    ['texts in a list', chunks({ content: ['Hel', 'lo'] }), ['Hello'], []],
    ['parts of the Responses API', chunks({ content: [{ type: 'output_text', text: 'Hello' }] }), ['Hello'], []],
    ['a text with a value', chunks({ content: [{ type: 'text', text: { value: 'Hello' } }] }), ['Hello'], []],
    ['a refusal as a part', chunks({ content: [{ type: 'refusal', refusal: 'No.' }] }), ['No.'], []],
    [
      'the transcript of a voice',
      chunks({ audio: { id: 'a', data: 'QUJD' } }, { audio: { transcript: 'Hello' } }),
      ['Hello'],
      [],
    ],
    ['S16: a message', whole({ content: 'Hello' }), ['Hello'], []],
    ['a message with parts', whole({ content: [{ type: 'text', text: 'Hello' }] }), ['Hello'], []],
    ['a message beside an empty delta', whole({ content: 'Hello' }, { delta: {} }), ['Hello'], []],
    ['a message beside the same delta', whole({ content: 'Hello' }, { delta: { content: 'Hello' } }), ['Hello'], []],
    [
      'a message after its deltas',
      [chunk({ content: 'Hel' }), chunk({ content: 'lo' }), ...whole({ content: 'Hello' }, { delta: {} })],
      ['Hello'],
      [],
    ],
    [
      'the old form',
      [{ choices: [{ text: 'Hel' }] }, { choices: [{ text: 'lo', finish_reason: 'stop' }] }],
      ['Hello'],
      [],
    ],
    ['S17: details of thoughts', chunks({ reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }), [], ['hm']],
    [
      'a summary of thoughts',
      chunks({ reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] }),
      [],
      ['hm'],
    ],
    [
      'blocks of thoughts',
      chunks({ thinking_blocks: [{ type: 'thinking', thinking: 'hm' }] }, { content: 'Hi' }),
      ['Hi'],
      ['hm'],
    ],
    [
      'a thought in two fields at once',
      chunks({ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }, { content: 'Hi' }),
      ['Hi'],
      ['hm'],
    ],
    [
      'parts that say of themselves that they are thoughts',
      chunks({ content: [{ text: 'hm', thought: true }, { text: 'Hi' }] }),
      ['Hi'],
      ['hm'],
    ],
    [
      'a message with all of its deltas again',
      [
        chunk({ reasoning_content: 'hm' }),
        chunk({ content: 'Hi' }),
        ...whole({ content: 'Hi', reasoning_content: 'hm' }),
      ],
      ['Hi'],
      ['hm'],
    ],
    [
      'a message with the same thought, and the text',
      [chunk({ reasoning_content: 'hm' }), ...whole({ content: 'Hi', reasoning_content: 'hm' })],
      ['Hi'],
      ['hm'],
    ],
    [
      'a thought beside an empty one',
      chunks({ reasoning_content: '', reasoning: 'hm' }, { content: 'Hi' }),
      ['Hi'],
      ['hm'],
    ],
    [
      'S15: chunks that are counted where the choice belongs',
      ['a', 'b', 'c'].map((content, at) => ({
        choices: [{ index: [0, 197, 198][at], delta: { content }, finish_reason: at === 2 ? 'stop' : null }],
      })),
      ['abc'],
      [],
    ],
    [
      'chunks that are counted from 0',
      Array.from('abcdefghijklmnopqrst').map((content, index, { length }) => ({
        choices: [{ index, delta: { content }, finish_reason: index === length - 1 ? 'stop' : null }],
      })),
      ['abcdefghijklmnopqrst'],
      [],
    ],
    [
      'a few chunks that are counted from 1',
      ['a', 'b', 'c'].map((content, at) => ({
        choices: [{ index: at + 1, delta: { content }, finish_reason: at === 2 ? 'stop' : null }],
      })),
      ['abc'],
      [],
    ],
    [
      'two answers, of which the first counts',
      ['a', 'x', 'b', 'y', '', ''].map((content, at) => ({
        choices: [{ index: at % 2, delta: { content }, finish_reason: at > 3 ? 'stop' : null }],
      })),
      ['ab'],
      [],
    ],
    [
      'two answers, one after the other',
      ['a', 'b', 'x', 'y'].map((content, at) => ({
        choices: [{ index: at < 2 ? 0 : 1, delta: { content }, finish_reason: at % 2 ? 'stop' : null }],
      })),
      ['ab'],
      [],
    ],
  ])('%s', async (_what, given, texts, thoughts) => {
    const read = await readChat(given);
    expect(read).toMatchObject({ thrown: undefined, texts, thoughts, errors: [], warnings: [] });
  });

  test.each<[string, object]>([
    ['S18: `images`', { images: [{ type: 'image_url', image_url: { url: png } }] }],
    ['an image as a part', { content: [{ type: 'image_url', image_url: { url: png } }] }],
    ['an image by a plain URL', { images: [{ type: 'image_url', image_url: png }] }],
    ['an image as base64', { images: [{ b64_json: 'iVBORw0KGgo=' }] }],
  ])('%s', async (_what, delta) => {
    const { items, errors } = await readChat(chunks({ content: 'Look' }, delta, delta));
    expect(items).toMatchObject([{ type: 'assistant_message' }, { type: 'generated_image', image: { url: png } }]);
    expect(errors).toEqual([]);
    expect(items).toHaveLength(2);
  });

  const [high, low] = ['😀'.charAt(0), '😀'.charAt(1)];

  test('text behind an image is not lost when the index counts the chunks', async () => {
    const deltas = [
      { content: 'One' },
      { images: [{ type: 'image_url', image_url: { url: png } }] },
      { content: ' two' },
    ];
    const { texts, items } = await readChat(
      deltas.map((delta, index) => ({ choices: [{ index, delta, finish_reason: index === 2 ? 'stop' : null }] })),
    );
    expect(texts).toEqual(['One', ' two']);
    expect(items.map(({ type }) => type)).toEqual(['assistant_message', 'generated_image', 'assistant_message']);
  });

  test.each<[string, object[], string, string]>([
    ['of the text', [{ content: `a${high}` }, { content: `${low}b` }], 'text', 'a😀b'],
    ['of a text with a source between', [{ content: high, annotations: [] }, { content: low }], 'text', '😀'],
    ['of a thought', [{ reasoning: `a${high}` }, { reasoning: `${low}b` }], 'thought', 'a😀b'],
    ['of a refusal', [{ refusal: `a${high}` }, { refusal: `${low}b` }], 'text', 'a😀b'],
    ['of a `<think>` block', [{ content: `<think>a${high}` }, { content: `${low}b</think>` }], 'thought', 'a😀b'],
    ['of which the second never came', [{ content: `a${high}` }], 'text', 'a\ufffd'],
  ])('a character in two pieces is not split: %s', async (_what, deltas, kind, shown) => {
    const { events, texts, thoughts, result } = await readChat(chunks(...deltas));
    expect(kind === 'text' ? texts : thoughts).toEqual([shown]);
    if (kind === 'text') expect(result!.message.content).toBe(shown);
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/\\ud/);
  });
});

describe('`<think>`', () => {
  const read = (parts: string[], options?: object) =>
    readChat(chunks(...parts.map((content) => ({ content }))), options);

  test.each<[string, string[], string[], string[]]>([
    ['S37: whole', ['<think>hm</think>Hi'], ['Hi'], ['hm']],
    ['after white space, with lines between', ['\n<think>\nhm\n</think>\n\nHi'], ['Hi'], ['hm']],
    ['empty', ['<think>\n\n</think>\n\nHi'], ['Hi'], []],
    ['in single characters', Array.from('<think>a<b </thin</think> Hi'), ['Hi'], ['a<b </thin']],
    ['of another name', ['<thinking>hm</thinking>Hi'], ['Hi'], ['hm']],
    ['of Gemini', ['<thought>hm', '</thought>Hi'], ['Hi'], ['hm']],
    ['of Mistral', ['[THI', 'NK]hm[/THINK]Hi'], ['Hi'], ['hm']],
    ['that is only like one', ['<thinker>Hi'], ['<thinker>Hi'], []],
    ['that ends early', ['<thi'], ['<thi'], []],
    ['in the middle of a text', ['Use <think>hm</think>'], ['Use <think>hm</think>'], []],
  ])('%s', async (_what, parts, texts, thoughts) => {
    const { result, ...seen } = await read(parts);
    expect(seen).toMatchObject({ texts, thoughts, thrown: undefined });
    expect(result!.message.content).toBe(texts[0]);
  });

  test('stays in the text with `think: false`', async () => {
    expect(await read(['<think>hm', '</think>Hi'], { think: false })).toMatchObject({
      texts: ['<think>hm</think>Hi'],
      thoughts: [],
    });
  });

  test('is not shown with `reasoning: false`', async () => {
    expect(await read(['<think>hm</think>Hi'], { reasoning: false })).toMatchObject({ texts: ['Hi'], thoughts: [] });
  });
});

describe('sources', () => {
  const url = 'https://a.example';
  const annotation = { type: 'url_citation', url_citation: { url, title: 'A', end_index: 2 } };

  test.each<[string, unknown[], object[]]>([
    ['S30: `citations`', [chunk({ content: 'Hi' }, 'stop', { citations: [url] })], [{ title: url, url }]],
    [
      '`search_results`',
      [chunk({ content: 'Hi' }, 'stop', { search_results: [{ title: 'A', url }] })],
      [{ title: 'A', url }],
    ],
    [
      'both, in every chunk',
      Array.from('Hi').map((content) =>
        chunk({ content }, 'stop', { citations: [url], search_results: [{ title: 'A', url }] }),
      ),
      [{ title: 'A', url }],
    ],
    [
      'lists that grow, before the text',
      [
        chunk({ role: 'assistant' }, null, { citations: [url] }),
        chunk({ content: 'Hi' }, 'stop', { citations: [url, `${url}/b`] }),
      ],
      [
        { title: url, url },
        { title: `${url}/b`, url: `${url}/b` },
      ],
    ],
    [
      'S31: one annotation five times',
      chunks({ content: 'Hi' }, ...Array.from({ length: 5 }, () => ({ annotations: [annotation] }))),
      [{ title: 'A', url, index: 2 }],
    ],
    [
      'an annotation, and its page in `citations`',
      [chunk({ content: 'Hi', annotations: [annotation] }, 'stop', { citations: [url] })],
      [{ title: 'A', url, index: 2 }],
    ],
    [
      'one page at two places',
      chunks(
        { content: 'Hi' },
        { annotations: [annotation, { type: 'url_citation', url_citation: { url, title: 'A', end_index: 1 } }] },
      ),
      [
        { title: 'A', url, index: 2 },
        { title: 'A', url, index: 1 },
      ],
    ],
    [
      'an empty title',
      chunks({ content: 'Hi', annotations: [{ type: 'url_citation', url_citation: { url, title: ' ' } }] }),
      [{ title: url, url }],
    ],
    [
      'an annotation without a field of its own',
      chunks({ content: 'Hi', annotations: [{ type: 'url_citation', url, title: 'A' }] }),
      [{ title: 'A', url }],
    ],
  ])('%s', async (_what, given, sources) => {
    const read = await readChat(given);
    expect(read.thrown).toBeUndefined();
    expect(
      read.sources.map(({ index, ...source }) =>
        index === undefined || index === null ? source : { ...source, index },
      ),
    ).toEqual(sources);
  });
});

describe('ends', () => {
  test.each<[string, string, boolean]>([
    ['function_call_filter: MALFORMED_FUNCTION_CALL', 'stopped', true],
    ['OTHER', 'stopped', true],
    ['insufficient_system_resource', 'stopped', true],
    ['a reason of tomorrow', 'stopped', true],
    ['stop', 'gave no answer', true],
    ['end_turn', 'gave no answer', true],
    ['tool_calls', 'gave no answer', true],
    ['SAFETY', 'content filter', false],
    ['content_filter', 'content filter', false],
    ['PROHIBITED_CONTENT', 'content filter', false],
    ['refusal', 'content filter', false],
  ])('%s with nothing to show is an error and a warning', async (reason, message, allow_retry) => {
    const { errors, warnings, thrown } = await readChat([chunk({}, reason)]);
    expect(thrown).toBeUndefined();
    expect(errors).toEqual([{ message: expect.stringContaining(message), allow_retry }]);
    expect(warnings).toMatchObject([{ fields: { finish_reason: reason, unread_fields: [] } }]);
  });

  test('a whole answer has the parts that are not shown in the log', async () => {
    const images = [{ type: 'image_url', image_url: { url: 'gs://bucket/a.png' } }];
    const { texts, errors, warnings } = await readChat([
      chunk({ content: 'Hi' }),
      chunk({ content: [{ type: 'song' }] }),
      chunk({ images }),
      chunk({ novelty: 'x' }, 'stop'),
    ]);
    expect([texts, errors]).toEqual([['Hi'], []]);
    const types = ['content: a part of the type song', 'images: an image without a URL that a page can load'];
    expect(warnings).toMatchObject([
      { message: 'an answer of a model has parts that are not shown', fields: { types } },
    ]);
  });

  test('speech without a transcript is an error that names the audio', async () => {
    const { errors, warnings } = await readChat([chunk({ audio: { id: 'a', data: 'UklG' } }, 'stop')]);
    expect(errors).toHaveLength(1);
    expect(warnings).toMatchObject([{ fields: { unread_fields: ['audio'] } }]);
  });

  test.each(['MAX_TOKENS', 'model_length', 'length', 'a reason of tomorrow', 'SAFETY'])(
    '%s under half an answer is a notice, and no call is made',
    async (reason) => {
      const tool_calls = [{ index: 0, id: 'A', function: { name: 'a', arguments: '{}' } }];
      const { result, texts, notices, errors } = await readChat([chunk({ content: 'Half', tool_calls }, reason)]);
      expect(texts).toEqual(['Half']);
      expect(notices).toHaveLength(1);
      expect(errors).toEqual([]);
      expect(result!.functionCalls).toEqual([]);
    },
  );

  test.each(['stop', 'STOP', 'stop_sequence', 'end_turn', 'eos', 'tool_calls', 'FINISH_REASON_STOP'])(
    '%s is the end of a whole answer',
    async (reason) => {
      const { notices, errors, warnings } = await readChat([chunk({ content: 'Whole' }, reason)]);
      expect([notices, errors, warnings]).toEqual([[], [], []]);
    },
  );

  test('the log names the fields that nobody read', async () => {
    const { warnings } = await readChat([
      { ...chunk({ novelty: 'Hello', content: [{ type: 'song', song: 'la' }] }), oddity: [1] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop', verdict: 'x' }] },
    ]);
    expect(warnings).toMatchObject([
      { fields: { unread_fields: ['oddity', 'content: a part of the type song', 'novelty', 'verdict'] } },
    ]);
  });

  test('only white space is not an answer', async () => {
    expect((await readChat(chunks({ content: '\n\n' }))).errors).toHaveLength(1);
  });

  test.each<[string, unknown[]]>([
    ['in a chunk', [chunk({ content: 'Half' }), { error: { code: 502, message: 'overloaded' } }]],
    ['as a chunk', [chunk({ content: 'Half' }), { type: 'error', code: '502', message: 'overloaded' }]],
    ['as a chunk of vLLM', [chunk({ content: 'Half' }), { object: 'error', code: 502, message: 'overloaded' }]],
    [
      'in a choice',
      [
        chunk({ content: 'Half' }),
        { choices: [{ error: { code: 502, message: 'overloaded' }, finish_reason: 'error' }] },
      ],
    ],
  ])('an error %s is thrown with what the provider says', async (_what, given) => {
    const { thrown, texts } = await readChat(given);
    expect(thrown).toMatchObject({ code: '502', message: 'overloaded' });
    expect(texts).toEqual(['Half']);
  });
});
