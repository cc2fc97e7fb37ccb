// threads.create and threads.add_user_message: a user says something and `respond` answers.
import { randomInt } from 'node:crypto';
import type { Draft } from '../attempts';
import { ChatKitError, NotFoundError } from '../errors';
import type { RunPlan } from '../runs/run';
import type { Attachment, Thread, ThreadStreamEvent, UserMessageInput, UserMessageItem } from '../protocol';
import { toClientItem, toClientThread } from '../protocol/client-view';
import { copyJson } from '../protocol/json';
import { verifyUpload } from '../uploads/verify-upload';
import type { OperationScope, StreamOperation } from './operation';
import { loadThread, orNotFound } from './lookup';
import { earlierMessage, replayPlan } from './repeated-message';
import { respondPlan } from './respond';

export const createThread: StreamOperation<'threads.create'> = async ({ input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const draft = scope.draft ?? {};
  const repeated = await repeatedPlan(draft.threadId, input, scope);
  if (repeated) return withThread(repeated);
  const thread: Thread = {
    id: (draft.threadId ??= store.generateThreadId(context)),
    created_at: (draft.createdAt ??= timeOf(draft)),
    status: { type: 'active' },
    metadata: {},
  };
  const { message, unattached } = await userMessage(input, thread, scope);
  const write = () => withAttached(unattached, thread, scope, () => store.createThread(thread, message, context));
  const plan = await unlessRepeated(write, () => repeatedPlan(thread.id, input, scope, true));
  if (plan) return withThread(plan);
  return withThread({ ...respondPlan(thread, message, scope), open: opening(message, scope) });
};

export const addUserMessage: StreamOperation<'threads.add_user_message'> = async ({ thread_id, input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const repeated = await repeatedPlan(thread_id, input, scope);
  if (repeated) return repeated;
  const { message, unattached } = await userMessage(input, thread, scope);
  const method = scope.draft?.isDerived ? 'insertItem' : 'addThreadItem';
  const write = () => withAttached(unattached, thread, scope, () => store[method](thread.id, message, context));
  const plan = await unlessRepeated(write, () => repeatedPlan(thread_id, input, scope, true));
  return plan ?? { ...respondPlan(thread, message, scope), open: opening(message, scope) };
};

const opening =
  <TContext>(message: UserMessageItem, scope: OperationScope<TContext>): RunPlan<TContext>['open'] =>
  async (send) =>
    sendMessage(message, send, scope);

/**
 * The present time. Of a message with derived ids it has more digits than the clock, so that what two processes store in
 * one millisecond differs: the store refuses the second of them.
 */
function timeOf({ isDerived }: Draft): string {
  const time = new Date().toISOString();
  return isDerived ? time.replace('Z', `${String(randomInt(1e9)).padStart(9, '0')}Z`) : time;
}

/** The plan, which sends `thread.created` before anything else. */
function withThread<TContext>(plan: RunPlan<TContext>): RunPlan<TContext> {
  return {
    ...plan,
    async open(send) {
      send({ type: 'thread.created', thread: toClientThread(plan.thread) });
      await plan.open?.(send);
    },
  };
}

/**
 * The plan for a message with an Idempotency-Key that was stored before, by another process or by an attempt that has
 * been answered. Undefined for every other message.
 * @param isRefused True when the store has just refused the message, because it has one with its id.
 */
async function repeatedPlan<TContext>(
  threadId: string | undefined,
  input: UserMessageInput,
  scope: OperationScope<TContext>,
  isRefused = false,
): Promise<RunPlan<TContext> | undefined> {
  const { isDerived, isAnswered = false, messageId, createdAt } = scope.draft ?? {};
  // What this process has tried before, it tries again: the message may be stored, and it is not answered yet.
  const isOwn = createdAt !== undefined && !isAnswered && !isRefused;
  if (!isDerived || isOwn || messageId === undefined || threadId === undefined) return undefined;
  const message = await earlierMessage(threadId, messageId, input, scope);
  if (!message) return undefined;
  const plan = await replayPlan(await loadThread(threadId, scope), messageId, isAnswered, scope);
  return { ...plan, open: opening(message, scope) };
}

/** Writes. When the store refuses that because it has another row with the id, resolves with what `repeated` makes of it. */
async function unlessRepeated<TContext>(
  write: () => Promise<void>,
  repeated: () => Promise<RunPlan<TContext> | undefined>,
): Promise<RunPlan<TContext> | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    const plan = error instanceof ChatKitError && error.code === 'conflict' ? await repeated() : undefined;
    if (!plan) throw error;
    return plan;
  }
}

/** The item for what the user said, not stored yet, and those of its attachments that are in no thread. @throws NotFoundError for an attachment that is not there. */
async function userMessage<TContext>(
  input: UserMessageInput,
  thread: Thread,
  scope: OperationScope<TContext>,
): Promise<{ message: UserMessageItem; unattached: Attachment[] }> {
  const { content, attachments, quoted_text, inference_options } = input;
  const { store } = scope.options;
  const draft = scope.draft ?? {};
  const loaded = await Promise.all(
    attachments.map((id, index) => loadAttachment(id, `params.input.attachments.${index}`, thread, scope)),
  );
  const message: UserMessageItem = {
    type: 'user_message',
    id: (draft.messageId ??= store.generateItemId('message', thread, scope.context)),
    thread_id: thread.id,
    created_at: (draft.createdAt ??= timeOf(draft)),
    content,
    attachments: loaded.map((attachment) => ({ ...attachment, thread_id: thread.id })),
    ...(quoted_text !== undefined && { quoted_text }),
    inference_options,
  };
  return { message, unattached: loaded.filter(({ thread_id }) => (thread_id ?? null) === null) };
}

/** The attachment, fit to be sent: this owner's, whole, and in no other thread. */
async function loadAttachment<TContext>(
  id: string,
  field: string,
  thread: Thread,
  scope: OperationScope<TContext>,
): Promise<Attachment> {
  const load = scope.options.store.loadAttachment(id, scope.context);
  const attachment = await orNotFound(load, `${field}: there is no such attachment`);
  if ((attachment.thread_id ?? thread.id) !== thread.id) {
    throw new ChatKitError('conflict', `${field}: it is in another thread`);
  }
  return verifyUpload(attachment, field, scope);
}

/**
 * Attaches the files to the thread of the message, then writes what has them. From the first step on no sweep takes
 * them; where one was faster the message is refused. When the write fails they are let go: it may be posted again.
 */
async function withAttached<TContext>(
  unattached: Attachment[],
  thread: Thread,
  scope: OperationScope<TContext>,
  write: () => Promise<void>,
): Promise<void> {
  const { options, context } = scope;
  const { store, logger } = options;
  const attached: Attachment[] = [];
  scope.signal?.throwIfAborted(); // a client that has left by now leaves no trace
  try {
    for (const attachment of unattached) {
      await attach(attachment, thread, scope);
      attached.push(attachment);
    }
    scope.signal?.throwIfAborted();
    await write();
  } catch (error) {
    // The message is stored by another process, with these attachments.
    if (error instanceof ChatKitError && error.code === 'conflict' && scope.draft?.isDerived) throw error;
    for (const attachment of attached) {
      await store.saveAttachment(attachment, context).catch((failure: unknown) => {
        const fields = { err: failure, attachment_id: attachment.id, thread_id: thread.id };
        logger.error(fields, 'an attachment of a message that was not stored is still attached to its thread');
      });
    }
    throw error;
  }
}

/** @throws ChatKitError as for a message that comes a moment later, where another one, a deletion or a sweep was faster. */
async function attach<TContext>(
  attachment: Attachment,
  thread: Thread,
  scope: OperationScope<TContext>,
): Promise<void> {
  const { id } = attachment;
  const field = 'params.input.attachments';
  try {
    await scope.options.store.attachToThread({ ...attachment, thread_id: thread.id }, scope.context);
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
  { show }: OperationScope<TContext>,
): void {
  // A copy: the hook may change its input before the event is read.
  send({ type: 'thread.item.done', item: toClientItem(copyJson(message), show) });
}
