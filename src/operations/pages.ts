// Pages of what a client may see.
import type { ClientThreadItem, Page } from '../protocol';
import { toClientItems } from '../protocol/client-view';
import { defaultPageSize, maxPageSize } from '../protocol/pagination';
import type { PageQuery } from '../stores/store';
import type { OperationScope } from './operation';
import { orNotFound } from './lookup';

/** The page size for what the client asked for. */
export function clampLimit(limit: number | undefined): number {
  return Math.min(limit ?? defaultPageSize, maxPageSize);
}

/**
 * A page of visible items, filled up from the following pages where hidden items leave gaps. A client goes on from the
 * last item it has, so a page of hidden items only would make it ask the same thing for ever.
 */
export async function visibleItems<TContext>(
  threadId: string,
  { limit, after, order }: PageQuery,
  { options: { store }, context, show }: OperationScope<TContext>,
): Promise<Page<ClientThreadItem>> {
  const data: ClientThreadItem[] = [];
  for (;;) {
    const load = store.loadThreadItems(threadId, { limit, after, order }, context);
    const page = await orNotFound(load, 'There is no such thread, or no such item in it');
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
