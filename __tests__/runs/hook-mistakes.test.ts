// The usual mistakes in what a hook yields and returns: the log names what was given and what to write.
import type { HookEvents } from '../../src/hooks';
import { serve, startThread } from '../support/core';

/** The error that the log has of a hook. */
async function logged(respond: () => unknown): Promise<{ err: Error & { returned?: string }; threadId: string }> {
  const core = serve({ respond: respond as () => HookEvents });
  const { threadId } = await startThread(core);
  const lines = core.logger.take('error');
  expect(lines).toMatchObject([{ message: 'respond failed', fields: { thread_id: threadId, hook: 'respond' } }]);
  return { err: lines[0]!.fields['err'] as Error, threadId };
}

const message = {
  type: 'assistant_message',
  id: 'm_1',
  thread_id: 'thr',
  created_at: '2026-01-02T03:04:05.000Z',
  content: [],
};

test.each<[string, unknown, RegExp]>([
  ['a text', 'Hello', /yielded the text "Hello".*`yield\* streamAnswer\(turn, text\)`/],
  ['a long text', 'x'.repeat(5000), /yielded the text "x{60}…".*streamAnswer/],
  ['an empty text', '', /yielded the text "".*streamAnswer/],
  ['undefined', undefined, /yielded undefined.*events/],
  ['a number', 7, /yielded the number 7.*events/],
  ['a function', () => undefined, /yielded a function.*events/],
  ['a generator', (async function* () {})(), /yielded an async iterable.*`yield\*`/],
  ['a list of events', [{ type: 'progress_update', text: 'x' }], /yielded an array.*`yield\*`/],
  [
    'a chunk of Chat Completions',
    { id: 'c', choices: [{ delta: { content: 'Hi' } }] },
    /a chunk of a model.*streamAnswer/,
  ],
  ['an event of Responses', { type: 'response.output_text.delta', delta: 'Hi' }, /of a model.*streamAnswer/],
  ['an item', message, /an item of the type "assistant_message".*thread\.item\.done/],
])('a hook that yields %s', async (_what, value, expected) => {
  const { err } = await logged(async function* () {
    yield value;
  });
  expect(err.message).toMatch(expected);
});

test('an id that is a promise is named', async () => {
  const { err } = await logged(async function* () {
    yield { type: 'thread.item.done', item: { ...message, id: Promise.resolve('m_1') } };
  });
  expect(err.message).toMatch(/item\.id: .*a promise: write `await`/);
});

test.each<[string, () => unknown, string]>([
  ['without the star', async () => undefined, 'a promise of undefined'],
  ['that is not async', () => undefined, 'undefined'],
  ['that returns its answer', async () => 'Hello', 'a promise of the text "Hello"'],
  [
    'that returns an async iterable by a promise',
    async () => (async function* () {})(),
    'a promise of an async iterable',
  ],
  ['that is a plain generator', function* () {}, 'an iterable that is not async'],
  ['that returns a list', () => [], 'an array'],
])('a hook %s', async (_what, respond, returned) => {
  const { err } = await logged(respond);
  expect(err.message).toMatch(/must return an async iterable: write it as async function\*/);
  expect(err.returned).toBe(returned);
});
