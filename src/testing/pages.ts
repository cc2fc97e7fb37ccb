// Tests the pages of threads and of items: order, limits and cursors.
import { maxPageSize } from '../protocol';
import { createdAt, numbered } from './documents';
import { type List, lists } from './lists';
import { type Case, checkList, checkPage, orders, query, type Trial } from './trial';

/** Ids whose order is neither alphabetical nor that of `created_at`. */
const shuffled = ['row_3', 'row_0', 'row_6', 'row_1', 'row_5', 'row_2', 'row_4'];

async function everyLimit(trial: Trial, list: List): Promise<void> {
  for (const [index, id] of shuffled.entries()) {
    await list.put(id, { created_at: `2026-01-02T03:04:0${9 - index}.000Z` });
  }
  for (const order of orders) {
    for (let limit = 1; limit <= shuffled.length + 2; limit++)
      await checkList(trial, list.load, shuffled, { limit, order });
  }
}

async function oneMillisecond(trial: Trial, list: List): Promise<void> {
  // The ids alternate, so that a store which sorts equal times by id is found.
  const ids = Array.from({ length: 25 }, (_row, index) => `row_${(index * 7) % 25}`);
  for (const id of ids) await list.put(id);
  for (const order of orders) await checkList(trial, list.load, ids, { limit: 4, order });
}

async function empty(trial: Trial, list: List): Promise<void> {
  for (const order of orders) checkPage(trial, await list.load(query({ order })), [], maxPageSize);
}

async function ends(trial: Trial, list: List): Promise<void> {
  const ids = ['a', 'b', 'c'];
  for (const id of ids) await list.put(id);
  for (const order of orders) {
    const rows = order === 'asc' ? ids : ids.toReversed();
    checkPage(trial, await list.load({ limit: 3, after: null, order }), rows, 3);
    checkPage(trial, await list.load({ limit: 2, after: rows[0] ?? null, order }), rows.slice(1), 2);
    checkPage(trial, await list.load({ limit: 2, after: rows[2] ?? null, order }), [], 2);
  }
}

async function clamped(trial: Trial, list: List): Promise<void> {
  const ids = numbered(maxPageSize + 2, 'row');
  for (const id of ids) await list.put(id);
  for (const limit of [-5, 0, 1, maxPageSize, maxPageSize + 1, 9999, Number.MAX_SAFE_INTEGER]) {
    for (const order of orders) {
      const rows = order === 'asc' ? ids : ids.toReversed();
      checkPage(trial, await list.load({ limit, after: null, order }), rows, limit);
    }
  }
}

async function lostCursors(trial: Trial, list: List): Promise<void> {
  for (const id of ['a', 'b', 'c', 'd']) await list.put(id);
  for (const [order, cursor] of [
    ['asc', 'b'],
    ['desc', 'c'],
  ] as const) {
    await list.load({ limit: 2, after: null, order });
    await list.remove(cursor);
    await trial.notFound(list.load({ limit: 2, after: cursor, order }));
  }
  for (const order of orders) {
    await trial.notFound(list.load({ limit: 2, after: 'never', order }));
    await trial.notFound(list.load({ limit: 2, after: '', order }));
  }
}

async function changesBetweenPages(trial: Trial, list: List): Promise<void> {
  for (const id of ['a', 'b', 'c', 'd']) await list.put(id);
  await list.load(query({ limit: 2 }));
  for (const id of ['a', 'c']) await list.remove(id);
  await list.put('e');
  checkPage(trial, await list.load(query({ after: 'b' })), ['d', 'e'], maxPageSize);
  checkPage(trial, await list.load(query({ after: 'b', order: 'desc' })), [], maxPageSize);
}

async function gaps(trial: Trial, list: List): Promise<void> {
  const expectBothWays = async (ids: string[]) => {
    for (const order of orders) await checkList(trial, list.load, ids, { limit: 2, order });
  };
  for (const id of ['a', 'b', 'c', 'd']) await list.put(id);
  for (const [removed, left] of [
    ['b', ['a', 'c', 'd']],
    ['a', ['c', 'd']],
    ['d', ['c']],
    ['c', []],
  ] as const) {
    await list.remove(removed);
    await expectBothWays([...left]);
  }
  await list.put('a');
  await expectBothWays(['a']);
}

async function addedAgain(trial: Trial, list: List): Promise<void> {
  for (const id of ['a', 'b']) await list.put(id);
  await list.remove('a');
  await list.put('a');
  for (const order of orders) await checkList(trial, list.load, ['b', 'a'], { limit: 1, order });
}

async function replaced(trial: Trial, list: List): Promise<void> {
  const ids = ['c', 'a', 'd', 'b'];
  for (const id of ids) await list.put(id);
  for (const id of ['a', 'd', 'c', 'a']) {
    await list.put(id, { created_at: createdAt.replace('2026', '2027') });
    for (const order of orders) await checkList(trial, list.load, ids, { limit: 1, order });
  }
  checkPage(trial, await list.load(query({ after: 'a' })), ['d', 'b'], maxPageSize);
}

const runs: Record<string, (trial: Trial, list: List) => Promise<void>> = {
  'hold every row once, in order of insertion, at every limit': everyLimit,
  'keep the order of insertion for rows of the same millisecond': oneMillisecond,
  'are empty when there is nothing': empty,
  'say that more rows follow only when they do': ends,
  'clamp the limit': clamped,
  'refuse a cursor that is unknown, or was deleted in between': lostCursors,
  'go on after rows that were deleted and added in between': changesBetweenPages,
  'close the gap that a deleted row leaves': gaps,
  'have a row that was deleted and added again at the end': addedAgain,
  'keep the place of a row that is replaced': replaced,
};

export const pages: readonly Case[] = Object.entries(lists).flatMap(([list, open]) =>
  Object.entries(runs).map(([name, check]) => ({
    name: `pages of ${list} ${name}`,
    check: async (trial: Trial) => check(trial, await open(trial)),
  })),
);
