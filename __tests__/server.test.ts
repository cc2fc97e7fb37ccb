// The server without HTTP: what it refuses, how its streams are read, back pressure, and its end.
import { MemoryStore, type ThreadStreamEvent } from 'chatkit-express';
import { ChatKitError } from '../src/errors';
import { operations } from '../src/operations/registry';
import { RequestSchema } from '../src/protocol';
import {
  ada,
  ask,
  askJson,
  type Context,
  type Core,
  openStream,
  refusal,
  serve,
  startThread,
  storedNames,
  silently,
} from './support/core';
import { Gate, idle, never } from './support/gate';
import { HeldStore } from './support/held-store';
import { added, assistantMessage, done, progress, textDelta } from './support/items';
import { addMessage, createThread, getThread } from './support/requests';

/** Reads events until one of this type has come, and does not leave the stream. */
async function readUntil(events: AsyncIterator<ThreadStreamEvent>, type: ThreadStreamEvent['type']) {
  for (;;) {
    const { done: over, value } = await events.next();
    if (over) throw new Error(`the stream ended before ${type}`);
    if (value.type === type) return value;
  }
}

describe('a request that is not well formed', () => {
  test.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['']],
    ['null', null, ['']],
    ['a string', 'threads.list', ['']],
    ['an array', [], ['']],
    ['no type', { params: {} }, ['type']],
    ['an unknown type', { type: 'attachments.list', params: {} }, ['type']],
    ['the name of something every object has', { type: 'constructor', params: {} }, ['type']],
    ['no params', { type: 'threads.list' }, ['params']],
    ['params that are a list', { type: 'threads.list', params: [] }, ['params']],
    ['several faults', { type: 'threads.list', params: { limit: 'x', order: 'up' } }, ['params.limit', 'params.order']],
    [
      'a fault deep inside',
      { type: 'threads.create', params: { input: { content: [{ type: 'input_text' }] } } },
      ['params.input.content.0.text'],
    ],
  ])('%s is refused, naming the fields at fault', async (_what, request, fields) => {
    const refused = await refusal(serve(), request);
    expect(refused).toMatchObject({ code: 'invalid_request', fields });
    for (const field of fields) expect(refused.message).toContain(field);
  });

  test('with a thousand faults gets a message of a sane length', async () => {
    const item_ids = Array.from({ length: 1000 }, () => 7);
    const request = { type: 'items.feedback', params: { thread_id: 'thr_1', item_ids, kind: 'positive' } };
    const { message, fields } = await refusal(serve(), request);
    expect(message.length).toBeLessThanOrEqual(1000);
    expect(fields).toHaveLength(20);
  });

  test('is refused with an error of this package', async () => {
    await expect(serve().server.process({}, ada)).rejects.toBeInstanceOf(ChatKitError);
  });
});

test('every request type has an operation, and no other has', () => {
  const types = RequestSchema.options.map((option) => option.shape.type.value);
  expect(Object.keys(operations).sort()).toEqual([...types].sort());
  expect(types).toHaveLength(17);
});

test('an error of the store passes as it is', async () => {
  const core = serve();
  const broken = new Error('connection refused');
  core.store.loadThread = () => Promise.reject(broken);
  await expect(core.server.process(getThread('thr_1'), ada)).rejects.toBe(broken);
});

test('the context reaches every call of the store and every hook as it is', async () => {
  const contexts = new Set<unknown>();
  const core = serve({
    async *respond({ context, thread }) {
      contexts.add(context);
      yield done(assistantMessage(thread, 'm_1', 'Hi'));
      thread.title = 'Named';
    },
    getStreamOptions: ({ context }) => {
      contexts.add(context);
      return { allow_cancel: true };
    },
  });
  for (const method of ['loadThread', 'saveThread', 'loadThreadItems', 'addThreadItem'] as const) {
    const call = core.store[method].bind(core.store) as (...args: unknown[]) => Promise<never>;
    core.store[method] = (...args: unknown[]) => {
      contexts.add(args.at(-1));
      return call(...args);
    };
  }
  const context = Object.freeze({ user: 'grace' });
  const { threadId } = await startThread(core, 'Hi', context);
  await askJson(core, getThread(threadId), context);
  expect([...contexts]).toEqual([context]);
  expect([...contexts][0]).toBe(context);
});

describe('reading a stream', () => {
  const chatty = () =>
    serve({
      async *respond() {
        yield progress('one');
        yield progress('two');
        await never;
      },
    });

  test('leaving the iteration early cancels the run and waits until it has ended', async () => {
    const core = chatty();
    for await (const event of await openStream(core, createThread())) if (event.type === 'progress_update') break;
    expect(core.server.openRuns).toBe(0);
  });

  test('an error in the loop that reads cancels the run', async () => {
    const core = chatty();
    const reading = (async () => {
      for await (const event of await openStream(core, createThread())) throw new Error(`failed at ${event.type}`);
    })();
    await expect(reading).rejects.toThrow('failed at thread.created');
    expect(core.server.openRuns).toBe(0);
  });

  test('events can be taken in batches instead', async () => {
    const core = serve({
      async *respond() {
        yield progress('one');
        yield progress('two');
      },
    });
    const stream = await openStream(core, createThread());
    const types: string[] = [];
    while (!stream.done) {
      await new Promise<void>((resolve) => stream.whenReady(resolve));
      for (const { type } of stream.take() ?? []) types.push(type);
    }
    expect(types).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'progress_update',
      'progress_update',
    ]);
    expect(stream.take()).toBeNull();
  });

  test('a run is open from its request to its last event, whoever reads', async () => {
    const goOn = new Gate();
    const core = serve({
      async *respond() {
        await goOn.passed;
        yield progress('.');
      },
    });
    await openStream(core, createThread());
    await openStream(core, createThread());
    expect(core.server.openRuns).toBe(2);
    goOn.open();
    await idle();
    expect(core.server.openRuns).toBe(0);
  });
});

describe('a reader that is slower than the hook', () => {
  /** A hook that counts what it has yielded, for ever. */
  function endless(maxQueuedEvents: number | undefined, event: (count: number) => ThreadStreamEvent) {
    const count = { yielded: 0 };
    const core: Core = serve({
      ...(maxQueuedEvents !== undefined && { maxQueuedEvents }),
      async *respond() {
        for (;;) yield event(count.yielded++) as never;
      },
    });
    return { core, count };
  }

  test.each<[string, (count: number) => ThreadStreamEvent]>([
    ['text deltas', (count) => textDelta('m_1', `${count}`) as ThreadStreamEvent],
    ['other events', (count) => progress(`${count}`) as ThreadStreamEvent],
  ])('pauses it, with no more than maxQueuedEvents waiting, for %s', async (_what, event) => {
    const { core, count } = endless(10, event);
    const stream = await openStream(core, createThread());
    await idle();
    // Three events came before the hook's own.
    expect(count.yielded).toBe(7);
    await idle();
    expect(count.yielded).toBe(7);
    expect(stream.take()).toHaveLength(10);
    await idle();
    expect(count.yielded).toBe(17);
    expect(stream.take()).toHaveLength(10);
    await stream.cancel();
  });

  test('has 512 events waiting unless the option says otherwise', async () => {
    const { core, count } = endless(undefined, (n) => progress(`${n}`) as ThreadStreamEvent);
    const stream = await openStream(core, createThread());
    while (count.yielded < 509) await idle(); // a run yields to the event loop now and then
    await idle();
    expect(count.yielded).toBe(509);
    await stream.cancel();
  });

  test('gets every event in its order in the end', async () => {
    const core = serve({
      maxQueuedEvents: 3,
      async *respond() {
        for (let count = 0; count < 50; count++) yield progress(`${count}`);
      },
    });
    const texts: string[] = [];
    for await (const event of await openStream(core, createThread())) {
      await idle();
      if (event.type === 'progress_update') texts.push(event.text);
    }
    expect(texts).toEqual(Array.from({ length: 50 }, (_, count) => `${count}`));
  });

  test('does not keep items from being stored before they are read', async () => {
    const core = serve({
      maxQueuedEvents: 4,
      async *respond({ thread }) {
        for (const id of ['m_1', 'm_2', 'm_3']) yield done(assistantMessage(thread, id, id));
      },
    });
    core.store.generateThreadId = () => 'thr_1';
    const stream = await openStream(core, createThread());
    await idle();
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1']);
    stream.take();
    await idle();
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1', 'm_2', 'm_3']);
  });
});

describe('close', () => {
  const half = () =>
    serve({
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1'));
        yield textDelta('m_1', 'half');
        await never;
      },
    });

  test('ends the open runs, keeps what they had said and tells their clients to retry', async () => {
    const core = half();
    const events = (await openStream(core, createThread()))[Symbol.asyncIterator]();
    const created = (await readUntil(events, 'thread.created')) as { thread: { id: string } };
    await readUntil(events, 'thread.item.updated');
    await core.server.close();
    expect(core.server.openRuns).toBe(0);
    expect(await core.store.loadItem(created.thread.id, 'm_1', ada)).toMatchObject({ content: [{ text: 'half' }] });
    const names = await storedNames(core, created.thread.id);
    expect(names).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
    expect(await events.next()).toEqual({
      done: false,
      value: { type: 'error', code: 'stream.error', allow_retry: true },
    });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test('notes for the model that the server stopped, not the user', async () => {
    const core = half();
    const stream = await openStream(core, createThread());
    await idle();
    await core.server.close();
    const threadId = (stream.take()![0] as { thread: { id: string } }).thread.id;
    const page = await core.store.loadThreadItems(threadId, { limit: 1, after: null, order: 'desc' }, ada);
    expect(page.data).toMatchObject([{ content: expect.stringContaining('was cut off because the server stopped') }]);
  });

  test('gives the reason to handleStreamCancelled', async () => {
    const reasons: string[] = [];
    const core = serve({
      respond: silently(async () => {
        await never;
      }),
      handleStreamCancelled: ({ reason }) => void reasons.push(reason),
    });
    await openStream(core, createThread());
    await openStream(core, createThread());
    await core.server.close();
    expect(reasons).toEqual(['closed', 'closed']);
  });

  test('refuses what comes after it, JSON and streams alike', async () => {
    const core = serve();
    const { threadId } = await startThread(core);
    await core.server.close();
    for (const request of [getThread(threadId), addMessage(threadId), { type: 'nonsense' }]) {
      expect(await refusal(core, request)).toMatchObject({ code: 'unavailable' });
    }
    expect(await storedNames(core, threadId)).toEqual(['user_message']);
  });

  test('ends a run whose request was still being prepared', async () => {
    const store = new HeldStore('user_message');
    const respond = jest.fn(async function* () {});
    const core = serve({ store, respond });
    await store.saveThread(
      { id: 'thr_1', created_at: new Date().toISOString(), status: { type: 'active' }, metadata: {} },
      ada,
    );
    const answering = openStream(core, addMessage('thr_1'));
    await store.reached.passed;
    const closing = core.server.close();
    store.release.open();
    const stream = await answering;
    await closing;
    expect(core.server.openRuns).toBe(0);
    expect(stream.take()?.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
    expect(respond).not.toHaveBeenCalled();
    expect(store.added).toEqual(['user_message', 'sdk_hidden_context']);
  });

  test('waits for a run that has only its last write to do', async () => {
    const store = new HeldStore('m_1');
    const core = serve({
      store,
      async *respond({ thread }) {
        yield done(assistantMessage(thread, 'm_1', 'Hi'));
      },
    });
    await openStream(core, createThread());
    await store.reached.passed;
    let closed = false;
    const closing = core.server.close().then(() => (closed = true));
    await idle();
    expect(closed).toBe(false);
    store.release.open();
    await closing;
    expect(store.added).toContain('m_1');
  });

  test('can be called again, and at rest', async () => {
    const core = serve();
    await Promise.all([core.server.close(), core.server.close()]);
    await core.server.close();
    expect(core.server.openRuns).toBe(0);
  });
});

test('a hundred runs that are left half way leave none behind', async () => {
  const signals: AbortSignal[] = [];
  const core = serve({
    async *respond({ signal }) {
      signals.push(signal);
      yield progress('.');
      await never;
    },
  });
  const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(core, createThread())));
  await idle();
  expect(core.server.openRuns).toBe(100);
  await Promise.all(streams.map((stream) => stream.cancel()));
  expect(core.server.openRuns).toBe(0);
  expect(signals.filter(({ aborted }) => aborted)).toHaveLength(100);
});

test('runs of different owners do not see each other', async () => {
  const core = serve({ store: new MemoryStore<Context>({ owner: ({ user }) => user }) });
  const { threadId } = await startThread(core, 'mine', { user: 'ada' });
  const grace = { user: 'grace' };
  expect(await refusal(core, getThread(threadId), grace)).toMatchObject({ code: 'not_found' });
  expect(await refusal(core, addMessage(threadId), grace)).toMatchObject({ code: 'not_found' });
  expect(await ask(core, addMessage(threadId), { user: 'ada' })).toHaveLength(2);
});
