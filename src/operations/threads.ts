// threads.get_by_id, list, update and delete.
import { NotFoundError } from '../errors';
import { toClientThread } from '../protocol/client-view';
import { defaultPageSize } from '../protocol/pagination';
import type { JsonOperation, OperationScope } from './operation';
import { clampLimit, visibleItems } from './pages';
import { loadThread, orNotFound } from './lookup';

export const getThread: JsonOperation<'threads.get_by_id'> = async ({ thread_id }, scope) => {
  const thread = await loadThread(thread_id, scope);
  // The oldest first, because the client requests the rest with `items.list` in ascending order.
  const items = await visibleItems(thread_id, { limit: defaultPageSize, after: null, order: 'asc' }, scope);
  return toClientThread(thread, items);
};

export const listThreads: JsonOperation<'threads.list'> = async ({ limit, order, after = null }, scope) => {
  const { options, context } = scope;
  const query = { limit: clampLimit(limit), after, order };
  const page = await orNotFound(options.store.loadThreads(query, context), 'params.after: there is no such thread');
  const last = page.data.at(-1);
  return {
    data: page.data.map((thread) => toClientThread(thread)),
    has_more: page.has_more,
    ...(page.has_more && last && { after: last.id }),
  };
};

export const updateThread: JsonOperation<'threads.update'> = async ({ thread_id, title }, { options, context }) => {
  const update = options.store.updateThread(thread_id, { title }, context);
  return toClientThread(await orNotFound(update, 'There is no such thread'));
};

export const deleteThread: JsonOperation<'threads.delete'> = async ({ thread_id }, scope) => {
  const isVisible = await isThread(thread_id, scope);
  const attachmentIds = await scope.options.store.deleteThread(thread_id, scope.context);
  if (isVisible) await cancelRuns(thread_id, scope);
  if (Array.isArray(attachmentIds)) await deleteAttachments(thread_id, attachmentIds, scope);
  return {};
};

/** Returns false for a thread that the request may not see. */
async function isThread<TContext>(
  threadId: string,
  { options: { store }, context }: OperationScope<TContext>,
): Promise<boolean> {
  try {
    await store.loadThread(threadId, context);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/**
 * Cancels the runs of a deleted thread. Called after the deletion, because a message can be stored during the deletion.
 * Nothing that the runs have said can be kept, so nobody waits for them. A failure is logged and does not fail the request.
 */
async function cancelRuns<TContext>(threadId: string, { options }: OperationScope<TContext>): Promise<void> {
  const { logger } = options;
  const { registry } = options.runs;
  const report = (error: unknown) =>
    logger.error({ err: error, thread_id: threadId }, 'the runs of a deleted thread could not be cancelled');
  try {
    const runs = await registry.list(threadId);
    if (runs.length > 0) {
      void registry
        .cancel(
          runs.map(({ id }) => id),
          'stopped',
        )
        .catch(report);
    }
  } catch (error) {
    report(error);
  }
}

/** Deletes the attachments of a deleted thread. A failure is logged and does not fail the request. */
async function deleteAttachments<TContext>(
  threadId: string,
  attachmentIds: string[],
  { options: { store, attachmentStore, logger }, context }: Pick<OperationScope<TContext>, 'options' | 'context'>,
): Promise<void> {
  if (!attachmentStore) return;
  for (const id of attachmentIds) {
    try {
      // The description last, because the bytes can be found as long as it exists.
      await attachmentStore.deleteAttachment(id, context);
      await store.deleteAttachment(id, context);
    } catch (error) {
      const fields = { err: error, thread_id: threadId, attachment_id: id };
      logger.error(fields, 'an attachment of a deleted thread could not be deleted');
    }
  }
}
