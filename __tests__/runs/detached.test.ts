// Runs that outlive their connection: what a page sees that left and comes back, and what is left of a run after its end.
import { type EventStream, MemoryStore, type ThreadStreamEvent } from 'chatkit-express';
import { ada, ask, type Context, type Core, type CoreOptions, serve, storedItems, storedNames } from '../support/core';
import { eventually, Gate, idle, never } from '../support/gate';
import { HeldStore } from '../support/held-store';
import { added, assistantMessage, done, progress, removed, textDelta, toolCall } from '../support/items';
import { addMessage, createThread, deleteThread, toolOutput } from '../support/requests';
import {
  callerOf,
  controlled,
  follow,
  loadPage,
  openRuns,
  pageAfter,
  steeredHook,
  stop,
  takeEvents,
} from '../support/runs';
import { sized } from '../support/sizes';

const words = Array.from({ length: 100 }, (_, index) => `word${index} `);

/** A core whose hook a test steers, and the stream of its first answer. */
async function begin(options: CoreOptions = {}, at: object = controlled) {
  const hook = steeredHook();
  const core = serve({
    store: new MemoryStore<Context>({ owner: ({ user }) => user }),
    respond: hook.respond,
    ...options,
  });
  core.store.generateThreadId = () => 'thr_1';
  const answer = await core.server.process(createThread(), ada, at);
  if (answer.kind !== 'stream') throw new Error('answered with JSON');
  return { hook, core, stream: answer.events };
}

const types = (events: readonly ThreadStreamEvent[]) => events.map(({ type }) => type);

async function ended({ server }: Core): Promise<void> {
  await eventually(() => server.openRuns === 0);
}

describe('a page that leaves', () => {
  test('and reports Stop itself does not end the run, and the answer is whole', async () => {
    const { hook, core, stream } = await begin();
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')), textDelta('m_1', 'half '));
    await takeEvents(stream, 5);
    await stream.cancel();
    expect(hook.turns[0]!.signal.aborted).toBe(false);
    hook.say(textDelta('m_1', 'whole'), done(assistantMessage({ id: 'thr_1' }, 'm_1', 'half whole')));
    hook.end();
    await ended(core);
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1']);
  });

  test('is given nothing more, also when it leaves before it has read anything', async () => {
    const { hook, core, stream } = await begin();
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')), textDelta('m_1', 'half '));
    await takeEvents(stream, 5);
    const other = await follow(core, stream.runId);
    for (const left of [stream, other]) {
      await left.cancel();
      hook.say(textDelta('m_1', 'and more '));
      await idle();
      expect([left.take(), left.done]).toEqual([null, true]);
    }
  });

  test('and does not report Stop ends the run, with a note that does not speak of the user', async () => {
    const { hook, core, stream } = await begin({}, {});
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')), textDelta('m_1', 'half '));
    await takeEvents(stream, 5);
    await stream.cancel();
    expect(hook.turns[0]!.signal.aborted).toBe(true);
    const [, message, note] = await storedItems(core, 'thr_1');
    expect(message).toMatchObject({ content: [{ text: 'half ' }] });
    expect(note).toMatchObject({ content: expect.stringContaining('was cut off') });
    expect(note).toMatchObject({ content: expect.not.stringContaining('stopped') });
  });

  test("does not end the run with onDisconnect: 'continue'", async () => {
    const { hook, core, stream } = await begin({ runs: { onDisconnect: 'continue' } }, {});
    await stream.cancel();
    hook.say(done(assistantMessage({ id: 'thr_1' }, 'm_1', 'whole')));
    hook.end();
    await ended(core);
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1']);
  });

  test('leaves a hook that is not paused, however much it yields', async () => {
    const finished = new Gate();
    const { core, stream } = await begin({
      maxQueuedEvents: 5,
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1', ''));
        for (const word of words) yield textDelta('m_1', word);
        yield done(assistantMessage(thread, 'm_1', words.join('')));
        finished.open();
      },
    });
    await idle();
    expect(core.server.openRuns).toBe(1); // paused: the reader has taken nothing
    await stream.cancel();
    await finished.passed;
    await ended(core);
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1']);
  });
});

describe('a page that is loaded again', () => {
  test.each([10, 50, 90])('after %i %% of an answer has the whole answer once', async (percent) => {
    const { hook, core, stream } = await begin();
    const cut = words.length * (percent / 100);
    hook.say(done(assistantMessage({ id: 'thr_1' }, 'm_0', 'before')));
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')));
    hook.say(...words.slice(0, cut).map((word) => textDelta('m_1', word)));
    await takeEvents(stream, 5 + cut);
    await stream.cancel();
    const loaded = await loadPage(core, 'thr_1');
    expect(loaded.at(-1)).toMatchObject({ id: 'm_1', content: [{ text: words.slice(0, cut).join('') }] });
    const [run] = await openRuns(core, 'thr_1');
    expect(run).toEqual({ id: stream.runId, thread_id: 'thr_1', status: 'running', created_at: expect.any(String) });

    const joined = await follow(core, run!.id);
    const snapshot = await takeEvents(joined, 1);
    expect(types(snapshot)).toEqual(['stream_options', 'thread.item.done', 'thread.item.done', 'thread.item.added']);
    expect(pageAfter(snapshot, loaded)).toEqual(loaded);
    hook.say(...words.slice(cut).map((word) => textDelta('m_1', word)));
    hook.say(done(assistantMessage({ id: 'thr_1' }, 'm_1', words.join(''))));
    hook.end();
    const live = await takeEvents(joined);
    expect(types(live)).toEqual([...words.slice(cut).map(() => 'thread.item.updated'), 'thread.item.done']);
    expect(pageAfter(live, loaded)).toEqual(await loadPage(core, 'thr_1'));
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_0', 'm_1']);
    expect(hook.turns).toHaveLength(1);
    expect(await openRuns(core, 'thr_1')).toEqual([]);
  });

  test('is shown the begun items behind the stored ones, in pages of both orders', async () => {
    const { hook, core, stream } = await begin();
    hook.say(...['a', 'b', 'c'].map((id) => done(assistantMessage({ id: 'thr_1' }, id, id))));
    hook.say(...['x', 'y'].map((id) => added(assistantMessage({ id: 'thr_1' }, id, id))));
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'empty', '')), added(toolCall({ id: 'thr_1' }, 'call')));
    await takeEvents(stream, 9);
    for (const order of ['asc', 'desc'] as const) {
      const expected = ['user', 'a', 'b', 'c', 'x', 'y'];
      if (order === 'desc') expected.reverse();
      for (const limit of [1, 2, 3, 4, 5, 6, 100]) {
        const ids: string[] = [];
        for (let after: string | undefined; ;) {
          const params = { thread_id: 'thr_1', limit, order, ...(after !== undefined && { after }) };
          const answer = await core.server.process({ type: 'items.list', params }, ada);
          const page = (answer as { value: { data: { id: string }[]; has_more: boolean; after?: string } }).value;
          expect(page.data.length).toBeLessThanOrEqual(limit);
          ids.push(...page.data.map(({ id }) => (id.startsWith('msg_') ? 'user' : id)));
          if (!page.has_more) break;
          expect(page.after).toBe(page.data.at(-1)!.id);
          after = page.after;
        }
        expect([order, limit, ...ids]).toEqual([order, limit, ...expected]);
      }
    }
  });

  test('is shown nothing of the runs of somebody else', async () => {
    const { hook, core, stream } = await begin();
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', 'secret')));
    await takeEvents(stream, 4);
    const eve = { user: 'eve' };
    for (const after of [undefined, 'm_1', 'm_2']) {
      const params = { thread_id: 'thr_1', ...(after !== undefined && { after }) };
      for (const order of ['asc', 'desc']) {
        const request = { type: 'items.list', params: { ...params, order } };
        await expect(core.server.process(request, eve)).rejects.toMatchObject({ code: 'not_found' });
      }
    }
  });

  test('is told of items that were removed, and not of those that are gone', async () => {
    const { hook, core, stream } = await begin();
    hook.say(...['a', 'b'].map((id) => done(assistantMessage({ id: 'thr_1' }, id, id))), removed('a'));
    await takeEvents(stream, 6);
    await core.store.deleteThreadItem('thr_1', 'b', ada);
    const joined = await follow(core, stream.runId);
    expect((await takeEvents(joined, 1)).slice(2)).toEqual([{ type: 'thread.item.removed', item_id: 'a' }]);
  });

  test('does not run a client tool again that ran before, and runs one that nobody was sent', async () => {
    const { hook, core, stream } = await begin();
    hook.say(done(toolCall({ id: 'thr_1' }, 'sent')));
    await takeEvents(stream, 4);
    await stream.cancel();
    hook.say(done(toolCall({ id: 'thr_1' }, 'unsent')));
    hook.end();
    await ended(core);
    const idsOf = async () =>
      (await takeEvents(await follow(core, stream.runId))).flatMap((event) => ('item' in event ? event.item.id : []));
    expect((await idsOf()).slice(1)).toEqual(['unsent']);
    expect((await idsOf()).slice(1)).toEqual([]); // a page has it now
  });

  test('is not sent a client tool call that has its result', async () => {
    const { hook, core, stream } = await begin();
    await stream.cancel();
    hook.say(done(toolCall({ id: 'thr_1' }, 'unsent')));
    hook.end();
    await ended(core);
    await ask(core, toolOutput('thr_1', 'result'));
    const events = await takeEvents(await follow(core, stream.runId));
    expect(types(events)).toEqual(['stream_options', 'thread.item.done']);
  });
});

describe('a connection that broke', () => {
  const said = async (options: CoreOptions = {}) => {
    const { hook, core, stream } = await begin(options);
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')), ...words.map((word) => textDelta('m_1', word)));
    hook.say(done(assistantMessage({ id: 'thr_1' }, 'm_1', words.join(''))));
    const all = await takeEvents(stream, 5 + words.length);
    return { hook, core, stream, all };
  };

  /** The number of each event that is read until the end. */
  const countsOf = async (joined: EventStream) => {
    const counts: (number | undefined)[] = [];
    while (!joined.done) {
      const batch = joined.take() ?? [];
      counts.push(...batch.map((_, index) => joined.countAt(index)));
      if (!joined.done) await new Promise<void>((resolve) => joined.whenReady(resolve));
    }
    return counts;
  };

  test('continues with the very next event', async () => {
    const { hook, core, stream, all } = await said();
    hook.end();
    for (const after of [1, 2, 3, 50, all.length]) {
      const events = await takeEvents(await follow(core, stream.runId, after));
      expect([after, ...events]).toEqual([after, ...all.slice(after)]);
    }
  });

  test('counts its events, also across batches', async () => {
    const { hook, core, stream, all } = await said();
    hook.end();
    const joined = await follow(core, stream.runId, 40);
    expect(await countsOf(joined)).toEqual(all.slice(40).map((_, index) => 41 + index));
  });

  test('counts its events when finished items are spaced out', async () => {
    const { hook, core, stream } = await begin();
    const items = words.slice(0, 14).map((word, index) => assistantMessage({ id: 'thr_1' }, `m_${index}`, word));
    hook.say(...items.map(done));
    const all = await takeEvents(stream, 3 + items.length);
    const joined = await follow(core, stream.runId, 3);
    joined.pace();
    hook.say(progress('more'));
    hook.end();
    expect(await countsOf(joined)).toEqual([...all.slice(3), 'more'].map((_, index) => 4 + index));
  });

  test('whose events are no longer kept continues with a snapshot, whose last event has the number', async () => {
    const { hook, core, stream, all } = await said({ runs: { maxReplayEvents: 10 } });
    const joined = await follow(core, stream.runId, 20);
    const snapshot = await takeEvents(joined, 1);
    expect(types(snapshot)).toEqual(['stream_options', 'thread.item.done']);
    expect(snapshot.map((_, index) => joined.countAt(index))).toEqual([undefined, all.length]);
    hook.say(progress('more'));
    expect(await takeEvents(joined, 1)).toEqual([progress('more')]);
    expect(joined.countAt(0)).toBe(all.length + 1);
    const kept = await takeEvents(await follow(core, stream.runId, all.length - 5), 6);
    expect(kept).toEqual([...all.slice(-5), progress('more')]);
  });

  test('that claims more events than there were gets a snapshot', async () => {
    const { core, stream, all } = await said();
    const joined = await follow(core, stream.runId, all.length + 7);
    expect(types(await takeEvents(joined, 1))[0]).toBe('stream_options');
  });

  test('hears the end of a run that failed', async () => {
    const { core, stream } = await begin({
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1', 'half'));
        throw new Error('no model');
      },
    });
    await ended(core);
    expect(core.logger.take('error')).toHaveLength(1);
    for (const after of [undefined, 2, 4]) {
      const events = await takeEvents(await follow(core, stream.runId, after));
      expect(events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
      expect(pageAfter(events).at(-1)).toMatchObject({ id: 'm_1', content: [{ text: 'half' }] });
    }
  });
});

describe('several readers', () => {
  test('of two tabs see the same events, whichever comes first', async () => {
    const { hook, core, stream } = await begin();
    const other = await follow(core, stream.runId);
    const reading = Promise.all([takeEvents(stream), takeEvents(other)]);
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')));
    await idle();
    hook.say(...words.map((word) => textDelta('m_1', word)));
    hook.say(done(assistantMessage({ id: 'thr_1' }, 'm_1', words.join(''))));
    hook.end();
    const [one, two] = await reading;
    expect(two.slice(-words.length - 2)).toEqual(one.slice(-words.length - 2));
    expect(pageAfter(two)).toEqual(pageAfter(one));
  });

  test('are not slowed by one that does not read, which continues where it was', async () => {
    const yielded = { count: 0 };
    const { core, stream } = await begin({
      maxQueuedEvents: 10,
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1', ''));
        for (const word of words) {
          yielded.count++;
          yield textDelta('m_1', word);
        }
        yield done(assistantMessage(thread, 'm_1', words.join('')));
      },
    });
    const start = await takeEvents(stream, 3);
    const reader = await follow(core, stream.runId);
    const fast = await takeEvents(reader); // to the end, although the other reads nothing
    expect(yielded.count).toBe(words.length);
    expect(pageAfter(fast)).toEqual(await loadPage(core, 'thr_1'));
    const slow = [...start, ...(await takeEvents(stream))];
    expect(slow).toHaveLength(5 + words.length);
    expect(pageAfter(slow)).toEqual(pageAfter(fast));
  });

  test('of which one is so slow that its events are gone: it is sent a snapshot', async () => {
    const { core, stream } = await begin({
      maxQueuedEvents: 10,
      runs: { maxReplayEvents: 5 },
      async *respond({ thread }) {
        yield done(assistantMessage(thread, 'm_0', 'first'));
        yield added(assistantMessage(thread, 'm_1', ''));
        for (const word of words) yield textDelta('m_1', word);
        yield done(assistantMessage(thread, 'm_1', words.join('')));
      },
    });
    const start = await takeEvents(stream, 3);
    await takeEvents(await follow(core, stream.runId));
    const rest = await takeEvents(stream);
    expect(types(rest)).toEqual(['stream_options', 'thread.item.done', 'thread.item.done']);
    expect(pageAfter([...start, ...rest])).toEqual(await loadPage(core, 'thr_1'));
  });

  test('of which one fell behind before it had read anything is told of the new thread', async () => {
    const { core, stream } = await begin({
      maxQueuedEvents: 5,
      runs: { maxReplayEvents: 2 },
      async *respond({ thread }) {
        for (const word of words) yield progress(word);
        yield done(assistantMessage(thread, 'm_1', 'answer'));
      },
    });
    await takeEvents(await follow(core, stream.runId));
    expect(types(await takeEvents(stream))).toEqual([
      'thread.created',
      'stream_options',
      'thread.item.done',
      'thread.item.done',
    ]);
  });

  test('of a run that ends with its connection: the page that sent it decides', async () => {
    const { hook, core, stream } = await begin({}, {});
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', 'half')));
    const other = await follow(core, stream.runId);
    await takeEvents(other, 2);
    await other.cancel();
    expect(hook.turns[0]!.signal.aborted).toBe(false);
    await stream.cancel();
    expect(hook.turns[0]!.signal.aborted).toBe(true);
  });

  test('end with an error when the store fails while a snapshot is made', async () => {
    const { core, stream } = await begin({
      maxQueuedEvents: 5,
      runs: { maxReplayEvents: 2 },
      async *respond() {
        for (const word of words) yield progress(word);
      },
    });
    await takeEvents(await follow(core, stream.runId));
    core.store.loadItem = () => Promise.reject(new Error('no database'));
    expect(await takeEvents(stream)).toEqual([{ type: 'error', code: 'stream.error', allow_retry: true }]);
    expect(stream.countAt(0)).toBe(0); // the error is not one of the events of the run
    expect(core.logger.take('error')).toMatchObject([{ message: 'a reader of a run could not be brought up to date' }]);
    await expect(follow(core, stream.runId)).rejects.toThrow('no database');
  });
});

describe('Stop', () => {
  test.each([
    ['of a thread', () => ({ thread_id: 'thr_1' })],
    ['of a run', (stream: EventStream) => ({ run_id: stream.runId })],
  ])('%s answers once the text is stored, with the reason for the hooks and a note', async (_what, body) => {
    const reasons: string[] = [];
    const store = new HeldStore('m_1');
    const { hook, core, stream } = await begin({ store });
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', '')), textDelta('m_1', 'as shown'));
    await takeEvents(stream, 5);
    let isStored = false;
    const stopping = stop(core, body(stream)).finally(() => reasons.push(isStored ? 'stored' : 'early'));
    await store.reached.passed;
    expect(hook.turns[0]!.signal.aborted).toBe(true);
    isStored = true;
    store.release.open();
    expect(await stopping).toEqual({ stopped: 1 });
    expect(reasons).toEqual(['stored']);
    const [, message, note] = await storedItems(core, 'thr_1');
    expect(message).toMatchObject({ content: [{ text: 'as shown' }] });
    expect(note).toMatchObject({ content: expect.stringContaining('The user stopped this answer') });
    // The page that follows sees the end without an error.
    expect(types(await takeEvents(stream))).toEqual(['thread.item.done']);
    expect(await stop(core, body(stream))).toEqual({ stopped: 0 });
  });

  test('tells handleStreamCancelled why', async () => {
    const reasons: string[] = [];
    const { core } = await begin({ handleStreamCancelled: ({ reason }) => void reasons.push(reason) });
    await stop(core, { thread_id: 'thr_1' });
    expect(reasons).toEqual(['stopped']);
  });

  test('ends all runs of the thread, and none of another', async () => {
    const { core } = await begin();
    await core.server.process(addMessage('thr_1'), ada, controlled);
    core.store.generateThreadId = () => 'thr_2';
    await core.server.process(createThread(), ada, controlled);
    expect(await stop(core, { thread_id: 'thr_1' })).toEqual({ stopped: 2 });
    expect(await openRuns(core, 'thr_2')).toHaveLength(1);
  });

  test.each([
    ['nothing', {}, 'thread_id'],
    ['not an object', null, 'thread_id'],
    ['both', { thread_id: 'thr_1', run_id: 'run_1' }, 'thread_id'],
    ['a number', { thread_id: 7 }, 'thread_id'],
    ['an empty id', { run_id: '' }, 'run_id'],
    ['a long id', { run_id: 'r'.repeat(5000) }, 'run_id'],
    ['a list', { run_id: ['run_1'] }, 'run_id'],
  ])('of %s is refused', async (_what, body, field) => {
    const { core } = await begin();
    await expect(stop(core, body)).rejects.toMatchObject({ code: 'invalid_request', issues: [{ path: [field] }] });
  });
});

test('a run of somebody else is not there, and its id authorises nothing', async () => {
  const { hook, core, stream } = await begin();
  const eve = { user: 'eve' };
  const missing = { code: 'not_found' };
  await expect(openRuns(core, 'thr_1', eve)).rejects.toMatchObject(missing);
  for (const id of [stream.runId, 'run_unknown']) {
    await expect(follow(core, id, 1, eve)).rejects.toMatchObject({ ...missing, message: 'There is no such run' });
    await expect(stop(core, { run_id: id }, eve)).rejects.toMatchObject({
      ...missing,
      message: 'There is no such run',
    });
  }
  await expect(stop(core, { thread_id: 'thr_1' }, eve)).rejects.toMatchObject(missing);
  await core.server.process(deleteThread('thr_1'), eve);
  await idle();
  expect(hook.turns[0]!.signal.aborted).toBe(false);
  expect(await openRuns(core, 'thr_1')).toHaveLength(1);
});

test('a thread that is deleted ends its run, and nothing comes back', async () => {
  const { hook, core, stream } = await begin();
  const other = await follow(core, stream.runId);
  hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', 'half')));
  await takeEvents(stream, 4);
  await stream.cancel();
  await core.server.process(deleteThread('thr_1'), ada);
  await ended(core);
  expect(hook.turns[0]!.signal.aborted).toBe(true);
  expect((await takeEvents(other)).at(-1)).toMatchObject({ type: 'error', allow_retry: false });
  await expect(core.store.loadThread('thr_1', ada)).rejects.toMatchObject({ code: 'not_found' });
  await expect(follow(core, stream.runId)).rejects.toMatchObject({ code: 'not_found' });
});

test('a run that takes longer than maxRunMs keeps its text, and offers Retry', async () => {
  const reasons: unknown[] = [];
  const { core, stream } = await begin({
    limits: { maxRunMs: 20 },
    async *respond({ thread, signal }) {
      signal.addEventListener('abort', () => reasons.push('aborted'));
      yield added(assistantMessage(thread, 'm_1', 'half'));
      await never;
    },
  });
  const events = await takeEvents(stream);
  expect(types(events).slice(-2)).toEqual(['thread.item.done', 'error']);
  expect(events.at(-1)).toMatchObject({ allow_retry: true });
  expect(reasons).toEqual(['aborted']);
  expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
});

describe('after their end', () => {
  test('detached runs leave no run, timer or listener', async () => {
    const count = sized(200, 1000);
    // Each timer that the sources set, until it fires or is cleared.
    const timers = new Set<NodeJS.Timeout>();
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    jest.spyOn(globalThis, 'setTimeout').mockImplementation((act: () => void, ms?: number) => {
      const timer = set(() => {
        timers.delete(timer);
        act();
      }, ms);
      timers.add(timer);
      return timer;
    });
    jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
      timers.delete(timer as NodeJS.Timeout);
      clear(timer);
    });
    const core = serve({
      runs: { keepEndedMs: 200, onDisconnect: 'continue' },
      async *respond({ thread }) {
        yield added(assistantMessage(thread, `m_${thread.id}`, ''));
        await idle();
        yield done(assistantMessage(thread, `m_${thread.id}`, 'whole'));
      },
    });
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      const at = { idempotencyKey: `key ${index}`, frameId: 'frame' };
      const answer = await core.server.process(createThread(), ada, at);
      if (answer.kind !== 'stream') throw new Error('answered with JSON');
      answer.events.take();
      ids.push(answer.events.runId);
      await answer.events.cancel();
    }
    await ended(core);
    const { registry } = core.runs;
    expect(timers.size).toBeGreaterThan(0); // those of the runs that are kept
    for (const id of ids) await eventually(async () => (await registry.find(id)) === undefined);
    jest.restoreAllMocks();
    expect(timers.size).toBe(0);
    expect(core.server.openRuns).toBe(0);
  });

  test('runs are kept for keepEndedMs, and close() forgets them', async () => {
    const { hook, core, stream } = await begin();
    hook.end();
    await ended(core);
    expect(types(await takeEvents(await follow(core, stream.runId, 2)))).toEqual(['stream_options']);
    await core.server.close();
    expect(await core.runs.registry.find(stream.runId)).toBeUndefined();
  });

  test('close() ends a run that nobody reads, and keeps what it had said', async () => {
    const { hook, core, stream } = await begin();
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', 'half')));
    await takeEvents(stream, 4);
    await stream.cancel();
    await core.server.close();
    expect(await storedNames(core, 'thr_1')).toEqual(['user_message', 'm_1', 'sdk_hidden_context']);
    await expect(core.server.listRuns({ thread_id: 'thr_1' }, callerOf())).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
