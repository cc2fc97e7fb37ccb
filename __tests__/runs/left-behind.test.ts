// What runs leave in memory, and what becomes of a run that nobody can see yet or any more.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryStore, type ThreadStreamEvent } from 'chatkit-express';
import { Replay } from '../../src/runs/replay';
import { MemoryRunRegistry } from '../../src/runs/memory-registry';
import { ada, ask, askJson, type Context, serve } from '../support/core';
import { Gate, idle } from '../support/gate';
import { added, assistantMessage, done } from '../support/items';
import { addMessage, createThread, deleteThread, retry } from '../support/requests';
import { callerOf, controlled, follow, openRuns, steeredHook, takeEvents } from '../support/runs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const byOwner = () => new MemoryStore<Context>({ owner: ({ user }) => user });

test('an event that a replay has dropped is not kept in memory', async () => {
  const replay = new Replay({ maxEvents: 2, maxBytes: 1000 });
  const events = ['first', 'second', 'third'].map((title): ThreadStreamEvent => ({ type: 'progress_update', text: title }));
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

test('the repetition of a request joins its run also after the run has ended, if the run took longer than a minute', async () => {
  const hook = steeredHook();
  const core = serve({ store: byOwner(), respond: hook.respond });
  core.store.generateThreadId = () => 'thr_1';
  const message = await ask(core, createThread(), 'thread.item.done');
  void message;
});
