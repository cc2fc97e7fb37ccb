// threads.create and threads.add_user_message: stores a message of the user, and `respond` answers it.
import { randomInt } from 'node:crypto';
import type { Draft } from '../attempts';
import { ChatKitError, NotFoundError } from '../errors';
import type { RunPlan } from '../runs/plan';
import type { Attachment, Thread, ThreadStreamEvent, UserMessageInput, UserMessageItem } from '../protocol';
import { toClientItem, toClientThread } from '../protocol/client-view';
import { copyJson } from '../protocol/json';
import { verifyUpload } from '../uploads/verify-upload';
import type { OperationScope, StreamOperation } from './operation';
import { assertOpen, beginRun, loadThread, orNotFound } from './lookup';
import { earlierMessage, replayPlan } from './repeated-message';
import { respondPlan } from './respond';

export const createThread: StreamOperation<'threads.create'> = async ({ input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const draft = scope.draft ?? {};
  const repeated = draft.isDerived ? await repeatedPlan(draft.threadId, input, scope) : undefined;
  if (repeated) return withThread(repeated);
  const thread: Thread = {
    id: (draft.threadId ??= store.generateThreadId(context)),
    created_at: (draft.createdAt ??= timeOf(draft)),
    status: { type: 'active' },
    metadata: {},
  };
  const { message, unattached } = await userMessage(input, thread, scope, draft);
  await beginRun(thread.id, message.id, scope);
  const write = () =>
    withAttached(unattached, thread, scope, () => scope.lease.guard(store).createThread(thread, message, context));
  const plan = await unlessRepeated(write, () => repeatedPlan(thread.id, input, scope, true));
  if (plan) return withThread(plan);
  return withThread({ open: opening(message, scope), ...respondPlan(thread, message, scope) });
};

export const addUserMessage: StreamOperation<'threads.add_user_message'> = async ({ thread_id, input }, scope) => {
  const { context } = scope;
  const { store } = scope.options;
  const thread = await loadThread(thread_id, scope);
  const repeated = await repeatedPlan(thread_id, input, scope);
  if (repeated) return repeated;
  // The message may be stored already if this process has tried to store it before: the store decides.
  if (scope.draft?.createdAt === undefined) assertOpen(thread, scope);
  const { message, unattached } = await userMessage(input, thread, scope);
  const hasWaited = await beginRun(thread_id, message.id, scope);
  const current = hasWaited ? await loadThread(thread_id, scope) : thread;
  const insert = () => scope.lease.guard(store)[insertMethod(scope)](thread.id, message, context);
  const write = () => withAttached(unattached, thread, scope, insert);
  const plan = await unlessRepeated(write, () => repeatedPlan(thread_id, input, scope, true));
  return plan ?? { open: opening(message, scope), ...respondPlan(current, message, scope) };
};

/** The method of the store that adds a message. It decides by what is stored at that moment, not by what was loaded. */
function insertMethod<TContext>({ options, draft }: OperationScope<TContext>) {
  if (options.lockedThreads === 'refuse') return 'insertItemIfActive';
  return draft?.isDerived ? 'insertItem' : 'addThreadItem';
}

const opening =
  <TContext>(message: UserMessageItem, scope: OperationScope<TContext>): RunPlan<TContext>['open'] =>
  async (send) => {
    if (message.attachments.length > 0) await scope.prepare(message.attachments);
    sendMessage(message, send, scope);
  };

/**
 * Returns the present time. A message with derived ids has random digits after the milliseconds, so that the messages
 * of two processes differ even in the same millisecond, and the store refuses the second one. V8 misreads a fraction of
 * more than nine digits that begins with a zero, by up to 900 milliseconds.
 */
function timeOf({ isDerived }: Draft): string {
  const time = new Date().toISOString();
  return isDerived ? time.replace('Z', `${String(randomInt(1e6)).padStart(6, '0')}Z`) : time;
}

/** Returns the plan with `thread.created` as its first event. */
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
 * Returns the plan for a message with an Idempotency-Key that is stored already, by another process or by an attempt
 * that has been answered. Returns undefined for every other message.
 * @param isRefused True when the store has just refused the message because of a row with the same id.
 */
async function repeatedPlan<TContext>(
  threadId: string | undefined,
  input: UserMessageInput,
  scope: OperationScope<TContext>,
  isRefused = false,
): Promise<RunPlan<TContext> | undefined> {
  const { isDerived, isAnswered = false, messageId, createdAt } = scope.draft ?? {};
  // An attempt of this process is tried again: its message may be stored, but is not answered yet.
  const { isShared } = scope.options.runs.registry;
  const isOwn = createdAt !== undefined && !isAnswered && !isRefused && !isShared;
  if (!isDerived || isOwn || messageId === undefined || threadId === undefined) return undefined;
  const message = await earlierMessage(threadId, messageId, input, scope);
  if (!message) return undefined;
  if (isShared && !isAnswered) return unansweredPlan(message, scope);
  const plan = await replayPlan(await loadThread(threadId, scope), message, isAnswered, scope);
  return { ...plan, open: opening(message, scope) };
}

/**
 * Returns the plan for a message that is stored, where the registry knows the runs of all processes. Joins the run that
 * answers the message. Without such a run the answer is finished and is sent again, or there is none: then the process
 * that has stored the message could not begin, and this one answers.
 */
async function unansweredPlan<TContext>(
  message: UserMessageItem,
  scope: OperationScope<TContext>,
): Promise<RunPlan<TContext>> {
  const { thread_id } = message;
  await scope.lease.begin({ thread_id, answers: message.id, isStored: true });
  const thread = await loadThread(thread_id, scope);
  const answer = await replayPlan(thread, message, true, scope);
  const isAnswered = answer.isRepeated === true;
  return { ...(isAnswered ? answer : respondPlan(thread, message, scope)), open: opening(message, scope) };
}

/**
 * Writes. If the store refuses the write as a conflict, resolves with the plan of `repeated`, and otherwise undefined.
 */
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

/**
 * Makes the item of a message, which is not stored yet, and loads the attachments that it has to attach.
 * @throws NotFoundError for an attachment that does not exist.
 */
async function userMessage<TContext>(
  input: UserMessageInput,
  thread: Thread,
  scope: OperationScope<TContext>,
  draft: Draft = scope.draft ?? {},
): Promise<{ message: UserMessageItem; unattached: Attachment[] }> {
  const { content, attachments, quoted_text, inference_options } = input;
  const { store } = scope.options;
  const loading = attachments.map((id, index) =>
    loadAttachment(id, `params.input.attachments.${index}`, thread, scope),
  );
  const loaded = loading.length > 0 ? await Promise.all(loading) : [];
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

/** Loads an attachment and checks that it can be sent: its bytes are complete, and it is not in another thread. */
async function loadAttachment<TContext>(
  id: string,
  field: string,
  thread: Thread,
  scope: OperationScope<TContext>,
): Promise<Attachment> {
  const load = scope.options.store.loadAttachment(id, scope.context);
  const attachment = await orNotFound(load, `${field}: there is no such attachment`);
  if ((attachment.thread_id ?? thread.id) !== thread.id) {
    throw new ChatKitError('conflict', `${field}: the attachment is in another thread`);
  }
  return verifyUpload(attachment, field, scope);
}

/**
 * Attaches the files to the thread of the message, and then calls `write` to store the message. An attached file is
 * safe from sweeps. If a sweep has leased a file before, the message is refused. If the write fails, the files are
 * detached, because the client may post the message again.
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
  scope.throwIfLeft(); // a client that has disconnected by now stores nothing
  try {
    for (const attachment of unattached) {
      await attach(attachment, thread, scope);
      attached.push(attachment);
    }
    scope.throwIfLeft();
    await write();
  } catch (error) {
    // Another process has stored the message with these attachments.
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

/**
 * Attaches a file to a thread.
 * @throws ChatKitError `conflict` when the file is in another thread by now, `not_found` when it was deleted or leased.
 */
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
    throw new NotFoundError(`${field}: the attachment ${id} does not exist any more`, { cause: error });
  }
}

/** Sends the stored message to the client. */
function sendMessage<TContext>(
  message: UserMessageItem,
  send: (event: ThreadStreamEvent) => void,
  { show }: OperationScope<TContext>,
): void {
  // Copied, because the hook may change its input before the event is read.
  send({ type: 'thread.item.done', item: toClientItem(copyJson(message), show) });
}
