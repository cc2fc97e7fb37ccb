// Answers of providers that are only almost compatible, through the Agents SDK.
import { everyRun, respondWith, sdks } from '../../support/agents';
import { type Core, serve, startThread, storedItems } from '../../support/core';
import { messageFrames, responseFrames } from '../../support/model-frames';
import { type ModelServer, startModelServer } from '../../support/model-server';

let model: ModelServer;
beforeEach(async () => (model = await startModelServer()));
afterEach(() => model.close());

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  id: 'FAKE_ID',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  ...more,
  choices: [{ index: 0, delta, finish_reason }],
});
const chat = (...chunks: object[]) => [...chunks, 'data: [DONE]\n\n'];

async function shown(core: Core) {
  const { threadId, events } = await startThread(core);
  const items = await storedItems(core, threadId);
  return {
    events,
    texts: items.flatMap((item) => (item.type === 'assistant_message' ? item.content.map(({ text }) => text) : [])),
    thoughts: items.flatMap((item) =>
      item.type === 'workflow'
        ? item.workflow.tasks.flatMap((task) => (task.type === 'thought' ? task.content : []))
        : [],
    ),
    sources: items.flatMap((item) =>
      item.type === 'assistant_message'
        ? item.content.flatMap(({ annotations }) => annotations.map(({ source }) => source))
        : [],
    ),
    errors: events.flatMap((event) => (event.type === 'error' ? [event] : [])),
  };
}
type Options = Parameters<typeof respondWith>[1];

/** The pieces of a text, in a format. */
const pieces = {
  chat: (...texts: string[]) => chat(...texts.map((content) => chunk({ content })), chunk({}, 'stop')),
  responses: (...texts: string[]) => {
    const frames = messageFrames(texts.join(''));
    const delta = frames.find(({ type }: { type?: string }) => type === 'response.output_text.delta')!;
    const others = frames.filter(({ type }: { type?: string }) => type !== 'response.output_text.delta');
    others.splice(2, 0, ...texts.map((text) => ({ ...delta, delta: text })));
    return responseFrames(others);
  },
};

describe.each(everyRun)('%s', (_version, { sdk, api }) => {
  const answer = (texts: string[], options?: Options) => {
    model.reply(pieces[api](...texts));
    return shown(serve({ respond: respondWith({ sdk, api, url: model.url }, options) }));
  };

  test.each<[string, string[]]>([
    ['whole', ['<think>hm</think>Hi']],
    ['in pieces', ['<th', 'ink>h', 'm</thi', 'nk>\n\n', 'Hi']],
    ['of another name, behind a line', ['\n<thinking>', 'hm', '</thinking>Hi']],
  ])('a `<think>` block is a thought: %s', async (_what, texts) => {
    expect(await answer(texts)).toMatchObject({ texts: ['Hi'], thoughts: ['hm'], errors: [] });
  });

  test('a `<think>` block stays in the text with `think: false`', async () => {
    const { texts } = await answer(['<think>hm</think>', 'Hi'], { think: false });
    expect(texts).toEqual(['<think>hm</think>Hi']);
  });

  test('a character in two pieces is not split', async () => {
    const { texts, events } = await answer(['a\ud83d', '\ude00b']);
    expect(texts).toEqual(['a😀b']);
    for (const event of events) expect(JSON.stringify(event)).not.toMatch(/\\ud/);
  });
});

describe.each(sdks)('Chat Completions with @openai/agents %s', (_version, sdk) => {
  const answer = (...chunks: object[]) => {
    model.reply(chat(...chunks));
    return shown(serve({ respond: respondWith({ sdk, api: 'chat', url: model.url }) }));
  };
  const url = 'https://a.example';
  const annotation = { type: 'url_citation', url_citation: { url, title: 'A', end_index: 2 } };

  test.each<[string, object[], object[]]>([
    ['S32: annotations of a delta', [chunk({ content: 'Hi', annotations: [annotation] })], [{ url, title: 'A' }]],
    [
      'the same annotation five times',
      [chunk({ content: 'Hi' }), ...Array.from({ length: 5 }, () => chunk({ annotations: [annotation] }))],
      [{ url, title: 'A' }],
    ],
    ['`citations` beside the choices', [chunk({ content: 'Hi' }, null, { citations: [url] })], [{ url, title: url }]],
    [
      '`search_results` beside the choices, in every chunk',
      ['H', 'i'].map((content) => chunk({ content }, null, { search_results: [{ url, title: 'A' }] })),
      [{ url, title: 'A' }],
    ],
    [
      'an annotation without a title, and before the text',
      [chunk({ annotations: [{ type: 'url_citation', url_citation: { url, title: '' } }] }), chunk({ content: 'Hi' })],
      [{ url, title: url }],
    ],
  ])('%s', async (_what, chunks, sources) => {
    expect(await answer(...chunks, chunk({}, 'stop'))).toMatchObject({ texts: ['Hi'], sources, errors: [] });
  });

  test.each<[string, boolean]>([
    ['stop', true],
    ['function_call_filter: MALFORMED_FUNCTION_CALL', true],
    ['SAFETY', false],
  ])('%s with nothing to show is an error, a warning, and no further rounds', async (reason, allow_retry) => {
    const core = serve({ respond: respondWith({ sdk, api: 'chat', url: model.url }) });
    model.reply(chat(chunk({}, reason)));
    const { errors } = await shown(core);
    expect(errors).toMatchObject([{ code: 'custom', allow_retry }]);
    expect(core.logger.take('warn')).toHaveLength(1);
    // The SDK may have begun its next round before the run was ended: one request more, and not a loop.
    expect(model.requests.length).toBeLessThanOrEqual(2);
  });
});

test('Responses: an empty output is an error, a warning, and no further rounds', async () => {
  for (const [, sdk] of sdks) {
    const before = model.requests.length;
    const core = serve({ respond: respondWith({ sdk, api: 'responses', url: model.url }) });
    model.reply(responseFrames([]));
    const { errors } = await shown(core);
    expect(errors).toMatchObject([{ code: 'custom', allow_retry: true }]);
    expect(core.logger.take('warn')).toHaveLength(1);
    expect(model.requests.length).toBeLessThanOrEqual(before + 2); // as above
  }
});
