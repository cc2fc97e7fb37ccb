// What a hook changes in its thread: when it is saved and sent, and what others change meanwhile.
import { MemoryStore, type Store, type Thread, type ThreadStreamEvent } from 'chatkit-express';
import { InvalidEventError } from '../../src/runs/check';
import { ada, ask, type Context, openStream, serve, startThread, silently } from '../support/core';
import { Gate, never } from '../support/gate';
import { assistantMessage, done, progress, textDelta } from '../support/items';
import { addMessage, createThread } from '../support/requests';

/** The events after `stream_options`, each by its type and what tells it apart. */
function outline(events: ThreadStreamEvent[]): string[] {
  const start = events.findIndex(({ type }) => type === 'stream_options') + 1;
  return events.slice(start).map((event) => {
    if (event.type === 'thread.updated') return `thread.updated ${event.thread.title ?? '-'}`;
    return event.type === 'progress_update' ? event.text : event.type;
  });
}

/** The stored thread. */
const stored = (core: { store: Store<Context> }, threadId: string) => core.store.loadThread(threadId, ada);

test('a changed thread is saved and sent right after the event that follows the change', async () => {
  const core = serve({
    async *respond({ thread }) {
      yield progress('first');
      thread.title = 'Early';
      yield progress('second');
      yield progress('third');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['first', 'second', 'thread.updated Early', 'third']);
  expect(await stored(core, threadId)).toMatchObject({ title: 'Early' });
});

test('a change before a text delta or a stored item is sent after it, and one after the last event at the end', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.title = 'A';
      yield textDelta('m_1', 'Hi');
      thread.title = 'B';
      yield done(assistantMessage(thread, 'm_1', 'Hi'));
      thread.title = 'C';
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual([
    'thread.item.updated',
    'thread.updated A',
    'thread.item.done',
    'thread.updated B',
    'thread.updated C',
  ]);
  expect(await stored(core, threadId)).toMatchObject({ title: 'C' });
});

test('a change is saved before its thread.updated can be read', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.title = 'Kept';
      yield progress('.');
      await never;
    },
  });
  for await (const event of await openStream(core, createThread())) {
    if (event.type !== 'thread.updated') continue;
    expect(await stored(core, event.thread.id)).toMatchObject({ title: 'Kept' });
    return;
  }
  throw new Error('no thread.updated came');
});

test('a change that is followed by an error is saved and sent after the error', async () => {
  const core = serve({
    respond: silently(async ({ thread }) => {
      thread.title = 'Named';
      throw new Error('down');
    }),
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['error', 'thread.updated Named']);
  expect(await stored(core, threadId)).toMatchObject({ title: 'Named' });
  expect(core.logger.take('error')).toMatchObject([{ message: 'respond failed' }]);
});

test('a change by a run that is cancelled is saved', async () => {
  const core = serve({
    async *respond({ thread }) {
      yield progress('.');
      thread.title = 'Late';
      await never;
    },
  });
  const stream = await openStream(core, createThread());
  let threadId = '';
  for await (const event of stream) {
    if (event.type === 'thread.created') threadId = event.thread.id;
    if (event.type === 'progress_update') break;
  }
  expect(await stored(core, threadId)).toMatchObject({ title: 'Late' });
});

test('status, image domains and metadata count as changes, metadata without leaving the server', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.status = { type: 'locked', reason: 'under review' };
      yield progress('.');
      thread.allowed_image_domains = ['images.example'];
      yield progress('.');
      thread.metadata = { secret: 1 };
      yield progress('.');
    },
  });
  const { threadId, events } = await startThread(core);
  const updates = events.flatMap((event) => (event.type === 'thread.updated' ? [event.thread] : []));
  const status = { type: 'locked', reason: 'under review' };
  expect(updates).toMatchObject([
    { status },
    { status, allowed_image_domains: ['images.example'] },
    { status, allowed_image_domains: ['images.example'] },
  ]);
  expect(updates.map(({ metadata, items }) => ({ metadata, items }))).toEqual(
    Array(3).fill({ metadata: {}, items: { data: [], has_more: false } }),
  );
  expect(await stored(core, threadId)).toMatchObject({ status, metadata: { secret: 1 } });
});

test('changes in place count, however deep, also through a reference from before the last save', async () => {
  const core = serve({
    async *respond({ thread }) {
      const { metadata } = thread;
      metadata['model'] = { usage: { tokens: [1] } };
      yield progress('one');
      (metadata['model'] as { usage: { tokens: number[] } }).usage.tokens.push(2);
      yield progress('two');
      metadata['model'] = undefined;
      metadata['list'] = [];
      yield progress('three');
      metadata['list'] = {};
      yield progress('four');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['one', 'two', 'three', 'four'].flatMap((text) => [text, 'thread.updated -']));
  expect((await stored(core, threadId)).metadata).toEqual({ list: {} });
});

test('an allowed_image_domains list changed in place counts', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.allowed_image_domains ??= [];
      thread.allowed_image_domains.push('a.example');
      yield progress('.');
      thread.allowed_image_domains.push('b.example');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['.', 'thread.updated -', 'thread.updated -']);
  expect(await stored(core, threadId)).toMatchObject({ allowed_image_domains: ['a.example', 'b.example'] });
});

test('what is assigned and equal is no change', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.status = { type: 'active' };
      thread.metadata = { ...thread.metadata, later: undefined };
      thread.title = undefined;
      yield progress('.');
    },
  });
  expect(outline((await startThread(core)).events)).toEqual(['.']);
});

test.each<[string, (thread: Thread) => void, Partial<Thread>]>([
  ['a Date', ({ metadata }) => (metadata['at'] = new Date(0)), { metadata: { at: '1970-01-01T00:00:00.000Z' } }],
  ['a number that JSON does not have', ({ metadata }) => (metadata['rate'] = NaN), { metadata: { rate: null } }],
  ['a function', ({ metadata }) => (metadata['call'] = () => 1), { metadata: {} }],
  ['metadata of null', (thread) => Object.assign(thread, { metadata: null }), { metadata: {} }],
  ['a deleted status', (thread) => Object.assign(thread, { status: undefined }), { status: { type: 'active' } }],
])('%s in the thread is saved as JSON has it, once', async (_what, change, wanted) => {
  const core = serve({
    async *respond({ thread }) {
      thread.title = 'Changed';
      change(thread);
      yield progress('one');
      yield progress('two');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['one', 'thread.updated Changed', 'two']);
  const { metadata, status } = await stored(core, threadId);
  expect({ metadata, status }).toEqual({ metadata: {}, status: { type: 'active' }, ...wanted });
});

test('a Date that is replaced by another one counts', async () => {
  const core = serve({
    async *respond({ thread }) {
      thread.metadata['at'] = new Date(0);
      yield progress('one');
      thread.metadata['at'] = new Date(1000);
      yield progress('two');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['one', 'thread.updated -', 'two', 'thread.updated -']);
  expect((await stored(core, threadId)).metadata).toEqual({ at: '1970-01-01T00:00:01.000Z' });
});

test.each<[string, (thread: Thread) => void]>([
  ['a status of no known type', (thread) => Object.assign(thread, { status: { type: 'asleep' } })],
  ['a title that is no string', (thread) => Object.assign(thread, { title: 7 })],
  ['a bigint in the metadata', ({ metadata }) => (metadata['count'] = 1n)],
  ['a cycle in the metadata', ({ metadata }) => (metadata['self'] = metadata)],
])('%s fails the run, is logged with the thread and not saved', async (_what, change) => {
  const core = serve({
    async *respond({ thread }) {
      thread.allowed_image_domains = ['never.example'];
      change(thread);
      yield progress('one');
      yield progress('two');
    },
  });
  const { threadId, events } = await startThread(core);
  expect(outline(events)).toEqual(['one', 'error']);
  expect(await stored(core, threadId)).toEqual({
    id: threadId,
    created_at: expect.any(String),
    status: { type: 'active' },
    metadata: {},
  });
  const [line, ...more] = core.logger.take('error');
  expect(more).toEqual([]);
  expect(line?.fields['err']).toBeInstanceOf(InvalidEventError);
  expect(line?.fields).toMatchObject({ event: { id: threadId }, thread_id: threadId, hook: 'respond' });
});

describe('while others change the thread too', () => {
  test('a title that the user gave meanwhile is not undone, and the hook sees it', async () => {
    const seen: (string | undefined)[] = [];
    const core = serve({
      async *respond({ thread, store, context }) {
        yield progress('one');
        await store.saveThread({ ...(await store.loadThread(thread.id, context)), title: 'By the user' }, context);
        thread.metadata['response'] = 'resp_1';
        yield progress('two');
        seen.push(thread.title);
      },
    });
    const { threadId, events } = await startThread(core);
    expect(outline(events)).toEqual(['one', 'two', 'thread.updated By the user']);
    expect(await stored(core, threadId)).toMatchObject({ title: 'By the user', metadata: { response: 'resp_1' } });
    expect(seen).toEqual(['By the user']);
  });

  test('of two new titles the later one stays', async () => {
    const core = serve({
      async *respond({ thread, store, context }) {
        thread.title = 'By the hook';
        await store.saveThread({ ...(await store.loadThread(thread.id, context)), title: 'By the user' }, context);
        yield progress('.');
      },
    });
    const { threadId } = await startThread(core);
    expect(await stored(core, threadId)).toMatchObject({ title: 'By the hook' });
  });

  test('what the hook changes while a change is being saved is saved next', async () => {
    const saving = new Gate<Thread>();
    const saved = new Gate();
    class SlowStore extends MemoryStore<Context> {
      override async saveThread(thread: Thread, context: Context): Promise<void> {
        if (thread.title === 'First') {
          saving.open(thread);
          await saved.passed;
        }
        await super.saveThread(thread, context);
      }
    }
    const core = serve({
      store: new SlowStore(),
      async *respond({ thread }) {
        thread.title = 'First';
        void saving.passed.then(() => {
          thread.title = 'Second';
          saved.open();
        });
        yield progress('one');
        yield progress('two');
      },
    });
    const { threadId, events } = await startThread(core);
    expect(outline(events)).toEqual(['one', 'thread.updated First', 'two', 'thread.updated Second']);
    expect(await stored(core, threadId)).toMatchObject({ title: 'Second' });
  });

  test.each(['by a changed title', 'by an item'])(
    'a thread that was deleted meanwhile does not come back %s',
    async (how) => {
      const core = serve({
        async *respond({ thread, store, context }) {
          await store.deleteThread(thread.id, context);
          if (how === 'by an item') yield done(assistantMessage(thread, 'm_1', 'Hi'));
          thread.title = 'Back again';
          yield progress('.');
        },
      });
      const { threadId, events } = await startThread(core);
      expect(events.at(-1)).toMatchObject({ type: 'error', code: 'stream.error' });
      await expect(stored(core, threadId)).rejects.toMatchObject({ code: 'not_found' });
      expect(core.logger.take('error')).not.toEqual([]);
    },
  );

  test('a thread that was deleted meanwhile does not come back by a cancelled run', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield progress(thread.id);
        thread.title = 'Back again';
        await never;
      },
    });
    const stream = await openStream(core, createThread());
    let threadId = '';
    for await (const event of stream) {
      if (event.type !== 'progress_update') continue;
      threadId = event.text;
      await core.store.deleteThread(threadId, ada);
      break;
    }
    await expect(stored(core, threadId)).rejects.toMatchObject({ code: 'not_found' });
    expect(core.logger.take('error')).toMatchObject([{ message: 'what a cancelled run had said could not be kept' }]);
  });
});

test('a second run sees what the first one saved', async () => {
  const seen: unknown[] = [];
  const core = serve({
    async *respond({ thread }) {
      seen.push({ title: thread.title, metadata: structuredClone(thread.metadata) });
      thread.title = 'Named';
      thread.metadata['runs'] = seen.length;
      yield progress('.');
    },
  });
  const { threadId } = await startThread(core);
  await ask(core, addMessage(threadId));
  expect(seen).toEqual([
    { title: undefined, metadata: {} },
    { title: 'Named', metadata: { runs: 1 } },
  ]);
});
