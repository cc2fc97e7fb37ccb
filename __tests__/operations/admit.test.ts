// The option `admit`: the application refuses a request before anything is written.
import { type AdmitRequest, ChatKitError, MemoryStore } from 'chatkit-express';
import { ada, ask, askJson, type Context, refusal, serve, silently, startThread } from '../support/core';
import { Gate, idle } from '../support/gate';
import { addMessage, createThread, getThread, retryAfter } from '../support/requests';
import { slow } from '../support/slow-store';

const full = () => {
  throw new ChatKitError('too_many_requests', 'Wait a minute', { retryAfterMs: 60_000 });
};

test('receives the type, the parameters and the context of each request', async () => {
  const seen: AdmitRequest<Context>[] = [];
  const core = serve({ admit: (request) => void seen.push(request) });
  const { threadId } = await startThread(core, 'Hello');
  await askJson(core, getThread(threadId));
  expect(seen).toMatchObject([
    { type: 'threads.create', params: { input: { content: [{ text: 'Hello' }] } }, context: ada },
    { type: 'threads.get_by_id', params: { thread_id: threadId }, context: ada },
  ]);
  await refusal(core, { type: 'threads.get_by_id', params: {} });
  expect(seen).toHaveLength(2);
});

test.each([
  ['at once', full],
  ['later', () => idle().then(full)],
])('refuses %s before anything is read or written, and gives the slot back', async (_name, refuse) => {
  const store = slow(new MemoryStore<Context>());
  const methods = ['createThread', 'addThreadItem', 'insertItemIfActive', 'updateThread', 'loadThread'] as const;
  let isFull = false;
  const core = serve({ store, limits: { maxRuns: 1 }, admit: () => (isFull ? refuse() : undefined) });
  const { threadId, messageId } = await startThread(core);
  isFull = true;
  const spies = methods.map((method) => jest.spyOn(store, method));
  for (const request of [createThread(), addMessage(threadId), retryAfter(threadId, messageId), getThread(threadId)]) {
    await expect(core.server.process(request, ada)).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterMs: 60_000,
    });
  }
  expect(spies.map((spy) => spy.mock.calls.length)).toEqual(methods.map(() => 0));
  isFull = false;
  expect((await ask(core, addMessage(threadId)))[0]).toMatchObject({ type: 'thread.item.done' });
});

test('is not asked by a full server, nor for a repetition that takes over a run', async () => {
  const admit = jest.fn(() => idle());
  const end = new Gate();
  const core = serve({ admit, limits: { maxRuns: 1 }, respond: silently(() => end.passed) });
  const at = { idempotencyKey: 'key', runControl: true };
  const request = createThread();
  const [first, again] = await Promise.all([
    core.server.process(request, ada, at),
    core.server.process(request, ada, at),
  ]);
  expect(admit).toHaveBeenCalledTimes(1);
  expect(await refusal(core, createThread())).toMatchObject({ code: 'too_many_requests' });
  expect(admit).toHaveBeenCalledTimes(1);
  end.open();
  for (const answer of [first, again]) if (answer.kind === 'stream') await answer.events.cancel();
});

test('that returns false refuses the request, because a mistake must not admit everybody', async () => {
  const core = serve({ admit: (() => false) as never });
  await expect(core.server.process(getThread('thr_1'), ada)).rejects.toThrow('returned false');
});

test('that returns an error refuses the request, because it was meant to be thrown', async () => {
  const returned = new ChatKitError('forbidden', 'No');
  const core = serve({ admit: (async () => returned) as never });
  await expect(core.server.process(getThread('thr_1'), ada)).rejects.toMatchObject({
    message: expect.stringContaining('returned an error'),
    cause: returned,
  });
});

test.each([true, null, { isLeft: true }])('that returns %j admits the request', async (returned) => {
  const core = serve({ admit: (() => returned) as never });
  expect(await refusal(core, getThread('thr_1'))).toMatchObject({ code: 'not_found' });
});
