// A run whose process has died, as the server of another process takes it over.
import {
  type JoinedRun,
  type LostRun,
  MemoryRunRegistry,
  MemoryStore,
  type NewRun,
  type ResumeTurn,
  type RunLease,
  type RunServer,
} from 'chatkit-express';
import { ada, ask, type Context, type CoreOptions, serve, startThread, storedItems } from '../support/core';
import { eventually } from '../support/gate';
import { added, assistantMessage, done, textDelta } from '../support/items';
import { createThread, retryAfter } from '../support/requests';

/** A registry that several processes could share, whose leases can be lost. A test takes runs over with `server`. */
class ScriptedRegistry extends MemoryRunRegistry {
  override readonly isShared = true as never;
  server!: RunServer;
  readonly begun: NewRun[] = [];
  isLost = false;

  override open(server?: RunServer): void {
    this.server = server!;
  }

  override async begin(run: NewRun): Promise<RunLease | JoinedRun> {
    this.begun.push(run);
    const lease = await super.begin(run);
    if ('joins' in lease) return lease;
    return Object.assign(lease, {
      guard: async (write: () => Promise<unknown>) => {
        if (this.isLost) throw new Error('lost');
        return write();
      },
    });
  }
}

function core(options: CoreOptions = {}) {
  const registry = new ScriptedRegistry();
  const made = serve({ store: new MemoryStore<Context>(), runs: { registry }, ...options });
  return { made, registry };
}

/** Takes over the run of a message, and waits for its end. */
async function takeOver(
  { registry }: { registry: ScriptedRegistry },
  run: { thread_id: string; answers?: string },
  lost: Partial<LostRun> = {},
): Promise<void> {
  const lease = await registry.begin({ id: 'run_lost', policy: 'allow', ...run });
  if ('joins' in lease) throw new Error('it joins');
  const record = { id: lease.id, thread_id: run.thread_id, created_at: '', status: 'running' as const };
  const recovery = JSON.stringify({ context: ada, answers: run.answers });
  await registry.server.recover({ lease, record, recovery, snapshot: undefined, cancelled: undefined, ...lost });
  await eventually(async () => (await registry.find('run_lost'))?.status !== 'running');
}

const half = (threadId: string) => ({
  pending: [assistantMessage({ id: threadId }, 'm_1', 'half of')],
  checkpoint: { at: 2 },
});

const told = (items: Awaited<ReturnType<typeof storedItems>>) => items.map(({ type }) => type);

test('without `resume` the text so far is stored, with a note that says that it was cut off', async () => {
  const on = core();
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await takeOver(on, { thread_id: threadId, answers: messageId }, { snapshot: half(threadId) });
  const items = await storedItems(on.made, threadId);
  expect(told(items)).toEqual(['user_message', 'assistant_message', 'sdk_hidden_context']);
  expect(items[1]).toMatchObject({ id: 'm_1', content: [{ text: 'half of' }] });
  expect(JSON.stringify(items[2])).toContain('was cut off');
});

test('`handleStreamCancelled` is called in its place, with the reason `lost`', async () => {
  const handleStreamCancelled = jest.fn();
  const on = core({ handleStreamCancelled });
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await takeOver(on, { thread_id: threadId, answers: messageId }, { snapshot: half(threadId) });
  expect(handleStreamCancelled).toHaveBeenCalledTimes(1);
  expect(handleStreamCancelled.mock.calls[0]).toMatchObject([{ reason: 'lost', pendingItems: [{ id: 'm_1' }] }]);
});

test('with `resume` the answer is continued: it gets the message, the items and the checkpoint', async () => {
  const turns: ResumeTurn<Context>[] = [];
  const on = core({
    async *resume(turn) {
      turns.push(turn);
      yield textDelta('m_1', ' it');
      yield done(assistantMessage(turn.thread, 'm_1', 'half of it'));
    },
  });
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await takeOver(on, { thread_id: threadId, answers: messageId }, { snapshot: half(threadId) });
  expect(turns).toMatchObject([
    { input: { id: messageId }, pending: [{ id: 'm_1' }], checkpointed: { at: 2 }, context: ada },
  ]);
  const items = await storedItems(on.made, threadId);
  expect(told(items)).toEqual(['user_message', 'assistant_message']);
  expect(items[1]).toMatchObject({ content: [{ text: 'half of it' }] });
});

test('an item that the dead process has stored meanwhile is not overwritten by the snapshot', async () => {
  const on = core();
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await on.made.store.addThreadItem(threadId, assistantMessage({ id: threadId }, 'm_1', 'half of it'), ada);
  await takeOver(on, { thread_id: threadId, answers: messageId }, { snapshot: half(threadId) });
  expect((await storedItems(on.made, threadId))[1]).toMatchObject({ content: [{ text: 'half of it' }] });
});

test('a run whose answer is stored, and whose end was not recorded, is not answered again', async () => {
  const resume = jest.fn();
  const on = core({ resume });
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await on.made.store.addThreadItem(threadId, assistantMessage({ id: threadId }, 'm_1', 'all of it'), ada);
  await takeOver(on, { thread_id: threadId, answers: messageId });
  expect(resume).not.toHaveBeenCalled();
  expect(told(await storedItems(on.made, threadId))).toEqual(['user_message', 'assistant_message']);
});

test('a run that has stored and said nothing is answered by `resume`', async () => {
  const on = core({
    async *resume(turn) {
      yield done(assistantMessage(turn.thread, 'm_1', 'all of it'));
    },
  });
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await takeOver(on, { thread_id: threadId, answers: messageId });
  expect(told(await storedItems(on.made, threadId))).toEqual(['user_message', 'assistant_message']);
});

test('a run that was to be stopped is stopped, and not resumed', async () => {
  const resume = jest.fn();
  const on = core({ resume });
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  const lost = { snapshot: half(threadId), cancelled: 'stopped' as const };
  await takeOver(on, { thread_id: threadId, answers: messageId }, lost);
  expect(resume).not.toHaveBeenCalled();
  expect(JSON.stringify((await storedItems(on.made, threadId))[2])).toContain('The user stopped this answer');
});

test('a run whose message was never stored, or whose thread was deleted, ends without a trace', async () => {
  const resume = jest.fn();
  const on = core({ resume });
  const { threadId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  await takeOver(on, { thread_id: threadId, answers: 'msg_none' }, { snapshot: half(threadId) });
  expect(told(await storedItems(on.made, threadId))).toEqual(['user_message']);
  await takeOver(on, { thread_id: 'thr_none', answers: 'msg_none' }, { snapshot: half('thr_none') });
  await expect(on.made.store.loadThread('thr_none', ada)).rejects.toThrow();
  expect(resume).not.toHaveBeenCalled();
});

test('a run without its context is given up, which is logged', async () => {
  const on = core();
  await takeOver(on, { thread_id: 'thr_1' }, { recovery: undefined });
  expect(on.made.logger.lines.splice(0)).toMatchObject([
    { level: 'error', message: 'a run without its context is given up' },
  ]);
});

test('a take-over that the store fails rejects, so that the run is taken over again', async () => {
  const on = core();
  const { threadId, messageId } = await startThread(on.made);
  on.made.logger.lines.splice(0);
  jest.spyOn(on.made.store, 'loadThread').mockRejectedValueOnce(new Error('away'));
  await expect(takeOver(on, { thread_id: threadId, answers: messageId })).rejects.toThrow('away');
});

test('the context and the replaced answer of a run are recorded; a context that is not plain JSON is reported once', async () => {
  const on = core({
    async *respond({ thread }) {
      yield done(assistantMessage(thread, 'm_old', 'old'));
    },
  });
  const { threadId, messageId } = await startThread(on.made);
  await ask(on.made, retryAfter(threadId, messageId));
  const recorded = on.registry.begun.map(({ recovery, owner }) => [JSON.parse(recovery!), owner?.length] as unknown);
  expect(recorded).toEqual([
    [{ context: ada, answers: messageId }, 64],
    [
      {
        context: ada,
        answers: messageId,
        replaces: { after: messageId, end: expect.objectContaining({ lastItemId: 'm_old' }) },
      },
      64,
    ],
  ]);
  on.registry.begun.splice(0);
  class Session {
    user = 'ada';
  }
  for (let times = 0; times < 2; times++) await ask(on.made, createThread(), new Session());
  expect(on.registry.begun.map(({ recovery }) => recovery)).toEqual([undefined, undefined]);
  const reported = on.made.logger.lines
    .splice(0)
    .filter(({ message }) => message.startsWith('the context is not plain'));
  expect(reported).toHaveLength(1);
});

test('a process that has lost its lease stores nothing more: not by its events, and not by its hook', async () => {
  const failures: unknown[] = [];
  const on = core({
    async *respond({ thread, store, context }) {
      yield added(assistantMessage(thread, 'm_1', ''));
      yield textDelta('m_1', 'half');
      on.registry.isLost = true;
      const late = assistantMessage(thread, 'late', 'late');
      await store.addThreadItem(thread.id, late, context).catch((error: unknown) => failures.push(error));
      yield done(assistantMessage(thread, 'm_1', 'half of it'));
    },
  });
  const events = await ask(on.made, createThread());
  const [created] = events;
  if (created?.type !== 'thread.created') throw new Error('no thread');
  on.made.logger.lines.splice(0);
  expect(failures).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'error', allow_retry: true });
  on.registry.isLost = false;
  expect(told(await storedItems(on.made, created.thread.id))).toEqual(['user_message']);
});

test('checkpoint refuses what cannot be stored', async () => {
  const failures: unknown[] = [];
  const on = core({
    async *respond(turn) {
      for (const value of [() => 1, 'x'.repeat(70_000), { fine: 1 }]) {
        try {
          turn.checkpoint(value);
        } catch (error) {
          failures.push((error as Error).name);
        }
      }
      yield done(assistantMessage(turn.thread, 'm_1', 'said'));
    },
  });
  await ask(on.made, createThread());
  expect(failures).toEqual(['TypeError', 'RangeError']);
});
