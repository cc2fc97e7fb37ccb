// threads.create and threads.add_user_message: a user says something and `respond` answers.
import { ChatKitError, NotFoundError } from '../errors';
import type { Attachment, Thread, ThreadStreamEvent, UserMessageInput, UserMessageItem } from '../protocol';
import { toClientItem, toClientThread } from '../protocol/client-view';
import { copyJson } from '../protocol/json';
import { checkArrival } from '../uploads/arrival';
import type { Scope, StreamOperation } from './operation';
import { loadThread, orNotFound } from './refuse';
import { respondPlan } from './respond';

export const createThread: StreamOperation<'threads.create'> = async ({ input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread: Thread = {
    id: store.generateThreadId(context),
    created_at: new Date().toISOString(),
    status: { type: 'active' },
    metadata: {},
  };
  const { message, untied } = await userMessage(input, thread, scope);
  await withTied(untied, thread, scope, () => store.createThread(thread, message, context));
  return {
    ...respondPlan(thread, message, scope),
    async open(send) {
      send({ type: 'thread.created', thread: toClientThread(thread) });
      sendMessage(message, send, scope);
    },
  };
};

export const addUserMessage: StreamOperation<'threads.add_user_message'> = async ({ thread_id, input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const { message, untied } = await userMessage(input, thread, scope);
  await withTied(untied, thread, scope, () => store.addThreadItem(thread.id, message, context));
  return {
    ...respondPlan(thread, message, scope),
    async open(send) {
      sendMessage(message, send, scope);
    },
  };
};

/** The item for what the user said, not stored yet, and those of its attachments that are in no thread. @throws NotFoundError for an attachment that is not there. */
async function userMessage<TContext>(
  input: UserMessageInput,
  thread: Thread,
  scope: Scope<TContext>,
): Promise<{ message: UserMessageItem; untied: Attachment[] }> {
  const { content, attachments, quoted_text, inference_options } = input;
  const { store } = scope.options;
  const loaded = await Promise.all(
    attachments.map((id, index) => loadAttachment(id, `params.input.attachments.${index}`, thread, scope)),
  );
  const message: UserMessageItem = {
    type: 'user_message',
    id: store.generateItemId('message', thread, scope.context),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    content,
    attachments: loaded.map((attachment) => ({ ...attachment, thread_id: thread.id })),
    ...(quoted_text !== undefined && { quoted_text }),
    inference_options,
  };
  return { message, untied: loaded.filter(({ thread_id }) => (thread_id ?? null) === null) };
}

/** The attachment, fit to be sent: this owner's, whole, and in no other thread. */
async function loadAttachment<TContext>(
  id: string,
  field: string,
  thread: Thread,
  scope: Scope<TContext>,
): Promise<Attachment> {
  const load = scope.options.store.loadAttachment(id, scope.context);
  const attachment = await orNotFound(load, `${field}: there is no such attachment`);
  if ((attachment.thread_id ?? thread.id) !== thread.id) {
    throw new ChatKitError('conflict', `${field}: it is in another thread`);
  }
  return checkArrival(attachment, field, scope);
}

/**
 * Ties the attachments to the thread of the message, then writes what has them. From the first step on no sweep takes
 * them; where one was faster the message is refused. When the write fails they are let go: it may be posted again.
 */
async function withTied<TContext>(
  untied: Attachment[],
  thread: Thread,
  scope: Scope<TContext>,
  write: () => Promise<void>,
): Promise<void> {
  const { options, context } = scope;
  const { store, logger } = options;
  const tied: Attachment[] = [];
  try {
    for (const attachment of untied) {
      await tie(attachment, thread, scope);
      tied.push(attachment);
    }
    await write();
  } catch (error) {
    for (const attachment of tied) {
      await store.saveAttachment(attachment, context).catch((failure: unknown) => {
        const fields = { err: failure, attachment_id: attachment.id, thread_id: thread.id };
        logger.error(fields, 'an attachment of a message that was not stored is still tied to its thread');
      });
    }
    throw error;
  }
}

/** @throws ChatKitError as for a message that comes a moment later, where another one, a deletion or a sweep was faster. */
async function tie<TContext>(attachment: Attachment, thread: Thread, scope: Scope<TContext>): Promise<void> {
  const { id } = attachment;
  const field = 'params.input.attachments';
  try {
    await scope.options.store.tieAttachment({ ...attachment, thread_id: thread.id }, scope.context);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    await loadAttachment(id, field, thread, scope);
    throw new NotFoundError(`${field}: there is no attachment ${id} any more`, { cause: error });
  }
}

/** Tells the client that its message is stored. */
function sendMessage<TContext>(
  message: UserMessageItem,
  send: (event: ThreadStreamEvent) => void,
  { show }: Scope<TContext>,
): void {
  // A copy: the hook may change its input before the event is read.
  send({ type: 'thread.item.done', item: toClientItem(copyJson(message), show) });
}
