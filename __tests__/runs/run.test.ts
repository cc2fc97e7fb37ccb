// A run that goes well: the order of its events, what is stored, and what of it reaches the client.
import type { HookEventInput, RespondTurn, ThreadStreamEvent } from 'chatkit-express';
import {
  ada,
  ask,
  type Context,
  openStream,
  serve,
  startThread,
  storedItems,
  storedNames,
  silently,
} from '../support/core';
import { Gate, never } from '../support/gate';
import {
  added,
  assistantMessage,
  createdAt,
  done,
  hiddenNote,
  progress,
  removed,
  replaced,
  textDelta,
  toolCall,
} from '../support/items';
import { addMessage, createThread } from '../support/requests';

const types = (events: ThreadStreamEvent[]) => events.map(({ type }) => type);

describe('the order of events', () => {
  test('a new thread: the thread, the message, the options, then what the hook says', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield progress('thinking');
        yield done(assistantMessage(thread, 'm_1', 'Hi'));
      },
    });
    const { events } = await startThread(core);
    expect(types(events)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'progress_update',
      'thread.item.done',
    ]);
    expect(events[2]).toEqual({ type: 'stream_options', stream_options: { allow_cancel: true } });
  });

  test('a thread goes on: the message, the options, then what the hook says', async () => {
    const core = serve();
    const { threadId } = await startThread(core);
    expect(types(await ask(core, addMessage(threadId)))).toEqual(['thread.item.done', 'stream_options']);
  });

  test('the options are asked for with the thread and the context, once a stream', async () => {
    const asked: unknown[] = [];
    const core = serve({
      getStreamOptions: async ({ thread, context }) => {
        asked.push([thread.id, context]);
        return { allow_cancel: false };
      },
    });
    const { threadId, events } = await startThread(core);
    expect(events[2]).toEqual({ type: 'stream_options', stream_options: { allow_cancel: false } });
    expect(asked).toEqual([[threadId, ada]]);
  });

  test('an event is sent while the hook is still at work', async () => {
    const core = serve({
      async *respond() {
        yield progress('now');
        await never;
      },
    });
    const types: string[] = [];
    for await (const { type } of await openStream(core, createThread())) {
      types.push(type);
      if (type === 'progress_update') break;
    }
    expect(types.at(-1)).toBe('progress_update');
  });

  test('every kind of event that a hook may send comes in its order', async () => {
    const events: HookEventInput[] = [
      { type: 'stream_options', stream_options: { allow_cancel: false } },
      progress('.'),
      { type: 'client_effect', name: 'toast', data: { a: 1 } },
      { type: 'notice', level: 'warning', message: 'careful', title: 'Oh' },
      { type: 'error', code: 'custom', message: 'no credits', allow_retry: true },
      textDelta('m_1', 'x'),
      removed('m_1'),
    ];
    const core = serve({
      async *respond() {
        yield* events;
      },
    });
    expect((await startThread(core)).events.slice(3)).toEqual(events);
  });
});

describe('what a hook is given', () => {
  test('its own copy of the thread, the message, the context, the store and ids of the store', async () => {
    const turns: RespondTurn<Context>[] = [];
    const core = serve({
      respond: silently((turn) => turns.push(turn)),
    });
    core.store.generateItemId = (type, thread) => `${type}_of_${thread.id}`;
    const { threadId } = await startThread(core, 'Hi there');
    const [turn] = turns;
    expect(turn?.thread).toMatchObject({ id: threadId, status: { type: 'active' }, metadata: {} });
    expect(turn?.input).toMatchObject({ type: 'user_message', content: [{ type: 'input_text', text: 'Hi there' }] });
    expect(turn?.context).toBe(ada);
    expect(await turn?.store.loadThread(threadId, ada)).toMatchObject({ id: threadId });
    expect(turn?.generateId('workflow')).toBe(`workflow_of_${threadId}`);
  });

  test('changing its input or thread does not change what was sent before', async () => {
    const core = serve({
      async *respond({ input, thread }) {
        (input!.content[0] as { text: string }).text = 'changed';
        Object.assign(thread.status, { type: 'locked' });
        yield progress('.');
      },
    });
    const { threadId, events } = await startThread(core, 'as it was');
    expect(events[0]).toMatchObject({ thread: { status: { type: 'active' } } });
    expect(events[1]).toMatchObject({ item: { content: [{ text: 'as it was' }] } });
    expect(await storedItems(core, threadId)).toMatchObject([{ content: [{ text: 'as it was' }] }]);
  });
});

describe('items', () => {
  test('that are done are stored in order; those that were only added and say nothing are not', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1'));
        yield added(assistantMessage(thread, 'm_2'));
        yield done(assistantMessage(thread, 'm_2', 'two'));
        yield done(assistantMessage(thread, 'm_3', 'three'));
      },
    });
    const { threadId, events } = await startThread(core);
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'm_2', 'm_3']);
    expect(events.at(-1)).toEqual({ type: 'thread.item.removed', item_id: 'm_1' });
    expect(core.logger.take('warn')).toMatchObject([{ fields: { kept_ids: [], dropped_ids: ['m_1'] } }]);
  });

  test('that are removed or replaced are so in the store', async () => {
    const core = serve({
      async *respond({ thread }) {
        for (const id of ['m_1', 'm_2', 'm_3']) yield done(assistantMessage(thread, id, id));
        yield replaced(assistantMessage(thread, 'm_1', 'corrected'));
        yield removed('m_2');
        yield removed('m_nowhere');
      },
    });
    const { threadId, events } = await startThread(core);
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'm_1', 'm_3']);
    expect(await core.store.loadItem(threadId, 'm_1', ada)).toMatchObject({ content: [{ text: 'corrected' }] });
    expect(types(events.slice(-3))).toEqual(['thread.item.replaced', 'thread.item.removed', 'thread.item.removed']);
  });

  test('are stored before the client can read of them', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield done(assistantMessage(thread, 'm_1', 'Hi'));
      },
    });
    let checked = 0;
    for await (const event of await openStream(core, createThread())) {
      if (event.type !== 'thread.item.done') continue;
      expect(await core.store.loadItem(event.item.thread_id, event.item.id, ada)).toEqual(event.item);
      checked++;
    }
    expect(checked).toBe(2);
  });

  test.each([
    ['added', added],
    ['done', done],
    ['replaced', replaced],
  ])('that name another thread when they are %s are corrected with a warning', async (_what, event) => {
    const core = serve({
      async *respond() {
        yield event(assistantMessage({ id: 'thr_other' }, 'm_1', 'Hi'));
      },
    });
    const { threadId, events } = await startThread(core);
    expect(events[3]).toMatchObject({ item: { id: 'm_1', thread_id: threadId } });
    const stored = await storedItems(core, threadId);
    expect(stored.map((item) => item.thread_id)).toEqual(stored.map(() => threadId));
    const warnings = core.logger.take('warn').filter(({ message }) => !message.startsWith('a hook ended before'));
    expect(warnings).toEqual([
      {
        level: 'warn',
        fields: { thread_id: threadId, item_id: 'm_1', item_thread_id: 'thr_other' },
        message: 'an item named another thread than its own; corrected',
      },
    ]);
  });

  test('that are hidden are stored and never sent, whatever the event', async () => {
    const core = serve({
      async *respond({ thread }) {
        const base = { thread_id: thread.id, created_at: createdAt };
        yield added(hiddenNote(thread, 'h_1'));
        yield done(hiddenNote(thread, 'h_1'));
        yield replaced(hiddenNote(thread, 'h_1'));
        yield done({ ...base, type: 'sdk_hidden_context', id: 'h_2', content: 'note' });
        yield progress('.');
      },
    });
    const { threadId, events } = await startThread(core);
    expect(events.slice(3)).toEqual([progress('.')]);
    expect(await storedNames(core, threadId)).toEqual(['user_message', 'h_1', 'h_2']);
  });

  test('that are client tool calls are sent once, when they are done', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield added(toolCall(thread, 'tc_1'));
        yield done(toolCall(thread, 'tc_1'));
      },
    });
    const { events } = await startThread(core);
    expect(events.slice(3)).toMatchObject([{ type: 'thread.item.done', item: { id: 'tc_1', status: 'pending' } }]);
  });

  test("private notes on a message's attachments stay in the store", async () => {
    const core = serve({
      async *respond({ thread }) {
        const attachment = { type: 'file' as const, id: 'atc_1', name: 'a', mime_type: 'text/plain' };
        yield done({
          type: 'user_message',
          id: 'm_1',
          thread_id: thread.id,
          created_at: createdAt,
          content: [],
          attachments: [{ ...attachment, metadata: { key: 'secret' } }],
        });
      },
    });
    const { threadId, events } = await startThread(core);
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(await core.store.loadItem(threadId, 'm_1', ada)).toMatchObject({
      attachments: [{ metadata: { key: 'secret' } }],
    });
  });
});

test('an event that is changed after it was yielded is sent and stored as it was', async () => {
  const hanging = new Gate();
  const core = serve({
    async *respond({ thread }) {
      const item = assistantMessage(thread, 'm_1', 'as it was');
      const event = done(item);
      const delta = textDelta('m_2', 'as it was');
      const effect = { type: 'client_effect' as const, name: 'x', data: { deep: { list: [1] } } };
      yield event;
      yield delta;
      yield effect;
      Object.assign(event, { type: 'thread.item.added' });
      Object.assign(item, { id: 'm_9' });
      item.content[0]!.text = 'changed';
      item.content.push({ type: 'output_text', text: 'more', annotations: [] });
      Object.assign((delta as unknown as { update: object }).update, { delta: 'changed' });
      effect.data.deep.list.push(2);
      hanging.open();
      await never;
    },
  });
  const stream = await openStream(core, createThread());
  await hanging.passed; // nothing was read so far
  const [created, , , ...events] = stream.take()!;
  const threadId = (created as { thread: { id: string } }).thread.id;
  const item = assistantMessage({ id: threadId }, 'm_1', 'as it was');
  expect(events).toEqual([
    done(item),
    textDelta('m_2', 'as it was'),
    { type: 'client_effect', name: 'x', data: { deep: { list: [1] } } },
  ]);
  expect(await core.store.loadItem(threadId, 'm_1', ada)).toEqual(item);
});

test('the same event object can be yielded again and again', async () => {
  const core = serve({
    async *respond() {
      const event = { type: 'progress_update' as const, text: '' };
      for (const text of ['a', 'b', 'c']) {
        event.text = text;
        yield event;
      }
    },
  });
  expect((await startThread(core)).events.slice(3)).toEqual(['a', 'b', 'c'].map(progress));
});

test('any async iterable will do, also one without return', async () => {
  const core = serve({
    respond: () => {
      const events = [progress('a'), progress('b')];
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            const value = events.shift();
            return value ? { done: false, value } : { done: true, value: undefined };
          },
        }),
      };
    },
  });
  expect((await startThread(core)).events.slice(3)).toEqual([progress('a'), progress('b')]);
});

test('two runs on one thread do not mix', async () => {
  const first = new Gate();
  const core = serve({
    async *respond({ thread, input }) {
      const text = (input!.content[0] as { text: string }).text;
      if (text === 'slow') await first.passed;
      yield done(assistantMessage(thread, `m_${text}`, text));
    },
  });
  const { threadId } = await startThread(core, 'start');
  const slow = ask(core, addMessage(threadId, 'slow'));
  const quick = await ask(core, addMessage(threadId, 'quick'));
  expect(core.server.openRuns).toBe(1);
  first.open();
  expect(quick.at(-1)).toMatchObject({ item: { id: 'm_quick' } });
  expect((await slow).at(-1)).toMatchObject({ item: { id: 'm_slow' } });
  expect(await storedNames(core, threadId)).toEqual([
    'user_message',
    'm_start',
    'user_message',
    'user_message',
    'm_quick',
    'm_slow',
  ]);
});
