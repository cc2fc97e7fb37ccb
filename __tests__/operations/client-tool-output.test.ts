// threads.add_client_tool_output: which call a result completes, when `respond` goes on, and what becomes of other calls.
import { type ChatKitOptions, type ThreadItemInput, ThreadItemSchema } from 'chatkit-express';
import {
  ada,
  ask,
  askJson,
  type Context,
  type Core,
  openStream,
  readAll,
  refusal,
  serve,
  startThread,
  storedItems,
  storedNames,
  silently,
} from '../support/core';
import { Gate, never } from '../support/gate';
import { assistantMessage, done, hiddenNote, progress, toolCall } from '../support/items';
import { addMessage, createThread, toolOutput } from '../support/requests';

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
  const stored = { ...completed, run_id: expect.stringMatching(/^run_/) as string };
  expect(seen).toEqual([null, [stored], stored]);
  expect(await core.store.loadItem(threadId, 'tc_1', ada)).toEqual(stored);
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

describe('several calls of one turn', () => {
  const three = (thread: Thread) => [
    toolCall(thread, 'tc_1'),
    assistantMessage(thread, 'm_1', '.'),
    toolCall(thread, 'tc_2'),
    toolCall(thread, 'tc_3'),
  ];

  test('each get their own result, and the hook goes on once, with all of them', async () => {
    const seen: unknown[] = [];
    const { core, threadId } = await withItems(
      three,
      silently(({ completed }) => void seen.push(completed.map((item) => [item.id, 'output' in item && item.output]))),
    );
    for (const result of ['one', 'two']) {
      const events = await ask(core, toolOutput(threadId, result));
      expect(events).toEqual([{ type: 'stream_options', stream_options: { allow_cancel: true } }]);
    }
    expect(seen).toEqual([]);
    await ask(core, toolOutput(threadId, 'three'));
    expect(seen).toEqual([
      [
        ['tc_1', 'one'],
        ['tc_2', 'two'],
        ['tc_3', 'three'],
      ],
    ]);
    expect(await calls(core, threadId)).toEqual([
      'tc_1 completed "one"',
      'tc_2 completed "two"',
      'tc_3 completed "three"',
    ]);
    expect(await refusal(core, toolOutput(threadId, 'four'))).toMatchObject({ code: 'conflict' });
  });

  test('results at the same moment go to one call each', async () => {
    let rounds = 0;
    const { core, threadId } = await withItems(
      three,
      silently(() => rounds++),
    );
    await Promise.all(['a', 'b', 'c'].map((result) => ask(core, toolOutput(threadId, result))));
    const outputs = (await calls(core, threadId)).map((line) => line.split(' ')[2]);
    expect(outputs.sort()).toEqual(['"a"', '"b"', '"c"']);
    expect(rounds).toBe(1);
  });

  test('a repetition of a post stores nothing again, and no second answer begins', async () => {
    let rounds = 0;
    const { core, threadId } = await withItems(
      three,
      silently(() => rounds++),
    );
    const post = async (result: string, idempotencyKey?: string) => {
      const answer = await core.server.process(toolOutput(threadId, result), ada, { idempotencyKey });
      return answer.kind === 'stream' ? (await readAll(answer.events)).map(({ type }) => type) : [];
    };
    for (const key of ['1', '1', '2', '2', '1', '3', '3']) expect(await post(key, key)).toEqual(['stream_options']);
    expect(await calls(core, threadId)).toEqual(['tc_1 completed "1"', 'tc_2 completed "2"', 'tc_3 completed "3"']);
    expect(rounds).toBe(1);
    await expect(post('4', 'k'.repeat(100_000))).rejects.toMatchObject({ code: 'conflict' });
    await expect(post('3')).rejects.toMatchObject({ code: 'conflict' });
  });

  test('where a result never comes, the next message is answered as usual, and later results find the calls', async () => {
    let answers = 0;
    const { core, threadId } = await withItems(
      three,
      silently(() => answers++),
    );
    await ask(core, toolOutput(threadId, 'one'));
    await ask(core, addMessage(threadId, 'Never mind'));
    expect(answers).toBe(1);
    await ask(core, toolOutput(threadId, 'two'));
    await ask(core, toolOutput(threadId, 'three'));
    expect(answers).toBe(2);
  });

  test('a call of an earlier run never takes a result, and stays pending', async () => {
    let run = 0;
    const core = serve({
      async *respond({ thread }) {
        run++;
        if (run <= 2) yield* [done(toolCall(thread, `tc_${run}a`)), done(toolCall(thread, `tc_${run}b`))];
      },
    });
    const { threadId } = await startThread(core);
    await ask(core, addMessage(threadId, 'Again'));
    for (const result of ['x', 'y']) await ask(core, toolOutput(threadId, result));
    expect(run).toBe(3);
    expect(await calls(core, threadId)).toEqual([
      'tc_1a pending undefined',
      'tc_1b pending undefined',
      'tc_2a completed "x"',
      'tc_2b completed "y"',
    ]);
    expect(await refusal(core, toolOutput(threadId, 'z'))).toMatchObject({ code: 'conflict' });
  });

  test('a message that comes while the run is under way does not part them', async () => {
    const hanging = new Gate();
    const goOn = new Gate();
    let run = 0;
    const completed: string[][] = [];
    const core = serve({
      async *respond(turn) {
        if (++run > 1) return void completed.push(turn.completed.map(({ id }) => id));
        yield done(toolCall(turn.thread, 'tc_1'));
        hanging.open();
        await goOn.passed;
        yield done(toolCall(turn.thread, 'tc_2'));
      },
    });
    const stream = await openStream(core, createThread());
    await hanging.passed;
    const [created] = stream.take() ?? [];
    const threadId = created?.type === 'thread.created' ? created.thread.id : '';
    await ask(core, addMessage(threadId, 'More'));
    goOn.open();
    await readAll(stream);
    for (const result of ['x', 'y']) await ask(core, toolOutput(threadId, result));
    expect(completed).toEqual([[], ['tc_1', 'tc_2']]);
  });

  test('the id of the run is stored, and never sent', async () => {
    const { core, threadId } = await withItems(three);
    const [, first, , second] = await storedItems(core, threadId);
    expect(first).toMatchObject({ run_id: expect.stringMatching(/^run_/) as string });
    expect(second).toMatchObject({ run_id: (first as { run_id: string }).run_id });
    const opened: unknown = await askJson(core, { type: 'threads.get_by_id', params: { thread_id: threadId } });
    const listed: unknown = await askJson(core, { type: 'items.list', params: { thread_id: threadId } });
    const again = serve({
      async *respond({ thread }) {
        yield done(toolCall(thread, 'tc_9'));
      },
    });
    const { events } = await startThread(again);
    expect(JSON.stringify([opened, listed, events])).toContain('tc_9');
    expect(JSON.stringify([opened, listed, events])).not.toContain('run_');
  });
});

describe('calls that a hook wrote to the store itself', () => {
  async function written(ids: string[], fieldsOf: (id: string) => object = () => ({})) {
    const seen: string[][] = [];
    let run = 0;
    const core = serve({
      respond: silently(async ({ thread, store, context, completed }) => {
        if (++run > 1) return void seen.push(completed.map(({ id }) => id));
        for (const id of ids) {
          const call = ThreadItemSchema.parse({ ...toolCall(thread, id), ...fieldsOf(id) });
          await store.addThreadItem(thread.id, call, context);
        }
      }),
    });
    return { core, seen, threadId: (await startThread(core)).threadId };
  }

  test('after the newest message belong together', async () => {
    const { core, seen, threadId } = await written(['tc_1', 'tc_2', 'tc_3']);
    for (const result of ['one', 'two', 'three']) await ask(core, toolOutput(threadId, result));
    expect(seen).toEqual([['tc_1', 'tc_2', 'tc_3']]);
    expect(await calls(core, threadId)).toEqual([
      'tc_1 completed "one"',
      'tc_2 completed "two"',
      'tc_3 completed "three"',
    ]);
    expect(await refusal(core, toolOutput(threadId, 'four'))).toMatchObject({ code: 'conflict' });
  });

  test('that were completed before are not handed over again', async () => {
    const { core, seen, threadId } = await written(['tc_1', 'tc_2'], (id) =>
      id === 'tc_1' ? { status: 'completed', output: 'old' } : {},
    );
    await ask(core, toolOutput(threadId, 'new'));
    expect(seen).toEqual([['tc_2']]);
    expect(await calls(core, threadId)).toEqual(['tc_1 completed "old"', 'tc_2 completed "new"']);
  });

  test('before it take no result, also with a call behind it', async () => {
    const { core, seen, threadId } = await written(['tc_1']);
    await ask(core, addMessage(threadId, 'Never mind'));
    await core.store.addThreadItem(threadId, ThreadItemSchema.parse(toolCall({ id: threadId }, 'tc_2')), ada);
    seen.length = 0;
    await ask(core, toolOutput(threadId, 'two'));
    expect(seen).toEqual([['tc_2']]);
    expect(await calls(core, threadId)).toEqual(['tc_1 pending undefined', 'tc_2 completed "two"']);
  });

  test('before it take no result', async () => {
    const { core, threadId } = await written(['tc_1', 'tc_2']);
    await ask(core, addMessage(threadId, 'Never mind'));
    expect(await refusal(core, toolOutput(threadId, 'one'))).toMatchObject({ code: 'conflict' });
  });
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
    (thread) => [toolCall(thread, 'tc_1')],
    silently(async () => {
      hanging.open();
      await never;
    }),
  );
  const stream = await openStream(core, toolOutput(threadId, 'x'));
  await hanging.passed;
  await stream.cancel();
  expect(await calls(core, threadId)).toEqual(['tc_1 completed "x"']);
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
