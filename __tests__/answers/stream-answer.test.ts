// streamAnswer: what a page and the store get of a text, also of one that breaks off.
import { type HookEventInput, messageText, type RespondTurn, streamAnswer, titleFrom } from 'chatkit-express';
import { ask, type Context, openStream, readAll, serve, startThread, storedItems } from '../support/core';
import { Gate, never } from '../support/gate';
import { assistantMessage } from '../support/items';
import { createThread } from '../support/requests';

type Turn = RespondTurn<Context>;
async function* pieces(...texts: unknown[]) {
  for (const text of texts) yield text as string;
}
const answering = (source: unknown) => serve({ respond: (turn: Turn) => streamAnswer(turn, source as string) });
const told = 'an answer has no text; no message is stored';
const broken = { type: 'error', code: 'stream.error', allow_retry: true };

test.each([
  ['a text', 'Hello there'],
  ['pieces', pieces('Hel', 'lo', '', ' there')],
  ['a web stream', ReadableStream.from(['Hello', ' there'])],
])('%s becomes one message, whose part comes before its text', async (_what, source) => {
  const core = answering(source);
  const { threadId, events } = await startThread(core);
  const kinds = events.slice(3).map((event) => ('update' in event ? event.update.type.split('.').at(-1) : event.type));
  expect([...new Set(kinds)]).toEqual(['thread.item.added', 'added', 'text_delta', 'done', 'thread.item.done']);
  const ids = events
    .slice(3)
    .map((event) => ('item' in event ? event.item.id : (event as { item_id: string }).item_id));
  expect(new Set(ids).size).toBe(1);
  const stored = await storedItems(core, threadId);
  expect(stored[1]).toMatchObject({ type: 'assistant_message', id: ids[0], content: [{ text: 'Hello there' }] });
});

test('the text is what `yield*` returns', async () => {
  let said = '';
  const core = serve({
    async *respond(turn: Turn) {
      said = yield* streamAnswer(turn, pieces('Hello', ' there'));
    },
  });
  await startThread(core);
  expect(said).toBe('Hello there');
});

test('white space before the text waits for it', async () => {
  const core = answering(pieces('\n', ' ', 'Hello', ' ', 'there'));
  const { threadId, events } = await startThread(core);
  expect(events[3]).toMatchObject({ type: 'thread.item.added' });
  expect(events[5]).toMatchObject({ update: { delta: '\n Hello' } });
  expect((await storedItems(core, threadId))[1]).toMatchObject({ content: [{ text: '\n Hello there' }] });
});

test.each([
  ['no text', ''],
  ['no pieces', pieces()],
  ['white space', pieces(' ', '\n')],
])('%s stores no message, and the logger is told', async (_what, source) => {
  const core = answering(source);
  const { threadId, events } = await startThread(core);
  expect(events.map(({ type }) => type)).toEqual(['thread.created', 'thread.item.done', 'stream_options']);
  expect(await storedItems(core, threadId)).toHaveLength(1);
  expect(core.logger.take('warn')).toMatchObject([{ message: told, fields: { thread_id: threadId } }]);
});

describe('when the source throws', () => {
  async function* failing(...texts: string[]) {
    yield* texts;
    throw new Error('the model is gone');
  }

  test('the text so far is kept, and the error is shown', async () => {
    const core = answering(failing('Half', ' an answer'));
    const { threadId, events } = await startThread(core);
    expect(events.at(-2)).toMatchObject({ type: 'thread.item.done', item: { content: [{ text: 'Half an answer' }] } });
    expect(events.at(-1)).toEqual(broken);
    expect((await storedItems(core, threadId))[1]).toMatchObject({ content: [{ text: 'Half an answer' }] });
    expect(core.logger.take('error')).toMatchObject([{ fields: { err: { message: 'the model is gone' } } }]);
  });

  test('before any text, no message is stored', async () => {
    const core = answering(failing());
    const { threadId } = await startThread(core);
    expect(await storedItems(core, threadId)).toHaveLength(1);
    expect(core.logger.take('error')).toHaveLength(1);
  });
});

test.each([
  [{ type: 'error', error: 'no key' }, 'A piece of an answer must be a string, not an object of the type "error"'],
  [new Error('no key'), 'A piece of an answer must be a string, not an error (no key)'],
  [undefined, 'A piece of an answer must be a string, not undefined'],
  [7, 'A piece of an answer must be a string, not a number'],
])('a piece that is no text ends the answer, and what came before is kept: %p', async (piece, message) => {
  const core = answering(pieces('Half', piece, 'never'));
  const { threadId, events } = await startThread(core);
  expect(events.at(-1)).toEqual(broken);
  expect((await storedItems(core, threadId))[1]).toMatchObject({ content: [{ text: 'Half' }] });
  expect(core.logger.take('error')).toMatchObject([{ fields: { err: { message } } }]);
});

test.each([
  [Promise.resolve('text'), 'a promise: await it first'],
  [undefined, 'undefined'],
  [{ textStream: 1 }, 'an object of the class Object'],
  [{ type: 'text' }, 'an object of the type "text"'],
])('a source that is no text is refused by name: %p', async (source, name) => {
  const core = answering(source);
  await startThread(core);
  expect(core.logger.take('error')).toMatchObject([
    { fields: { err: { message: `An answer must be a string or an async iterable of strings, not ${name}` } } },
  ]);
});

test('sources are shown when the text is whole, and stored with it', async () => {
  const source = { type: 'url' as const, url: 'https://example.com', title: 'A page' };
  const core = serve({ respond: (turn: Turn) => streamAnswer(turn, 'Baked.', { sources: [{ source, index: 6 }] }) });
  const { threadId, events } = await startThread(core);
  expect(events.at(-3)).toMatchObject({ update: { annotation_index: 0, annotation: { source, index: 6 } } });
  expect((await storedItems(core, threadId))[1]).toMatchObject({ content: [{ annotations: [{ source, index: 6 }] }] });
});

test('when the user stops, what was shown is kept, and the source is closed once it yields', async () => {
  const shown = new Gate();
  const closed = new Gate();
  const release = new Gate();
  async function* source() {
    try {
      yield 'Half';
      shown.open();
      await release.passed;
      yield ' more';
      await never;
    } finally {
      closed.open();
    }
  }
  const core = serve({ respond: (turn: Turn) => streamAnswer(turn, source()) });
  const stream = await openStream(core, createThread());
  await shown.passed;
  await stream.cancel();
  release.open();
  await closed.passed;
  const events = await readAll(stream);
  expect(JSON.stringify(events)).not.toContain(' more');
});

test('several answers of one turn are several messages', async () => {
  const core = serve({
    async *respond(turn: Turn) {
      yield* streamAnswer(turn, 'One');
      yield* streamAnswer(turn, 'Two');
    },
  });
  const { threadId } = await startThread(core);
  const stored = await storedItems(core, threadId);
  expect(stored.slice(1)).toMatchObject([{ content: [{ text: 'One' }] }, { content: [{ text: 'Two' }] }]);
  expect(new Set(stored.map(({ id }) => id)).size).toBe(3);
});

test('it works as README shows it', async () => {
  const core = serve({
    async *respond(turn: Turn) {
      turn.thread.title ??= titleFrom(messageText(turn.input));
      yield* streamAnswer(turn, `You said: ${messageText(turn.input)}`);
    },
  });
  const events: HookEventInput[] = (await ask(core, createThread('Hello'))) as never;
  expect(events).toContainEqual(expect.objectContaining({ thread: expect.objectContaining({ title: 'Hello' }) }));
});

describe('messageText', () => {
  test('joins the parts of a user’s message, with mentions by name', () => {
    const tag = { type: 'input_tag' as const, id: 't', text: 'Ada', data: {}, group: undefined, interactive: false };
    const content = [{ type: 'input_text' as const, text: 'Ask ' }, tag, { type: 'input_text' as const, text: '.' }];
    expect(messageText({ type: 'user_message', content })).toBe('Ask Ada.');
  });

  test('parts of an assistant’s message are paragraphs', () => {
    const part = (text: string) => ({ type: 'output_text' as const, text, annotations: [] });
    const item = assistantMessage({ id: 'thr_1' }, 'm_1', '');
    expect(messageText({ ...item, content: [part('One'), part('Two')] })).toBe('One\n\nTwo');
  });

  test('is empty where there is no message', () => expect(messageText(null)).toBe(''));
});

describe('titleFrom', () => {
  test.each([
    ['Hello there', 'Hello there'],
    ['  Hello\n\tthere  ', 'Hello there'],
    ['a'.repeat(40), 'a'.repeat(40)],
    ['a'.repeat(41), `${'a'.repeat(39)}…`],
    ['What is the weather like in Oslo tomorrow morning?', 'What is the weather like in Oslo…'],
    ['👨‍👩‍👧‍👦'.repeat(41), `${'👨‍👩‍👧‍👦'.repeat(39)}…`],
    ['🇳🇴'.repeat(50), `${'🇳🇴'.repeat(39)}…`],
    ['e\u0301'.repeat(41), `${'e\u0301'.repeat(39)}…`],
    ['日本'.repeat(30), `${'日本'.repeat(30).slice(0, 39)}…`],
  ])('of %j is %j', (text, title) => expect(titleFrom(text)).toBe(title));

  test.each(['', '  \n'])('of %j there is none', (text) => expect(titleFrom(text)).toBeUndefined());
  test('can be longer', () => expect(titleFrom('a'.repeat(60), 60)).toBe('a'.repeat(60)));
  test('of a text without end is short', () => {
    expect(titleFrom('word '.repeat(1_000_000))).toBe(`${'word '.repeat(7).trim()}…`);
    expect(titleFrom('e\u0301'.padEnd(1_000_000, '\u0301'))!.length).toBeLessThanOrEqual(2000);
  });
});
