// AnswerWriter: whatever is said in whatever order, a page and the store end up with the same, in the same order.
import fc from 'fast-check';
import {
  AnswerWriter,
  applyItemEvent,
  type HookEventInput,
  HookEventSchema,
  type RespondTurn,
  type Task,
  type ThreadItem,
  type WidgetRoot,
} from 'chatkit-express';
import { type Context, serve, startThread, storedItems } from '../support/core';

type Turn = RespondTurn<Context>;
const card = (value: string): WidgetRoot => ({ type: 'Card', children: [{ type: 'Text', id: 't', value }] });
const task = (title: string, status_indicator: Task['status_indicator'] = 'none') =>
  ({ type: 'custom', title, status_indicator }) as const;

/** All events that a writer makes in a server, and what is stored. */
async function written(write: (writer: AnswerWriter, turn: Turn) => AsyncGenerator<HookEventInput>) {
  const core = serve({
    async *respond(turn: Turn) {
      yield* write(new AnswerWriter(turn), turn);
    },
  });
  const { threadId, events } = await startThread(core);
  return { events: events.slice(3), stored: (await storedItems(core, threadId)).slice(1), logger: core.logger };
}

test('a thought begins at its first character that is not white space', async () => {
  const { stored } = await written(async function* (writer) {
    yield* writer.thought('\n');
    yield* writer.text('Well');
    yield* writer.thought('\n');
    yield* writer.thought(' I');
    yield* writer.thought(' ');
    yield* writer.thought('see');
    yield* writer.endThought();
    yield* writer.thought('\n\n');
    yield* writer.text('Hello');
    yield* writer.end();
  });
  expect(stored).toMatchObject([
    { content: [{ text: 'Well' }] },
    { type: 'workflow', workflow: { tasks: [{ type: 'thought', content: 'I see' }] } },
    { content: [{ text: 'Hello' }] },
  ]);
});

test('thoughts and steps are one workflow each, ended before what is shown after them', async () => {
  const { stored, events } = await written(async function* (writer) {
    yield* writer.thought('I ');
    yield* writer.thought('wonder');
    yield* writer.step(task('Look', 'loading'), 'look');
    yield* writer.text('Hello');
    yield* writer.step(task('Look again', 'complete'), 'look');
    yield* writer.text(' there');
    yield* writer.end();
  });
  expect(stored).toMatchObject([
    {
      type: 'workflow',
      workflow: {
        tasks: [
          { type: 'thought', content: 'I wonder' },
          { title: 'Look again', status_indicator: 'complete' },
        ],
      },
    },
    { type: 'assistant_message', content: [{ text: 'Hello there' }] },
  ]);
  expect(events.filter(({ type }) => type === 'thread.item.replaced')).toHaveLength(1);
});

test('a step that is new while a message is open ends the message', async () => {
  const { stored } = await written(async function* (writer) {
    yield* writer.text('One');
    yield* writer.step(task('Look'));
    yield* writer.text('Two');
    yield* writer.end();
  });
  expect(stored.map(({ type }) => type)).toEqual(['assistant_message', 'workflow', 'assistant_message']);
});

test('a step that is still loading when its workflow ends is complete', async () => {
  const { stored } = await written(async function* (writer) {
    yield* writer.step(task('Look', 'loading'), 'look');
    yield* writer.endWorkflow({ title: 'Looked' });
  });
  expect(stored).toMatchObject([
    { workflow: { tasks: [{ status_indicator: 'complete' }], summary: { title: 'Looked' } } },
  ]);
});

test('a source that comes before its text waits for it', async () => {
  const source = { source: { type: 'url' as const, url: 'https://example.com', title: 'A page' } };
  const other = { source: { type: 'url' as const, url: 'https://example.com/other', title: 'Another page' } };
  const { stored } = await written(async function* (writer) {
    yield* writer.source(source);
    yield* writer.text('Text');
    yield* writer.source(other);
    yield* writer.source(source); // a repeated source is shown once
    yield* writer.end();
  });
  expect(stored).toMatchObject([{ content: [{ text: 'Text', annotations: [source, other] }] }]);
});

test('an image has a place, versions, and is done; one that never came is taken away', async () => {
  const { stored, events } = await written(async function* (writer) {
    yield* writer.image({ key: 'a' });
    yield* writer.image({ key: 'b' });
    yield* writer.image({ key: 'a', url: 'https://example.com/rough', progress: 0.5 });
    yield* writer.image({ key: 'a', url: 'https://example.com/whole' });
    yield* writer.end();
  });
  expect(stored).toMatchObject([{ type: 'generated_image', image: { id: 'a', url: 'https://example.com/whole' } }]);
  expect(events.at(-1)).toMatchObject({ type: 'thread.item.removed' });
});

test('a failure keeps what was said and shows its message', async () => {
  const { stored, events } = await written(async function* (writer) {
    yield* writer.text('Half');
    yield* writer.fail('The oven is out.', { allowRetry: true });
  });
  expect(stored).toMatchObject([{ content: [{ text: 'Half' }] }]);
  expect(events.at(-1)).toEqual({ type: 'error', code: 'custom', message: 'The oven is out.', allow_retry: true });
});

test('a client tool is asked for after everything that is open', async () => {
  const { stored } = await written(async function* (writer) {
    yield* writer.text('I ask.');
    yield* writer.clientTool({ name: 'get_cart', arguments: { currency: 'EUR' }, callId: 'call_1' });
    yield* writer.clientTool({ name: 'get_place' });
  });
  expect(stored).toMatchObject([
    { type: 'assistant_message' },
    { type: 'client_tool_call', call_id: 'call_1', name: 'get_cart', arguments: { currency: 'EUR' } },
    { type: 'client_tool_call', call_id: stored[2]!.id, name: 'get_place', arguments: {} },
  ]);
});

test('nothing is stored of an answer that says nothing', async () => {
  const { stored, events } = await written(async function* (writer) {
    yield* writer.text('');
    yield* writer.text(' \n');
    yield* writer.thought('');
    yield* writer.end();
  });
  expect([events, stored]).toEqual([[], []]);
});

test('a step and a source are checked where they are made', async () => {
  await written(async function* (writer) {
    expect(() => writer.step({ type: 'custom', title: 1 } as never)).toThrow('title');
    expect(() => writer.source({ source: { type: 'page' } } as never)).toThrow('source');
    yield* writer.end();
  });
});

type Act = {
  act: 'text' | 'space' | 'thought' | 'step' | 'image' | 'widget' | 'source' | 'notice' | 'endThought';
  key: string;
};
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    act: fc.constantFrom('text', 'space', 'thought', 'step', 'image', 'widget', 'source', 'notice', 'endThought'),
    key: fc.constantFrom('a', 'b', ''),
  }),
  { maxLength: 25 },
);

async function* doIt(writer: AnswerWriter, { act, key }: Act, number: number): AsyncGenerator<HookEventInput> {
  if (act === 'text') yield* writer.text(`text ${number} `);
  else if (act === 'space') yield* writer.text(' ');
  else if (act === 'thought') yield* writer.thought(`thought ${number} `);
  else if (act === 'endThought') yield* writer.endThought();
  else if (act === 'step') yield* writer.step(task(`step ${number}`, 'loading'), key || undefined);
  else if (act === 'source')
    yield* writer.source({ source: { type: 'file', filename: 'a', title: `source ${number}` } });
  else if (act === 'notice') yield* writer.notice('Mind the gap');
  else if (act === 'image') {
    const url = `https://example.com/${number}`;
    yield* writer.image(number % 3 === 0 ? { key } : number % 3 === 1 ? { key, url, progress: 0.5 } : { key, url });
  } else yield* writer.widget(states(number));
}
async function* states(number: number) {
  for (let state = 0; state <= number % 3; state++) yield card('x'.repeat(state));
}

test('after any sequence the page has what the store has, in its order, and every text once', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (sequence) => {
      const { events, stored } = await written(async function* (writer) {
        for (const [number, act] of sequence.entries()) yield* doIt(writer, act, number);
        yield* writer.end();
      });
      let page: readonly ThreadItem[] = [];
      for (const event of events) {
        if (event.type === 'thread.item.updated') expect(page.map(({ id }) => id)).toContain(event.item_id);
        page = applyItemEvent(page, event);
      }
      const images = (items: readonly ThreadItem[]) => items.filter(({ type }) => type === 'generated_image');
      const others = (items: readonly ThreadItem[]) => items.filter(({ type }) => type !== 'generated_image');
      expect(others(stored)).toEqual(others(page));
      expect(new Set(images(stored))).toEqual(new Set(images(page))); // several can be made at once, one is done first
      const said = stored.flatMap((item) => (item.type === 'assistant_message' ? item.content : []));
      for (const { text } of said) expect(text.trim()).not.toBe('');
      const wanted = sequence.flatMap(({ act }, number) => (act === 'text' ? [`text ${number}`] : []));
      expect(
        said
          .map(({ text }) => text)
          .join('')
          .match(/text \d+/g) ?? [],
      ).toEqual(wanted);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('all that a writer makes is well formed', async () => {
  const { events } = await written(async function* (writer, turn) {
    for (const [number, act] of (
      ['text', 'thought', 'step', 'image', 'widget', 'source', 'notice'] as const
    ).entries()) {
      for await (const event of doIt(writer, { act, key: 'a' }, number)) {
        expect(HookEventSchema.safeParse(event).error).toBeUndefined();
        yield event;
      }
    }
    expect(turn.thread.id).toBeDefined();
    yield* writer.end();
  });
  expect(events.length).toBeGreaterThan(10);
});
