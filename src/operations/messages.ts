// threads.create and threads.add_user_message: a user says something and `respond` answers.
import type { ThreadStreamEvent, Thread, UserMessageInput, UserMessageItem } from '../protocol';
import { toClientItem, toClientThread } from '../protocol/client-view';
import { copyJson } from '../protocol/json';
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
  const message = await userMessage(input, thread, scope);
  await store.saveThread(thread, context);
  return {
    ...respondPlan(thread, message, scope),
    async open(send) {
      send({ type: 'thread.created', thread: toClientThread(thread) });
      await store.addThreadItem(thread.id, message, context);
      await sendMessage(message, send, scope);
    },
  };
};

export const addUserMessage: StreamOperation<'threads.add_user_message'> = async ({ thread_id, input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const message = await userMessage(input, thread, scope);
  await store.addThreadItem(thread.id, message, context);
  return {
    ...respondPlan(thread, message, scope),
    open: (send) => sendMessage(message, send, scope),
  };
};

/** The item for what the user said, not stored yet. @throws NotFoundError for an attachment that is not there. */
async function userMessage<TContext>(
  input: UserMessageInput,
  thread: Thread,
  { options: { store }, context }: Scope<TContext>,
): Promise<UserMessageItem> {
  const { content, attachments, quoted_text, inference_options } = input;
  const loaded = await Promise.all(
    attachments.map((id, index) =>
      orNotFound(store.loadAttachment(id, context), `params.input.attachments.${index}: there is no such attachment`),
    ),
  );
  return {
    type: 'user_message',
    id: store.generateItemId('message', thread, context),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    content,
    attachments: loaded.map((attachment) => ({ ...attachment, thread_id: thread.id })),
    ...(quoted_text !== undefined && { quoted_text }),
    inference_options,
  };
}

/** Ties the attachments to the thread and tells the client that its message is stored. */
async function sendMessage<TContext>(
  message: UserMessageItem,
  send: (event: ThreadStreamEvent) => void,
  { options: { store }, context }: Scope<TContext>,
): Promise<void> {
  for (const attachment of message.attachments) await store.saveAttachment(attachment, context);
  // A copy: the hook may change its input before the event is read.
  send({ type: 'thread.item.done', item: toClientItem(copyJson(message)) });
}
