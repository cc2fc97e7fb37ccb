// Limits of runs: how many can be open, and how long each may take.
import { type EventStream, type HookEventInput, MemoryStore } from 'chatkit-express';
import {
  ada,
  ask,
  type Context,
  type CoreOptions,
  openStream,
  readAll,
  refusal,
  serve,
  storedItems,
} from '../support/core';
import { Gate, idle, never } from '../support/gate';
import { added, assistantMessage, done, textDelta } from '../support/items';
import { addMessage, createThread, getThread, retryAfter } from '../support/requests';
import { slow } from '../support/slow-store';

const bob: Context = { user: 'bob' };
const tooMany = { code: 'too_many_requests' };

/** A server over a slow store whose hook says `half` and hangs until `gate` is passed. */
function hanging(options: CoreOptions = {}) {
  const gate = new Gate();
  const store = slow(new MemoryStore<Context>({ owner: ({ user }) => user }));
  const core = serve({
    store,
    async *respond({ thread }) {
      yield added(assistantMessage(thread, `m_${thread.id}`, 'half'));
      await gate.passed;
      yield done(assistantMessage(thread, `m_${thread.id}`, 'whole'));
    },
    ...options,
  });
  return { core, gate };
}

const outcomes = (settled: PromiseSettledResult<unknown>[]) => ({
  accepted: settled.filter(({ status }) => status === 'fulfilled').length,
  refused: settled.filter((one) => one.status === 'rejected' && (one.reason as { code?: string }).code === tooMany.code)
    .length,
});
const opened = (settled: PromiseSettledResult<EventStream>[]) =>
  settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
const threadsOf = async ({ store }: ReturnType<typeof hanging>['core'], context: Context) =>
  (await store.loadThreads({ limit: 1000, after: null, order: 'asc' }, context)).data.length;

describe('maxRunsPerOwner', () => {
  test('300 hanging runs of one owner leave the other owners their answers', async () => {
    const { core, gate } = hanging({ limits: { maxRuns: 10, maxRunsPerOwner: 4 } });
    const asked = Array.from({ length: 300 }, () => openStream(core, createThread()));
    const settled = await Promise.allSettled(asked);
    expect(outcomes(settled)).toEqual({ accepted: 4, refused: 296 });
    expect(core.server.openRuns).toBe(4);
    expect(await threadsOf(core, ada)).toBe(4);

    const other = openStream(core, createThread(), bob);
    gate.open();
    expect((await readAll(await other)).at(-1)).toMatchObject({
      type: 'thread.item.done',
      item: { type: 'assistant_message' },
    });
    await Promise.all(opened(settled).map(readAll));
    expect(core.server.openRuns).toBe(0);
  });

  test('300 hanging runs are ended by their time, and then their owner is served again', async () => {
    const hangs = new Set(['ada']);
    const { core } = hanging({
      limits: { maxRunsPerOwner: 300, idleMs: 100 },
      async *respond({ thread, context }) {
        yield added(assistantMessage(thread, `m_${thread.id}`, 'half'));
        if (hangs.has(context.user)) await never;
        yield done(assistantMessage(thread, `m_${thread.id}`, 'whole'));
      },
    });
    const asked = Array.from({ length: 301 }, () => openStream(core, createThread()));
    const settled = await Promise.allSettled(asked);
    expect(outcomes(settled)).toEqual({ accepted: 300, refused: 1 });
    expect((await ask(core, createThread(), bob)).at(-1)).toMatchObject({ type: 'thread.item.done' });
    const answers = await Promise.all(opened(settled).map(readAll));
    for (const events of answers) {
      expect(events.slice(-2)).toMatchObject([
        { type: 'thread.item.done', item: { content: [{ text: 'half' }] } },
        { type: 'error', code: 'stream.error', allow_retry: true },
      ]);
    }
    hangs.clear();
    expect((await ask(core, createThread())).at(-1)).toMatchObject({ type: 'thread.item.done' });
    expect(core.logger.take('info')).toHaveLength(300);
  });
});

describe('at the boundary', () => {
  test.each(['maxRuns', 'maxRunsPerOwner'])(
    'two requests at once do not both take the last slot of %s',
    async (name) => {
      const { core, gate } = hanging({ limits: { [name]: 3 } });
      const first = await Promise.all([openStream(core, createThread()), openStream(core, createThread())]);
      const settled = await Promise.allSettled([openStream(core, createThread()), openStream(core, createThread())]);
      expect(outcomes(settled)).toEqual({ accepted: 1, refused: 1 });
      gate.open();
      await Promise.all([...first, ...opened(settled)].map(readAll));
      await ask(core, createThread());
    },
  );

  test('maxRuns counts the runs of all owners, and requests for JSON are served', async () => {
    const { core, gate } = hanging({ limits: { maxRuns: 2, maxRunsPerOwner: 2 } });
    const streams = [await openStream(core, createThread()), await openStream(core, createThread(), bob)];
    expect(await refusal(core, createThread())).toMatchObject({
      ...tooMany,
      message: expect.stringContaining('server'),
    });
    expect(await core.server.process({ type: 'threads.list', params: {} }, ada)).toMatchObject({ kind: 'json' });
    gate.open();
    await Promise.all(streams.map(readAll));
  });

  test('a refused request, and a failed write, give their slot back', async () => {
    const { core, gate } = hanging({ limits: { maxRuns: 1 } });
    gate.open();
    for (let time = 0; time < 3; time++) {
      expect(await refusal(core, addMessage('thr_missing'))).toMatchObject({ code: 'not_found' });
      const failing = jest.spyOn(core.store, 'createThread').mockRejectedValue(new Error('full'));
      await expect(core.server.process(createThread(), ada)).rejects.toThrow('full');
      failing.mockRestore();
    }
    await ask(core, createThread());
  });

  test('a client that leaves gives its slot back once its text is stored', async () => {
    const { core, gate } = hanging({ limits: { maxRuns: 1 } });
    const stream = await openStream(core, createThread());
    await stream.cancel();
    gate.open();
    expect(await ask(core, createThread())).toContainEqual(expect.objectContaining({ type: 'thread.created' }));
  });

  test('the repetition of a request takes no second slot', async () => {
    const { core, gate } = hanging({ limits: { maxRuns: 1 } });
    const at = { idempotencyKey: 'key', runControl: true };
    const request = createThread();
    const first = await core.server.process(request, ada, at);
    const again = await core.server.process(request, ada, at);
    if (first.kind !== 'stream' || again.kind !== 'stream') throw new Error('answered with JSON');
    expect(again.events.runId).toBe(first.events.runId);
    gate.open();
    await readAll(again.events);
  });

  test('runs that wait for their thread count', async () => {
    const { core, gate } = hanging({ limits: { maxRuns: 2 }, runs: { onBusyThread: 'queue' } });
    await core.store.saveThread(
      { id: 'thr_1', created_at: new Date().toISOString(), status: { type: 'active' }, metadata: {} },
      ada,
    );
    const streams = [await openStream(core, addMessage('thr_1')), await openStream(core, addMessage('thr_1'))];
    expect(await refusal(core, addMessage('thr_1'))).toMatchObject(tooMany);
    gate.open();
    await Promise.all(streams.map(readAll));
  });
});

/** The events of a run with these limits, the text that is stored, and the limit that ended the run. */
async function ended(limits: CoreOptions['limits'], respond: CoreOptions['respond'], more: CoreOptions = {}) {
  const { core } = hanging({ limits, respond: respond!, ...more });
  core.store.generateThreadId = () => 'thr_1';
  const events = await ask(core, createThread());
  const items = await storedItems(core, 'thr_1');
  const limit = core.logger.take('info').map((line) => (line as { fields: { limit?: string } }).fields.limit);
  return { core, last: events.at(-1), items: items.map(({ type }) => type), limit };
}
/** Stops the clock, which only `jest.advanceTimersByTime` moves on from then, so that a busy machine exceeds no limit. */
const stopClock = () => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
afterEach(() => void jest.useRealTimers());
const timedOut = { type: 'error', code: 'stream.error', allow_retry: true };

async function* silent(): AsyncGenerator<HookEventInput> {
  yield* [];
  await never;
}
const half: CoreOptions['respond'] = async function* ({ thread }) {
  yield added(assistantMessage(thread, 'm_1', 'half'));
  await never;
};

describe('times', () => {
  test('firstEventMs ends a hook that says nothing, and Retry answers its message', async () => {
    const { core, last, items, limit } = await ended({ firstEventMs: 20, idleMs: 60_000 }, silent);
    expect(last).toMatchObject(timedOut);
    expect([items, limit]).toEqual([['user_message', 'sdk_hidden_context'], ['firstEventMs']]);
    const [message] = await storedItems(core, 'thr_1');
    expect((await ask(core, retryAfter('thr_1', message!.id))).at(-1)).toMatchObject(timedOut);
  });

  test('firstEventMs does not end a hook that has begun', async () => {
    stopClock();
    const { last, limit } = await ended({ firstEventMs: 30 }, async function* ({ thread }) {
      yield added(assistantMessage(thread, 'm_1', 'half'));
      jest.advanceTimersByTime(90);
      yield done(assistantMessage(thread, 'm_1', 'whole'));
    });
    expect(last).toMatchObject({ type: 'thread.item.done' });
    expect(limit).toEqual([]);
  });

  test('idleMs ends a hook that stops, and keeps its text', async () => {
    const { last, items, limit } = await ended({ idleMs: 20, firstEventMs: 60_000, maxRunMs: 60_000 }, half);
    expect(last).toMatchObject(timedOut);
    expect([items, limit]).toEqual([['user_message', 'assistant_message', 'sdk_hidden_context'], ['idleMs']]);
  });

  test('idleMs is for each event, and without firstEventMs for the first one too', async () => {
    stopClock();
    const goesOn = await ended({ idleMs: 50 }, async function* ({ thread }) {
      yield added(assistantMessage(thread, 'm_1', ''));
      for (let word = 0; word < 10; word++) {
        jest.advanceTimersByTime(30);
        yield textDelta('m_1', 'word ');
      }
      yield done(assistantMessage(thread, 'm_1', 'whole'));
    });
    expect(goesOn.last).toMatchObject({ type: 'thread.item.done' });
    jest.useRealTimers();
    expect((await ended({ idleMs: 20 }, silent)).limit).toEqual(['idleMs']);
  });

  test('the shortest of several limits ends the run, and only once', async () => {
    const { last, limit } = await ended({ maxRunMs: 20, firstEventMs: 400, idleMs: 400 }, half);
    expect(last).toMatchObject(timedOut);
    expect(limit).toEqual(['maxRunMs']);
  });

  test('a hook that hangs in getStreamOptions is ended too', async () => {
    const { last, limit } = await ended({ firstEventMs: 20 }, half, { getStreamOptions: () => never });
    expect([last, limit]).toMatchObject([timedOut, ['firstEventMs']]);
  });

  test('a run that waits for a reader, or for its thread, is not idle', async () => {
    stopClock();
    const { core } = hanging({
      limits: { idleMs: 40, firstEventMs: 40 },
      runs: { onBusyThread: 'queue' },
      maxQueuedEvents: 6, // the hook is paused after its third event
      async *respond({ thread, generateId }) {
        for (let index = 0; index < 10; index++) yield done(assistantMessage(thread, generateId('message'), 'text'));
      },
    });
    core.store.generateThreadId = () => 'thr_1';
    const first = await openStream(core, createThread());
    const second = await openStream(core, addMessage('thr_1'));
    await idle();
    jest.advanceTimersByTime(120);
    for (const stream of [first, second])
      expect((await readAll(stream)).at(-1)).toMatchObject({ type: 'thread.item.done' });
  });

  test('no timer is left of runs that ended', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const { core, gate } = hanging({ limits: { maxRunMs: 60_000, firstEventMs: 60_000, idleMs: 60_000 } });
    gate.open();
    await ask(core, createThread());
    await idle();
    const before = timers();
    for (let index = 0; index < 20; index++) await ask(core, createThread());
    await idle();
    expect(timers()).toBeLessThanOrEqual(before);
    expect(await core.server.process(getThread('thr_none'), ada).catch((error: unknown) => error)).toMatchObject({
      code: 'not_found',
    });
  });
});
