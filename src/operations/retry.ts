// threads.retry_after_item: `respond` answers a message again. The first item of the new answer replaces the old
// answer, in one step. Until then the old answer stays stored, hidden from the hook.
import type { UserMessageItem } from '../protocol';
import type { ReplacedItems } from '../runs/item-writer';
import type { OperationScope, StreamOperation } from './operation';
import { beginRun, invalidField, loadThread, orNotFound } from './lookup';
import { respondPlan } from './respond';

export const retryAfterItem: StreamOperation<'threads.retry_after_item'> = async ({ thread_id, item_id }, scope) => {
  const loaded = await loadThread(thread_id, scope);
  const before = await loadMessage(thread_id, item_id, scope);
  const thread = await beginRun(loaded, item_id, scope);
  // Another run has answered the message meanwhile: its items are replaced as well.
  const { message, replaces } = thread === loaded ? before : await loadMessage(thread_id, item_id, scope);
  scope.signal?.throwIfAborted();
  return {
    ...respondPlan(thread, message, scope),
    replaces,
    refresh: async () => (await loadMessage(thread_id, item_id, scope)).replaces,
  };
};

/** Loads the message, and the end of what came after it. */
async function loadMessage<TContext>(
  threadId: string,
  itemId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<{ message: UserMessageItem; replaces: ReplacedItems }> {
  const { item, end } = await orNotFound(store.loadItemAndEnd(threadId, itemId, context), 'There is no such item');
  if (item.type !== 'user_message') throw invalidField(['item_id'], 'is not a message of the user');
  return { message: item, replaces: { after: itemId, end } };
}
