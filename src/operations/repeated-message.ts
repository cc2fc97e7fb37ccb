// A message that was posted before with the same Idempotency-Key is stored once, and its answer is sent again.
import { isDeepStrictEqual } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { isPrivateItem } from '../answers/private-item';
import { ChatKitError, NotFoundError } from '../errors';
import type { RunPlan } from '../runs/plan';
import { maxPageSize, type Thread, type ThreadItem, type UserMessageInput, type UserMessageItem } from '../protocol';
import { copyJson } from '../protocol/json';
import type { OperationScope } from './operation';

/** The time for which to wait for an answer of another process, in milliseconds. */
const patienceMs = 10_000;
const pollMs = 200;
/** An answer is taken as finished when no item was added for this time, in milliseconds. */
const quietMs = 2000;
/** After this time, in milliseconds, an answer that adds no item is finished, whatever its last item is. */
const longestAnswerMs = 60_000;

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
 * Returns a plan that calls no hook and sends the items that are stored after the message. A completed call of a client
 * tool is left out, because the page would run the tool again.
 * @param isAnswered True when the answer has ended in this process. Otherwise the request waits for its end.
 * @throws ChatKitError `unavailable` when the answer was not finished in time. The client may ask again.
 */
export async function replayPlan<TContext>(
  thread: Thread,
  message: UserMessageItem,
  isAnswered: boolean,
  scope: OperationScope<TContext>,
): Promise<RunPlan<TContext>> {
  const { options, hookStore } = scope;
  const { items, isFollowed } = isAnswered
    ? await loadAnswer(message, scope)
    : { items: await finishedAnswer(message, scope), isFollowed: false };
  scope.signal?.throwIfAborted();
  const shown = items.filter((item) => item.type !== 'client_tool_call' || item.status === 'pending');
  return {
    thread,
    store: options.store,
    hookStore,
    first: shown.map((item) => ({ type: 'thread.item.done', item })),
    hookName: 'respond',
    isRepeated: items.length > 0 || isFollowed,
    async *hook() {
      // the answer is stored already
    },
  };
}

/**
 * Waits until the answer that another process makes is finished, as far as the store shows it.
 * @throws ChatKitError `unavailable` when that takes too long.
 */
async function finishedAnswer<TContext>(
  message: UserMessageItem,
  scope: OperationScope<TContext>,
): Promise<ThreadItem[]> {
  const giveUpAt = performance.now() + patienceMs;
  let seen = '';
  let changedAt = performance.now();
  for (;;) {
    const { items, isFollowed } = await loadAnswer(message, scope);
    const now = performance.now();
    const ids = items.map(({ id }) => id).join();
    if (ids !== seen) [seen, changedAt] = [ids, now];
    const last = items.at(-1);
    if (last && (isFollowed || endsAnswer(last))) return items;
    const isOld = Date.now() - Date.parse(message.created_at) > longestAnswerMs;
    if (last && now - changedAt >= quietMs && (isOld || canBeLast(last))) return items;
    if (now >= giveUpAt) {
      throw new ChatKitError('unavailable', 'The message is being answered by another process', { retryAfterMs: 2000 });
    }
    scope.signal?.throwIfAborted();
    await setTimeout(pollMs, undefined, { signal: scope.signal }).catch(() => undefined);
  }
}

/** Returns true for an item that nothing of the same answer follows: the note of a cut off answer, or a pending call. */
function endsAnswer(item: ThreadItem): boolean {
  if (item.type === 'client_tool_call' || item.type === 'structured_input') return item.status === 'pending';
  // The package's own state precedes another item of the same answer.
  return item.type === 'sdk_hidden_context' && !isPrivateItem(item);
}

/** Returns false for an item that an answer rarely ends with: more is to come, or the answer was cut off. */
function canBeLast(item: ThreadItem): boolean {
  return item.type !== 'workflow' && item.type !== 'task' && item.type !== 'client_tool_call';
}

/** Loads the items between the message and the next message of the user. `isFollowed`: there is a next message. */
async function loadAnswer<TContext>(
  { id, thread_id }: UserMessageItem,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<{ items: ThreadItem[]; isFollowed: boolean }> {
  const items: ThreadItem[] = [];
  for (let after = id; ;) {
    const page = await store.loadThreadItems(thread_id, { limit: maxPageSize, after, order: 'asc' }, context);
    for (const item of page.data) {
      if (item.type === 'user_message') return { items, isFollowed: true };
      items.push(item);
    }
    const last = page.data.at(-1);
    if (!page.has_more || !last) return { items, isFollowed: false };
    after = last.id;
  }
}
