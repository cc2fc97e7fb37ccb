// threads.custom_action and threads.sync_custom_action: actions of widgets and of the page's own code.
import { RunObservation } from '../runs/run-observation';
import { createTurn } from '../runs/turn';
import { checkItem, correctThread, noteUnknownWidgetParts } from '../runs/check';
import { ThreadChanges } from '../runs/thread-changes';
import { ChatKitError, StreamError } from '../errors';
import type { Action, WidgetItem } from '../protocol';
import { isHidden, toClientItem } from '../protocol/client-view';
import {
  type ActionMap,
  answerAction,
  checkAction,
  type CheckedAction,
  refusedAction,
  streamAction,
} from '../widgets/actions';
import type { Logger } from '../logger';
import type { JsonOperation, OperationScope, StreamOperation } from './operation';
import { beginRun, invalidField, loadOpenThread, ofThread } from './lookup';

export const customAction: StreamOperation<'threads.custom_action'> = async (params, scope) => {
  const { options, hookStore } = scope;
  const { thread_id, action } = params;
  let sender = await loadSender(params, scope);
  const checked = await checkMapped(options.actions, options.action, action);
  let thread = await loadOpenThread(thread_id, scope);
  const refresh = async () => {
    sender = await loadSender(params, scope);
    return undefined;
  };
  if (await beginRun(thread_id, undefined, scope)) {
    await refresh();
    thread = await loadOpenThread(thread_id, scope);
  }
  scope.throwIfLeft();
  const plan = { thread, store: options.store, hookStore, hookName: 'action', refresh };
  if (checked) return { ...plan, hook: (turn) => streamAction(checked, { ...turn, action, sender }) };
  const hook = options.action;
  if (hook) return { ...plan, hook: (turn) => hook({ ...turn, action, sender }), refusalOf: refusedAction };
  return {
    ...plan,
    hook() {
      // The stream fails in place of a 501, because the client would post the request again up to five times.
      const fields = { thread_id, action_type: action.type };
      options.logger.error(fields, 'a custom action arrived, but there is no hook for it: add `action` to the options');
      throw new StreamError('stream.error', { allowRetry: false });
    },
  };
};

/**
 * Checks an action that the option `actions` handles. Returns undefined for an action of the raw hook.
 * @throws ChatKitError `invalid_request` for an invalid payload, and for a type without a handler.
 */
async function checkMapped<TContext>(
  map: ActionMap<TContext> | undefined,
  hook: unknown,
  action: Action,
): Promise<CheckedAction<TContext> | undefined> {
  if (!map || (hook && !Object.hasOwn(map, action.type))) return undefined;
  return checkAction(map, action);
}

export const syncCustomAction: JsonOperation<'threads.sync_custom_action'> = async (params, scope) => {
  const { options, context } = scope;
  const { thread_id, action } = params;
  const { store } = options;
  const sender = await loadSender(params, scope);
  const checked = await checkMapped(options.actions, options.syncAction, action);
  const thread = await loadOpenThread(thread_id, scope);
  const hook = options.syncAction;
  if (!checked && !hook) {
    const fields = { thread_id, action_type: action.type };
    options.logger.error(fields, 'a sync action arrived, but there is no hook for it: add `syncAction` to the options');
    throw new ChatKitError('not_implemented', 'This server does not accept sync actions');
  }
  const changes = new ThreadChanges(thread);
  // The signal is never aborted, because the page waits for the answer.
  const { signal } = new AbortController();
  const { attachments, observed } = scope;
  const { logger } = options;
  // A sync action is not a run, so that its tokens are part of no run: they are only checked.
  const { usage } = new RunObservation(observed, { id: '', threadId: thread_id, hook: 'syncAction' });
  const checkpoint = () => undefined; // an answer in JSON does not outlive its process
  const turn = createTurn({ thread, store }, scope.hookStore, {
    context,
    signal,
    attachments,
    logger,
    usage,
    checkpoint,
  });
  const actionTurn = { ...turn, action, sender };
  const answer = checked ? await answerAction(checked, actionTurn) : await hook?.(actionTurn);
  reportReturned(answer, { logger, fields: { thread_id, action_type: action.type } });
  const item = answer?.updated_item ? checkItem(answer.updated_item) : undefined; // before any write
  if (changes.any) await changes.save(store, context);
  if (!item) return {};
  correctThread(item, thread_id, options.logger);
  noteUnknownWidgetParts(item, options.logger);
  await store.saveItem(thread_id, item, context);
  return isHidden(item) ? {} : { updated_item: toClientItem(item, scope.show) };
};

/** Warns about a value without `updated_item`, such as the item itself, because the page receives none of it. */
function reportReturned(
  answer: unknown,
  { logger, fields }: { logger: Logger; fields: Record<string, unknown> },
): void {
  if (answer === undefined || answer === null) return;
  const keys = Object.keys(Object(answer) as object);
  if (typeof answer === 'object' && ('updated_item' in answer || keys.length === 0)) return;
  const returned = typeof answer === 'object' ? keys.slice(0, 20) : `a ${typeof answer}`;
  logger.warn({ ...fields, returned }, 'a sync action returned a value without `updated_item`, which is ignored');
}

async function loadSender<TContext>(
  { thread_id, item_id }: { thread_id: string; item_id?: string },
  scope: OperationScope<TContext>,
): Promise<WidgetItem | null> {
  if (item_id === undefined) return null;
  const { options, context } = scope;
  const load = options.store.loadItem(thread_id, item_id, context);
  const item = await ofThread(thread_id, load, 'There is no such item', scope);
  if (item.type !== 'widget') throw invalidField(['item_id'], 'is not a widget');
  return item;
}
