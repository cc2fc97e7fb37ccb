// items.feedback: a thumb up or down for the items of a turn.
import type { JsonOperation } from './operation';
import { loadThread } from './lookup';

export const giveFeedback: JsonOperation<'items.feedback'> = async ({ thread_id, item_ids, kind }, scope) => {
  const { options, context } = scope;
  await loadThread(thread_id, scope);
  await options.addFeedback?.({ threadId: thread_id, itemIds: item_ids, kind, context });
  return {};
};
