// threads.retry_after_item: `respond` answers a message again. The first item of the new answer replaces the old
// answer, in one step. Until then the old answer stays stored, hidden from the hook.
import type { Thread, UserMessageItem } from '../protocol';
import type { ReplacedItems } from '../runs/item-writer';
import type { OperationScope, StreamOperation } from './operation';
import { assertOpen, invalidField, loadOpenThread, ofThread } from './lookup';
import { respondPlan } from './respond';

export const retryAfterItem: StreamOperation<'threads.retry_after_item'> = async ({ thread_id, item_id }, scope) => {
  let loaded = await loadMessage(thread_id, item_id, scope);
  let thread = await openThread(loaded, scope);
  if (await scope.lease.begin({ thread_id, answers: item_id, replaces: loaded.replaces })) {
    // Another run has answered the message meanwhile: its items are replaced as well.
    loaded = await loadMessage(thread_id, item_id, scope);
    thread = await openThread(loaded, scope);
  }
  scope.throwIfLeft();
  return {
    ...respondPlan(thread, loaded.message, scope),
    replaces: loaded.replaces,
    refresh: async () => (await loadMessage(thread_id, item_id, scope)).replaces,
  };
};

/** The rows that a retry reads before it begins. */
interface LoadedMessage {
  message: UserMessageItem;
  replaces: ReplacedItems;
  thread: Thread | undefined;
}

/** Loads the message and the end of the items after it, and the thread if the store reads it in the same step. */
async function loadMessage<TContext>(
  threadId: string,
  itemId: string,
  scope: OperationScope<TContext>,
): Promise<LoadedMessage> {
  const load = scope.options.store.loadItemAndEnd(threadId, itemId, scope.context);
  const { item, end, thread } = await ofThread(threadId, load, 'There is no such item', scope);
  if (item.type !== 'user_message') throw invalidField(['item_id'], 'is not a message of the user');
  return { message: item, replaces: { after: itemId, end }, thread };
}

/** Resolves with the thread of the message, and loads it if it was not loaded with the message. */
async function openThread<TContext>(
  { message, thread }: LoadedMessage,
  scope: OperationScope<TContext>,
): Promise<Thread> {
  if (!thread) return loadOpenThread(message.thread_id, scope);
  assertOpen(thread, scope);
  return thread;
}
