// Loads the thread or the item of a request, and makes the errors for invalid fields and missing rows.
import { ChatKitError, NotFoundError } from '../errors';
import type { Thread, ThreadItem } from '../protocol';
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

/** Loads the item of a request. @throws NotFoundError */
export function loadItem<TContext>(
  threadId: string,
  itemId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<ThreadItem> {
  return orNotFound(store.loadItem(threadId, itemId, context), 'There is no such item');
}
