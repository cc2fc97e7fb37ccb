// askApproval and approvalOf: a question whose decision arrives in another call of `respond`.
import {
  type Approval,
  approvalOf,
  askApproval,
  type AskApprovalOptions,
  hiddenContext,
  type HookEventInput,
  NotFoundError,
  type RespondTurn,
  type StructuredInputItem,
} from 'chatkit-express';
import { ThreadItemConverter } from 'chatkit-express/openai';
import { recentItems } from 'chatkit-express/ai-sdk';
import { isPrivateItem } from '../../src/answers/private-item';
import {
  ada,
  ask,
  askJson,
  type Context,
  type CoreOptions,
  refusal,
  serve,
  startThread,
  storedItems,
} from '../support/core';
import { assistantMessage, done } from '../support/items';
import { addMessage, getThread, retryAfter, structuredInput } from '../support/requests';

type Turn = RespondTurn<Context>;
type Request = Parameters<typeof askApproval>[1];
const state = { folder: '/tmp' };

/** A server whose answer to a message is the question, and which keeps the decisions that it reads. */
async function asked(request: Request = 'Delete?', more: AskApprovalOptions = {}, options: CoreOptions = {}) {
  const seen: (Approval | null)[] = [];
  const core = serve({
    ...options,
    async *respond(turn: Turn): AsyncGenerator<HookEventInput> {
      const approval = await approvalOf(turn);
      seen.push(approval);
      if (approval) yield done(assistantMessage(turn.thread, turn.generateId('message'), 'Noted'));
      else yield* askApproval(turn, request, { state, ...more });
    },
  });
  const { threadId, events } = await startThread(core);
  const form = (await storedItems(core, threadId)).find(
    ({ type }) => type === 'structured_input',
  ) as StructuredInputItem;
  const answerAll = (...values: string[]) =>
    structuredInput(
      threadId,
      form.id,
      Object.fromEntries(form.inputs.map(({ id }, at) => [id, { values: [values[at]!] }])),
    );
  return { core, threadId, form, seen, events, answerAll };
}

test('a yes arrives with the state, in a call of `respond` without a message', async () => {
  const { core, seen, answerAll } = await asked();
  const events = await ask(core, answerAll('Approve'));
  expect(seen).toEqual([
    null,
    {
      id: expect.any(String) as string,
      approved: true,
      decisions: [{ id: '0', question: 'Delete?', approved: true, answer: 'approved' }],
      state,
      outdated: false,
      isLost: false,
    },
  ]);
  expect(events.map(({ type }) => type)).toEqual(['stream_options', 'thread.item.replaced', 'thread.item.done']);
});

test('the state is stored before the form, and no client receives it', async () => {
  const { core, threadId, events } = await asked();
  const stored = await storedItems(core, threadId);
  expect(stored.map(({ type }) => type)).toEqual(['user_message', 'sdk_hidden_context', 'structured_input']);
  expect(JSON.stringify(events)).not.toContain('/tmp');
  expect(JSON.stringify(await askJson(core, getThread(threadId)))).not.toContain('/tmp');
});

test.each<[string, object, object]>([
  ['a no', { values: ['Reject'] }, { approved: false, answer: 'rejected' }],
  ['a skipped question', { skipped: true }, { approved: false, answer: 'skipped' }],
  ['an empty answer', { values: [] }, { approved: false, answer: 'skipped' }],
  ['another text', { values: ['approve'] }, { approved: false, answer: 'rejected' }],
  ['the yes', { values: ['Approve'] }, { approved: true, answer: 'approved' }],
  [
    'the yes before the no, of which a single choice keeps the first',
    { values: ['Approve', 'Reject'] },
    { approved: true },
  ],
])('%s', async (_what, given, wanted) => {
  const { core, threadId, form, seen } = await asked();
  await ask(core, structuredInput(threadId, form.id, { [form.inputs[0]!.id]: given }));
  expect(seen[1]!.decisions[0]).toMatchObject(wanted);
  expect(seen[1]!.approved).toBe((wanted as { approved: boolean }).approved);
});

test('a skipped form, whatever its answers say, is not a yes', async () => {
  const { core, threadId, form, seen } = await asked();
  const request = structuredInput(threadId, form.id, { [form.inputs[0]!.id]: { values: ['Approve'] } });
  await ask(core, { ...request, params: { ...request.params, input: { ...request.params.input, status: 'skipped' } } });
  expect(seen[1]).toMatchObject({ approved: false, decisions: [{ answer: 'skipped' }] });
});

test('several questions have one form, and each its own decision', async () => {
  const { core, seen, answerAll } = await asked([
    { id: 'a', question: 'A?' },
    { id: 'a', question: 'B?' },
    { question: 'C?' },
  ]);
  await ask(core, answerAll('Approve', 'Reject', 'Approve'));
  expect(seen[1]).toMatchObject({
    approved: false,
    decisions: [
      { id: 'a', question: 'A?', approved: true },
      { id: 'a', question: 'B?', approved: false },
      { id: '2', question: 'C?', approved: true },
    ],
  });
});

test('all questions answered with the label of the yes are approved', async () => {
  const labels = { approve: 'Ja', reject: 'Nein' };
  const { core, seen, answerAll, form } = await asked([{ question: 'A?' }, { question: 'B?' }], labels);
  expect(form.inputs[0]).toMatchObject({ options: [{ value: 'Ja' }, { value: 'Nein' }] });
  await ask(core, answerAll('Ja', 'Ja'));
  expect(seen[1]).toMatchObject({ approved: true });
});

test('the second of two answers is refused, and `respond` is called once', async () => {
  const { core, seen, answerAll } = await asked();
  const outcomes = await Promise.allSettled([ask(core, answerAll('Reject')), ask(core, answerAll('Approve'))]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await refusal(core, answerAll('Approve'))).toMatchObject({ code: 'conflict' });
  expect(seen).toHaveLength(2);
});

test('a yes after another message of the user is outdated, and approves nothing', async () => {
  const { core, threadId, seen, answerAll } = await asked();
  await ask(core, addMessage(threadId, 'Wait'));
  expect(seen[1]).toBeNull();
  await ask(core, answerAll('Approve'));
  expect(seen[2]).toMatchObject({
    approved: false,
    outdated: true,
    isLost: false,
    state,
    decisions: [{ approved: false, answer: 'approved' }],
  });
});

test('a retry replaces the question, whose late answer is refused', async () => {
  const { core, threadId, seen, answerAll } = await asked();
  const [message] = await storedItems(core, threadId);
  await ask(core, retryAfter(threadId, message!.id));
  expect(await refusal(core, answerAll('Approve'))).toMatchObject({ code: 'not_found' });
  const stored = await storedItems(core, threadId);
  expect(stored.map(({ type }) => type)).toEqual(['user_message', 'sdk_hidden_context', 'structured_input']);
  expect(seen).toEqual([null, null]);
});

test('without its state nothing is approved, and the log says so', async () => {
  const { core, threadId, seen, answerAll, form } = await asked();
  const hidden = (await storedItems(core, threadId)).find(isPrivateItem)!;
  await core.store.deleteThreadItem(threadId, hidden.id, ada);
  await ask(core, answerAll('Approve'));
  expect(seen[1]).toMatchObject({ approved: false, outdated: true, isLost: true, state: null });
  expect(core.logger.takeWarnings()).toEqual([
    {
      level: 'warn',
      fields: { thread_id: threadId, item_id: form.id },
      message: 'the state of an approval is missing',
    },
  ]);
});

test('a note of the application with the content of a state is not a state', async () => {
  const { core, threadId, seen, answerAll } = await asked();
  const hidden = (await storedItems(core, threadId)).find(isPrivateItem)!;
  const { type: _type, ...fields } = hidden;
  await core.store.saveItem(threadId, { ...fields, type: 'hidden_context_item' }, ada);
  await ask(core, answerAll('Approve'));
  expect(seen[1]).toMatchObject({ approved: false, isLost: true });
  core.logger.takeWarnings();
});

test('the state of another form does not count', async () => {
  const { core, threadId, seen, form, answerAll } = await asked();
  await core.store.saveItem(threadId, { ...form, id: 'other' }, ada);
  await ask(core, structuredInput(threadId, 'other', { [form.inputs[0]!.id]: { values: ['Approve'] } }));
  expect(seen[1]).toMatchObject({ approved: false, isLost: true });
  core.logger.takeWarnings();
  await ask(core, answerAll('Approve'));
  expect(seen[2]).toMatchObject({ approved: true });
});

test.each<[string, boolean]>([
  ['can be answered', false],
  ['cannot be answered once the user has said something after the question', true],
])('in a locked thread a question %s', async (_what, isLate) => {
  const { core, threadId, seen, answerAll } = await asked();
  if (isLate) await ask(core, addMessage(threadId));
  const thread = await core.store.loadThread(threadId, ada);
  await core.store.saveThread({ ...thread, status: { type: 'locked', reason: 'paid' } }, ada);
  if (isLate) expect(await refusal(core, answerAll('Approve'))).toMatchObject({ code: 'forbidden' });
  else await ask(core, answerAll('Approve'));
  expect(seen.at(-1)?.approved).toBe(isLate ? undefined : true);
});

test('a form of the application is not an approval', async () => {
  const seen: unknown[] = [];
  const core = serve({
    async *respond(turn: Turn) {
      seen.push(await approvalOf(turn));
      const item = { type: 'structured_input' as const, id: turn.generateId('message'), thread_id: turn.thread.id };
      const inputs = [{ type: 'freeform' as const, id: 'q', question: 'Why?' }];
      yield done({ ...item, created_at: new Date().toISOString(), inputs });
    },
  });
  const { threadId } = await startThread(core);
  const form = (await storedItems(core, threadId)).find(({ type }) => type === 'structured_input')!;
  await ask(core, structuredInput(threadId, form.id, { q: { values: ['Approve'] } }));
  expect(seen).toEqual([null, null]);
});

test('the model is told of the question and the answer, and not of the state', async () => {
  const { core, threadId, answerAll } = await asked();
  await ask(core, answerAll('Approve'));
  const thread = await core.store.loadThread(threadId, ada);
  const items = await recentItems({ thread, store: core.store, context: ada });
  expect(items.some(isPrivateItem)).toBe(true);
  const converter = new ThreadItemConverter({ logger: core.logger });
  for (const input of [await converter.toResponseInput(items), await converter.toChatMessages(items)]) {
    expect(JSON.stringify(input)).not.toContain('/tmp');
    expect(JSON.stringify(input)).toContain('- Delete?: Approve');
  }
});

describe('the arguments', () => {
  const turn = { thread: { id: 'thr_1' }, generateId: (type: string) => type } as unknown as Turn;

  test.each<[string, Request, AskApprovalOptions, string]>([
    ['an empty list', [], {}, 'needs a question'],
    ['an empty question', ' ', {}, 'needs a question'],
    ['a question that is not a text', [{ question: 7 as never }], {}, 'needs a question'],
    ['equal labels', 'A?', { approve: 'Yes', reject: 'Yes' }, 'must differ'],
    ['a state that contains itself', 'A?', { state: circular() }, 'contains itself'],
    ['a state that is too large', 'A?', { state: 'x'.repeat(1000), maxBytes: 1000 }, 'at most 1000'],
  ])('%s is refused', (_what, request, options, message) => {
    expect(() => askApproval(turn, request, options)).toThrow(message);
  });

  test('a state of exactly the largest size is kept', () => {
    const [hidden] = askApproval(turn, 'A?', { state: 'ä' });
    const { content } = (hidden as { item: { content: string } }).item;
    const maxBytes = Buffer.byteLength(content) - '{"chatkit_express_approval":}'.length;
    expect(askApproval(turn, 'A?', { state: 'ä', maxBytes })).toHaveLength(2);
    expect(() => askApproval(turn, 'A?', { state: 'ä', maxBytes: maxBytes - 1 })).toThrow(RangeError);
  });

  test('a state is copied', () => {
    const given = { folder: 'a' };
    const [hidden] = askApproval(turn, 'A?', { state: given });
    given.folder = 'b';
    expect(JSON.stringify(hidden)).toContain('a');
    expect(JSON.stringify(hidden)).not.toContain('"b"');
  });
});

test('an error of the store is not taken for a lost state', async () => {
  const { core, answerAll, seen } = await asked();
  const load = core.store.loadItem.bind(core.store);
  const spy = jest.spyOn(core.store, 'loadItem');
  spy.mockImplementation(async (threadId, id, context) => {
    if (id.startsWith('shcx')) throw new Error('no database');
    return load(threadId, id, context);
  });
  const events = await ask(core, answerAll('Approve'));
  expect(events.at(-1)).toMatchObject({ type: 'error' });
  expect(seen).toHaveLength(1);
  expect(core.logger.take('error')).toHaveLength(1);
  expect(new NotFoundError('x').code).toBe('not_found');
});

test('a note between the state and the form does no harm', async () => {
  const { core, threadId, answerAll, seen } = await asked();
  const thread = await core.store.loadThread(threadId, ada);
  const note = hiddenContext({ thread, generateId: (type) => core.store.generateItemId(type, thread, ada) }, 'x');
  await core.store.addThreadItem(threadId, (note as unknown as { item: never }).item, ada);
  await ask(core, answerAll('Approve'));
  expect(seen[1]).toMatchObject({ approved: true });
});

function circular(): unknown {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}
