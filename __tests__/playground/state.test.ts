// What each event does to what is shown. Anything that the official client ignores is ignored.
import { initialState, type ChatState, withEvent, withRun } from '../../src/client/state';
import type { Item, StreamEvent } from 'chatkit-express/client';
import { added, assistantMessage, done, item, updated, userMessage } from './scripted';

const running = withRun(initialState, { type: 'threads.add_user_message', started: true });
const after = (...events: unknown[]): ChatState =>
  events.reduce<ChatState>((state, event) => withEvent(state, event as StreamEvent), running);
const only = (state: ChatState): Item => {
  expect(state.items).toHaveLength(1);
  return state.items[0]!;
};
const part = (text = '') => ({ type: 'output_text', text, annotations: [] });
const partAdded = (content_index = 0) => ({
  type: 'assistant_message.content_part.added',
  content_index,
  content: part(),
});
const delta = (words: string, content_index = 0) => ({
  type: 'assistant_message.content_part.text_delta',
  content_index,
  delta: words,
});
const empty = item('assistant_message', 'msg_answer', { content: [] });
const texts = (shown: Item) => (shown.type === 'assistant_message' ? shown.content.map(({ text }) => text) : []);

describe('text', () => {
  it('grows by deltas, and is what the item says when it is done', () => {
    const grown = after(
      added(empty),
      updated('msg_answer', partAdded()),
      updated('msg_answer', delta('Hel')),
      updated('msg_answer', delta('lo')),
    );
    expect(texts(only(grown))).toEqual(['Hello']);
    expect(grown.openItems).toEqual(new Set(['msg_answer']));
    const ended = withEvent(grown, done(assistantMessage('msg_answer', 'Bye')) as StreamEvent);
    expect(texts(only(ended))).toEqual(['Bye']);
    expect(ended.openItems).toEqual(new Set());
  });

  it('is lost where the part was never added', () => {
    expect(texts(only(after(added(empty), updated('msg_answer', delta('lost')))))).toEqual([]);
  });

  it('fills the parts before one that is added further back', () => {
    const state = after(added(empty), updated('msg_answer', partAdded(2)), updated('msg_answer', delta('third', 2)));
    expect(texts(only(state))).toEqual(['', '', 'third']);
  });

  it('gets annotations', () => {
    const annotation = { type: 'annotation', index: 1, source: { type: 'url', title: 'A', url: 'https://a.test' } };
    const update = {
      type: 'assistant_message.content_part.annotation_added',
      content_index: 0,
      annotation_index: 0,
      annotation,
    };
    expect(only(after(added(empty), updated('msg_answer', partAdded()), updated('msg_answer', update)))).toMatchObject({
      content: [{ annotations: [annotation] }],
    });
  });
});

describe('items', () => {
  it('take the place of the one with their id', () => {
    const state = after(
      done(assistantMessage('a', 'one')),
      done(assistantMessage('b')),
      done(assistantMessage('a', 'two')),
    );
    expect(state.items.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(texts(state.items[0]!)).toEqual(['two']);
  });

  it('are replaced and removed', () => {
    const replaced = { type: 'thread.item.replaced', item: assistantMessage('a', 'new') };
    const state = after(done(assistantMessage('a', 'old')), done(assistantMessage('b')), replaced, {
      type: 'thread.item.removed',
      item_id: 'b',
    });
    expect(texts(only(state))).toEqual(['new']);
  });

  it.each([
    ['an unknown type of event', { type: 'thread.item.renamed', item: assistantMessage() }],
    ['an unknown type of item', done(item('hologram', 'h'))],
    ['an item without an id', done({ type: 'assistant_message', content: [] })],
    ['an update of an item that is not there', updated('msg_x', partAdded())],
    ['the replacement of an item that is not there', { type: 'thread.item.replaced', item: assistantMessage() }],
    ['the removal of an item that is not there', { type: 'thread.item.removed', item_id: 'msg_x' }],
  ])('ignore %s', (_name, event) => {
    expect(after(event).items).toEqual([]);
  });

  it('ignore an update that does not fit their type', () => {
    const before = after(done(userMessage()));
    expect(withEvent(before, updated('msg_user', partAdded()) as StreamEvent).items).toBe(before.items);
  });
});

describe('widgets', () => {
  const widget = {
    type: 'Card',
    children: [
      { type: 'Row', children: [{ type: 'Text', id: 't', value: 'a', streaming: true }] },
      { type: 'Text', value: 'b' },
    ],
  };
  const shown = added(item('widget', 'w', { widget }));
  const widgetOf = (state: ChatState) => (only(state) as Extract<Item, { type: 'widget' }>).widget;

  it('grow in a component that is found by its id', () => {
    const update = { type: 'widget.streaming_text.value_delta', component_id: 't', delta: 'bc', done: true };
    expect(widgetOf(after(shown, updated('w', update)))).toEqual({
      type: 'Card',
      children: [
        { type: 'Row', children: [{ type: 'Text', id: 't', value: 'abc', streaming: false }] },
        { type: 'Text', value: 'b' },
      ],
    });
  });

  it('get another component in the place of one', () => {
    const component = { type: 'Title', id: 't', value: 'new' };
    const update = { type: 'widget.component.updated', component_id: 't', component };
    expect(widgetOf(after(shown, updated('w', update)))).toMatchObject({ children: [{ children: [component] }, {}] });
  });

  it('keep what is not changed as the same object', () => {
    const update = { type: 'widget.component.updated', component_id: 't', component: { type: 'Text' } };
    const before = after(shown);
    const next = withEvent(before, updated('w', update) as StreamEvent);
    expect((widgetOf(next)['children'] as unknown[])[1]).toBe((widgetOf(before)['children'] as unknown[])[1]);
  });

  it('take no root but Card, ListView and Basic', () => {
    const root = (type: string) => updated('w', { type: 'widget.root.updated', widget: { type } });
    expect(widgetOf(after(shown, root('ListView'))).type).toBe('ListView');
    expect(widgetOf(after(shown, root('Text'))).type).toBe('Card');
  });
});

it('adds and updates the tasks of a workflow', () => {
  const task = (content: string) => ({ type: 'thought', content });
  const state = after(
    added(item('workflow', 'wf', { workflow: { type: 'reasoning', tasks: [], expanded: true } })),
    updated('wf', { type: 'workflow.task.added', task_index: 0, task: task('a') }),
    updated('wf', { type: 'workflow.task.added', task_index: 1, task: task('b') }),
    updated('wf', { type: 'workflow.task.updated', task_index: 0, task: task('A') }),
    updated('wf', { type: 'workflow.task.updated', task_index: 9, task: task('nowhere') }),
  );
  expect(only(state)).toMatchObject({ workflow: { tasks: [task('A'), task('b')] } });
});

it('knows how far an image is', () => {
  const image = { id: 'i', url: 'https://a.test/i.png' };
  const state = after(
    added(item('generated_image', 'g')),
    updated('g', { type: 'generated_image.updated', image, progress: 0.5 }),
  );
  expect(only(state)).toMatchObject({ image });
  expect(state.imageProgress.get('g')).toBe(0.5);
});

describe('beside the items', () => {
  it('shows progress until the next item', () => {
    const progress = { type: 'progress_update', text: 'Searching', icon: 'search' };
    expect(after(progress).progress).toEqual({ text: 'Searching', icon: 'search' });
    expect(after(progress, done(assistantMessage())).progress).toBeNull();
  });

  it('takes the Stop button away', () => {
    expect(running.run?.allowCancel).toBe(true);
    expect(after({ type: 'stream_options', stream_options: { allow_cancel: false } }).run?.allowCancel).toBe(false);
  });

  it('stops waiting at the end of a turn, and takes what comes later', () => {
    const state = after(done(item('end_of_turn', 'eot')), done(assistantMessage()));
    expect(state.run?.waiting).toBe(false);
    expect(state.items).toHaveLength(2);
  });

  it('collects notices', () => {
    const notice = { type: 'notice', level: 'warning', message: 'Careful', title: 'Hm' };
    expect(after(notice, notice).notices).toMatchObject([{ id: 1, level: 'warning' }, { id: 2 }]);
  });

  it.each([
    [
      { code: 'custom', message: 'In my words', allow_retry: true },
      { message: 'In my words', allowRetry: true },
    ],
    [
      { code: 'stream.error', message: 'secret', allow_retry: true },
      { message: 'Something went wrong.', allowRetry: true },
    ],
    [{ code: 'custom' }, { message: 'Something went wrong.', allowRetry: false }],
  ])('shows of the error %j', (event, error) => {
    expect(after({ type: 'error', ...event }).error).toEqual({ ...error, event: { type: 'error', ...event } });
  });
});
