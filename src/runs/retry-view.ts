// The store as the hook of a retry sees it: the old answer is hidden, and the first item that the hook writes replaces
// it.
import type { Page, ThreadItem } from '../protocol';
import type { PageQuery, Store } from '../stores/store';
import { hiddenItem, type ItemWriter } from './item-writer';

type LoadItems = (query: PageQuery) => Promise<Page<ThreadItem>>;

/** Makes a view of `store` for one thread. Every other method, property and private field is that of `store`. */
export function retryView<TContext>(
  store: Store<TContext>,
  threadId: string,
  writer: ItemWriter<TContext>,
): Store<TContext> {
  /** The cursors that the view has returned. They name visible items. */
  const given = new Set<string>();

  async function loadThreadItems(id: string, query: PageQuery, context: TContext): Promise<Page<ThreadItem>> {
    const load: LoadItems = (next) => store.loadThreadItems(id, next, context);
    const { hidden } = writer;
    if (id !== threadId || !hidden) return load(query);
    const { after } = query;
    const isVisible = after === null || after === hidden.after || given.has(after);
    if (!isVisible && (await writer.isHidden(after))) throw hiddenItem();
    const message = () => store.loadItem(id, hidden.after, context);
    const page = await visiblePage(query, visibleItems(query, load, message, hidden.after, hidden.end.lastItemId));
    for (const item of page.data) given.add(item.id);
    return page;
  }

  const overrides: Partial<Store<TContext>> = {
    loadThreadItems,
    async loadItem(id, itemId, context) {
      if (id === threadId && itemId !== writer.hidden?.after && (await writer.isHidden(itemId))) throw hiddenItem();
      return store.loadItem(id, itemId, context);
    },
    addThreadItem: (id, item, context) =>
      id === threadId ? writer.put('addThreadItem', item) : store.addThreadItem(id, item, context),
    saveItem: (id, item, context) =>
      id === threadId ? writer.put('saveItem', item) : store.saveItem(id, item, context),
    deleteThreadItem: (id, itemId, context) =>
      id === threadId ? writer.remove(itemId) : store.deleteThreadItem(id, itemId, context),
  };
  return new Proxy(store, {
    get(target, key) {
      if (Object.hasOwn(overrides, key)) return overrides[key as keyof typeof overrides];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Reads the items of a thread after a cursor, without the items between the message and the last hidden item. */
async function* visibleItems(
  { limit, after, order }: PageQuery,
  load: LoadItems,
  loadMessage: () => Promise<ThreadItem>,
  message: string,
  last: string,
): AsyncGenerator<ThreadItem, void, undefined> {
  const isAscending = order === 'asc';
  let cursor = isAscending && after === message ? last : after;
  for (;;) {
    const page: Page<ThreadItem> = await load({ limit: limit + 1, after: cursor, order });
    let jump: string | undefined;
    for (const item of page.data) {
      // In descending order the last hidden item comes first, and the message is the next visible item.
      if (!isAscending && item.id === last) {
        yield await loadMessage();
        jump = message;
        break;
      }
      yield item;
      if (isAscending && item.id === message) {
        jump = last;
        break;
      }
    }
    const end: ThreadItem | undefined = page.data.at(-1);
    if (jump === undefined && (!page.has_more || !end)) return;
    cursor = jump ?? (end as ThreadItem).id;
  }
}

async function visiblePage({ limit }: PageQuery, items: AsyncIterable<ThreadItem>): Promise<Page<ThreadItem>> {
  const size = Math.max(1, limit);
  const data: ThreadItem[] = [];
  for await (const item of items) {
    if (data.length === size) return { data, has_more: true, after: data.at(-1)?.id };
    data.push(item);
  }
  return { data, has_more: false };
}
