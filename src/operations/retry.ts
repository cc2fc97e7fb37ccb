// threads.retry_after_item: `respond` answers a message again. The first item of the new answer replaces the old
// answer, in one step. Until then the old answer stays stored, hidden from the hook.
import type { StreamOperation } from './operation';
import { invalidField, loadThread, orNotFound } from './lookup';
import { respondPlan } from './respond';

export const retryAfterItem: StreamOperation<'threads.retry_after_item'> = async ({ thread_id, item_id }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const { item, end } = await orNotFound(store.loadItemAndEnd(thread_id, item_id, context), 'There is no such item');
  if (item.type !== 'user_message') throw invalidField(['item_id'], 'is not a message of the user');
  scope.signal?.throwIfAborted();
  return { ...respondPlan(thread, item, scope), replaces: { after: item_id, end } };
};
