// threads.add_client_tool_output: the page ran a function, and `respond` goes on once every result is there.
import { createHash, randomUUID } from 'node:crypto';
import { ChatKitError, NotFoundError } from '../errors';
import type { RunPlan } from '../runs/run';
import type { ClientToolCallItem, Thread } from '../protocol';
import type { Completed } from '../stores/store';
import { callsOfNewestTurn, turnOfCalls } from './calls-of-turn';
import type { OperationScope, StreamOperation } from './operation';
import { loadThread } from './lookup';
import { respondPlan } from './respond';

export const addClientToolOutput: StreamOperation<'threads.add_client_tool_output'> = async (
  { thread_id, result },
  scope,
) => {
  const thread = await loadThread(thread_id, scope);
  const calls = await callsOfNewestTurn(thread_id, scope);
  const attempt = attemptOf(scope);
  if (await isRepetition(calls, attempt, scope)) return earlierResultPlan(thread, scope);
  scope.signal?.throwIfAborted();
  const { call, pending, repeated } = await complete(calls, { output: result, attempt }, scope);
  if (pending > 0 || repeated) return earlierResultPlan(thread, scope);
  const completed: ClientToolCallItem[] = [];
  return {
    ...respondPlan(thread, completed, scope),
    async open() {
      // In the stream, because the result is stored: a request that fails now would be posted again. Read anew, because
      // another process may have stored the results before this one.
      for (const { id } of calls) {
        const item = id === call.id ? call : await loadCall(thread_id, id, scope);
        if (item) completed.push(item);
      }
    },
  };
};

/** Names the attempt to store a result. A key of any length becomes one that a store can hold. */
function attemptOf<TContext>({ idempotencyKey }: OperationScope<TContext>): string {
  if (idempotencyKey === undefined) return randomUUID();
  return createHash('sha256').update(idempotencyKey).digest('hex');
}

/** The result of this post was stored by an earlier attempt of the same request. */
async function isRepetition<TContext>(
  calls: readonly ClientToolCallItem[],
  attempt: string,
  { options: { store }, context, idempotencyKey }: OperationScope<TContext>,
): Promise<boolean> {
  if (idempotencyKey === undefined) return false;
  for (const call of calls) {
    if (call.status === 'pending') continue;
    const { repeated } = await store
      .completeItem(call.thread_id, call, { attempt, turn: [] }, context)
      .catch((error: unknown) => {
        if (error instanceof ChatKitError && error.code === 'conflict') return { repeated: false };
        throw error;
      });
    if (repeated) return true;
  }
  return false;
}

/**
 * Gives the result to the oldest pending call. Of two posts at the same moment each gets a call of its own.
 * @throws ChatKitError `conflict` when no call is waiting for a result.
 */
async function complete<TContext>(
  calls: readonly ClientToolCallItem[],
  { output, attempt }: { output: unknown; attempt: string },
  { options: { store }, context }: OperationScope<TContext>,
): Promise<Completed & { call: ClientToolCallItem }> {
  const turn = calls.map(({ id }) => id);
  let refusal: unknown = new ChatKitError('conflict', 'No client tool call of this thread is waiting for a result');
  for (const call of calls) {
    if (call.status !== 'pending') continue;
    const completed: ClientToolCallItem = { ...call, ...turnOfCalls(calls), status: 'completed', output };
    try {
      return { call: completed, ...(await store.completeItem(call.thread_id, completed, { attempt, turn }, context)) };
    } catch (error) {
      // Another post was faster: the result belongs to the next call.
      if (!(error instanceof ChatKitError) || error.code !== 'conflict') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Returns undefined for a call that was deleted meanwhile. */
async function loadCall<TContext>(
  threadId: string,
  itemId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<ClientToolCallItem | undefined> {
  try {
    const item = await store.loadItem(threadId, itemId, context);
    return item.type === 'client_tool_call' ? item : undefined;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Other results are still missing: the page gets an empty answer, and posts the next one. */
function earlierResultPlan<TContext>(
  thread: Thread,
  { options, hookStore }: OperationScope<TContext>,
): RunPlan<TContext> {
  async function* nothing() {}
  return { thread, store: options.store, hookStore, hookName: 'respond', hook: nothing };
}
