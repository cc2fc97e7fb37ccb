// What each test of the suite is given: a fresh store, two users, and the few checks that all tests are made of.
import assert from 'node:assert/strict';
import { NotFoundError } from '../errors';
import { maxPageSize, type Order, type Page, type Thread, type ThreadItem } from '../protocol';
import { type PageQuery, Store } from '../stores/store';
import { plainData } from './plain-data';

/** The part of a test runner's `expect` that the suite uses. */
export type Expect = (actual: unknown) => { toEqual(expected: unknown): unknown };

/** One test: its store is its own, and empty. */
export interface Trial {
  readonly store: Store;
  /** The contexts of two users. */
  readonly ann: unknown;
  readonly bob: unknown;
  /** The context of the user with this id. */
  contextOf: (userId: string) => unknown;
  /** All threads of a user, in order of insertion. */
  threadsOf: (context: unknown) => Promise<Thread[]>;
  /** All items of a thread, in order of insertion. */
  itemsOf: (threadId: string, context: unknown) => Promise<ThreadItem[]>;
  /** Fails unless both are the same data. A member that is `undefined` counts as missing. */
  equal: (actual: unknown, expected: unknown) => void;
  /** Fails unless the answer is a rejection with NotFoundError. Any other rejection fails as it is. */
  notFound: (answer: Promise<unknown>) => Promise<void>;
}

/** A test, and what it says of the store. */
export interface Case {
  readonly name: string;
  readonly check: (trial: Trial) => Promise<void>;
}

export const orders: readonly Order[] = ['asc', 'desc'];

/** Two users, where the suite needs no more. */
export const userIds = ['user_a', 'user_b'] as const;

export function startTrial(store: Store, contextOf: (userId: string) => unknown, expect?: Expect): Trial {
  const compare = expect
    ? (actual: unknown, expected: unknown) => void expect(actual).toEqual(expected)
    : (actual: unknown, expected: unknown) => assert.deepEqual(actual, expected);
  const equal = (actual: unknown, expected: unknown) => compare(plainData(actual), plainData(expected));
  return {
    store,
    ann: contextOf(userIds[0]),
    bob: contextOf(userIds[1]),
    contextOf,
    threadsOf: (context) => readRows((page) => store.loadThreads(page, context)),
    itemsOf: (threadId, context) => readRows((page) => store.loadThreadItems(threadId, page, context)),
    equal,
    notFound: async (answer) => equal(await outcome(answer), 'NotFoundError'),
  };
}

/** `'NotFoundError'` for a rejection with one, else what the promise gives. Another rejection is passed on. */
async function outcome(answer: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await answer };
  } catch (error) {
    if (error instanceof NotFoundError) return 'NotFoundError';
    throw error;
  }
}

/** Waits for all of them, also when some fail, and then fails with the first that did. */
export async function allDone(calls: Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(calls);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

export function query(more: Partial<PageQuery> = {}): PageQuery {
  return { limit: maxPageSize, after: null, order: 'asc', ...more };
}

export function idsOf(rows: readonly { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}

/**
 * Checks a page against the ids that are still to come: its rows are the first of them, at least one and at most
 * `limit`, and it says rightly whether more follow. A store may give fewer rows than asked for.
 */
export function checkPage({ equal }: Trial, page: Page<{ id: string }>, rest: readonly string[], limit: number): void {
  const ids = idsOf(page.data);
  const max = Math.max(1, Math.min(limit, maxPageSize));
  const expected = rest.slice(0, Math.max(1, Math.min(ids.length, max)));
  const hasMore = expected.length < rest.length;
  equal(
    { ids, has_more: page.has_more, after: page.after ?? null },
    { ids: expected, has_more: hasMore, after: hasMore ? expected.at(-1) : null },
  );
}

/** Follows the cursors to the end and checks that the list is these ids, in this order. */
export async function checkList(
  trial: Trial,
  load: (query: PageQuery) => Promise<Page<{ id: string }>>,
  ids: readonly string[],
  { limit, order }: { limit: number; order: Order } = { limit: maxPageSize, order: 'asc' },
): Promise<void> {
  let rest = order === 'asc' ? ids : ids.toReversed();
  for (let after: string | null = null; ;) {
    const page = await load({ limit, after, order });
    checkPage(trial, page, rest, limit);
    if (!page.has_more) return;
    after = idsOf(page.data).at(-1) ?? null;
    rest = rest.slice(page.data.length);
  }
}

/** The rows of a list, in its own order, read in pages as long as the store makes them. */
export async function readRows<Row extends { id: string }>(
  load: (query: PageQuery) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | null = null; ;) {
    const page = await load(query({ after }));
    rows.push(...page.data);
    if (!page.has_more) return rows;
    if (page.data.length === 0) throw new Error('A page has no rows, yet more are said to follow');
    if (rows.length > 10_000) throw new Error('The cursors lead in circles');
    after = rows.at(-1)?.id ?? null;
  }
}

/** True when the store takes a method from {@link Store}. */
export function isInherited(store: Store, method: keyof Store): boolean {
  for (let at: object | null = store; at; at = Reflect.getPrototypeOf(at)) {
    if (Object.hasOwn(at, method)) return at === Store.prototype;
  }
  return false;
}
