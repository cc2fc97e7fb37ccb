// threads.add_client_tool_output: which call a result completes, and what becomes of the others.
import type { ChatKitOptions, ThreadItemInput } from 'chatkit-express';
import {
  ada,
  ask,
  type Context,
  type Core,
  openStream,
  refusal,
  serve,
  startThread,
  storedItems,
  storedNames,
  silently,
} from '../support/core';
import { Gate, never } from '../support/gate';
import { assistantMessage, done, hiddenNote, progress, toolCall } from '../support/items';
import { toolOutput } from '../support/requests';

type Thread = { id: string };

/** A thread in which the first run stored these items; later runs do what `respond` says. */
async function withItems(
  items: (thread: Thread) => ThreadItemInput[],
  respond: ChatKitOptions<Context>['respond'] = async function* () {},
) {
  let started = false;
  const core = serve({
    respond(turn) {
      if (started) return respond(turn);
      started = true;
      return (async function* () {
        for (const item of items(turn.thread)) yield done(item);
      })();
    },
  });
  return { core, threadId: (await startThread(core)).threadId };
}

/** The calls of a thread: `id status output`. */
async function calls(core: Core, threadId: string): Promise<string[]> {
  const items = await storedItems(core, threadId);
  return items.flatMap((item) =>
    item.type === 'client_tool_call' ? [`${item.id} ${item.status} ${JSON.stringify(item.output)}`] : [],
  );
}

test('the result is stored in the call before the hook goes on', async () => {
  const seen: unknown[] = [];
  const { core, threadId } = await withItems(
    (thread) => [toolCall(thread, 'tc_1')],
    async function* ({ input, completed, thread, store, context }) {
      seen.push(input, completed, await store.loadItem(thread.id, 'tc_1', context));
      yield progress('thanks');
    },
  );
  const events = await ask(core, toolOutput(threadId, { nodes: [1, { deep: null }] }));
  expect(events.map(({ type }) => type)).toEqual(['stream_options', 'progress_update']);
  const completed = {
    ...toolCall({ id: threadId }, 'tc_1'),
    status: 'completed',
    output: { nodes: [1, { deep: null }] },
  };
  expect(seen).toEqual([null, completed, completed]);
  expect(await core.store.loadItem(threadId, 'tc_1', ada)).toEqual(completed);
});

test.each([
  ['a string', 'picked'],
  ['zero', 0],
  ['false', false],
  ['an empty list', []],
  ['null', null],
])('%s is a result too', async (_what, result) => {
  const { core, threadId } = await withItems((thread) => [toolCall(thread, 'tc_1')]);
  await ask(core, toolOutput(threadId, result));
  expect(await core.store.loadItem(threadId, 'tc_1', ada)).toMatchObject({ status: 'completed', output: result });
  expect(await refusal(core, toolOutput(threadId, 'again'))).toMatchObject({ code: 'conflict' });
});

test.each<[string, (thread: Thread) => ThreadItemInput[]]>([
  ['a hidden note', (thread) => [hiddenNote(thread, 'h_1')]],
  ['a message', (thread) => [assistantMessage(thread, 'm_1', 'waiting')]],
  [
    'more items than a page has',
    (thread) => Array.from({ length: 120 }, (_, n) => assistantMessage(thread, `m_${n}`, '.')),
  ],
  [
    'a call that the hook completed itself',
    (thread) => [{ ...toolCall(thread, 'tc_2'), status: 'completed', output: 1 }],
  ],
])('the call is found also when %s was stored after it', async (_what, items) => {
  const { core, threadId } = await withItems((thread) => [toolCall(thread, 'tc_1'), ...items(thread)]);
  const before = await storedNames(core, threadId);
  await ask(core, toolOutput(threadId, 'x'));
  expect(await core.store.loadItem(threadId, 'tc_1', ada)).toMatchObject({ status: 'completed', output: 'x' });
  expect(await storedNames(core, threadId)).toEqual(before);
});

test('the newest pending call is completed, and the older ones go', async () => {
  const { core, threadId } = await withItems((thread) => [
    toolCall(thread, 'tc_1'),
    assistantMessage(thread, 'm_1', '.'),
    toolCall(thread, 'tc_2'),
    toolCall(thread, 'tc_3'),
  ]);
  await ask(core, toolOutput(threadId, 'x'));
  expect(await storedNames(core, threadId)).toEqual(['user_message', 'm_1', 'tc_3']);
  expect(await calls(core, threadId)).toEqual(['tc_3 completed "x"']);
});

test('completed calls of before stay as they are', async () => {
  let run = 0;
  const core = serve({
    async *respond({ thread }) {
      run++;
      if (run < 4) yield done(toolCall(thread, `tc_${run}`));
    },
  });
  const { threadId } = await startThread(core);
  for (const result of ['one', 'two', 'three']) await ask(core, toolOutput(threadId, result));
  expect(await calls(core, threadId)).toEqual([
    'tc_1 completed "one"',
    'tc_2 completed "two"',
    'tc_3 completed "three"',
  ]);
});

test('a result is kept when the run is cancelled', async () => {
  const hanging = new Gate();
  const { core, threadId } = await withItems(
    (thread) => [toolCall(thread, 'tc_1'), toolCall(thread, 'tc_2')],
    silently(async () => {
      hanging.open();
      await never;
    }),
  );
  const stream = await openStream(core, toolOutput(threadId, 'x'));
  await hanging.passed;
  await stream.cancel();
  expect(await calls(core, threadId)).toEqual(['tc_2 completed "x"']);
});

test.each([
  ['no call at all', (thread: Thread) => [assistantMessage(thread, 'm_1', '.')]],
  ['only completed calls', (thread: Thread) => [{ ...toolCall(thread, 'tc_1'), status: 'completed' as const }]],
])('a result is a conflict where there is %s', async (_what, items) => {
  const { core, threadId } = await withItems(items);
  const before = await storedItems(core, threadId);
  expect(await refusal(core, toolOutput(threadId, 'x'))).toMatchObject({ code: 'conflict' });
  expect(await storedItems(core, threadId)).toEqual(before);
});

test('a result for an unknown thread is refused', async () => {
  expect(await refusal(serve(), toolOutput('thr_nowhere', 'x'))).toMatchObject({ code: 'not_found' });
});
