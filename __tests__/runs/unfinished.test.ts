// Items that were shown and never done: what is kept of them when the hook throws, and when it ends.
import type { ChatKitOptions, HookEventInput, Thread, ThreadItemInput } from 'chatkit-express';
import { CustomStreamError, MemoryStore, StreamError } from 'chatkit-express';
import { ask, type Context, serve, startThread, storedItems, storedNames } from '../support/core';
import {
  added,
  assistantMessage,
  createdAt,
  done,
  hiddenNote,
  progress,
  removed,
  textDelta,
  toolCall,
} from '../support/items';
import { addMessage } from '../support/requests';

const base = ({ id: thread_id }: { id: string }) => ({ thread_id, created_at: createdAt });
const task = (title: string, status_indicator: 'loading' | 'complete' | 'none') => ({
  type: 'custom' as const,
  title,
  status_indicator,
});

const workflow = (thread: Thread, id: string, tasks: ReturnType<typeof task>[]): ThreadItemInput => ({
  ...base(thread),
  type: 'workflow',
  id,
  workflow: { type: 'custom', tasks },
});

/** One item of each kind, in the state in which an answer can break off. */
const unfinished = (thread: Thread): HookEventInput[] => [
  added(workflow(thread, 'workflow', [task('Look', 'loading'), task('Read', 'none'), task('Seen', 'complete')])),
  added(workflow(thread, 'empty_workflow', [])),
  added({ ...base(thread), type: 'widget', id: 'widget', widget: { type: 'Card', children: [] } }),
  added(assistantMessage(thread, 'said', '')),
  textDelta('said', 'half an ans'),
  added(assistantMessage(thread, 'silent')),
  added(assistantMessage(thread, 'blank', ' \n')),
  added({ ...base(thread), type: 'generated_image', id: 'image' }),
  added(toolCall(thread, 'call')),
  added(hiddenNote(thread, 'hidden')),
];
const kept = ['workflow', 'widget', 'said'];
const dropped = ['empty_workflow', 'silent', 'blank', 'image', 'call', 'hidden'];

function serveUnfinished(end: () => void, more: Partial<ChatKitOptions<Context>> = {}) {
  const { store: _store, logger: _logger, ...options } = more;
  let calls = 0;
  return serve({
    ...options,
    async *respond({ thread }) {
      if (calls++ > 0) return;
      yield done(assistantMessage(thread, 'before', 'Said before'));
      yield* unfinished(thread);
      end();
    },
  });
}

describe.each<[string, () => never]>([
  [
    'an error',
    () => {
      throw new Error('down');
    },
  ],
  [
    'an error for the user',
    () => {
      throw new CustomStreamError('Out of words', { allowRetry: true });
    },
  ],
  [
    'an error of the stream',
    () => {
      throw new StreamError();
    },
  ],
])('a hook that throws %s', (_what, end) => {
  test('keeps what was said, in its final form, with a note for the model', async () => {
    const core = serveUnfinished(end);
    const { threadId, events } = await startThread(core);
    core.logger.take('error');
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'before', ...kept, 'sdk_hidden_context']);
    const [, , flow, , message, note] = await storedItems(core, threadId);
    expect(flow).toMatchObject({
      workflow: { tasks: [task('Look', 'complete'), task('Read', 'none'), task('Seen', 'complete')] },
    });
    expect(message).toMatchObject({ content: [{ text: 'half an ans' }] });
    expect(note).toMatchObject({ content: expect.stringContaining('because of an error') });
    const ids = events.flatMap((event) => (event.type === 'thread.item.done' ? [event.item.id] : []));
    expect(ids.slice(2)).toEqual(kept);
    expect(events.at(-1)).toMatchObject({ type: 'error' });
    expect(await core.logger.next('items of a run that ended early were kept or dropped')).toMatchObject({
      level: 'debug',
      fields: { reason: 'failed', kept_ids: kept, dropped_ids: dropped, thread_id: threadId },
    });
  });

  test('leaves no note when nothing was said', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'silent'));
        yield progress('.');
        end();
      },
    });
    const { threadId } = await startThread(core);
    core.logger.take('error');
    expect(await storedNames(core, threadId)).toEqual(['user_message']);
  });

  test('gives what was said to the application where it keeps that itself', async () => {
    const given: unknown[] = [];
    const core = serveUnfinished(end, {
      handleStreamCancelled: ({ pendingItems, reason }) =>
        void given.push(
          reason,
          pendingItems.map(({ id }) => id),
        ),
    });
    const { threadId } = await startThread(core);
    core.logger.take('error');
    expect(given[0]).toBe('failed');
    expect(given[1]).toEqual(expect.arrayContaining([...kept, ...dropped]));
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'before']);
  });
});

test('a hook that ends keeps what was never done, takes the rest off the page, and is warned', async () => {
  const core = serveUnfinished(() => undefined);
  const { threadId, events } = await startThread(core);
  expect(await storedNames(core, threadId)).toEqual(['user_message', 'before', ...kept]);
  const ids = (type: string) =>
    events.flatMap((event) => (event.type === type ? [event as { item_id?: string; item?: { id: string } }] : []));
  expect(
    ids('thread.item.done')
      .map(({ item }) => item?.id)
      .slice(2),
  ).toEqual(kept);
  expect(ids('thread.item.removed').map(({ item_id }) => item_id)).toEqual([
    'empty_workflow',
    'silent',
    'blank',
    'image',
  ]);
  expect(core.logger.take('warn')).toMatchObject([{ fields: { kept_ids: kept, dropped_ids: dropped } }]);
  await ask(core, addMessage(threadId));
});

test('a hook that removes what it showed for a while is not warned, and nothing of it is kept', async () => {
  const core = serve({
    async *respond({ thread }) {
      yield added(assistantMessage(thread, 'looking', 'One moment'));
      yield removed('looking');
    },
  });
  const { threadId } = await startThread(core);
  expect(await storedNames(core, threadId)).toEqual(['user_message']);
});

class Unsteady extends MemoryStore<Context> {
  /** The errors of the next calls of `addThreadItem` for items of the hook. */
  readonly failures: Error[] = [];
  calls = 0;
  override async addThreadItem(...args: Parameters<MemoryStore<Context>['addThreadItem']>): Promise<void> {
    if (args[1].type !== 'user_message') {
      this.calls++;
      const failure = this.failures.shift();
      if (failure) throw failure;
    }
    await super.addThreadItem(...args);
  }
  override isTransient(error: unknown): boolean {
    return error instanceof Error && error.message === 'away';
  }
}

describe('a store that fails during an answer', () => {
  const answer = {
    async *respond({ thread }: { thread: Thread }) {
      yield done(assistantMessage(thread, 'm_1', 'Hi'));
    },
  };

  test('for a moment: the write is repeated, and the answer is there once', async () => {
    const store = new Unsteady();
    store.failures.push(new Error('away'), new Error('away'));
    const core = serve({ ...answer, store });
    const { threadId, events } = await startThread(core);
    expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { id: 'm_1' } });
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'm_1']);
    expect(store.calls).toBe(3);
    expect(core.logger.take('warn')).toHaveLength(2);
  });

  test('for good: the write is not repeated, and the stream ends with an error', async () => {
    const store = new Unsteady();
    store.failures.push(new Error('disk full'));
    const core = serve({ ...answer, store });
    const { threadId, events } = await startThread(core);
    expect(events.at(-1)).toMatchObject({ type: 'error' });
    expect(await storedNames(core, threadId)).toEqual(['user_message']);
    expect(store.calls).toBe(1);
    expect(core.logger.take('error')).toHaveLength(1);
  });

  test('for more than five seconds: the write is given up', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const store = new Unsteady();
    store.failures.push(...Array.from({ length: 1000 }, () => new Error('away')));
    jest.spyOn(store, 'isTransient').mockImplementation(() => {
      now += 1000; // as if each call took a second
      return true;
    });
    const core = serve({ ...answer, store });
    const { events } = await startThread(core);
    expect(events.at(-1)).toMatchObject({ type: 'error' });
    expect(store.calls).toBe(5);
    jest.restoreAllMocks();
    core.logger.take('warn');
    core.logger.take('error');
  });
});
