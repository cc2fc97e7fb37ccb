// The items that a run had not finished when it was cancelled: as far as their updates had brought them.
import type { HookEventInput, ThreadItem, ThreadItemInput, ThreadItemUpdate } from 'chatkit-express';
import type { TextDeltaEvent } from '../../src/runs/check';
import { CheckpointedItems } from '../../src/runs/checkpointed-items';
import { openStream, serve } from '../support/core';
import { Gate, never } from '../support/gate';
import {
  added,
  assistantMessage,
  createdAt,
  done,
  hiddenNote,
  removed,
  replaced,
  textDelta,
  updated,
} from '../support/items';
import { createThread } from '../support/requests';

const thread = { id: 'thr_1' };
const base = { thread_id: 'thr_1', created_at: createdAt };
const part = (text: string, annotations: object[] = []) => ({ type: 'output_text', text, annotations });
const annotation = (title: string) => ({
  type: 'annotation' as const,
  source: { type: 'url' as const, title, url: 'https://docs.example/a' },
});
const annotationAt = (annotation_index: number, title: string, content_index = 0): HookEventInput =>
  updated('m_1', {
    type: 'assistant_message.content_part.annotation_added',
    content_index,
    annotation_index,
    annotation: annotation(title),
  });
const partAdded = (content_index: number, text: string): HookEventInput =>
  updated('m_1', {
    type: 'assistant_message.content_part.added',
    content_index,
    content: { type: 'output_text', text, annotations: [] },
  });
const partDone = (content_index: number, text: string): HookEventInput =>
  updated('m_1', {
    type: 'assistant_message.content_part.done',
    content_index,
    content: { type: 'output_text', text, annotations: [annotation('Docs')] },
  });
const task = (title: string) => ({ type: 'custom' as const, title, status_indicator: 'none' as const });

/** Yields the events, hangs, is cancelled, and tells what `handleStreamCancelled` was given. */
async function pendingAfter(events: HookEventInput[]): Promise<ThreadItem[]> {
  const hanging = new Gate();
  const cancelled = new Gate<ThreadItem[]>();
  const core = serve({
    store: Object.assign(serve().store, { generateThreadId: () => 'thr_1' }),
    async *respond() {
      yield* events;
      hanging.open();
      await never;
    },
    handleStreamCancelled: ({ pendingItems }) => cancelled.open(pendingItems),
  });
  const stream = await openStream(core, createThread());
  await hanging.passed;
  await stream.cancel();
  return cancelled.passed;
}

/** The content of the one pending message. */
async function contentAfter(...events: HookEventInput[]): Promise<unknown> {
  const items = await pendingAfter([added(assistantMessage(thread, 'm_1')), ...events]);
  expect(items).toMatchObject([{ type: 'assistant_message', id: 'm_1' }]);
  return (items[0] as { content?: unknown }).content;
}

describe('an assistant message', () => {
  test('grows by text deltas', async () => {
    const content = await contentAfter(textDelta('m_1', 'Hel'), textDelta('m_1', 'lo'), textDelta('m_1', '!'));
    expect(content).toEqual([part('Hello!')]);
  });

  test('grows by deltas to one part and to another, in turns', async () => {
    const content = await contentAfter(
      partAdded(0, 'A'),
      partAdded(1, 'B'),
      textDelta('m_1', 'a', 0),
      textDelta('m_1', 'b', 1),
      textDelta('m_1', 'a', 0),
    );
    expect(content).toEqual([part('Aaa'), part('Bb')]);
  });

  test('is padded with empty parts up to the one that is written', async () => {
    expect(await contentAfter(textDelta('m_1', 'third', 2))).toEqual([part(''), part(''), part('third')]);
    expect(await contentAfter(partAdded(2, 'third'))).toEqual([part(''), part(''), part('third')]);
    expect(await contentAfter(partDone(1, 'second'))).toEqual([part(''), part('second', [annotation('Docs')])]);
    expect(await contentAfter(annotationAt(0, 'Docs', 1))).toEqual([part(''), part('', [annotation('Docs')])]);
  });

  test.each([
    ['a delta', textDelta('m_1', 'far', 2 ** 40)],
    ['a part that is added', partAdded(2 ** 40, 'far')],
    ['a part that is done', partDone(2 ** 31, 'far')],
    ['an annotation', annotationAt(0, 'far', 2 ** 52)],
  ])('is padded to no more than a thousand parts by %s from nowhere', async (_what, event) => {
    const content = (await contentAfter(textDelta('m_1', 'near'), event)) as unknown[];
    expect(content).toHaveLength(1000);
    expect(Object.keys(content)).toHaveLength(1000);
    expect(content[0]).toEqual(part('near'));
    expect(JSON.stringify(content.at(-1))).toContain('far');
  });

  test('keeps parts beyond a thousand that it had from the start', async () => {
    const content = Array.from({ length: 1002 }, (_, index) => part(`${index}`));
    const item = { ...assistantMessage(thread, 'm_1'), content } as ThreadItemInput;
    const [pending] = await pendingAfter([added(item), partDone(1001, 'last'), textDelta('m_1', '+', 1000)]);
    const grown = (pending as { content?: unknown[] }).content;
    expect(grown).toHaveLength(1002);
    expect(grown?.slice(1000)).toEqual([part('1000+'), part('last', [annotation('Docs')])]);
  });

  test('takes over a part that is added or done, and its text goes on from there', async () => {
    const content = await contentAfter(
      textDelta('m_1', 'draft'),
      partAdded(0, 'New'),
      textDelta('m_1', ' text'),
      partDone(0, 'New text.'),
      textDelta('m_1', ' More'),
    );
    expect(content).toEqual([part('New text. More', [annotation('Docs')])]);
  });

  test('has its annotations in the order of their indexes', async () => {
    const content = await contentAfter(
      partAdded(0, 'Hi'),
      annotationAt(0, 'b'),
      annotationAt(0, 'a'),
      annotationAt(99, 'd'),
      annotationAt(2, 'c'),
    );
    expect(content).toEqual([part('Hi', ['a', 'b', 'c', 'd'].map(annotation))]);
  });

  test('is not changed by deltas from before it was added, or from before it was added again', async () => {
    const fresh = added(assistantMessage(thread, 'm_1'));
    expect(await pendingAfter([textDelta('m_1', 'lost'), fresh])).toMatchObject([{ content: [] }]);
    expect(await pendingAfter([textDelta('m_1', 'lost'), fresh, textDelta('m_1', 'kept')])).toMatchObject([
      { content: [part('kept')] },
    ]);
    expect(await contentAfter(textDelta('m_1', 'first try'), fresh, textDelta('m_1', 'second'))).toEqual([
      part('second'),
    ]);
  });

  test('is not changed by updates for other kinds of items', async () => {
    const updates: ThreadItemUpdate[] = [
      { type: 'workflow.task.added', task_index: 0, task: task('t') },
      { type: 'widget.root.updated', widget: { type: 'Card' } },
      { type: 'generated_image.updated', image: { id: 'v1', url: 'https://images.example/1.png' } },
    ];
    expect(await contentAfter(textDelta('m_1', 'Hi'), ...updates.map((update) => updated('m_1', update)))).toEqual([
      part('Hi'),
    ]);
  });
});

describe('a workflow', () => {
  const workflow = (tasks: object[]): ThreadItemInput =>
    ({ ...base, type: 'workflow', id: 'wf_1', workflow: { type: 'custom', tasks } }) as ThreadItemInput;
  const taskAdded = (task_index: number, title: string) =>
    updated('wf_1', { type: 'workflow.task.added', task_index, task: task(title) });
  const taskUpdated = (task_index: number, title: string) =>
    updated('wf_1', { type: 'workflow.task.updated', task_index, task: task(title) });

  test('has the tasks that were added, as they were updated', async () => {
    const events = [taskAdded(0, 'a'), taskAdded(1, 'c'), taskAdded(1, 'b'), taskAdded(99, 'd'), taskUpdated(2, 'C')];
    expect(await pendingAfter([added(workflow([])), ...events])).toMatchObject([
      { id: 'wf_1', workflow: { tasks: ['a', 'b', 'C', 'd'].map(task) } },
    ]);
  });

  test('is not changed by an update to a task that it does not have', async () => {
    const [item] = await pendingAfter([added(workflow([task('a')])), taskUpdated(1, 'x'), taskUpdated(2 ** 40, 'x')]);
    expect(item).toMatchObject({ workflow: { tasks: [task('a')] } });
  });
});

describe('a widget', () => {
  const text = (id: string, value: string) => ({ type: 'Text', id, value });
  const card = (...children: object[]) => ({ type: 'Card', children });
  const widget = (root: object): ThreadItemInput =>
    ({ ...base, type: 'widget', id: 'w_1', widget: root }) as ThreadItemInput;

  test('has its latest root', async () => {
    const root = card(text('b', 'new'));
    const items = await pendingAfter([
      added(widget(card(text('a', 'old')))),
      updated('w_1', { type: 'widget.root.updated', widget: root }),
    ]);
    expect(items).toMatchObject([{ widget: root }]);
  });

  test('has the text that was streamed into its components, and the components that were updated', async () => {
    const box = (...children: object[]) => ({ type: 'Box', children });
    const only = (children: object) => ({ type: 'Transition', children });
    const streamed = (component_id: string, delta: string) =>
      updated('w_1', { type: 'widget.streaming_text.value_delta', component_id, delta, done: false });
    const items = await pendingAfter([
      added(widget(card(text('a', 'Hel'), box(text('b', ''), text('c', 'old')), only(text('d', 'left'))))),
      streamed('a', 'lo'),
      streamed('b', 'deep'),
      updated('w_1', { type: 'widget.component.updated', component_id: 'c', component: text('c', 'new') }),
      streamed('c', '!'),
      streamed('d', ' over'),
      streamed('nowhere', '?'),
    ]);
    const children = [text('a', 'Hello'), box(text('b', 'deep'), text('c', 'new!')), only(text('d', 'left over'))];
    expect(items).toMatchObject([{ widget: card(...children) }]);
  });

  test('is not changed by text for a component that has none, or by updates for other kinds of items', async () => {
    const root = {
      type: 'Card',
      id: 'root',
      children: [{ type: 'Image', id: 'img', src: 'https://images.example/a.png' }],
    };
    const items = await pendingAfter([
      added(widget(root)),
      updated('w_1', { type: 'widget.streaming_text.value_delta', component_id: 'img', delta: 'x', done: true }),
      updated('w_1', { type: 'workflow.task.added', task_index: 0, task: task('t') }),
      textDelta('w_1', 'x'),
    ]);
    expect(items).toEqual([{ ...base, type: 'widget', id: 'w_1', widget: root }]);
  });
});

test('a generated image has its latest version', async () => {
  const image = (id: string) => ({ id, url: `https://images.example/${id}.png` });
  const items = await pendingAfter([
    added({ ...base, type: 'generated_image', id: 'img_1' }),
    updated('img_1', { type: 'generated_image.updated', image: image('v1'), progress: 0.5 }),
    updated('img_1', { type: 'generated_image.updated', image: image('v2') }),
  ]);
  expect(items).toMatchObject([{ id: 'img_1', image: image('v2') }]);
});

test('items are pending in the order they were added, until they are done, removed or replaced', async () => {
  const one = (id: string) => assistantMessage(thread, id, id);
  const items = await pendingAfter([
    ...['m_1', 'm_2', 'm_3', 'm_4', 'm_5'].map((id) => added(one(id))),
    done(one('m_1')),
    removed('m_3'),
    replaced(one('m_5')),
    textDelta('m_1', 'after its end'),
  ]);
  expect(items.map(({ id }) => id)).toEqual(['m_2', 'm_4']);
});

test('text that was on its way to an item is dropped with it', async () => {
  const one = assistantMessage(thread, 'm_1');
  const items = await pendingAfter([added(one), textDelta('m_1', 'gone'), removed('m_1'), added(one)]);
  expect(items).toMatchObject([{ content: [] }]);
});

test('hidden items and tool calls can be pending too', async () => {
  const items = await pendingAfter([added(hiddenNote(thread, 'h_1')), added(assistantMessage(thread, 'm_1', 'Hi'))]);
  expect(items.map(({ id }) => id)).toEqual(['h_1', 'm_1']);
});

test('an item that waits to be sent does not grow by the updates after it', async () => {
  const hanging = new Gate();
  const card = (value: string) => ({ type: 'Card', children: [{ type: 'Text', id: 'a', value }] });
  const core = serve({
    async *respond({ thread: { id: thread_id } }) {
      const own = { ...base, thread_id };
      yield added({ ...own, type: 'assistant_message', id: 'm_1', content: [{ text: 'Hi' }] });
      yield textDelta('m_1', ' there');
      yield annotationAt(0, 'Docs');
      yield added({ ...own, type: 'workflow', id: 'wf_1', workflow: { type: 'custom', tasks: [] } });
      yield updated('wf_1', { type: 'workflow.task.added', task_index: 0, task: task('a') });
      yield added({ ...own, type: 'widget', id: 'w_1', widget: card('x') });
      yield updated('w_1', { type: 'widget.streaming_text.value_delta', component_id: 'a', delta: 'y', done: true });
      hanging.open();
      await never;
    },
  });
  const stream = await openStream(core, createThread());
  await hanging.passed;
  const items = stream.take()?.flatMap((event) => (event.type === 'thread.item.added' ? [event.item] : []));
  expect(items).toMatchObject([{ content: [part('Hi')] }, { workflow: { tasks: [] } }, { widget: card('x') }]);
});

describe('with checkpoints', () => {
  const delta = (text: string) => textDelta('m_1', text) as TextDeltaEvent;
  const messageOf = (id: string, text: string) => assistantMessage(thread, id, text) as ThreadItem;
  const texts = ({ pending }: { pending: ThreadItem[] }) =>
    pending.map((item) => (item.type === 'assistant_message' ? item.content.map(({ text }) => text).join('') : ''));

  test('the snapshot has the items as they are before the first, and later as they were at the last', () => {
    const items = new CheckpointedItems();
    items.add(messageOf('m_1', ''));
    items.appendText(delta('one '));
    expect(items.snapshot()).not.toHaveProperty('checkpoint');
    expect(texts(items.snapshot())).toEqual(['one ']);
    items.checkpoint({ at: 1 });
    items.appendText(delta('two '));
    items.add(messageOf('m_2', 'new'));
    expect([texts(items.snapshot()), items.snapshot().checkpoint]).toEqual([['one '], { at: 1 }]);
    items.checkpoint({ at: 2 });
    expect([texts(items.snapshot()), items.snapshot().checkpoint]).toEqual([['one two ', 'new'], { at: 2 }]);
    items.remove('m_1');
    expect(texts(items.snapshot())).toEqual(['one two ', 'new']);
    items.checkpoint(null);
    expect([texts(items.snapshot()), items.snapshot().checkpoint]).toEqual([['new'], null]);
    expect(texts({ pending: items.list() })).toEqual(['new']);
  });

  test('the version changes whenever the snapshot does, and not otherwise', () => {
    const items = new CheckpointedItems();
    const versions = [items.version];
    const note = () => versions.push(items.version);
    items.add(messageOf('m_1', ''));
    note();
    items.appendText(delta('one'));
    note();
    items.checkpoint(1);
    note();
    expect(new Set(versions).size).toBe(4);
    items.appendText(delta('two'));
    items.remove('m_1');
    expect(items.version).toBe(versions.at(-1));
    items.checkpoint(1);
    expect(versions).not.toContain(items.version);
  });

  test('another process continues from the items and the value of the snapshot', () => {
    const items = new CheckpointedItems();
    items.restore({ pending: [messageOf('m_1', 'half')], checkpoint: { at: 1 } });
    items.appendText(delta(' more'));
    expect([texts(items.snapshot()), items.snapshot().checkpoint]).toEqual([['half'], { at: 1 }]);
    expect(texts({ pending: items.list() })).toEqual(['half more']);
    const without = new CheckpointedItems();
    without.restore({ pending: [] });
    expect(without.snapshot()).toEqual({ pending: [] });
  });

  test('a value has at most 64 KiB of JSON', () => {
    const items = new CheckpointedItems();
    items.checkpoint('x'.repeat(64 * 1024 - 2));
    expect(() => items.checkpoint('x'.repeat(64 * 1024 - 1))).toThrow(/has 65537 bytes, and 65536 are allowed/);
    expect(() => items.checkpoint(undefined)).toThrow(TypeError);
  });
});
