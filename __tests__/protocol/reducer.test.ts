// The reducer: a page that applies it to a stream has what the store has, and what a cancelled run keeps.
import fc from 'fast-check';
import {
  applyItemEvent,
  type HookEvent,
  type HookEventInput,
  HookEventSchema,
  MemoryStore,
  type ThreadItem,
  ThreadItemSchema,
  type ThreadItemUpdate,
  type ThreadStreamEvent,
  updateItem,
} from 'chatkit-express';
import { type Context, openStream, serve, startThread, storedItems } from '../support/core';
import { Gate, never } from '../support/gate';
import { createdAt } from '../support/items';
import { createThread } from '../support/requests';

const base = (id: string) => ({ id, thread_id: 'thr_1', created_at: createdAt });
const text = fc.string({ maxLength: 3 });
const index = fc.nat({ max: 3 });
const part = fc.record({ type: fc.constant('output_text' as const), text, annotations: fc.constant([]) });
const task = fc.record({
  type: fc.constant('custom' as const),
  title: text,
  status_indicator: fc.constant('none' as const),
});
const annotation = fc.record({
  type: fc.constant('annotation' as const),
  source: fc.record({ type: fc.constant('file' as const), filename: text, title: text }),
});
const component = fc.record({ type: fc.constant('Text'), id: fc.constantFrom('t', 'u'), value: text });
const widget = fc.record({ type: fc.constant('Card'), children: fc.array(component, { maxLength: 3 }) });
const image = fc.record({ id: text, url: text });

/** An item of any type that grows, with one of three ids. */
const item: fc.Arbitrary<ThreadItem> = fc
  .tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(
      fc.record({ type: fc.constant('assistant_message'), content: fc.array(part, { maxLength: 2 }) }),
      fc.array(task, { maxLength: 2 }).map((tasks) => ({ type: 'workflow', workflow: { type: 'custom', tasks } })),
      fc.record({ type: fc.constant('widget'), widget }),
      fc.record({ type: fc.constant('generated_image'), image }),
    ),
  )
  .map(([id, given]) => ThreadItemSchema.parse({ ...base(id), ...given }));

const message = 'assistant_message.content_part';
const update = fc.oneof(
  fc.record({ type: fc.constant(`${message}.added`), content_index: index, content: part }),
  fc.record({ type: fc.constant(`${message}.text_delta`), content_index: index, delta: text }),
  fc.record({
    type: fc.constant(`${message}.annotation_added`),
    content_index: index,
    annotation_index: index,
    annotation,
  }),
  fc.record({ type: fc.constant(`${message}.done`), content_index: index, content: part }),
  fc.record({
    type: fc.constant('widget.streaming_text.value_delta'),
    component_id: fc.constantFrom('t', 'u'),
    delta: text,
    done: fc.boolean(),
  }),
  fc.record({ type: fc.constant('widget.root.updated'), widget }),
  fc.record({ type: fc.constant('widget.component.updated'), component_id: fc.constantFrom('t', 'u'), component }),
  fc.record({ type: fc.constant('workflow.task.added'), task_index: index, task }),
  fc.record({ type: fc.constant('workflow.task.updated'), task_index: index, task }),
  fc.record({ type: fc.constant('generated_image.updated'), image }),
) as fc.Arbitrary<ThreadItemUpdate>;

const item_id = fc.constantFrom('a', 'b', 'c');
const event: fc.Arbitrary<HookEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('thread.item.added' as const), item }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('thread.item.updated' as const), item_id, update }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('thread.item.done' as const), item }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('thread.item.replaced' as const), item }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('thread.item.removed' as const), item_id }) },
);
const events = fc.array(event, { maxLength: 25 });

class OneThread extends MemoryStore<Context> {
  override generateThreadId(): string {
    return 'thr_1';
  }
}

/** The events that make a sequence one that a page and a store can agree on: every item that is open is finished. */
function* finished(sequence: readonly HookEvent[]): Generator<HookEvent> {
  let page: readonly ThreadItem[] = [];
  const touched = new Set<string>();
  for (const given of sequence) {
    // A page ignores a replacement for what it does not have.
    if (given.type === 'thread.item.replaced' && !page.some(({ id }) => id === given.item.id)) continue;
    page = applyItemEvent(page, given);
    const id = 'item' in given ? given.item.id : 'item_id' in given ? given.item_id : '';
    if (given.type === 'thread.item.added' || given.type === 'thread.item.updated') touched.add(id);
    else touched.delete(id);
    yield given;
  }
  for (const left of page) if (touched.has(left.id)) yield { type: 'thread.item.done', item: left };
}

const pageOf = (seen: readonly ThreadStreamEvent[]) => {
  let page: readonly ThreadItem[] = [];
  for (const given of seen) if (given.type.startsWith('thread.item.')) page = applyItemEvent(page, given);
  return page;
};
const byId = (items: readonly ThreadItem[]) => new Map(items.map((one) => [one.id, one]));

test('after any sequence of events whose items are finished the page has what the store has', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      const core = serve({
        store: new OneThread(),
        async *respond() {
          yield* finished(sequence);
        },
      });
      const { events: seen } = await startThread(core);
      expect(byId(await storedItems(core, 'thr_1'))).toEqual(byId(pageOf(seen)));
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('at any moment, what a cancelled run would keep is what the page shows of it', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      const reached = new Gate();
      const kept = new Gate<ThreadItem[]>();
      const core = serve({
        store: new OneThread(),
        async *respond() {
          yield* sequence as HookEventInput[];
          reached.open();
          await never;
        },
        handleStreamCancelled: ({ pendingItems }) => kept.open(pendingItems),
      });
      const stream = await openStream(core, createThread());
      await reached.passed;
      const seen = stream.take() ?? [];
      await stream.cancel();
      const page = byId(pageOf(seen));
      for (const pending of await kept.passed) expect(pending).toEqual(page.get(pending.id));
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('nothing that is given is modified, and what does not change is the same object', () => {
  fc.assert(
    fc.property(fc.uniqueArray(item, { maxLength: 3, selector: ({ id }) => id }), event, (items, given) => {
      const before = JSON.stringify([items, given]);
      const after = applyItemEvent(items, given);
      expect(JSON.stringify([items, given])).toBe(before);
      for (const one of after) {
        const same = items.find((other) => JSON.stringify(other) === JSON.stringify(one));
        if (given.type === 'thread.item.updated' && one.id !== given.item_id) expect(one).toBe(same);
      }
      for (const one of after) expect(ThreadItemSchema.safeParse(one).error).toBeUndefined();
    }),
  );
});

test.each<[string, ThreadItem, ThreadItemUpdate]>([
  [
    'text for a widget',
    ThreadItemSchema.parse({ ...base('w'), type: 'widget', widget: { type: 'Card' } }),
    {
      type: 'assistant_message.content_part.text_delta',
      content_index: 0,
      delta: 'x',
    },
  ],
  [
    'a component that is not there',
    ThreadItemSchema.parse({ ...base('w'), type: 'widget', widget: { type: 'Card', children: [] } }),
    {
      type: 'widget.component.updated',
      component_id: 'none',
      component: { type: 'Text' },
    },
  ],
  [
    'a task that is not there',
    ThreadItemSchema.parse({ ...base('w'), type: 'workflow', workflow: { type: 'custom' } }),
    {
      type: 'workflow.task.updated',
      task_index: 0,
      task: { type: 'custom', status_indicator: 'none' },
    },
  ],
])('%s changes nothing', (_what, given, change) => {
  expect(updateItem(given, change)).toBe(given);
});

test('events about other things change nothing', () => {
  const items: ThreadItem[] = [];
  for (const given of [
    { type: 'notice', level: 'info', message: 'x' },
    { type: 'progress_update', text: 'x' },
  ]) {
    expect(applyItemEvent(items, HookEventSchema.parse(given))).toBe(items);
  }
});
