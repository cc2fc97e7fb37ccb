// Tools that need an approval, through the real `ai` and a provider on this machine, over a store that answers late.
import { jsonSchema, tool } from 'ai';
import type { ThreadItem } from 'chatkit-express';
import { chatFrames } from '../../support/model-frames';
import { addMessage, createThread, retryAfter } from '../../support/requests';
import { answerOf, type Played, Stage } from './play';
import { chat6, sdk6 } from './sdks';

const inputSchema = jsonSchema<{ path?: string }>({ type: 'object', properties: { path: { type: 'string' } } });
const calls = (...names: string[]) =>
  chatFrames('', {
    tool_calls: names.map((name, at) => ({ id: `call_${at + 1}`, name, arguments: `{"path":"/${at + 1}"}` })),
  });

let stage: Stage;
let ran: unknown[];
beforeEach(async () => {
  ran = [];
  stage = await Stage.open(sdk6, chat6);
  stage.withRequest = (request) => ({
    ...request,
    tools: {
      ...stage.tools(),
      remove: tool({
        inputSchema,
        needsApproval: true,
        execute(input) {
          ran.push(input);
          return { removed: true };
        },
      }),
    },
  });
});

interface Message {
  role: string;
  content: unknown;
  tool_call_id?: string;
}
const messagesOf = (index: number) => (stage.model.requests[index]!.body as { messages: Message[] }).messages;
const toolMessages = (index: number) =>
  messagesOf(index).flatMap(({ role, tool_call_id, content }) => (role === 'tool' ? [[tool_call_id, content]] : []));
const typesOf = ({ visible }: Played) => visible.map(({ type }) => type);
const formOf = (items: readonly ThreadItem[]) => items.find((item) => item.type === 'structured_input')!;

/** Every call of every request has one result, and every result a call before it. */
function expectPaired(): void {
  for (const { body } of stage.model.requests) {
    const open = new Set<string>();
    for (const message of (body as { messages: (Message & { tool_calls?: { id: string }[] })[] }).messages) {
      if (message.role !== 'tool') expect([...open]).toEqual([]);
      if (message.role === 'tool') expect(open.delete(message.tool_call_id!)).toBe(true);
      for (const { id } of message.tool_calls ?? []) open.add(id);
    }
    expect([...open]).toEqual([]);
  }
}

describe.each([
  ['a result', false, false],
  ['a function', true, false],
  ['a function, and everything is remembered', true, true],
])('given %s', (_name, givesFunction, remember) => {
  beforeEach(() => {
    stage.givesFunction = givesFunction;
    stage.options = { remember };
  });

  test('an approved tool is executed once, and the model receives its result, also in later turns', async () => {
    stage.model.reply(calls('remove'), chatFrames('Removed'), chatFrames('Bye'));
    await stage.ask(createThread('Remove it'));
    expect(formOf(stage.page)).toMatchObject({
      status: 'pending',
      inputs: [{ question: 'Allow remove with {"path":"/1"}?', options: [{ value: 'Approve' }, { value: 'Reject' }] }],
    });
    expect(ran).toEqual([]);
    await stage.decide('Approve');
    expect(ran).toEqual([{ path: '/1' }]);
    await stage.ask(addMessage(stage.threadId, 'Thanks'));
    const played = await stage.played();
    expect(ran).toHaveLength(1);
    expect(toolMessages(1)).toEqual([['call_1', '{"removed":true}']]);
    expect(messagesOf(2).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
    expect(toolMessages(2)).toEqual([['call_1', '{"removed":true}']]);
    expect(answerOf(played.visible)).toBe('Removed | Bye');
    expect(played.page).toEqual(played.visible);
    expect(played.results.map(({ approvalAsked }) => approvalAsked)).toEqual([true, false, false]);
    expect(played.log).toEqual([]);
    expectPaired();
  });

  test('the model is told of a rejected tool, which is not executed', async () => {
    stage.model.reply(calls('remove'), chatFrames('I left it'), chatFrames('Bye'));
    await stage.ask(createThread('Remove it'));
    await stage.decide('Reject');
    await stage.ask(addMessage(stage.threadId, 'Thanks'));
    const played = await stage.played();
    expect(ran).toEqual([]);
    expect(JSON.stringify(toolMessages(1))).toContain('did not approve');
    expect(JSON.stringify(toolMessages(2))).toContain('did not approve');
    expect(answerOf(played.visible)).toBe('I left it | Bye');
    expect(played.page).toEqual(played.visible);
    expect(played.log).toEqual([]);
    expectPaired();
  });

  test('several approvals are one form, and each call gets its own decision', async () => {
    stage.model.reply(calls('remove', 'weather', 'remove'), chatFrames('Half done'));
    await stage.ask(createThread('Remove both'));
    await stage.decide('Reject', 'Approve');
    const played = await stage.played();
    expect(ran).toEqual([{ path: '/3' }]);
    const results = Object.fromEntries(toolMessages(1) as [string, string][]);
    expect(results['call_1']).toContain('did not approve');
    expect(results['call_2']).toBe('{"degrees":20}');
    expect(results['call_3']).toBe('{"removed":true}');
    expect(played.log).toEqual([]);
    expectPaired();
  });

  test('one approval after another continues the answer', async () => {
    const second = chatFrames('', { tool_calls: [{ id: 'call_9', name: 'remove', arguments: '{"path":"/9"}' }] });
    stage.model.reply(calls('remove'), second, chatFrames('Both removed'), chatFrames('Bye'));
    await stage.ask(createThread('Remove both'));
    await stage.decide('Approve');
    expect(ran).toHaveLength(1);
    await stage.decide('Approve');
    await stage.ask(addMessage(stage.threadId, 'Thanks'));
    const played = await stage.played();
    expect(ran).toEqual([{ path: '/1' }, { path: '/9' }]);
    expect(toolMessages(3)).toEqual([
      ['call_1', '{"removed":true}'],
      ['call_9', '{"removed":true}'],
    ]);
    expect(played.log).toEqual([]);
    expectPaired();
  });

  test('after another message the tool is not run, and a late yes does not run it', async () => {
    stage.model.reply(calls('remove'), chatFrames('As you like'), chatFrames('Hm'));
    await stage.ask(createThread('Remove it'));
    await stage.ask(addMessage(stage.threadId, 'Never mind'));
    expect(JSON.stringify(toolMessages(1))).toContain('did not approve');
    await stage.decide('Approve');
    const played = await stage.played();
    expect(ran).toEqual([]);
    if (givesFunction) {
      expect(stage.model.requests).toHaveLength(2);
      expect(played.events.at(-1)).toMatchObject({ type: 'notice', level: 'warning' });
    }
    expect(played.log).toEqual([]);
    expectPaired();
  });

  test('a failure after the tool has run is not repeated: the model is told that the result is not known', async () => {
    stage.model.reply(calls('remove'), { status: 500, body: { error: { message: 'down' } } }, chatFrames('Sorry'));
    await stage.ask(createThread('Remove it'));
    await stage.decide('Approve');
    await stage.ask(addMessage(stage.threadId, 'And?'));
    const played = await stage.played();
    expect(ran).toHaveLength(1);
    expect(JSON.stringify(toolMessages(2))).toContain('result is not known');
    expect(played.log).toEqual(['respond failed']);
    expectPaired();
  });

  test('a retry of the message asks again', async () => {
    stage.model.reply(calls('remove'), calls('remove'), chatFrames('Removed'));
    await stage.ask(createThread('Remove it'));
    const [message] = stage.page;
    await stage.ask(retryAfter(stage.threadId, message!.id));
    await stage.decide('Approve');
    const played = await stage.played();
    expect(ran).toHaveLength(1);
    expect(typesOf(played).filter((type) => type === 'structured_input')).toHaveLength(1);
    expectPaired();
  });

  test('a call for the page that was made at the same time is not silent', async () => {
    stage.model.reply(calls('remove', 'page'), chatFrames('Removed'));
    await stage.ask(createThread('Remove it'));
    expect(typesOf({ visible: [...stage.page] } as Played)).not.toContain('client_tool_call');
    await stage.decide('Approve');
    const played = await stage.played();
    expect(ran).toHaveLength(1);
    expect(JSON.stringify(toolMessages(1))).toContain('another call waited for an approval');
    expect(played.log).toEqual(['calls for the page are not made, because another call waits for an approval']);
    expectPaired();
  });
});

test('a tool with text before it, and labels of the application', async () => {
  stage.options = { approval: { approve: 'Ja', reject: 'Nein' } };
  stage.model.reply(
    chatFrames('I will remove it', { tool_calls: [{ id: 'call_1', name: 'remove', arguments: '{}' }] }),
    chatFrames('Removed'),
    chatFrames('Bye'),
  );
  await stage.ask(createThread('Remove it'));
  await stage.decide('Ja');
  await stage.ask(addMessage(stage.threadId, 'Thanks'));
  const played = await stage.played();
  expect(ran).toHaveLength(1);
  expect(answerOf(played.visible)).toBe('I will remove it | Removed | Bye');
  // The text that the model has said is in the messages once.
  expect(JSON.stringify(messagesOf(2)).split('I will remove it')).toHaveLength(2);
  expectPaired();
});

test('a state that is too large is an error, and nothing is run', async () => {
  stage.options = { approval: { maxBytes: 100 } };
  stage.model.reply(calls('remove'));
  await stage.ask(createThread('Remove it'));
  const played = await stage.played();
  expect(played.events.at(-1)).toMatchObject({ type: 'error' });
  expect(typesOf(played)).not.toContain('structured_input');
  expect(played.log).toEqual(['respond failed']);
});
