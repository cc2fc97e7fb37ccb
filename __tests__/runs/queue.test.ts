// The queue between a run and its reader: batches of what is ready in one turn, a limit, and an end.
import { BatchQueue } from '../../src/runs/queue';
import { Gate, idle } from '../support/gate';

/** Takes batches as they come, until the queue is done. */
async function batchesOf(queue: BatchQueue<number>): Promise<number[][]> {
  const batches: number[][] = [];
  while (!queue.done) {
    await new Promise<void>((resolve) => queue.whenReady(resolve));
    const batch = queue.take();
    if (batch) batches.push(batch);
  }
  return batches;
}

test('what is pushed in one turn is one batch, in its order, also across promises', async () => {
  const queue = new BatchQueue<number>({ maxValues: 100 });
  const reading = batchesOf(queue);
  queue.push(1);
  queue.push(2);
  await Promise.resolve();
  queue.push(3);
  await idle();
  queue.push(4);
  await idle();
  queue.end();
  expect(await reading).toEqual([[1, 2, 3], [4]]);
});

test('what was pushed before anybody reads waits', async () => {
  const queue = new BatchQueue<number>({ maxValues: 100 });
  queue.push(1);
  queue.push(2);
  queue.end();
  expect(queue.done).toBe(false);
  expect(await batchesOf(queue)).toEqual([[1, 2]]);
  expect(queue.done).toBe(true);
  expect(queue.take()).toBeNull();
});

test('there is nothing to take where nothing waits', () => {
  expect(new BatchQueue({ maxValues: 1 }).take()).toBeNull();
});

test('a reader is called once for each time it asks', async () => {
  const queue = new BatchQueue<number>({ maxValues: 100 });
  const reader = jest.fn();
  queue.whenReady(reader);
  expect(reader).not.toHaveBeenCalled();
  queue.push(1);
  queue.push(2);
  await idle();
  queue.push(3);
  await idle();
  expect(reader).toHaveBeenCalledTimes(1);
  queue.whenReady(reader);
  await idle();
  expect(reader).toHaveBeenCalledTimes(2);
});

test('a reader that waits is called at the end', async () => {
  const queue = new BatchQueue<number>({ maxValues: 100 });
  const ended = new Gate();
  queue.whenReady(ended.open);
  queue.end();
  await ended.passed;
  expect(queue.done).toBe(true);
});

test('a reader that asks after the end is called too', async () => {
  const queue = new BatchQueue<number>({ maxValues: 100 });
  queue.end();
  const called = new Gate();
  queue.whenReady(called.open);
  await expect(called.passed).resolves.toBeUndefined();
});

test('nothing is added after the end', () => {
  const queue = new BatchQueue<number>({ maxValues: 100 });
  queue.push(1);
  queue.end();
  queue.push(2);
  expect(queue.take()).toEqual([1]);
});

test('is full at its limit, and reports room when a batch is taken', () => {
  const onRoom = jest.fn();
  const queue = new BatchQueue<number>({ maxValues: 2, onRoom });
  queue.push(1);
  expect(queue.needsDrain).toBe(false);
  queue.push(2);
  expect(queue.needsDrain).toBe(true);
  expect(onRoom).not.toHaveBeenCalled();
  expect(queue.take()).toEqual([1, 2]);
  expect(onRoom).toHaveBeenCalledTimes(1);
  expect(queue.needsDrain).toBe(false);
});
