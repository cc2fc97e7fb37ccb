// A message that was posted before with the same Idempotency-Key is stored once, and its answer is sent again.
import { isDeepStrictEqual } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { ChatKitError, NotFoundError } from '../errors';
import type { RunPlan } from '../runs/run';
import { maxPageSize, type Thread, type ThreadItem, type UserMessageInput, type UserMessageItem } from '../protocol';
import { copyJson } from '../protocol/json';
import type { OperationScope } from './operation';

/** The time for which to wait for an answer of another process, in milliseconds. */
const patienceMs = 10_000;
const pollMs = 200;

/**
 * Returns the stored message of an earlier post. Undefined when there was no earlier post.
 * @throws ChatKitError `conflict` when the key was used for another message.
 */
export async function earlierMessage<TContext>(
  threadId: string,
  messageId: string,
  input: UserMessageInput,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<UserMessageItem | undefined> {
  const stored = await store.loadItem(threadId, messageId, context).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
  if (stored === undefined) return undefined;
  if (stored.type === 'user_message' && isDeepStrictEqual(saidIn(stored), saidIn(input))) return stored;
  throw new ChatKitError('conflict', 'The Idempotency-Key was used for another request');
}

/** Returns the fields of a message that the client has sent. */
function saidIn({ content, attachments, quoted_text, inference_options }: UserMessageItem | UserMessageInput) {
  const ids = attachments.map((attachment: string | { id: string }) =>
    typeof attachment === 'string' ? attachment : attachment.id,
  );
  return copyJson({ content, ids, quoted_text, inference_options });
}

/**
 * Returns a plan that calls no hook and sends the items that are stored after the message. Completed calls of client
 * tools are left out, because the page would run the tools again.
 * @param isAnswered True when the answer has ended in this process. Otherwise the plan waits for an answer.
 * @throws ChatKitError `unavailable` when there was no answer in time, so that the client may post again.
 */
export async function replayPlan<TContext>(
  thread: Thread,
  messageId: string,
  isAnswered: boolean,
  scope: OperationScope<TContext>,
): Promise<RunPlan<TContext>> {
  const { options, hookStore } = scope;
  const giveUpAt = performance.now() + (isAnswered ? 0 : patienceMs);
  let items = await itemsAfter(thread.id, messageId, scope);
  while (items.length === 0 && performance.now() < giveUpAt) {
    scope.signal?.throwIfAborted();
    await setTimeout(pollMs, undefined, { signal: scope.signal }).catch(() => undefined);
    items = await itemsAfter(thread.id, messageId, scope);
  }
  scope.signal?.throwIfAborted();
  if (items.length === 0 && !isAnswered) {
    throw new ChatKitError('unavailable', 'The message is being answered by another process', { retryAfterMs: 2000 });
  }
  const shown = items.filter((item) => item.type !== 'client_tool_call' || item.status === 'pending');
  return {
    thread,
    store: options.store,
    hookStore,
    first: shown.map((item) => ({ type: 'thread.item.done', item })),
    hookName: 'respond',
    async *hook() {
      // the answer is stored already
    },
  };
}

async function itemsAfter<TContext>(
  threadId: string,
  messageId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<ThreadItem[]> {
  const query = { limit: maxPageSize, after: messageId, order: 'asc' as const };
  const { data } = await store.loadThreadItems(threadId, query, context);
  const next = data.findIndex((item) => item.type === 'user_message');
  return next < 0 ? data : data.slice(0, next);
}
