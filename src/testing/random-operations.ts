// Random operations on a store and on a model of it. A difference is shrunk to the few operations that cause it.
import { inspect, isDeepStrictEqual } from 'node:util';
import { NotFoundError } from '../errors';
import type { Store } from '../stores/store';
import { notFound, received, Space } from './model';
import { drawOperations, methodOf, type Operation, printOperation } from './operations';
import { plainData } from './plain-data';
import { shrink } from './shrink';

interface RandomOperations {
  readonly seed: number;
  /** The number of operations. */
  readonly operations: number;
  readonly userIds: readonly string[];
  contextOf: (userId: string) => unknown;
  /** Calls `use` with a new store. */
  withStore: <Result>(use: (store: Store) => Promise<Result>) => Promise<Result>;
  /** The time for shrinking a failure, in milliseconds. */
  readonly shrinkMs: number;
}

interface Difference {
  /** The index of the operation whose answer differs from the model's. */
  readonly index: number;
  readonly expected: unknown;
  readonly received: unknown;
}

/**
 * Fails unless the store has the same result as the model for every operation. The error has the seed and the shortest
 * list of operations that was found to reproduce the difference.
 */
export async function checkRandomOperations(options: RandomOperations): Promise<void> {
  const { seed, operations, userIds, contextOf, withStore, shrinkMs } = options;
  const attempt = (list: readonly Operation[]) =>
    withStore((store) => firstDifference(store, list, contextOf, userIds));
  const drawn = drawOperations(seed, operations, userIds);
  const found = await attempt(drawn);
  if (!found) return;
  let difference = found;
  const failsAt = async (list: readonly Operation[]) => {
    const again = await attempt(list);
    if (again) difference = again;
    return again?.index;
  };
  const shortest = await shrink(drawn.slice(0, found.index + 1), failsAt, Date.now() + shrinkMs);
  const lines = shortest.map((operation) => printOperation(operation, contextOf(operation.userId)));
  const shown = lines.length > 50 ? [`// ${lines.length - 50} more before these`, ...lines.slice(-50)] : lines;
  throw new Error(
    [
      `The store differs from the model: seed ${seed}, operation ${found.index + 1} of ${operations}.`,
      `The shortest list of operations found that ends in a difference (${shortest.length}):`,
      ...shown.map((line) => `  ${line}`),
      `expected ${inspect(difference.expected, { depth: 10 })}`,
      `received ${inspect(difference.received, { depth: 10 })}`,
    ].join('\n'),
  );
}

async function firstDifference(
  store: Store,
  list: readonly Operation[],
  contextOf: (userId: string) => unknown,
  userIds: readonly string[],
): Promise<Difference | undefined> {
  const spaces = new Map(userIds.map((userId) => [userId, new Space()]));
  for (const [index, operation] of list.entries()) {
    const space = spaces.get(operation.userId) ?? new Space();
    const others = [...spaces.values()].filter((other) => other !== space);
    const { answer, refused } = await settle(methodOf(operation).call(store, operation, contextOf(operation.userId)));
    if (refused && others.some((other) => isTaken(other, operation))) continue;
    const expected = methodOf(operation).model(space, operation)(answer);
    if (!isDeepStrictEqual(plainData(answer), plainData(expected))) return { index, expected, received: answer };
  }
  return undefined;
}

/** A store with one space of ids for all owners may refuse a save when another owner has the id. */
function isTaken({ threads, attachments }: Space, { method, threadId, attachmentId }: Operation): boolean {
  if (method === 'saveThread') return threads.some(({ id }) => id === threadId);
  return method === 'saveAttachment' && attachments.some(({ id }) => id === attachmentId);
}

async function settle(call: Promise<unknown>): Promise<{ answer: unknown; refused: boolean }> {
  try {
    return { answer: received(await call), refused: false };
  } catch (error) {
    return { answer: error instanceof NotFoundError ? notFound : { error }, refused: true };
  }
}
