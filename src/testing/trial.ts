// The argument of each test of the suite: a new store, two users, and the checks that the tests share.
import assert from 'node:assert/strict';
import { NotFoundError } from '../errors';
import { maxPageSize, type Order, type Page, type Thread, type ThreadItem } from '../protocol';
import { type PageQuery, Store } from '../stores/store';
import { plainData } from './plain-data';

/** The part of a test runner's `expect` that the suite uses. */
export type Expect = (actual: unknown) => { toEqual(expected: unknown): unknown };

/** The argument of a test. The store is new and empty. */
export interface Trial {
  readonly store: Store;
  /** The context of a user. `bob` is the context of another user. */
  readonly ann: unknown;
  readonly bob: unknown;
  /** Returns the context of a user. */
  contextOf: (userId: string) => unknown;
  /** Loads all threads of a user, in order of insertion. */
  threadsOf: (context: unknown) => Promise<Thread[]>;
  /** Loads all items of a thread, in order of insertion. */
  itemsOf: (threadId: string, context: unknown) => Promise<ThreadItem[]>;
  /** Fails unless both are the same data. An `undefined` member counts as missing. */
  equal: (actual: unknown, expected: unknown) => void;
  /** Fails unless the answer is a rejection with NotFoundError. Rejects with any other rejection. */
  notFound: (answer: Promise<unknown>) => Promise<void>;
}

/** A test, whose name describes the store. */
export interface Case {
  readonly name: string;
  readonly check: (trial: Trial) => Promise<void>;
}

export const orders: readonly Order[] = ['asc', 'desc'];

/** The ids of two users. */
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

/** Returns `'NotFoundError'` for such a rejection, and otherwise the value. Rejects with any other rejection. */
async function outcome(answer: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await answer };
  } catch (error) {
    if (error instanceof NotFoundError) return 'NotFoundError';
    throw error;
  }
}

/** Waits for all calls, also when some fail, and then rejects with the first failure. */
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
 * Checks that the rows of a page are the first ids of `rest`, at least one and at most `limit`, and checks `has_more`
 * and `after`. A store may return fewer rows than `limit`.
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

/** Follows the cursors to the end, and checks that the list consists of these ids in this order. */
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

/** Reads all rows of a list, in pages of any length. */
export async function readRows<Row extends { id: string }>(
  load: (query: PageQuery) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | null = null; ;) {
    const page = await load(query({ after }));
    rows.push(...page.data);
    if (!page.has_more) return rows;
    if (page.data.length === 0) throw new Error('A page has no rows, but `has_more` is true');
    if (rows.length > 10_000) throw new Error('The cursors do not reach the end of the list');
    after = rows.at(-1)?.id ?? null;
  }
}

/** Returns true when the store inherits a method from {@link Store}. */
export function isInherited(store: Store, method: keyof Store): boolean {
  for (let at: object | null = store; at; at = Reflect.getPrototypeOf(at)) {
    if (Object.hasOwn(at, method)) return at === Store.prototype;
  }
  return false;
}
