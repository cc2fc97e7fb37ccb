// A hook that never waits leaves the event loop to others, again and again.
import type { HookEventInput } from 'chatkit-express';
import { FairShare } from '../../src/runs/fair-share';
import { openStream, serve } from '../support/core';
import { idle } from '../support/gate';
import { added, assistantMessage, progress, textDelta } from '../support/items';
import { createThread } from '../support/requests';
import { sized } from '../support/sizes';

/** Reads a stream to its end without ever waiting for anything but its events. Returns the turns of the event loop meanwhile. */
async function turnsDuring(core: ReturnType<typeof serve>): Promise<number> {
  const stream = await openStream(core, createThread());
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await new Promise<void>((resolve) => {
    const read = () => {
      while (stream.take()) {
        // takes all there is
      }
      if (stream.done) resolve();
      else stream.whenReady(read);
    };
    stream.whenReady(read);
  });
  isOver = true;
  return turns;
}

test.each<[string, number, (n: number) => HookEventInput]>([
  ['many deltas', sized(100_000, 1_000_000), () => textDelta('m_1', 'x')],
  ['fifty thousand other events', 50_000, (n) => progress(`${n}`)],
])(
  'another request gets turns of the event loop while a hook yields %s',
  async (_what, count, event) => {
    const core = serve({
      async *respond({ thread }) {
        yield added(assistantMessage(thread, 'm_1', ''));
        for (let n = 0; n < count; n++) yield event(n);
      },
    });
    expect(await turnsDuring(core)).toBeGreaterThan(20);
    core.logger.take('warn'); // the message was never done
  },
  180_000, // a busy machine needs minutes for a million
);

describe('the share of a run', () => {
  let now = 0;
  beforeEach(() => jest.spyOn(performance, 'now').mockImplementation(() => now));
  afterEach(() => jest.restoreAllMocks());

  test('is used up after some milliseconds of one turn, and new in the next', async () => {
    const share = new FairShare();
    now = 100;
    expect(share.isUsedUp()).toBe(false);
    now = 107;
    expect(share.isUsedUp()).toBe(false);
    now = 109;
    expect(share.isUsedUp()).toBe(true);
    await idle();
    expect(share.isUsedUp()).toBe(false);
  });

  test('is not used up by waiting, however long', async () => {
    const share = new FairShare();
    for (now = 0; now < 1_000; now += 50) {
      expect(share.isUsedUp()).toBe(false);
      await idle();
    }
  });

  test('is looked at after a few deltas, and sooner after long ones', () => {
    const short = new FairShare();
    const looks = (delta: string) => Array.from({ length: 16 }, () => ((now += 10), short.countDelta(delta)));
    expect(looks('x').filter(Boolean)).toHaveLength(1); // the first look starts the clock
    expect(looks('x'.repeat(40_000)).filter(Boolean).length).toBeGreaterThan(10);
  });

  test('runs that have used it up continue one in a turn, in their order', async () => {
    const order: string[] = [];
    let turn = 0;
    const count = () => {
      turn++;
      if (turn < 10) setImmediate(count);
    };
    const waits = ['a', 'b', 'c'].map(async (name) => {
      await new FairShare().nextTick();
      order.push(`${name}${turn}`);
    });
    setImmediate(count);
    await Promise.all(waits);
    expect(order).toEqual(['a0', 'b1', 'c2']);
  });
});

test('a run that works for a short time in each tick never has to wait, and one that works longer in a tick does', async () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  try {
    const share = new FairShare();
    let now = 0;
    for (let tick = 0; tick < 5; tick++) {
      clock.mockReturnValue((now += 5));
      expect(share.isUsedUp()).toBe(false);
      clock.mockReturnValue((now += 5));
      expect(share.isUsedUp()).toBe(false);
      await idle();
      await idle();
    }
    expect(share.isUsedUp()).toBe(false);
    clock.mockReturnValue(now + 8);
    expect(share.isUsedUp()).toBe(true);
  } finally {
    clock.mockRestore();
  }
});
