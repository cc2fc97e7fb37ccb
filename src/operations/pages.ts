// Pages of the items that a client may see.
import type { ClientThreadItem, Page } from '../protocol';
import { toClientItems } from '../protocol/client-view';
import { defaultPageSize, maxPageSize } from '../protocol/pagination';
import type { PageQuery } from '../stores/store';
import type { OperationScope } from './operation';
import { orNotFound } from './lookup';

/** Returns the page size for the limit in a request. */
export function clampLimit(limit: number | undefined): number {
  return Math.min(limit ?? defaultPageSize, maxPageSize);
}

/**
 * Loads a page of visible items, and fills the gaps of hidden items from the following pages. A client continues after
 * the last item of a page, so that it would request an empty page again and again.
 */
export async function visibleItems<TContext>(
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
