// What runs leave in memory, and what becomes of a run that nobody can see yet or any more.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryStore, type ThreadStreamEvent } from 'chatkit-express';
import { Replay } from '../../src/runs/replay';
import { resolveRuns } from '../../src/runs/options';
import { MemoryRunRegistry } from '../../src/runs/memory-registry';
import { ada, askJson, type Context, type Core, serve, startThread } from '../support/core';
import { Gate, idle } from '../support/gate';
import { added, assistantMessage, done } from '../support/items';
import { addMessage, createThread, deleteThread, retryAfter } from '../support/requests';
import { controlled, follow, openRuns, steeredHook, takeEvents } from '../support/runs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const byOwner = () => new MemoryStore<Context>({ owner: ({ user }) => user });

test('an event that a replay has dropped is not kept in memory', async () => {
  const replay = new Replay({ maxEvents: 2, maxBytes: 1000 });
  const events = ['first', 'second', 'third'].map((title): ThreadStreamEvent => ({
    type: 'progress_update',
    text: title,
  }));
  const [dropped, kept] = events.map((event) => new WeakRef(event)) as [WeakRef<object>, WeakRef<object>];
  for (const event of events.splice(0)) replay.add(event, 100);
  await idle();
  collectGarbage();
  expect([dropped.deref(), kept.deref()]).toEqual([undefined, { type: 'progress_update', text: 'second' }]);
  expect(replay.since(1)).toHaveLength(2);
});

test('an Idempotency-Key that is remembered does not keep its run in memory', async () => {
  const core = serve({
    runs: { keepEndedMs: 1 },
    async *respond({ thread }) {
      yield done(assistantMessage(thread, 'm_1', 'whole'));
    },
  });
  const run = async () => {
    const context = { ...ada };
    const answer = await core.server.process(createThread(), context, { ...controlled, idempotencyKey: 'k' });
    if (answer.kind !== 'stream') throw new Error('answered with JSON');
    await takeEvents(answer.events);
    await answer.events.cancel();
    while (await core.runs.registry.find(answer.events.runId)) await new Promise((resolve) => setTimeout(resolve, 5));
    return new WeakRef(context);
  };
  const context = await run();
  await idle();
  collectGarbage();
  expect(context.deref()).toBeUndefined();
});

afterEach(() => jest.restoreAllMocks());

/** Answers a request of a page that reports Stop itself. */
async function post({ server }: Core, request: unknown, at: object = {}) {
  const answer = await server.process(request, ada, { ...controlled, ...at });
  if (answer.kind !== 'stream') throw new Error('answered with JSON');
  return answer.events;
}

async function ended({ server }: Core): Promise<void> {
  for (let tick = 0; server.openRuns > 0 && tick < 1000; tick++) await idle();
  expect(server.openRuns).toBe(0);
}

test('a repetition joins the run that ended a moment ago, also when the run took longer than a minute', async () => {
  let skippedMs = 0;
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + skippedMs);
  const hook = steeredHook();
  const core = serve({ respond: hook.respond });
  hook.say(done(assistantMessage({ id: 'any' }, 'm_0', 'first')));
  hook.end();
  const { threadId, messageId } = await startThread(core);
  const again = () => post(core, retryAfter(threadId, messageId), { idempotencyKey: 'k' });
  const first = await again();
  await takeEvents(first);
  await ended(core);
  skippedMs = 61_000;
  expect((await again()).runId).toBe(first.runId);
  expect(hook.turns).toHaveLength(2);
  // Once the run is forgotten, the same request is a new one.
  await core.runs.registry.close();
  expect((await again()).runId).not.toBe(first.runId);
  core.logger.lines.splice(0);
});

/** Holds the write of a message. */
class SlowMessages extends MemoryStore<Context> {
  readonly reached = new Gate();
  readonly release = new Gate();

  override async addThreadItem(...[threadId, item, context]: Parameters<MemoryStore<Context>['addThreadItem']>) {
    if (item.type === 'user_message') {
      this.reached.open();
      await this.release.passed;
    }
    await super.addThreadItem(threadId, item, context);
  }
}

describe('a run whose message is being stored', () => {
  async function beginSlowly() {
    const store = new SlowMessages({ owner: ({ user }) => user });
    const hook = steeredHook();
    hook.say(added(assistantMessage({ id: 'thr_1' }, 'm_1', 'so far')));
    const core = serve({ store, respond: hook.respond });
    const thread = {
      id: 'thr_1',
      created_at: new Date().toISOString(),
      status: { type: 'active' as const },
      metadata: {},
    };
    await store.saveThread(thread, ada);
    const posted = post(core, addMessage('thr_1'));
    posted.catch(() => undefined);
    await store.reached.passed;
    return { core, store, hook, posted };
  }

  test('is followed as soon as it is there', async () => {
    const { core, store, posted } = await beginSlowly();
    const [run] = await openRuns(core, 'thr_1');
    const following = follow(core, run!.id);
    await idle();
    store.release.open();
    expect((await following).runId).toBe((await posted).runId);
    expect((await takeEvents(await following, 3)).map(({ type }) => type)).toContain('thread.item.added');
    await core.server.close();
  });

  test('is a 404 for a follower when the message cannot be stored', async () => {
    const { core, store, posted } = await beginSlowly();
    const [run] = await openRuns(core, 'thr_1');
    const following = follow(core, run!.id);
    store.release.fail(new Error('the disk is full'));
    await expect(following).rejects.toMatchObject({ code: 'not_found' });
    await expect(posted).rejects.toThrow('the disk is full');
  });
});

test('a run that begins while its thread is being deleted ends', async () => {
  const hook = steeredHook();
  const core = serve({ store: byOwner(), respond: hook.respond });
  core.store.generateThreadId = () => 'thr_1';
  await core.runs.registry.cancel([(await post(core, createThread())).runId], 'stopped');
  const remove = core.store.deleteThread.bind(core.store);
  jest.spyOn(core.store, 'deleteThread').mockImplementation(async (id, context) => {
    await post(core, addMessage('thr_1'));
    await idle();
    return remove(id, context);
  });
  await askJson(core, deleteThread('thr_1'));
  await ended(core);
  expect(hook.turns.map(({ signal }) => signal.aborted)).toEqual([true, true]);
});

test('a deletion is not failed by a registry that fails, which is logged', async () => {
  const registry = new MemoryRunRegistry();
  const core = serve({ runs: { registry } });
  const { threadId } = await startThread(core);
  core.logger.lines.splice(0);
  jest.spyOn(registry, 'list').mockRejectedValue(new Error('away'));
  expect(await askJson(core, deleteThread(threadId))).toEqual({});
  expect(core.logger.lines.splice(0).map(({ message }) => message)).toEqual([
    'the runs of a deleted thread could not be cancelled',
  ]);
});

test('eraseOwner ends the runs of the owner and forgets those that are kept, and none of another owner', async () => {
  const hook = steeredHook();
  const core = serve({ store: byOwner(), respond: hook.respond });
  const open = await post(core, createThread());
  const kept = await post(core, createThread());
  await core.runs.registry.cancel([kept.runId], 'stopped');
  const other = await core.server.process(createThread(), { user: 'eve' }, controlled);
  if (other.kind !== 'stream') throw new Error('answered with JSON');
  expect((await core.runs.registry.find(kept.runId))?.status).toBe('ended');
  await core.server.eraseOwner(ada);
  for (const { runId } of [open, kept]) expect(await core.runs.registry.find(runId)).toBeUndefined();
  expect((await core.runs.registry.find(other.events.runId))?.status).toBe('running');
  expect(core.server.openRuns).toBe(1);
  await core.server.close();
});

test('a registry that is null is refused', () => {
  const refuse = (what: string) => {
    throw new Error(what);
  };
  expect(() => resolveRuns({ runs: { registry: null as never } }, refuse)).toThrow('`runs.registry` has no method');
  expect(resolveRuns({ runs: {} }, refuse).registry).toBeInstanceOf(MemoryRunRegistry);
});
