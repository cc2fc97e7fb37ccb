// threads.add_client_tool_output: the page ran a tool, and `respond` goes on with its result.
import { randomUUID } from 'node:crypto';
import { ChatKitError } from '../errors';
import type { ClientToolCallItem } from '../protocol';
import { maxPageSize } from '../protocol/pagination';
import type { Scope, StreamOperation } from './operation';
import { loadThread } from './refuse';
import { respondPlan } from './respond';

export const addClientToolOutput: StreamOperation<'threads.add_client_tool_output'> = async (
  { thread_id, result },
  scope,
) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const [call, ...older] = await pendingCalls(thread_id, scope);
  if (!call) throw new ChatKitError('conflict', 'No client tool call of this thread is waiting for a result');
  const completed: ClientToolCallItem = { ...call, status: 'completed', output: result };
  await store.completeItem(thread_id, completed, { attempt: randomUUID(), turn: [] }, context);
  return {
    ...respondPlan(thread, completed, scope),
    async open() {
      // The page never ran these, or their result was lost: nothing will complete them any more.
      for (const { id } of older) await store.deleteThreadItem(thread_id, id, context);
    },
  };
};

/**
 * The calls without a result, newest first, back to a completed call: completing one removes the older pending ones. Only
 * where none was found yet the search goes on, since a hook may have stored a call that was complete from the start.
 */
async function pendingCalls<TContext>(
  threadId: string,
  { options: { store }, context }: Scope<TContext>,
): Promise<ClientToolCallItem[]> {
  const pending: ClientToolCallItem[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await store.loadThreadItems(threadId, { limit: maxPageSize, after, order: 'desc' }, context);
    for (const item of page.data) {
      if (item.type !== 'client_tool_call') continue;
      if (item.status === 'pending') pending.push(item);
      else if (pending.length > 0) return pending;
    }
    after = page.data.at(-1)?.id ?? null;
    if (!page.has_more || after === null) return pending;
  }
}
