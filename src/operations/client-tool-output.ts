// threads.add_client_tool_output: the page ran a client tool. `respond` is called once every result is stored.
import { createHash, randomUUID } from 'node:crypto';
import { ChatKitError, NotFoundError } from '../errors';
import type { RunPlan } from '../runs/plan';
import type { ClientToolCallItem, Thread } from '../protocol';
import type { Completed } from '../stores/store';
import { callsOfNewestTurn, turnOfCalls } from './calls-of-turn';
import type { OperationScope, StreamOperation } from './operation';
import { assertCompletable, loadThread } from './lookup';
import { respondPlan } from './respond';

export const addClientToolOutput: StreamOperation<'threads.add_client_tool_output'> = async (
  { thread_id, result },
  scope,
) => {
  const thread = await loadThread(thread_id, scope);
  const calls = await callsOfNewestTurn(thread_id, scope);
  const attempt = attemptOf(scope);
  if (await isRepetition(calls, attempt, scope)) return earlierResultPlan(thread, scope);
  const lastCall = calls.at(-1);
  if (lastCall) await assertCompletable(thread, lastCall.id, scope);
  scope.throwIfLeft();
  const { call, pending, repeated } = await complete(calls, { output: result, attempt }, scope);
  if (pending > 0 || repeated) return earlierResultPlan(thread, scope);
  await scope.lease.begin({ thread_id, isStored: true });
  const completed: ClientToolCallItem[] = [];
  return {
    ...respondPlan(thread, completed, scope),
    async open() {
      // Loaded in the stream, because the result is stored and a request that fails now would be posted again. Loaded
      // again, because another process may have stored the other results.
      for (const { id } of calls) {
        const item = id === call.id ? call : await loadCall(thread_id, id, scope);
        if (item) completed.push(item);
      }
    },
  };
};

/** Returns the name of the attempt to store a result: a hash, because an idempotency key can have any length. */
function attemptOf<TContext>({ idempotencyKey }: OperationScope<TContext>): string {
  if (idempotencyKey === undefined) return randomUUID();
  return createHash('sha256').update(idempotencyKey).digest('hex');
}

/** Returns true when an earlier attempt of the same request has stored the result. */
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
 * Completes the oldest pending call with the result. Two concurrent posts complete two different calls.
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
      // Another post has completed this call, so the result belongs to the next one.
      if (!(error instanceof ChatKitError) || error.code !== 'conflict') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** Loads a call. Returns undefined for a call that was deleted since. */
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

/** Returns the plan of an empty answer, for a result that is not the last one. The page then posts the next result. */
function earlierResultPlan<TContext>(
  thread: Thread,
  { options, hookStore }: OperationScope<TContext>,
): RunPlan<TContext> {
  async function* nothing() {}
  return { thread, store: options.store, hookStore, hookName: 'respond', hook: nothing };
}
