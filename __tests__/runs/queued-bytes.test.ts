// The bytes that wait for a reader who reads nothing.
import type { HookEventInput } from 'chatkit-express';
import { eventSize } from '../../src/runs/event-size';
import { openStream, readAll, serve } from '../support/core';
import { idle } from '../support/gate';
import { assistantMessage, done, progress, textDelta } from '../support/items';
import { createThread } from '../support/requests';

/** How many events a hook yields while nobody reads, and how many in all once somebody does. */
async function yielded(
  event: (thread: { id: string }) => HookEventInput,
  options: { maxQueuedBytes?: number; maxQueuedEvents?: number } = {},
) {
  let count = 0;
  const core = serve({
    ...options,
    async *respond({ thread }) {
      while (count < 600) {
        count++;
        yield event(thread);
      }
    },
  });
  const stream = await openStream(core, createThread());
  for (let before = -1; before !== count;) {
    before = count;
    for (let turn = 0; turn < 20; turn++) await idle();
  }
  const unread = count;
  await readAll(stream);
  return { unread, all: count };
}

test('a hook is paused after a megabyte, and goes on when it is read', async () => {
  const megabyte = 'x'.repeat(1_000_000);
  const { unread, all } = await yielded(() => textDelta('m_1', megabyte));
  expect(unread).toBeLessThanOrEqual(2);
  expect(all).toBe(600);
});

test('a hook is paused by the number of its events where they are short', async () => {
  expect((await yielded(() => textDelta('m_1', 'word'))).unread).toBeGreaterThan(500);
  expect((await yielded(() => progress('word'), { maxQueuedEvents: 10 })).unread).toBe(7);
});

test.each<[string, (text: string, thread: { id: string }) => HookEventInput]>([
  ['deltas', (text) => textDelta('m_1', text)],
  ['items', (text, thread) => done(assistantMessage(thread, 'm_1', text))],
  ['progress', (text) => progress(text)],
])('`maxQueuedBytes` counts the text of %s', async (_what, event) => {
  const text = 'x'.repeat(10_000);
  const { unread } = await yielded((thread) => event(text, thread), { maxQueuedBytes: 50_000 });
  expect(unread).toBeGreaterThanOrEqual(4);
  expect(unread).toBeLessThanOrEqual(5);
});

test('the size of an event follows its JSON', () => {
  for (const event of [
    textDelta('m_1', 'x'.repeat(500)),
    done(assistantMessage({ id: 'thr_1' }, 'm_1', 'x'.repeat(500))),
  ]) {
    const bytes = JSON.stringify(event).length;
    const size = eventSize(event as never);
    expect(size).toBeGreaterThan(bytes / 2);
    expect(size).toBeLessThan(bytes * 2);
  }
});
