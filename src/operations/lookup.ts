// Loads the thread or the item of a request, and makes the errors for invalid fields and missing rows.
import { ChatKitError, NotFoundError } from '../errors';
import { maxPageSize, type Thread } from '../protocol';
import { isLocked, threadLocked } from '../locked-thread';
import type { OperationScope } from './operation';

/** Returns an `invalid_request` error about one field of the parameters. */
export function invalidField(path: (string | number)[], message: string): ChatKitError {
  const issue = { path: ['params', ...path], message };
  return new ChatKitError('invalid_request', `${issue.path.join('.')}: ${message}`, { issues: [issue] });
}

/** Replaces the message of a store's NotFoundError by one for the client. Rejects with other errors unchanged. */
export async function orNotFound<T>(load: Promise<T>, message: string): Promise<T> {
  try {
    return await load;
  } catch (error) {
    if (error instanceof NotFoundError) throw new NotFoundError(message, { cause: error });
    throw error;
  }
}

/** Loads the thread of a request. @throws NotFoundError */
export function loadThread<TContext>(
  threadId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<Thread> {
  return orNotFound(store.loadThread(threadId, context), 'There is no such thread');
}

/**
 * Begins the run of a request by the option `runs.onBusyThread`. Called before the write of the operation, once the
 * request may see the thread.
 * @param answers The id of the message that the run answers.
 * @returns true when other runs had to end first, so that what was read before is stale.
 * @throws ChatKitError `conflict` when the thread is being answered.
 */
export function beginRun<TContext>(
  threadId: string,
  answers: string | undefined,
  { lease }: OperationScope<TContext>,
): Promise<boolean> {
  return lease.begin({ thread_id: threadId, answers });
}

/** Loads a part of a thread that is loaded later. @throws NotFoundError that names the thread when there is none. */
export async function ofThread<T, TContext>(
  threadId: string,
  load: Promise<T>,
  message: string,
  scope: OperationScope<TContext>,
): Promise<T> {
  try {
    return await load;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    await loadThread(threadId, scope);
    throw new NotFoundError(message, { cause: error });
  }
}

/**
 * Loads the thread that a request adds to. Call it last, because a thread that was read before another `await` can be stale.
 * @throws NotFoundError; ChatKitError `forbidden` when the thread is locked and the option `lockedThreads` refuses that.
 */
export async function loadOpenThread<TContext>(threadId: string, scope: OperationScope<TContext>): Promise<Thread> {
  const thread = await loadThread(threadId, scope);
  assertOpen(thread, scope);
  return thread;
}

/** Refuses to write to a locked thread. @throws ChatKitError `forbidden` if the thread is locked and the option `lockedThreads` refuses that. */
export function assertOpen<TContext>(thread: Thread, { options }: OperationScope<TContext>): void {
  if (options.lockedThreads === 'refuse' && isLocked(thread)) throw threadLocked(thread);
}

/**
 * Lets the client complete an item of a locked thread, such as a form, unless the user has said something after the
 * item: the run that locked the thread may wait for the client.
 * @throws ChatKitError as {@link assertOpen} when the item belongs to an earlier turn.
 */
export async function assertCompletable<TContext>(
  thread: Thread,
  itemId: string,
  scope: OperationScope<TContext>,
): Promise<void> {
  const { store, lockedThreads } = scope.options;
  if (lockedThreads === 'allow' || !isLocked(thread)) return;
  for (let after = itemId; ;) {
    const page = await store.loadThreadItems(thread.id, { limit: maxPageSize, after, order: 'asc' }, scope.context);
    if (page.data.some(({ type }) => type === 'user_message')) throw threadLocked(thread);
    const last = page.data.at(-1);
    if (!page.has_more || !last) return;
    after = last.id;
  }
}
