// The random operations of storeSuite: what they find is told in few operations, which anybody can run.
import type { MemoryStore } from '../../src/stores/memory';
import type { SuiteUser } from '../../src/testing';
import { drawOperations } from '../../src/testing/operations';
import { shrink } from '../../src/testing/shrink';
import { failures } from './collect';
import { faults } from './faults';
import { breakStore } from './faults/fault';

const random = /random operations/;

/** How the random operations of this seed fail on a store with the fault. */
async function messageFor(fault: string, seed: number): Promise<string> {
  const create = () => breakStore(faults[fault]!);
  const [failure] = await failures({ create, seed }, random);
  return (failure?.error as Error).message;
}

const linesOf = (message: string) => message.match(/await store\..*;/g) ?? [];

/** What the last line of code gives. */
async function runLines(lines: string[], store: MemoryStore<SuiteUser>): Promise<unknown> {
  let last: unknown;
  for (const line of lines) {
    const [, method, given] = /^await store\.(\w+)\((.*)\);$/.exec(line)!;
    const call = store[method as 'loadThread'] as (...given: unknown[]) => Promise<unknown>;
    last = await call
      .apply(store, JSON.parse(`[${given}]`))
      .catch((error: unknown) => (error as { code: string }).code);
  }
  return last;
}

test.each([1, 2, 3])('shrink 1,000 operations to the few that show a moved item (seed %d)', async (seed) => {
  const message = await messageFor('moves a saved item to the end', seed);
  expect(message).toContain(`seed ${seed}, operation `);
  const methods = linesOf(message).map((line) => line.replace(/\(.*/, ''));
  // A thread, two items, the first of them again, and a look; sometimes there is no shorter way from the list it found.
  expect(methods.length).toBeGreaterThanOrEqual(5);
  expect(methods.length).toBeLessThanOrEqual(7);
  expect(methods[0]).toBe('await store.saveThread');
  expect(methods.slice(-2)).toEqual(['await store.saveItem', 'await store.loadThreadItems']);
  expect(message).toMatch(/\nexpected .*\nreceived /s);
});

test.each([
  'starts again at a cursor that is gone',
  'says that more follows whenever a page is full',
  'makes a thread for an item that has none',
  'does not replace an item that it has',
  'moves a saved thread to the end',
  'loses the items of a thread that is saved',
  'throws another error for what is not there',
  'throws when there is no item to delete',
  'brings back the items of a deleted thread',
  'deletes the attachments of a deleted thread',
  "shows another owner's thread",
  "pages after another owner's cursor",
])('find a store that %s, and print code that shows it', async (fault) => {
  const lines = linesOf(await messageFor(fault, 7));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(6);
  const right = await runLines(lines, breakStore({ foundBy: random, make: () => ({}) }));
  expect(await runLines(lines, breakStore(faults[fault]!))).not.toEqual(right);
});

test('are the same for the same seed, and others for another', () => {
  const users = ['user_a', 'user_b'];
  expect(drawOperations(1, 100, users)).toEqual(drawOperations(1, 100, users));
  expect(drawOperations(1, 100, users)).not.toEqual(drawOperations(2, 100, users));
});

test('call every method, with cursors and without, and for every user', () => {
  const drawn = drawOperations(Date.now(), 1000, ['user_a', 'user_b']);
  expect(new Set(drawn.map(({ method }) => method)).size).toBe(12);
  expect(new Set(drawn.map(({ userId }) => userId)).size).toBe(2);
  expect(new Set(drawn.map(({ query: { after } }) => after === null)).size).toBe(2);
});

test.each(Array.from({ length: 20 }, (_row, index) => Date.now() + index))(
  'find nothing in a store with no fault (seed %d)',
  async (seed) => {
    const create = () => breakStore({ foundBy: random, make: () => ({}) });
    expect(await failures({ create, seed }, random)).toEqual([]);
  },
);

describe('shrink', () => {
  const numbers = Array.from({ length: 1000 }, (_row, index) => index);

  /** Fails at the last of these when all of them are there. */
  const needs = (needed: number[]) => {
    let tries = 0;
    return {
      tries: () => tries,
      failsAt: (list: readonly number[]) => {
        tries++;
        const isThere = needed.every((number) => list.includes(number));
        return Promise.resolve(isThere ? list.indexOf(needed.at(-1)!) : undefined);
      },
    };
  };

  test.each([[[0]], [[999]], [[3, 500, 900]], [[0, 1, 2]], [[100, 200, 300, 400, 500, 600, 700, 800]]])(
    'leaves what is needed: %p',
    async (needed) => {
      const { failsAt, tries } = needs(needed);
      expect(await shrink(numbers, failsAt)).toEqual(needed);
      expect(tries()).toBeLessThan(400);
    },
  );

  test('leaves everything when nothing fails again', async () => {
    expect(await shrink(numbers.slice(0, 20), () => Promise.resolve(undefined))).toEqual(numbers.slice(0, 20));
  });

  test('stops when the time is up', async () => {
    expect(await shrink(numbers, needs([3]).failsAt, Date.now() - 1)).toEqual(numbers);
  });
});
