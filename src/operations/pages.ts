// Pages of the items that a client may see: the stored ones, and behind them what open runs have said so far.
import type { ClientThreadItem, Page, ThreadItem } from '../protocol';
import { isHidden, toClientItem, toClientItems } from '../protocol/client-view';
import { defaultPageSize, maxPageSize } from '../protocol/pagination';
import type { PageQuery } from '../stores/store';
import type { OperationScope } from './operation';
import { loadThread, orNotFound } from './lookup';

/** Returns the page size for the limit that the client has sent. */
export function clampLimit(limit: number | undefined): number {
  return Math.min(limit ?? defaultPageSize, maxPageSize);
}

/**
 * Returns a page of the items that a client may see. The items that open runs have begun are newer than every stored item.
 */
export async function visibleItems<TContext>(
  threadId: string,
  query: PageQuery,
  scope: OperationScope<TContext>,
): Promise<Page<ClientThreadItem>> {
  // Before the stored items are read: an item that is stored meanwhile is in both, and is shown once.
  const begun = await begunItems(threadId, scope);
  if (begun.length === 0) return storedItems(threadId, query, scope);
  await loadThread(threadId, scope); // the runs know nothing of owners
  return query.order === 'asc'
    ? pageThenBegun(threadId, query, begun, scope)
    : begunThenPage(threadId, query, begun.reverse(), scope);
}

/** The items that the open runs of a thread have begun, the oldest first. An item without content is left out. */
async function begunItems<TContext>(
  threadId: string,
  { options, show }: OperationScope<TContext>,
): Promise<ClientThreadItem[]> {
  const items = await options.runs.registry.pendingItems(threadId);
  return items.flatMap((item) => (isHidden(item) || !hasContent(item) ? [] : [toClientItem(item, show)]));
}

function hasContent(item: ThreadItem): boolean {
  if (item.type === 'assistant_message') return item.content.some(({ text }) => text !== '');
  if (item.type === 'workflow') return item.workflow.tasks.length > 0;
  return item.type !== 'client_tool_call'; // a call is not shown before it is stored
}

async function pageThenBegun<TContext>(
  threadId: string,
  query: PageQuery,
  begun: readonly ClientThreadItem[],
  scope: OperationScope<TContext>,
): Promise<Page<ClientThreadItem>> {
  const at = begun.findIndex(({ id }) => id === query.after);
  if (at >= 0) return pageOf(begun.slice(at + 1), query.limit);
  const page = await storedItems(threadId, query, scope);
  if (page.has_more) return page;
  const ids = new Set(page.data.map(({ id }) => id));
  return pageOf([...page.data, ...begun.filter(({ id }) => !ids.has(id) && id !== query.after)], query.limit);
}

async function begunThenPage<TContext>(
  threadId: string,
  query: PageQuery,
  begun: readonly ClientThreadItem[],
  scope: OperationScope<TContext>,
): Promise<Page<ClientThreadItem>> {
  const at = begun.findIndex(({ id }) => id === query.after);
  if (query.after !== null && at < 0) return storedItems(threadId, query, scope);
  const rest = begun.slice(at + 1);
  const page = await storedItems(threadId, { ...query, after: null }, scope);
  const ids = new Set(page.data.map(({ id }) => id));
  const data = [...rest.filter(({ id }) => !ids.has(id)), ...page.data];
  return pageOf(data, query.limit, page.has_more);
}

/** The first items, up to the limit. */
function pageOf(items: ClientThreadItem[], limit: number, hasMore = false): Page<ClientThreadItem> {
  const data = items.slice(0, limit);
  const has_more = hasMore || items.length > limit;
  const cursor = data.at(-1)?.id;
  return { data, has_more, ...(has_more && cursor !== undefined && { after: cursor }) };
}

/**
 * Returns a page of stored items, filled up from the following pages where hidden items leave gaps. A client continues from
 * the last item it has, so after a page of hidden items alone it would ask for the same page for ever.
 */
async function storedItems<TContext>(
  threadId: string,
  { limit, after, order }: PageQuery,
  { options: { store }, context, show, prepare }: OperationScope<TContext>,
): Promise<Page<ClientThreadItem>> {
  const data: ClientThreadItem[] = [];
  for (;;) {
    const load = store.loadThreadItems(threadId, { limit, after, order }, context);
    const page = await orNotFound(load, 'There is no such thread, or no such item in it');
    await prepare(page.data.flatMap((item) => (item.type === 'user_message' ? item.attachments : [])));
    data.push(...toClientItems(page.data, show));
    const last = page.data.at(-1);
    const has_more = page.has_more || data.length > limit;
    if (data.length >= limit || !has_more || !last) {
      data.length = Math.min(data.length, limit);
      const cursor = data.at(-1)?.id;
      return { data, has_more, ...(has_more && cursor !== undefined && { after: cursor }) };
    }
    after = last.id;
  }
}
