// Refusals in the client's words: of a field that is at fault, of a thread or an item that is not there.
import { ChatKitError, NotFoundError } from '../errors';
import type { Thread, ThreadItem } from '../protocol';
import type { OperationScope } from './operation';

/** An `invalid_request` about one field of the parameters. */
export function invalidField(path: (string | number)[], message: string): ChatKitError {
  const issue = { path: ['params', ...path], message };
  return new ChatKitError('invalid_request', `${issue.path.join('.')}: ${message}`, { issues: [issue] });
}

/** Says in the client's words what a store did not find; other errors pass. */
export async function orNotFound<T>(load: Promise<T>, message: string): Promise<T> {
  try {
    return await load;
  } catch (error) {
    if (error instanceof NotFoundError) throw new NotFoundError(message, { cause: error });
    throw error;
  }
}

/** The thread that a request names. @throws NotFoundError */
export function loadThread<TContext>(
  threadId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<Thread> {
  return orNotFound(store.loadThread(threadId, context), 'There is no such thread');
}

/** The item that a request names. @throws NotFoundError */
export function loadItem<TContext>(
  threadId: string,
  itemId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<ThreadItem> {
  return orNotFound(store.loadItem(threadId, itemId, context), 'There is no such item');
}
