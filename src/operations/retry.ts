// threads.retry_after_item: `respond` answers a message again. The first item of the new answer replaces the old
// answer, in one step. Until then the old answer stays stored, hidden from the hook.
import type { StreamOperation } from './operation';
import { invalidField, loadOpenThread, ofThread } from './lookup';
import { respondPlan } from './respond';

export const retryAfterItem: StreamOperation<'threads.retry_after_item'> = async ({ thread_id, item_id }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const load = store.loadItemAndEnd(thread_id, item_id, context);
  const { item, end } = await ofThread(thread_id, load, 'There is no such item', scope);
  if (item.type !== 'user_message') throw invalidField(['item_id'], 'is not a message of the user');
  const thread = await loadOpenThread(thread_id, scope);
  scope.signal?.throwIfAborted();
  return { ...respondPlan(thread, item, scope), replaces: { after: item_id, end } };
};
