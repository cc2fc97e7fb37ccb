// `remember`: what Anthropic needs back when a turn calls tools of the server and of the page.
import type { StreamMessageOptions } from 'chatkit-express/anthropic';
import { addMessage, createThread, retryAfter } from '../../support/requests';
import { messageFrames, redacted, serverUse, textBlock, thinking, toolUse } from './frames';
import { answerOf, plainWay, Stage, type Way, ways } from './play';

const hidden = 'sdk_hidden_context';
const text = (given: string) => ({ type: 'text', text: given, citations: null });
const result = (name: string, content: string, more: object = {}) => ({
  ...{ type: 'tool_result', tool_use_id: `toolu_${name}`, content },
  ...more,
});
const user = (...content: object[]) => ({ role: 'user', content });
const assistant = (...content: object[]) => ({ role: 'assistant', content });
const hello = user({ type: 'text', text: 'Hello' });

async function openStage(remember: StreamMessageOptions['remember'] = true, way: Way = plainWay): Promise<Stage> {
  const stage = await Stage.open(way);
  stage.options = { remember };
  return stage;
}
const rolesOf = (stage: Stage, index: number) => stage.messagesOf(index).map(({ role }) => role);

describe.each(ways)('%s', (_name, way) => {
  test('the second request of a loop has the signed thoughts, interleaved and redacted', async () => {
    const stage = await openStage(true, way);
    const first = [
      thinking('one', 'S1'),
      text('Look'),
      thinking('two', 'S2'),
      redacted,
      toolUse('weather', { city: 'Bern' }),
    ];
    const second = [thinking('three', 'S3'), toolUse('page', { city: 'Bern' })];
    stage.model.reply(messageFrames(first), messageFrames(second), messageFrames([thinking('four'), 'It is warm']));
    await stage.ask(createThread('Hello'));
    await stage.complete({ theme: 'dark' });
    const played = await stage.played();
    expect(stage.messagesOf(1)).toEqual([hello, assistant(...first), user(result('weather', '{"degrees":20}'))]);
    expect(stage.messagesOf(2)).toEqual([
      ...[hello, assistant(...first), user(result('weather', '{"degrees":20}'))],
      ...[assistant(...second), user(result('page', '{"theme":"dark"}'))],
    ]);
    expect(played.log).toEqual([]);
    expect(played.page).toEqual(played.visible);
    expect(answerOf(played.visible)).toBe('Look | It is warm');
    expect(played.stored.filter(({ type }) => type === hidden)).toHaveLength(2);
    expect(JSON.stringify(played.events)).not.toContain('S2');
  });
});

test('later turns replay whole answers', async () => {
  const stage = await openStage();
  stage.model.reply(
    messageFrames([thinking('hm'), toolUse('weather')]),
    messageFrames([textBlock('It is warm')]),
    messageFrames(['Bye']),
  );
  await stage.ask(createThread());
  await stage.ask(addMessage(stage.threadId, 'Thanks'));
  const played = await stage.played();
  expect(rolesOf(stage, 2)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  expect(stage.messagesOf(2)[1]).toEqual(assistant(thinking('hm'), toolUse('weather')));
  expect(played.stored.filter(({ type }) => type === hidden)).toHaveLength(2);
  expect(played.page).toEqual(played.visible);
});

test('a failed tool of the server stays one', async () => {
  const stage = await openStage();
  stage.model.reply(messageFrames([toolUse('broken')]), messageFrames(['No luck']), messageFrames(['Bye']));
  await stage.ask(createThread());
  await stage.ask(addMessage(stage.threadId, 'Again'));
  await stage.played();
  expect(stage.messagesOf(2)[2]!.content).toEqual([result('broken', 'no line', { is_error: true })]);
});

test('a paused message and its continuation are one message of the assistant', async () => {
  const stage = await openStage();
  const search = serverUse('web_search', { query: 'q' });
  const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };
  stage.model.reply(
    messageFrames([thinking('hm'), search], 'pause_turn'),
    messageFrames([found, text('Found')]),
    messageFrames(['Bye']),
  );
  await stage.ask(createThread('Hello'));
  await stage.ask(addMessage(stage.threadId, 'Thanks'));
  const played = await stage.played();
  expect(stage.messagesOf(1)).toEqual([hello, assistant(thinking('hm'), search)]);
  expect(stage.messagesOf(2).slice(0, 2)).toEqual([hello, assistant(thinking('hm'), search, found, text('Found'))]);
  expect(played.log).toEqual([]);
});

describe('a call of the server and one of the page at once', () => {
  const both = messageFrames([thinking('hm'), toolUse('weather'), toolUse('page')]);

  test('is run by `run`', async () => {
    const run = (call: { name: string }) => Promise.resolve(`ran ${call.name}`);
    const stage = await openStage({ run });
    stage.model.reply(both, messageFrames(['Done']));
    await stage.ask(createThread('Hello'));
    await stage.complete({ theme: 'dark' });
    await stage.played();
    expect(stage.messagesOf(1)).toEqual([
      ...[hello, assistant(thinking('hm'), toolUse('weather'), toolUse('page'))],
      user(result('weather', 'ran weather'), result('page', '{"theme":"dark"}')),
    ]);
  });

  test('has a result that says so without `run`', async () => {
    const stage = await openStage();
    stage.model.reply(both, messageFrames(['Done']));
    await stage.ask(createThread());
    await stage.complete({ theme: 'dark' });
    await stage.played();
    expect(stage.messagesOf(1)[2]).toEqual(
      user(result('weather', 'This call was not run.', { is_error: true }), result('page', '{"theme":"dark"}')),
    );
  });
});

test('a call that the page never ran has a result that says so', async () => {
  const stage = await openStage();
  stage.model.reply(messageFrames([toolUse('page')]), messageFrames(['Never mind']));
  await stage.ask(createThread());
  await stage.ask(addMessage(stage.threadId, 'Wait'));
  await stage.played();
  expect(stage.messagesOf(1)[2]!.content[0]).toEqual(result('page', 'This call was not run.', { is_error: true }));
});

test('without the option nothing is stored, and the page’s call is sent with its output', async () => {
  const stage = await openStage(false);
  stage.model.reply(messageFrames([thinking('hm'), 'Look', toolUse('page')]), messageFrames(['Done']));
  await stage.ask(createThread('Hello'));
  await stage.complete({ theme: 'dark' });
  const { stored } = await stage.played();
  expect(stored.filter(({ type }) => type === hidden)).toEqual([]);
  expect(stage.messagesOf(1)).toEqual([
    ...[hello, assistant({ type: 'text', text: 'Look' }, toolUse('page')), user(result('page', '{"theme":"dark"}'))],
  ]);
});

test.each([
  ['fails', [...messageFrames(['Half']).slice(0, -2), { type: 'error', error: { type: 'overloaded_error' } }]],
  ['is cut off', messageFrames(['Half'], 'max_tokens')],
  ['is refused', messageFrames(['Half'], 'refusal')],
])('an answer that %s is not remembered: its visible items are sent', async (_how, frames) => {
  const stage = await openStage();
  stage.model.reply(frames, messageFrames(['Whole']));
  await stage.ask(createThread());
  await stage.ask(addMessage(stage.threadId, 'Again'));
  const { stored } = await stage.played();
  expect(stored.filter(({ type }) => type === hidden)).toHaveLength(1);
  expect(rolesOf(stage, 1)).toEqual(['user', 'assistant', 'user']);
});

test('a retry takes the remembered messages away with the answer', async () => {
  const stage = await openStage();
  stage.model.reply(messageFrames(['First']), messageFrames(['Second']), messageFrames(['Third']));
  await stage.ask(createThread());
  await stage.ask(retryAfter(stage.threadId, stage.page[0]!.id));
  await stage.ask(addMessage(stage.threadId, 'And?'));
  await stage.played();
  expect(JSON.stringify(stage.messagesOf(2))).not.toContain('First');
  expect(JSON.stringify(stage.messagesOf(2))).toContain('Second');
});

test('messages beyond the limit are not stored, with a warning', async () => {
  for (const [maxBytes, stored, log] of [
    [200, 0, ['the messages of an answer are too large to be remembered']],
    [2000, 1, []],
  ] as const) {
    const stage = await openStage({ maxBytes });
    stage.model.reply(messageFrames(['word '.repeat(60)]));
    await stage.ask(createThread());
    const played = await stage.played();
    expect(played.stored.filter(({ type }) => type === hidden)).toHaveLength(stored);
    expect(played.log).toEqual(log);
  }
});
