// What is no event of the protocol: it fails the run with a line in the log, and neither a store nor a client gets any of it.
import type { HookEventInput, ThreadStreamEvent } from 'chatkit-express';
import { InvalidEventError } from '../../src/runs/check';
import { serve, startThread, storedNames } from '../support/core';
import { added, assistantMessage, createdAt, done, progress, textDelta } from '../support/items';

const failed: ThreadStreamEvent = { type: 'error', code: 'stream.error', allow_retry: true };
const base = { id: 'm_2', thread_id: 'thr_1', created_at: createdAt };
const message = { ...base, type: 'assistant_message', content: [] };
const update = (fields: object) => ({ type: 'thread.item.updated', item_id: 'm_1', update: fields });
const delta = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: 'x' };
const circular: Record<string, unknown> = { type: 'client_effect', name: 'x' };
circular['data'] = { deeper: [circular] };
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

test.each<[string, unknown, RegExp]>([
  ['nothing at all', undefined, /something without a type/],
  ['null', null, /something without a type/],
  ['a string', 'thread.item.done', /something without a type/],
  ['a number', 7, /something without a type/],
  ['an array', [progress('x')], /something without a type/],
  ['an object without a type', { text: 'x' }, /something without a type/],
  ['an event of an unknown type', { type: 'thread.item.finished' }, /thread\.item\.finished.*not well formed/],
  ['thread.updated', { type: 'thread.updated', thread: {} }, /change `turn\.thread` instead/],
  ['thread.created', { type: 'thread.created', thread: {} }, /change `turn\.thread` instead/],
  ['an item that is missing', { type: 'thread.item.done' }, /item: /],
  ['an item of an unknown type', done({ ...message, type: 'poem' } as never), /item\.type: /],
  ['an item without an id', done({ ...message, id: undefined } as never), /item\.id: /],
  ['an item with an empty id', done({ ...message, id: '' } as never), /item\.id: /],
  ['an item with a bad date', done({ ...message, created_at: 'today' } as never), /item\.created_at: /],
  ['an invalid Date', done({ ...message, created_at: new Date(NaN) } as never), /item\.created_at: /],
  ['content that is a string', done({ ...message, content: 'Hi' } as never), /item\.content: /],
  [
    'a part without text',
    done({ ...message, content: [{ type: 'output_text' }] } as never),
    /item\.content\.0\.text: /,
  ],
  ['an unknown icon', { type: 'progress_update', text: 'x', icon: 'unicorn' }, /icon: /],
  ['a level that is none', { type: 'notice', level: 'error', message: 'x' }, /level: /],
  [
    'a widget without a type',
    done({ ...base, type: 'widget', widget: { children: [] } } as never),
    /item\.widget\.type: /,
  ],
  ['an update that is missing', { type: 'thread.item.updated', item_id: 'm_1' }, /update: /],
  ['an update of an unknown type', update({ type: 'assistant_message.grown' }), /update\.type: /],
  ['a delta that is no string', update({ ...delta, delta: 1 }), /update\.delta: /],
  ['a delta without an index', update({ ...delta, content_index: undefined }), /update\.content_index: /],
  ['a delta at a negative index', update({ ...delta, content_index: -1 }), /update\.content_index: /],
  ['a delta at half an index', update({ ...delta, content_index: 0.5 }), /update\.content_index: /],
  ['a delta beyond all whole numbers', update({ ...delta, content_index: 1e21 }), /update\.content_index: /],
  ['a delta for no item', { ...update(delta), item_id: '' }, /item_id: /],
  ['a removal of nothing', { type: 'thread.item.removed', item_id: '' }, /item_id: /],
  ['a bigint', { type: 'client_effect', name: 'x', data: { count: 1n } }, /JSON cannot hold/],
  ['a cycle', circular, /JSON cannot hold/],
  ['data nested too deep', { type: 'client_effect', name: 'x', data: { deep: deep(150) } }, /data: nests deeper/],
  [
    'a toJSON that throws',
    { type: 'client_effect', name: 'x', data: { toJSON: () => JSON.parse('{') } },
    /JSON cannot hold/,
  ],
])('%s fails the run, is logged whole and not stored', async (_what, event, message) => {
  const core = serve({
    async *respond({ thread }) {
      yield done(assistantMessage(thread, 'm_1', 'kept'));
      yield event as HookEventInput;
      yield done(assistantMessage(thread, 'm_3', 'never'));
    },
  });
  const { threadId, events } = await startThread(core);
  expect(events.slice(3)).toEqual([expect.objectContaining({ type: 'thread.item.done' }), failed]);
  expect(await storedNames(core, threadId)).toEqual(['user_message', 'm_1']);

  const [line, ...others] = core.logger.take('error');
  expect(others).toEqual([]);
  expect(line?.message).toBe('respond failed');
  expect(line?.fields).toMatchObject({ hook: 'respond', thread_id: threadId });
  expect(line?.fields['event']).toBe(event);
  const error = line?.fields['err'] as InvalidEventError;
  expect(error).toBeInstanceOf(InvalidEventError);
  expect(error.name).toBe('InvalidEventError');
  expect(error.event).toBe(event);
  expect(error.message).toMatch(message);
});

test("the hook's finally runs when its event is refused", async () => {
  let cleaned = false;
  const core = serve({
    async *respond() {
      try {
        yield { type: 'nonsense' } as unknown as HookEventInput;
      } finally {
        cleaned = true;
      }
    },
  });
  await startThread(core);
  expect(cleaned).toBe(true);
  expect(core.logger.take('error')).toHaveLength(1);
});

test('an error while an event is read is told of as it is', async () => {
  const core = serve({
    async *respond() {
      yield {
        get type(): never {
          throw new RangeError('no type today');
        },
      };
    },
  });
  const { events } = await startThread(core);
  expect(events.at(-1)).toEqual(failed);
  const [line] = core.logger.take('error');
  const { err } = line!.fields as { err: Error };
  expect([err.message, (err.cause as Error | undefined)?.message].join()).toContain('no type today');
});

describe('what is left out or not quite JSON is made whole', () => {
  test('defaults are filled in, for the client and the store alike', async () => {
    const core = serve({
      async *respond({ thread }) {
        const own = { thread_id: thread.id, created_at: createdAt };
        yield added({ ...own, type: 'assistant_message', id: 'm_1', content: [{ text: '' }] });
        yield done({ ...own, type: 'assistant_message', id: 'm_1', content: [{ text: 'Hi' }] });
        yield done({ ...own, type: 'client_tool_call', id: 'tc_1', call_id: 'c', name: 'pick' });
        yield done({ ...own, type: 'workflow', id: 'wf_1', workflow: { type: 'custom' } });
        yield { type: 'error' };
        yield { type: 'client_effect', name: 'x' };
      },
    });
    const { threadId, events } = await startThread(core);
    const own = { thread_id: threadId, created_at: createdAt };
    const part = (text: string) => ({ type: 'output_text', text, annotations: [] });
    const items = [
      { ...own, type: 'assistant_message', id: 'm_1', content: [part('Hi')] },
      { ...own, type: 'client_tool_call', id: 'tc_1', status: 'pending', call_id: 'c', name: 'pick', arguments: {} },
      { ...own, type: 'workflow', id: 'wf_1', workflow: { type: 'custom', tasks: [], expanded: false } },
    ];
    expect(JSON.parse(JSON.stringify(events.slice(3)))).toEqual([
      { type: 'thread.item.added', item: { ...own, type: 'assistant_message', id: 'm_1', content: [part('')] } },
      ...items.map((item) => ({ type: 'thread.item.done', item })),
      { type: 'error', code: 'custom', allow_retry: false },
      { type: 'client_effect', name: 'x', data: {} },
    ]);
    const stored = await core.store.loadThreadItems(threadId, { limit: 9, after: null, order: 'asc' }, { user: 'ada' });
    const withRun = (item: object) =>
      'status' in item && item.status === 'pending' ? { ...item, run_id: expect.any(String) } : item;
    expect(stored.data.slice(1)).toEqual(items.map(withRun)); // the run of a pending call never leaves the server
  });

  test('a Date is a date, and null, undefined and functions are absent', async () => {
    const core = serve({
      async *respond({ thread }) {
        const item = {
          ...assistantMessage(thread, 'm_1', 'Hi'),
          created_at: new Date(0),
          later: undefined,
          go: () => 1,
        };
        yield done(item as never);
        yield { type: 'notice', level: 'info', message: 'x', title: null } as never;
      },
    });
    const { events } = await startThread(core);
    const [first, second] = events.slice(3) as [{ item: Record<string, unknown> }, object];
    expect(first.item['created_at']).toBe('1970-01-01T00:00:00.000Z');
    expect(Object.keys(first.item).sort()).toEqual(['content', 'created_at', 'id', 'thread_id', 'type']);
    expect(JSON.stringify(second)).toBe('{"type":"notice","level":"info","message":"x"}');
  });

  test('fields that this version does not know survive', async () => {
    const core = serve({
      async *respond({ thread }) {
        yield done({ ...assistantMessage(thread, 'm_1', 'Hi'), rating: { stars: 5 } } as never);
      },
    });
    const { threadId, events } = await startThread(core);
    expect(events[3]).toMatchObject({ item: { rating: { stars: 5 } } });
    expect(await core.store.loadItem(threadId, 'm_1', { user: 'ada' })).toMatchObject({ rating: { stars: 5 } });
  });

  test('a well-formed text delta is sent as it is, without what does not belong to it', async () => {
    const core = serve({
      async *respond() {
        yield { ...textDelta('m_1', 'Hi', 3), usage: { tokens: 1 } } as never;
        yield textDelta('m_1', '');
      },
    });
    const { events } = await startThread(core);
    expect(events.slice(3)).toEqual([textDelta('m_1', 'Hi', 3), textDelta('m_1', '')]);
  });
});
