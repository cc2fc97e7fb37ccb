// Answers through the real SDK, with the faults of a provider: what the user sees, what is stored, what the log says.
import { type HookEventInput, MemoryStore, type RespondTurn } from 'chatkit-express';
import { type MessageSource, streamMessage, type StreamMessageOptions } from 'chatkit-express/anthropic';
import { Gate } from '../../support/gate';
import { cut, type ModelServer, startModelServer } from '../../support/model-server';
import { RecordingLogger } from '../../support/recording-logger';
import { createThread } from '../../support/requests';
import { endFrames, messageFrames, redacted, serverUse, thinking, toolUse } from './frames';
import { answerOf, play, plainWay, Stage, ways } from './play';

type Replies = Parameters<ModelServer['reply']>;

interface Fault {
  replies: Replies;
  options?: StreamMessageOptions;
  /** The answer, the types of the items after the message of the user, the last event, and the lines of the log. */
  right: [answer: string, items: string[], last: string, log?: string[]];
}

const failed = ['respond failed'];
const nothing = ['an answer of a model has nothing to show'];
const notWhole = ['an answer of a model is not complete'];
const message = 'assistant_message';
const half = messageFrames(['Half an']).slice(0, -3); // before the end of the block
const refused = (status: number, type: string) => ({ status, body: { type: 'error', error: { type, message: 'no' } } });
const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
const found = {
  type: 'web_search_tool_result',
  tool_use_id: 'srvtoolu_1',
  content: [
    { type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'X', page_age: null },
  ],
};

const faults: Record<string, Fault> = {
  'a plain answer': {
    replies: [messageFrames(['Hello there'])],
    right: ['Hello there', [message], 'thread.item.done'],
  },
  'a stop sequence': {
    replies: [messageFrames(['Hello'], 'stop_sequence')],
    right: ['Hello', [message], 'thread.item.done'],
  },
  'thoughts, then an answer': {
    replies: [messageFrames([thinking('I think'), redacted, 'Hello'])],
    right: ['Hello', ['workflow', message], 'thread.item.done'],
  },
  'thoughts that are not to be shown': {
    replies: [messageFrames([thinking('I think'), 'Hello'])],
    options: { reasoning: false },
    right: ['Hello', [message], 'thread.item.done'],
  },
  'only a thought of white space': {
    replies: [messageFrames([thinking('\n')])],
    right: ['', [], 'error', nothing],
  },
  'only thoughts that cannot be read': {
    replies: [messageFrames([redacted])],
    right: ['', [], 'error', nothing],
  },
  'a tool of the server, then an answer': {
    replies: [messageFrames(['Let me look', toolUse('weather', { city: 'Bern' })]), messageFrames(['It is warm'])],
    right: ['Let me look | It is warm', [message, message], 'thread.item.done'],
  },
  'a tool of the page': {
    replies: [messageFrames(['Look', toolUse('page', { city: 'Bern' })])],
    right: ['Look', [message, 'client_tool_call'], 'thread.item.done'],
  },
  'a search by the provider': {
    replies: [messageFrames([serverUse('web_search', { query: 'q' }), found, 'Found'])],
    options: { tools: true },
    right: ['Found', ['workflow', message], 'thread.item.done'],
  },
  'a search by the provider that is not shown': {
    replies: [messageFrames(['Looking', serverUse('web_search', { query: 'q' }), found, 'Found'])],
    right: ['Looking | Found', [message, message], 'thread.item.done'],
  },
  'a message that is paused': {
    replies: [
      messageFrames(['Looking', serverUse('web_search', { query: 'q' })], 'pause_turn'),
      messageFrames([found, 'Found']),
    ],
    options: { tools: true },
    right: ['Looking | Found', [message, 'workflow', 'workflow', message], 'thread.item.done'],
  },
  'a request that is refused': { replies: [refused(429, 'rate_limit_error')], right: ['', [], 'error', failed] },
  'an overloaded provider': { replies: [refused(529, 'overloaded_error')], right: ['', [], 'error', failed] },
  'an error in mid-stream': { replies: [[...half, overloaded]], right: ['Half an', [message], 'error', failed] },
  'an error before the first event': { replies: [[overloaded]], right: ['', [], 'error', failed] },
  'a connection that breaks in mid-stream': {
    replies: [[...half, cut]],
    right: ['Half an', [message], 'error', failed],
  },
  'a stream that just ends': { replies: [half], right: ['Half an', [message], 'error', failed] },
  'a stream without an event': { replies: [[]], right: ['', [], 'error', failed] },
  'an answer that reaches its limit': {
    replies: [messageFrames(['Half an'], 'max_tokens')],
    right: ['Half an', [message], 'notice'],
  },
  'an answer that reaches its limit in the middle of a call': {
    replies: [messageFrames(['Half an', toolUse('page', '{"city":"Be')], 'max_tokens')],
    right: ['Half an', [message], 'notice'],
  },
  'a conversation that is too long': {
    replies: [messageFrames(['Half an'], 'model_context_window_exceeded')],
    right: ['Half an', [message], 'notice', notWhole],
  },
  'a refusal after half an answer': {
    replies: [messageFrames(['Half an'], 'refusal', { stop_details: { type: 'refusal', category: 'cyber' } })],
    right: ['Half an', [message], 'notice', notWhole],
  },
  'a refusal before the first word': {
    replies: [messageFrames([], 'refusal')],
    right: ['', [], 'error', nothing],
  },
  'an answer without a word': { replies: [messageFrames([])], right: ['', [], 'error', nothing] },
  'an answer of white space': {
    replies: [messageFrames([{ type: 'text', text: '\n\n' }])],
    right: ['', [], 'error', nothing],
  },
  'a reason that is new': {
    replies: [messageFrames(['Half an'], 'tired')],
    right: ['Half an', [message], 'notice', notWhole],
  },
};

describe.each(ways)('%s', (_name, way) => {
  test.each(Object.entries(faults))('%s', async (_fault, { replies, options, right }) => {
    const played = await play(way, replies, options);
    const { visible, events, log } = played;
    const [answer, items, last, lines = []] = right;
    expect([answerOf(visible), visible.slice(1).map(({ type }) => type), events.at(-1)?.type, log]).toEqual([
      answer,
      items,
      last,
      lines,
    ]);
    // The page has what the store has.
    expect(played.page).toEqual(visible);
  });

  test('a slow answer is shown as it comes', async () => {
    const stage = await Stage.open(way);
    const gate = new Gate();
    const frames = messageFrames(['One two']);
    stage.model.reply([...frames.slice(0, 4), gate, ...frames.slice(4)]);
    await stage.ask(createThread(), (event) => {
      if (JSON.stringify(event).includes('text_delta')) gate.open(undefined);
      return false;
    });
    const played = await stage.played();
    expect(answerOf(played.visible)).toBe('One two');
    expect(played.page).toEqual(played.visible);
  });

  test.each([true, false])(
    'Stop ends the request, and keeps half of the answer (with the signal: %s)',
    async (passed) => {
      const stage = await Stage.open(way);
      stage.passesSignal = passed;
      stage.model.reply([...messageFrames(['One two']).slice(0, 4), new Gate()]);
      await stage.ask(createThread(), (event) => JSON.stringify(event).includes('text_delta'));
      expect(await (await stage.model.request()).closed.passed).toBe(true);
      const played = await stage.played();
      expect(answerOf(played.visible)).toBe('One ');
      expect(answerOf(played.page)).toBe('One ');
      expect(played.log).toEqual([]);
    },
  );

  test('Stop before the first event is no error', async () => {
    const stage = await Stage.open(way);
    stage.model.reply([new Gate()]);
    await stage.ask(createThread(), (event) => event.type === 'stream_options');
    const played = await stage.played();
    expect(played.log).toEqual([]);
  });

  test('a stream that was requested before is read', async () => {
    const stage = await Stage.open(way);
    stage.asksFirst = true;
    stage.model.reply(messageFrames(['Hello']));
    await stage.ask(createThread());
    const played = await stage.played();
    expect([answerOf(played.visible), played.log]).toEqual(['Hello', []]);
  });

  test('the usage is reported, also of an answer that fails', async () => {
    const reported: unknown[] = [];
    const onUsage = (usage: unknown) => void reported.push(usage);
    const { results } = await play(way, [messageFrames(['Hi'])], { onUsage });
    await play(way, [[...half, overloaded]], { onUsage });
    expect(reported).toMatchObject([
      { input_tokens: 12, output_tokens: 7, service_tier: 'standard' },
      { input_tokens: 12, output_tokens: 1 },
    ]);
    expect(results[0]!.usage).toEqual(reported[0]);
  });

  test('the result has the reason, the calls and the message for the next request', async () => {
    const blocks = [
      thinking('hm'),
      redacted,
      { type: 'text', text: 'Look', citations: null },
      toolUse('weather', { city: 'Bern' }),
    ];
    const { results } = await play(way, [messageFrames(blocks), messageFrames(['Warm'])]);
    expect(results[0]).toMatchObject({
      ...{ id: 'msg_1', stopReason: 'tool_use', isPaused: false, clientToolCalled: false },
      functionCalls: [{ callId: 'toolu_weather', name: 'weather', arguments: '{"city":"Bern"}' }],
      message: { role: 'assistant', content: blocks },
    });
    expect(results[1]).toMatchObject({ stopReason: 'end_turn', functionCalls: [] });
  });
});

test('what the user reads of each end', async () => {
  const ended = async (reason: string, text: string) => {
    const frames = messageFrames(text === '' ? [] : [text], reason, { stop_details: { category: 'cyber' } });
    return (await play(plainWay, [frames])).events.at(-1);
  };
  const notice = (start: string) => ({ type: 'notice', message: expect.stringMatching(start) as string });
  expect(await ended('max_tokens', 'Hi')).toMatchObject(notice('^The answer was cut off: it reached'));
  expect(await ended('model_context_window_exceeded', 'Hi')).toMatchObject(notice('the conversation is too long'));
  expect(await ended('refusal', 'Hi')).toMatchObject(notice('declined'));
  expect(await ended('refusal', '')).toMatchObject({
    type: 'error',
    message: 'The model declined to answer.',
    allow_retry: false,
  });
  expect(await ended('end_turn', '')).toMatchObject({
    type: 'error',
    message: 'The model gave no answer.',
    allow_retry: true,
  });
});

test('the error of the provider is in the log', async () => {
  const logger = new RecordingLogger();
  const server = await startModelServer();
  server.reply([...half, overloaded]);
  const turn = { thread: { id: 'thr_1' }, generateId: () => 'id', logger } as never;
  const client = plainWay.makeClient(server.url);
  const source = plainWay.ask(client, { model: 'm', max_tokens: 9, messages: [] }, {}) as MessageSource;
  const read = async () => {
    for await (const event of streamMessage(turn, source)) expect(event).toBeDefined();
  };
  await expect(read()).rejects.toMatchObject({ error: { error: { type: 'overloaded_error' } } });
  await server.close();
});

test.each(ways)('%s: a file that the provider refuses is sent by its name', async (_name, way) => {
  const server = await startModelServer();
  const refusal = refused(400, 'invalid_request_error');
  refusal.body.error.message = 'messages.0.content.1.image.source.base64: Could not process image';
  server.reply(refusal, messageFrames(['I see its name']), refusal);
  const store = new MemoryStore<object>();
  const attachment = { id: 'atc_1', type: 'file' as const, name: 'a.png', mime_type: 'image/png' };
  await store.saveAttachment(attachment, {});
  const logger = new RecordingLogger();
  let count = 0;
  const turn = {
    ...{ store, logger, context: {}, thread: { id: 'thr_1' }, generateId: () => `item_${count++}` },
    attachments: { toDataUrl: () => Promise.resolve('data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==') },
  } as unknown as RespondTurn<object>;
  const item = {
    ...{ type: 'user_message' as const, id: 'msg_1', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' },
    ...{ content: [], attachments: [attachment], inference_options: {} },
  };
  const client = way.makeClient(server.url);
  const request = async () => {
    const events: HookEventInput[] = [];
    const ask = ((messages: object[]) => way.ask(client, { model: 'm', max_tokens: 9, messages }, {})) as MessageSource;
    for await (const event of streamMessage(turn, ask, { items: [item] })) events.push(event);
    return JSON.stringify(events);
  };
  expect(await request()).toContain('I see its name');
  const bodies = server.requests.map(({ body }) => JSON.stringify(body));
  expect(bodies.map((body) => body.includes('base64'))).toEqual([true, false]);
  expect(bodies[1]).toContain('a.png');
  expect(logger.take('warn')).toMatchObject([{ message: 'a provider refused a file, so it is sent by its name only' }]);
  // Without a file in the request, the refusal is thrown.
  await expect(request()).rejects.toMatchObject({ status: 400 });
  await server.close();
});

test('a stream without an end event whose reason is known is whole', async () => {
  const frames = messageFrames(['Hello']).slice(0, -2);
  const played = await play(plainWay, [[...frames, ...endFrames('end_turn').slice(0, 1)]]);
  expect([answerOf(played.visible), played.log]).toEqual(['Hello', []]);
});
