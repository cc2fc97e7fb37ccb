// One interface to the two lists of a store, because both have the same pages.
import type { Page } from '../protocol';
import type { PageQuery } from '../stores/store';
import { createdAt, makeItem, makeThread } from './documents';
import type { Trial } from './trial';

export interface List {
  /** Adds a row at the end, or replaces the row with the same id. */
  put: (id: string, more?: { created_at: string }) => Promise<void>;
  remove: (id: string) => Promise<unknown>;
  load: (query: PageQuery) => Promise<Page<{ id: string }>>;
}

function threads({ store, ann }: Trial): Promise<List> {
  return Promise.resolve({
    put: (id, more = { created_at: createdAt }) => store.saveThread(makeThread(id, more), ann),
    remove: (id) => store.deleteThread(id, ann),
    load: (query) => store.loadThreads(query, ann),
  });
}

async function items({ store, ann }: Trial): Promise<List> {
  await store.saveThread(makeThread('thread'), ann);
  return {
    put: (id, more = { created_at: createdAt }) =>
      store.addThreadItem('thread', { ...makeItem('thread', id), ...more }, ann),
    remove: (id) => store.deleteThreadItem('thread', id, ann),
    load: (query) => store.loadThreadItems('thread', query, ann),
  };
}

/** Functions that open an empty list. */
export const lists = { threads, items };
