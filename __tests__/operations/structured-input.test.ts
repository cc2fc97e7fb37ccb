// threads.add_structured_input: what of the user's answers is kept, and what is refused.
import type { StructuredInputItem, ThreadItemInput } from 'chatkit-express';
import {
  ada,
  ask,
  type Core,
  type CoreOptions,
  openStream,
  refusal,
  serve,
  startThread,
  storedItems,
} from '../support/core';
import { Gate, never } from '../support/gate';
import { assistantMessage, createdAt, done, progress } from '../support/items';

const fields = [
  { type: 'multiple_choice', id: 'priority', question: 'How urgent?', options: [{ value: 'Low' }, { value: 'High' }] },
  {
    type: 'multiple_choice',
    id: 'tags',
    question: 'Which?',
    multiple: true,
    options: [{ value: 'a' }, { value: 'b' }],
  },
  { type: 'freeform', id: 'notes', question: 'What else?' },
] as const;

const answer = (thread_id: string, input: object = {}, item_id = 'si_1') => ({
  type: 'threads.add_structured_input',
  params: { thread_id, item_id, input },
});

/** A thread with pending questions `si_1` and a message `m_1`; later runs do what `respond` says. */
async function asked(respond: NonNullable<CoreOptions['respond']> = async function* () {}, options: CoreOptions = {}) {
  let started = false;
  const core = serve({
    ...options,
    respond(turn) {
      if (started) return respond(turn);
      started = true;
      return (async function* () {
        const { thread } = turn;
        const item = {
          type: 'structured_input',
          id: 'si_1',
          thread_id: thread.id,
          created_at: createdAt,
          inputs: fields,
        };
        yield done(item as unknown as ThreadItemInput);
        yield done(assistantMessage(thread, 'm_1', 'Please answer'));
      })();
    },
  });
  return { core, threadId: (await startThread(core)).threadId };
}

async function answersOf(core: Core, threadId: string): Promise<unknown> {
  const item = (await core.store.loadItem(threadId, 'si_1', ada)) as StructuredInputItem;
  return { status: item.status, ...Object.fromEntries(item.inputs.map(({ id, answer: given }) => [id, given])) };
}

const skipped = { values: [], skipped: true };
const given = (...values: string[]) => ({ values, skipped: false });

test('answers are stored and sent with the item before the hook goes on', async () => {
  const inputs: unknown[] = [];
  const { core, threadId } = await asked(async function* ({ input, completed, store, context, thread }) {
    const stored = await store.loadItem(thread.id, 'si_1', context);
    inputs.push(input, completed[0]?.id, (stored as StructuredInputItem).status);
    yield progress('noted');
  });
  const answers = { priority: { values: ['High'] }, tags: { values: ['b', 'a'] }, notes: { values: ['call me'] } };
  const events = await ask(core, answer(threadId, { status: 'answered', answers }));
  expect(events.map(({ type }) => type)).toEqual(['stream_options', 'thread.item.replaced', 'progress_update']);
  expect(events[1]).toMatchObject({ item: { id: 'si_1', status: 'answered' } });
  expect(inputs).toEqual([null, 'si_1', 'answered']);
  expect(await answersOf(core, threadId)).toEqual({
    status: 'answered',
    priority: given('High'),
    tags: given('b', 'a'),
    notes: given('call me'),
  });
});

test('the item keeps its place in the thread', async () => {
  const { core, threadId } = await asked();
  await ask(core, answer(threadId));
  const stored = await storedItems(core, threadId);
  expect(stored.map(({ type }) => type)).toEqual(['user_message', 'structured_input', 'assistant_message']);
});

test.each<[string, object, object]>([
  ['a single choice keeps the first value', { priority: { values: ['Low', 'High'] } }, { priority: given('Low') }],
  ['a value that was no option is kept', { priority: { values: ['Other'] } }, { priority: given('Other') }],
  ['a skipped answer loses its values', { tags: { values: ['a'], skipped: true } }, { tags: skipped }],
  ['an answer without values is skipped', { notes: { values: [] }, tags: {} }, { notes: skipped, tags: skipped }],
  ['an empty text is an answer', { notes: { values: [''] } }, { notes: given('') }],
])('%s', async (_what, answers, wanted) => {
  const { core, threadId } = await asked();
  await ask(core, answer(threadId, { answers }));
  const rest = { priority: skipped, tags: skipped, notes: skipped };
  expect(await answersOf(core, threadId)).toEqual({ status: 'answered', ...rest, ...wanted });
});

test('a skipped submission skips every question, whatever its answers say', async () => {
  const { core, threadId } = await asked();
  await ask(core, answer(threadId, { status: 'skipped', answers: { priority: { values: ['Low'] } } }));
  expect(await answersOf(core, threadId)).toEqual({
    status: 'skipped',
    priority: skipped,
    tags: skipped,
    notes: skipped,
  });
});

test('answers to questions that were never asked are dropped with a warning, also odd ones', async () => {
  const { core, threadId } = await asked();
  const answers = { nope: { values: ['x'] }, constructor: { values: ['y'] }, priority: { values: ['Low'] } };
  await ask(core, answer(threadId, { answers }));
  const { inputs } = (await core.store.loadItem(threadId, 'si_1', ada)) as StructuredInputItem;
  expect(inputs.map(({ id }) => id)).toEqual(['priority', 'tags', 'notes']);
  expect(core.logger.takeWarnings()).toEqual([
    {
      level: 'warn',
      fields: { thread_id: threadId, item_id: 'si_1', question_ids: ['nope', 'constructor'] },
      message: 'answers to questions that were never asked are ignored',
    },
  ]);
});

test('a question whose id is the name of something every object has is skipped like any other', async () => {
  const odd = { type: 'freeform' as const, id: 'constructor', question: 'Who built it?' };
  const { core, threadId } = await asked();
  const item = (await core.store.loadItem(threadId, 'si_1', ada)) as StructuredInputItem;
  await core.store.saveItem(threadId, { ...item, inputs: [odd] }, ada);
  await ask(core, answer(threadId));
  expect(await answersOf(core, threadId)).toEqual({ status: 'answered', constructor: skipped });
});

test('a hook that changes the completed item does not change what was sent and stored before', async () => {
  const { core, threadId } = await asked(async function* ({ completed }) {
    const { inputs } = completed[0] as StructuredInputItem;
    inputs[2]!.answer = { values: ['changed'], skipped: false };
    yield progress('.');
  });
  const events = await ask(core, answer(threadId, { answers: { notes: { values: ['as it was'] } } }));
  expect(events[1]).toMatchObject({ item: { inputs: [{}, {}, { answer: given('as it was') }] } });
  expect(await answersOf(core, threadId)).toMatchObject({ notes: given('as it was') });
});

test.each<[string, (threadId: string) => object, object]>([
  ['an unknown thread', () => answer('thr_nowhere'), { code: 'not_found' }],
  ['an unknown item', (id) => answer(id, {}, 'si_2'), { code: 'not_found' }],
  ['another kind of item', (id) => answer(id, {}, 'm_1'), { code: 'invalid_request', fields: ['params.item_id'] }],
  [
    'values that are no list',
    (id) => answer(id, { answers: { notes: { values: 'x' } } }),
    { code: 'invalid_request', fields: ['params.input.answers.notes.values'] },
  ],
])('%s is refused', async (_what, request, wanted) => {
  const { core, threadId } = await asked();
  expect(await refusal(core, request(threadId))).toMatchObject(wanted);
  expect(await answersOf(core, threadId)).toMatchObject({ status: 'pending' });
});

test.each(['answered', 'skipped'])('questions that were %s before are a conflict', async (status) => {
  const { core, threadId } = await asked();
  await ask(core, answer(threadId, { status, answers: { notes: { values: ['first'] } } }));
  const before = await answersOf(core, threadId);
  expect(await refusal(core, answer(threadId, { answers: { notes: { values: ['second'] } } }))).toMatchObject({
    code: 'conflict',
    message: `The questions were ${status} before`,
  });
  expect(await answersOf(core, threadId)).toEqual(before);
});

test('answers are kept when the run is cancelled before the hook is called', async () => {
  const asking = new Gate();
  let streams = 0;
  const { core, threadId } = await asked(async function* () {}, {
    getStreamOptions: () => {
      if (streams++ === 0) return { allow_cancel: true };
      asking.open();
      return never;
    },
  });
  const stream = await openStream(core, answer(threadId, { answers: { notes: { values: ['kept'] } } }));
  await asking.passed;
  await stream.cancel();
  expect(await answersOf(core, threadId)).toMatchObject({ status: 'answered', notes: given('kept') });
});

test('answers are kept when the run is cancelled', async () => {
  const hanging = new Gate();
  const { core, threadId } = await asked(async function* () {
    yield progress('.');
    hanging.open();
    await never;
  });
  const stream = await openStream(core, answer(threadId, { answers: { notes: { values: ['kept'] } } }));
  await hanging.passed;
  await stream.cancel();
  expect(await answersOf(core, threadId)).toMatchObject({ status: 'answered', notes: given('kept') });
});
