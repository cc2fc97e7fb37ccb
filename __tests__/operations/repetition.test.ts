// One press of Send is one message, however often its request is posted, and whether or not a reply is lost.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type EventStream, MemoryStore, type ThreadItemInput, type ThreadStreamEvent } from 'chatkit-express';
import fc from 'fast-check';
import { resolveOptions } from '../../src/options';
import { createServer } from '../../src/server';
import { ada, type Context, type Core, type CoreOptions, readAll, serve, storedNames } from '../support/core';
import { Gate } from '../support/gate';
import { HeldStore } from '../support/held-store';
import { assistantMessage, createdAt, done, hiddenNote, toolCall } from '../support/items';
import { RecordingLogger } from '../support/recording-logger';
import { addMessage, createThread } from '../support/requests';
import { sized } from '../support/sizes';

const frame = { frameId: 'frame_1' };
const key = { idempotencyKey: 'key_1' };

type At = { frameId?: string; idempotencyKey?: string };

async function post(core: Core, request: object, at: At, context = ada): Promise<EventStream> {
  const answer = await core.server.process(request, context, at);
  if (answer.kind !== 'stream') throw new Error('answered with JSON');
  return answer.events;
}

/** Counts the calls of `respond`, and answers each. */
function counting(options: Pick<CoreOptions, 'store' | 'lockedThreads'> = {}) {
  const calls: string[] = [];
  const core = serve({
    ...options,
    async *respond({ thread }) {
      calls.push(thread.id);
      yield done(assistantMessage(thread, `answer_${calls.length}`, 'Hi'));
    },
  });
  return { core, calls };
}

const threadIds = async ({ store }: Core) =>
  (await store.loadThreads({ limit: 99, after: null, order: 'asc' }, ada)).data.map(({ id }) => id);

/** A store whose next write of a message is carried out, and reports that its connection was lost. */
class Losing extends MemoryStore<Context> {
  losesNext = 0;
  override async createThread(...args: Parameters<MemoryStore<Context>['createThread']>): Promise<void> {
    await super.createThread(...args);
    if (this.losesNext-- > 0) throw new Error('the connection was lost');
  }
  override async addThreadItem(...args: Parameters<MemoryStore<Context>['addThreadItem']>): Promise<void> {
    await super.addThreadItem(...args);
    if (args[1].type === 'user_message' && this.losesNext-- > 0) throw new Error('the connection was lost');
  }
  override async insertItem(...args: Parameters<MemoryStore<Context>['insertItem']>): Promise<void> {
    await super.insertItem(...args);
    if (this.losesNext-- > 0) throw new Error('the connection was lost');
  }
  override async insertItemIfActive(...args: Parameters<MemoryStore<Context>['insertItemIfActive']>): Promise<void> {
    await super.insertItemIfActive(...args);
    if (this.losesNext-- > 0) throw new Error('the connection was lost');
  }
}

describe.each<[string, At]>([
  ['the same frame', frame],
  ['an Idempotency-Key', key],
])('a request that is repeated with %s', (_what, at) => {
  test('after the reply to its first write was lost stores one thread and one message', async () => {
    const store = new Losing();
    const { core, calls } = counting({ store });
    store.losesNext = 2;
    for (let times = 0; times < 2; times++) await expect(post(core, createThread(), at)).rejects.toThrow('lost');
    await readAll(await post(core, createThread(), at));
    const [threadId, ...others] = await threadIds(core);
    expect(others).toEqual([]);
    expect(await storedNames(core, threadId!)).toEqual(['user_message', 'answer_1']);
    store.losesNext = 1;
    const more = { ...at, ...(at.idempotencyKey !== undefined && { idempotencyKey: 'key_2' }) };
    await expect(post(core, addMessage(threadId!), more)).rejects.toThrow('lost');
    await readAll(await post(core, addMessage(threadId!), more));
    expect(await storedNames(core, threadId!)).toEqual(['user_message', 'answer_1', 'user_message', 'answer_2']);
    expect(calls).toHaveLength(2);
  });

  test('and was stored before its thread was locked is answered, and another message is refused', async () => {
    const store = new Losing();
    const { core, calls } = counting({ store, lockedThreads: 'refuse' });
    await readAll(await post(core, createThread(), { idempotencyKey: 'key_0' }));
    const [threadId] = await threadIds(core);
    store.losesNext = 1;
    await expect(post(core, addMessage(threadId!), at)).rejects.toThrow('lost');
    await store.saveThread({ ...(await store.loadThread(threadId!, ada)), status: { type: 'locked' } }, ada);
    await readAll(await post(core, addMessage(threadId!), at));
    expect(calls).toHaveLength(2);
    const other = { frameId: 'frame_2', idempotencyKey: 'key_2' };
    await expect(post(core, addMessage(threadId!), other)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await storedNames(core, threadId!)).toEqual(['user_message', 'answer_1', 'user_message', 'answer_2']);
  });

  test('while its first write is held is answered once, to the last post', async () => {
    const store = new HeldStore('user_message');
    const { core, calls } = counting({ store });
    const posts = [post(core, createThread(), at)];
    await store.reached.passed;
    posts.push(...Array.from({ length: 4 }, () => post(core, createThread(), at)));
    store.release.open();
    const streams = await Promise.all(posts);
    await Promise.all(streams.slice(0, -1).map((stream) => stream.cancel())); // their clients have left
    const events = await readAll(streams.at(-1)!);
    expect(events.map(({ type }) => type)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.done',
    ]);
    const [threadId, ...others] = await threadIds(core);
    expect(others).toEqual([]);
    expect(await storedNames(core, threadId!)).toEqual(['user_message', 'answer_1']);
    expect(calls).toHaveLength(1);
    for (const stream of streams.slice(0, -1)) expect([stream.take(), stream.done]).toEqual([null, true]);
  });

  test('after its client left before it read anything takes over the answer', async () => {
    const { core, calls } = counting();
    const first = await post(core, createThread(), at);
    await first.cancel();
    await setImmediate();
    const events = await readAll(await post(core, createThread(), at));
    expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { id: 'answer_1' } });
    expect(calls).toHaveLength(1);
    expect(await storedNames(core, (await threadIds(core))[0]!)).toEqual(['user_message', 'answer_1']);
  });

  test('by another user is another request', async () => {
    const { core, calls } = counting();
    await (await post(core, createThread(), at)).cancel();
    if (at.idempotencyKey !== undefined) return; // this store has no owners: see the test with owners
    await readAll(await post(core, createThread(), at, { user: 'bob' }));
    expect(calls).toHaveLength(2);
    await readAll(await post(core, createThread(), at));
    expect(calls).toHaveLength(2);
  });
});

describe('without an Idempotency-Key', () => {
  test.each<[string, At, object]>([
    ['two identical messages that were both delivered', frame, createThread()],
    ['two identical messages of two frames', { frameId: 'frame_2' }, createThread()],
    ['two identical messages without a frame', {}, createThread()],
    ['two different messages of one frame', frame, createThread('Something else')],
  ])('%s stay two', async (_what, at, second) => {
    const { core, calls } = counting();
    const first = await post(core, createThread(), at.frameId === undefined ? {} : frame);
    await readAll(first);
    await readAll(await post(core, second, at));
    expect(calls).toHaveLength(2);
    expect(await threadIds(core)).toHaveLength(2);
  });

  test('a client that read of its answer and left has cancelled it, and says the same again', async () => {
    const reading = new Gate();
    let calls = 0;
    const core = serve({
      async *respond({ thread }) {
        calls++;
        yield done(assistantMessage(thread, `answer_${calls}`, 'Hi'));
        await reading.passed;
      },
    });
    const first = await post(core, createThread(), frame);
    while (!first.take()) await setImmediate();
    await first.cancel();
    reading.open();
    await readAll(await post(core, createThread(), frame));
    expect(calls).toBe(2);
    expect(await threadIds(core)).toHaveLength(2);
  });
});

describe('with an Idempotency-Key', () => {
  test('a request that was answered is sent its answer again', async () => {
    const { core, calls } = counting();
    const first = await readAll(await post(core, createThread(), key));
    const again = await readAll(await post(core, createThread(), key));
    expect(again).toEqual(first);
    expect(calls).toHaveLength(1);
    expect(await threadIds(core)).toHaveLength(1);
  });

  test('a request whose earlier message cannot be read fails, and is sent its answer when it can', async () => {
    class Failing extends MemoryStore<Context> {
      fails = false;
      override async loadItem(...args: Parameters<MemoryStore<Context>['loadItem']>) {
        if (this.fails) throw new Error('the disk is broken');
        return super.loadItem(...args);
      }
    }
    const store = new Failing();
    const { core, calls } = counting({ store });
    const first = await readAll(await post(core, createThread(), key));
    store.fails = true;
    await expect(post(core, createThread(), key)).rejects.toThrow('the disk is broken');
    store.fails = false;
    expect(await readAll(await post(core, createThread(), key))).toEqual(first);
    expect(calls).toHaveLength(1);
  });

  test('after its attempt failed, and another process has answered, it is sent that answer', async () => {
    class Failing extends MemoryStore<Context> {
      fails = true;
      override async createThread(...args: Parameters<MemoryStore<Context>['createThread']>): Promise<void> {
        if (this.fails) throw new Error('the disk is broken');
        await super.createThread(...args);
      }
    }
    const store = new Failing();
    const [one, other] = [counting({ store }), counting({ store })];
    await expect(post(one.core, createThread(), key)).rejects.toThrow('the disk is broken');
    store.fails = false;
    const first = await readAll(await post(other.core, createThread(), key));
    expect(await readAll(await post(one.core, createThread(), key))).toEqual(first);
    expect([one.calls.length, other.calls.length]).toEqual([0, 1]);
  });

  test('another body is refused with 409, and the neighbour with another key is accepted', async () => {
    const { core, calls } = counting();
    await readAll(await post(core, createThread(), key));
    await expect(post(core, createThread('Other'), key)).rejects.toMatchObject({ code: 'conflict' });
    await readAll(await post(core, createThread('Other'), { idempotencyKey: 'key_2' }));
    expect(calls).toHaveLength(2);
  });

  test('owners do not meet', async () => {
    const store = new MemoryStore<Context>({ owner: ({ user }) => user });
    const { core, calls } = counting({ store });
    await readAll(await post(core, createThread(), key));
    await readAll(await post(core, createThread('Other'), key, { user: 'bob' }));
    expect(calls).toHaveLength(2);
  });

  test('of two processes one calls its hook, and the other sends what is stored', async () => {
    const store = new MemoryStore<Context>();
    const answering = new Gate();
    let calls = 0;
    const respond = async function* ({ thread }: { thread: { id: string } }) {
      calls++;
      await answering.passed;
      yield done(assistantMessage(thread, `answer_${calls}`, 'Hi'));
    };
    const processes = [serve({ store, respond }), serve({ store, respond })];
    const streams = processes.map(async (core) => readAll(await post(core, createThread(), key)));
    await setImmediate();
    answering.open();
    const [one, other] = await Promise.all(streams);
    expect(one!.at(-1)).toMatchObject({ item: { id: 'answer_1' } });
    expect(other!.at(-1)).toMatchObject({ item: { id: 'answer_1' } });
    expect(calls).toBe(1);
    expect(await threadIds(processes[0]!)).toHaveLength(1);
    const [threadId] = await threadIds(processes[0]!);
    const added = await Promise.all(
      processes.map(async (core) => readAll(await post(core, addMessage(threadId!), { idempotencyKey: 'key_2' }))),
    );
    expect(calls).toBe(2);
    for (const events of added) expect(events.at(-1)).toMatchObject({ item: { id: 'answer_2' } });
    await expect(post(processes[1]!, createThread('Other'), key)).rejects.toMatchObject({ code: 'conflict' });
  });

  describe('on another process, while the answer is being written', () => {
    const workflow = ({ id }: { id: string }, task: string): ThreadItemInput => ({
      type: 'workflow',
      id: `workflow_${task}`,
      thread_id: id,
      created_at: createdAt,
      workflow: { type: 'custom', tasks: [{ type: 'custom', title: task }] },
    });

    /** Two servers on one store, whose answer is a workflow, and its rest once the gate is open. */
    function twoServers(rest: (thread: { id: string }) => ThreadItemInput[]) {
      const loads = jest.fn();
      const store = new (class extends MemoryStore<Context> {
        override loadThreadItems(...args: Parameters<MemoryStore<Context>['loadThreadItems']>) {
          loads();
          return super.loadThreadItems(...args);
        }
      })();
      const goOn = new Gate();
      const begun = new Gate();
      const respond = async function* ({ thread }: { thread: { id: string } }) {
        yield done(workflow(thread, 'Look'));
        begun.open();
        await goOn.passed;
        for (const item of rest(thread)) yield done(item);
      };
      /** Settles when the items were loaded as often as this. */
      const looks = async (count: number) => {
        while (loads.mock.calls.length < count) await setTimeout(5);
      };
      return { begun, goOn, loads, looks, one: serve({ store, respond }), other: serve({ store, respond }) };
    }

    test('waits for the end, and is sent the whole answer', async () => {
      const { begun, goOn, looks, one, other } = twoServers((thread) => [assistantMessage(thread, 'answer', 'Hi')]);
      const first = post(one, createThread(), key).then(readAll);
      await begun.passed;
      let isSent = false;
      const second = post(other, createThread(), key).then((stream) => ((isSent = true), readAll(stream)));
      await looks(3);
      expect(isSent).toBe(false);
      goOn.open();
      expect(await second).toEqual(await first);
    });

    test.each<[string, (thread: { id: string }) => ThreadItemInput]>([
      ['a client tool call that waits for its result', (thread) => toolCall(thread, 'call')],
      ['a note to the model', (thread) => ({ ...hiddenNote(thread, 'note'), type: 'sdk_hidden_context' }) as never],
    ])('is sent an answer at once that ends with %s', async (_what, last) => {
      const { begun, goOn, loads, one, other } = twoServers((thread) => [workflow(thread, 'Read'), last(thread)]);
      const first = post(one, createThread(), key).then(readAll);
      await begun.passed;
      goOn.open();
      await first;
      const events = await readAll(await post(other, createThread(), key));
      expect(events).toEqual(await first);
      expect(loads).toHaveBeenCalledTimes(1);
    });

    test('is asked to come back later when the answer takes too long, and then is sent the whole', async () => {
      const { begun, goOn, looks, one, other } = twoServers((thread) => [assistantMessage(thread, 'answer', 'Hi')]);
      const first = post(one, createThread(), key).then(readAll);
      await begun.passed;
      let skippedMs = 0;
      const now = performance.now.bind(performance);
      jest.spyOn(performance, 'now').mockImplementation(() => now() + skippedMs);
      const refused = expect(post(other, createThread(), key)).rejects.toMatchObject({
        code: 'unavailable',
        retryAfterMs: 2000,
      });
      await looks(2);
      skippedMs = 9_900;
      await refused;
      jest.restoreAllMocks();
      goOn.open();
      expect(await readAll(await post(other, createThread(), key))).toEqual(await first);
    });

    test('is sent all of an answer that has more items than a page', async () => {
      const ids = Array.from({ length: 250 }, (_, index) => `answer_${index}`);
      const { begun, goOn, one, other } = twoServers((thread) => ids.map((id) => assistantMessage(thread, id, id)));
      const first = post(one, createThread(), key).then(readAll);
      await begun.passed;
      goOn.open();
      await first;
      expect(await readAll(await post(other, createThread(), key))).toEqual(await first);
    });
  });
});

type Fate = 'fine' | 'lost' | 'left';

test('random schedules of lost commits, proxies that give up and repetitions: one message, at most one answer', async () => {
  const fates = fc.array(fc.constantFrom<Fate>('fine', 'lost', 'left'), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fates, fc.boolean(), fc.boolean(), async (schedule, isKeyed, isSplit) => {
      const store = new Losing();
      let calls = 0;
      const server = () =>
        createServer(
          resolveOptions<Context>({
            store,
            logger: new RecordingLogger(),
            async *respond({ thread }) {
              calls++;
              yield done(assistantMessage(thread, `answer_${calls}`, 'Hi'));
            },
          }),
        );
      // A frame is known to one process only.
      const servers = isKeyed && isSplit ? [server(), server()] : [server()];
      const at = isKeyed ? key : frame;
      for (const [index, fate] of [...schedule, 'fine' as const].entries()) {
        store.losesNext = fate === 'lost' ? 1 : 0;
        const { process } = servers[index % servers.length]!;
        const isElsewhere = index % servers.length > 0;
        // Another process waits for the answer of the first; this client does not wait with it.
        const signal = isElsewhere ? AbortSignal.timeout(5) : undefined;
        const answer = await process(createThread(), ada, { ...at, signal }).catch(() => undefined);
        store.losesNext = 0;
        if (answer?.kind !== 'stream') continue;
        if (fate === 'left') {
          await answer.events.cancel(); // the proxy has closed the connection before the head of the answer
          continue;
        }
        const events: ThreadStreamEvent[] = await readAll(answer.events);
        expect(events.at(-1)).toMatchObject({ type: 'thread.item.done', item: { type: 'assistant_message' } });
        break; // the client has its answer
      }
      const threads = (await store.loadThreads({ limit: 9, after: null, order: 'asc' }, ada)).data;
      expect(threads).toHaveLength(1);
      const items = (await store.loadThreadItems(threads[0]!.id, { limit: 9, after: null, order: 'asc' }, ada)).data;
      expect(calls).toBeLessThanOrEqual(1);
      expect(items.map(({ type }) => type)).toEqual(['user_message', 'assistant_message'].slice(0, 1 + calls));
      if (servers.length === 1) expect(calls).toBe(1);
    }),
    { numRuns: sized(200, 2000) },
  );
}, 120_000);
