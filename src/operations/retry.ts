// threads.retry_after_item: `respond` answers a message again. What came after the message is out of the responder's
// sight at once, and deleted only when there is something to take its place.
import type { ThreadItem } from '../protocol';
import { maxPageSize, type Page } from '../protocol/pagination';
import type { PageQuery, Store } from '../stores/store';
import { NotFoundError } from '../errors';
import type { Scope, StreamOperation } from './operation';
import { invalidField, loadItem, loadThread } from './refuse';
import { respondPlan } from './respond';

export const retryAfterItem: StreamOperation<'threads.retry_after_item'> = async ({ thread_id, item_id }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const item = await loadItem(thread_id, item_id, scope);
  if (item.type !== 'user_message') throw invalidField(['item_id'], 'is not a message of the user');
  const replaced = await itemsAfter(thread_id, item_id, scope);
  const { view, removeReplaced } = withoutItems(store, thread_id, replaced, context);
  return {
    ...respondPlan(thread, item, scope, view),
    storeWithoutPartials: store,
    finish: removeReplaced,
  };
};

async function itemsAfter<TContext>(
  threadId: string,
  itemId: string,
  { options: { store }, context }: Scope<TContext>,
): Promise<Set<string>> {
  const ids = new Set<string>();
  let after = itemId;
  for (;;) {
    const page = await store.loadThreadItems(threadId, { limit: maxPageSize, after, order: 'asc' }, context);
    for (const item of page.data) ids.add(item.id);
    const last = page.data.at(-1);
    if (!page.has_more || !last) return ids;
    after = last.id;
  }
}

/**
 * A view of `store` in which the items `hidden` are not there. The first item that is written through it deletes them;
 * `removeReplaced` does so if nothing was written.
 */
function withoutItems<TContext>(store: Store<TContext>, threadId: string, hidden: Set<string>, context: TContext) {
  let removing: Promise<void> | undefined;
  const removeReplaced = () =>
    (removing ??= (async () => {
      for (const id of hidden) await store.deleteThreadItem(threadId, id, context);
    })());
  const beforeWriting =
    (write: Store<TContext>['addThreadItem']): Store<TContext>['addThreadItem'] =>
    async (...args) => {
      if (args[0] === threadId) {
        await removeReplaced();
        hidden.delete(args[1].id); // an id that is used again is no longer the old item
      }
      await write.apply(store, args);
    };
  const overrides: Partial<Store<TContext>> = {
    loadItem(id, itemId, ...rest) {
      if (id === threadId && hidden.has(itemId)) return Promise.reject(new NotFoundError('There is no such item'));
      return store.loadItem(id, itemId, ...rest);
    },
    loadThreadItems(id, query, ...rest) {
      if (id !== threadId) return store.loadThreadItems(id, query, ...rest);
      return pageWithout(hidden, query, (pageQuery) => store.loadThreadItems(id, pageQuery, ...rest));
    },
    addThreadItem: beforeWriting((...args) => store.addThreadItem(...args)),
    saveItem: beforeWriting((...args) => store.saveItem(...args)),
  };
  const view = new Proxy(store, {
    get(target, key) {
      if (Object.hasOwn(overrides, key)) return overrides[key as keyof typeof overrides];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { view, removeReplaced };
}

/** A page without the hidden rows, filled up from the following pages. */
async function pageWithout(
  hidden: Set<string>,
  query: PageQuery,
  load: (query: PageQuery) => Promise<Page<ThreadItem>>,
): Promise<Page<ThreadItem>> {
  const data: ThreadItem[] = [];
  let after = query.after;
  for (;;) {
    const page = await load({ ...query, after });
    for (const item of page.data) {
      if (hidden.has(item.id)) continue;
      if (data.length === query.limit) return { data, has_more: true, after: data.at(-1)?.id ?? null };
      data.push(item);
    }
    const last = page.data.at(-1);
    if (!page.has_more || !last) return { data, has_more: false };
    after = last.id;
  }
}
