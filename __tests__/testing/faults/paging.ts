// Pages that are not what was asked for.
import type { Page, PageQuery, ThreadItem } from 'chatkit-express';
import { all, cut, type Fault, type SuiteStore } from './fault';

/** Items in another order than that of insertion. */
const sorted =
  (compare: (left: ThreadItem, right: ThreadItem) => number) =>
  (right: SuiteStore): Partial<SuiteStore> => ({
    loadThreadItems: async (threadId, query, context) =>
      cut((await all((page) => right.loadThreadItems(threadId, page, context))).toSorted(compare), query),
  });

/** Pages of items that are right but for a detail. */
const pagesWith =
  (change: (page: Page<ThreadItem>, query: PageQuery) => Page<ThreadItem>) =>
  (right: SuiteStore): Partial<SuiteStore> => ({
    loadThreadItems: async (threadId, query, context) =>
      change(await right.loadThreadItems(threadId, query, context), query),
  });

const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);
const byTime = (left: ThreadItem, right: ThreadItem) => (left.created_at < right.created_at ? -1 : 1);

export const paging: Record<string, Fault> = {
  'orders items by id': { foundBy: /pages of items hold every row/, make: sorted(byId) },
  'orders items by created_at': { foundBy: /pages of items hold every row/, make: sorted(byTime) },
  'orders items of one millisecond by id': {
    foundBy: /pages of items keep the order of insertion for rows of the same millisecond/,
    make: sorted((left, right) => (left.created_at === right.created_at ? byId(left, right) : 0)),
  },
  'takes every order for asc': {
    foundBy: /pages of threads hold every row/,
    make: (right) => ({
      loadThreads: (query, context) => right.loadThreads({ ...query, order: 'asc' }, context),
    }),
  },
  'begins a page with its cursor': {
    foundBy: /pages of items hold every row/,
    make: (right) => ({
      loadThreadItems: async (threadId, query, context) => {
        const page = await right.loadThreadItems(threadId, query, context);
        if (query.after === null) return page;
        return { ...page, data: [await right.loadItem(threadId, query.after, context), ...page.data.slice(0, -1)] };
      },
    }),
  },
  'says that more follows whenever a page is full': {
    foundBy: /pages of items say that more rows follow only when they do/,
    make: pagesWith((page, { limit }) =>
      page.data.length === limit ? { ...page, has_more: true, after: page.data.at(-1)!.id } : page,
    ),
  },
  'never says that more follows': {
    foundBy: /pages of items hold every row/,
    make: pagesWith(({ data }) => ({ data, has_more: false })),
  },
  'has a cursor on the last page': {
    foundBy: /pages of items say that more rows follow only when they do/,
    make: pagesWith((page) => ({ ...page, after: page.data.at(-1)?.id })),
  },
  'gives a row more than asked for': {
    foundBy: /pages of items clamp the limit/,
    make: (right) => ({
      loadThreadItems: (threadId, query, context) =>
        right.loadThreadItems(threadId, { ...query, limit: query.limit + 1 }, context),
    }),
  },
  'does not clamp the limit': {
    foundBy: /pages of threads clamp the limit/,
    make: (right) => ({
      loadThreads: async (query, context) =>
        cut(await all((page) => right.loadThreads(page, context)), query, Infinity),
    }),
  },
  'starts again at a cursor that is gone': {
    foundBy: /pages of items refuse a cursor/,
    make: (right) => ({
      loadThreadItems: async (threadId, query, context) => {
        await right.loadThread(threadId, context);
        return right
          .loadThreadItems(threadId, query, context)
          .catch(() => right.loadThreadItems(threadId, { ...query, after: null }, context));
      },
    }),
  },
  'takes an empty cursor for none': {
    foundBy: /pages of threads refuse a cursor/,
    make: (right) => ({
      loadThreads: (query, context) => right.loadThreads({ ...query, after: query.after || null }, context),
    }),
  },
  'leaves hidden items out of pages': {
    foundBy: /hidden ones are in the pages/,
    make: pagesWith((page) => ({ ...page, data: page.data.filter(({ type }) => !type.includes('hidden')) })),
  },
  'gives an empty page of a thread that is not there': {
    foundBy: /threads are not found/,
    make: (right) => ({
      loadThreadItems: (threadId, query, context) =>
        right.loadThread(threadId, context).then(
          () => right.loadThreadItems(threadId, query, context),
          () => ({ data: [], has_more: false }),
        ),
    }),
  },
};
