// Rows for the tests of single stores, and their lists.
import type { Attachment, Order, Page, Store, Thread, ThreadItem } from 'chatkit-express';

const createdAt = '2026-01-02T03:04:05.000Z';

export function makeThread(id: string, more: Partial<Thread> = {}): Thread {
  return { id, created_at: createdAt, status: { type: 'active' }, metadata: {}, ...more };
}

export function makeNote(id: string, content: unknown = 'note', threadId = 't'): ThreadItem {
  return { id, thread_id: threadId, created_at: createdAt, type: 'hidden_context_item', content };
}

export function makeAttachment(id: string, more: object = {}): Attachment {
  return { id, name: 'notes.txt', mime_type: 'text/plain', type: 'file', ...more };
}

/** The ids of all threads, or of all items of a thread, followed from page to page. */
export async function allIds<TContext>(
  store: Store<TContext>,
  context: TContext,
  { threadId, order = 'asc', limit = 100 }: { threadId?: string; order?: Order; limit?: number } = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const query = { limit, order, after: ids.at(-1) ?? null };
    const page: Page<{ id: string }> =
      threadId === undefined
        ? await store.loadThreads(query, context)
        : await store.loadThreadItems(threadId, query, context);
    ids.push(...page.data.map(({ id }) => id));
    if (!page.has_more) return ids;
  }
}

/** One call of each method of a store, by name. */
export const everyCall: Record<string, <TContext>(store: Store<TContext>, context: TContext) => Promise<unknown>> = {
  saveThread: (store, context) => store.saveThread(makeThread('t'), context),
  loadThread: (store, context) => store.loadThread('t', context),
  loadThreads: (store, context) => store.loadThreads({ limit: 2, after: null, order: 'desc' }, context),
  addThreadItem: (store, context) => store.addThreadItem('t', makeNote('i'), context),
  saveItem: (store, context) => store.saveItem('t', makeNote('i'), context),
  loadItem: (store, context) => store.loadItem('t', 'i', context),
  loadThreadItems: (store, context) => store.loadThreadItems('t', { limit: 2, after: null, order: 'asc' }, context),
  saveAttachment: (store, context) => store.saveAttachment(makeAttachment('f', { thread_id: 't' }), context),
  loadAttachment: (store, context) => store.loadAttachment('f', context),
  'loadThreads after a cursor': (store, context) => store.loadThreads({ limit: 2, after: 't', order: 'asc' }, context),
  'loadThreadItems after a cursor': (store, context) =>
    store.loadThreadItems('t', { limit: 2, after: 'i', order: 'desc' }, context),
  deleteAttachment: (store, context) => store.deleteAttachment('f', context),
  deleteThreadItem: (store, context) => store.deleteThreadItem('t', 'i', context),
  deleteThread: (store, context) => store.deleteThread('t', context),
};
