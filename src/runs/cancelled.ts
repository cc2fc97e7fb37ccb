// Decides which pending items are kept when an answer ends early, and tells the model why the answer ended.
import type { CancelReason } from '../hooks';
import type { Task, Thread, ThreadItem } from '../protocol';
import type { Store } from '../stores/store';

/** The reason why a run ended: by itself, or early. */
export type RunEnd = CancelReason | 'ended';

/** Each note states only what is known. Only Stop is known to be the user's wish. */
const stoppedNote = 'The user stopped this answer before it was complete. Do not go on with it unless asked to.';
const cutOffNote = 'This answer was cut off before it was complete. The user may ask for it again.';
const failedNote = 'This answer was cut off because of an error. The user may ask for it again.';
const closedNote = 'This answer was cut off because the server stopped. The user may ask for it again.';
const notes: Partial<Record<CancelReason, string>> = { stopped: stoppedNote, failed: failedNote, closed: closedNote };

/** The pending items of a run: the items to store, and the others. */
export interface Settled {
  /** The items as they are stored: none of their tasks is still loading. */
  kept: ThreadItem[];
  dropped: ThreadItem[];
}

/**
 * Keeps messages with some text, widgets, and workflows with at least one task. The rule is the same for every end of a
 * run, because the user has seen these items.
 */
export function settlePending(items: readonly ThreadItem[]): Settled {
  const settled: Settled = { kept: [], dropped: [] };
  for (const item of items) {
    const final = finalForm(item);
    if (final) settled.kept.push(final);
    else settled.dropped.push(item);
  }
  return settled;
}

/** Returns the item as it is stored, or undefined when nothing of the item is worth keeping. */
function finalForm(item: ThreadItem): ThreadItem | undefined {
  if (item.type === 'widget') return item;
  if (item.type === 'assistant_message') return hasText(item) ? item : undefined;
  if (item.type !== 'workflow' || item.workflow.tasks.length === 0) return undefined;
  return { ...item, workflow: { ...item.workflow, tasks: item.workflow.tasks.map(completed) } };
}

function completed(task: Task): Task {
  return task.status_indicator === 'loading' ? { ...task, status_indicator: 'complete' } : task;
}

/** Returns true for a message that has text other than white space. */
function hasText(item: Extract<ThreadItem, { type: 'assistant_message' }>): boolean {
  return item.content.some((part) => part.text.trim() !== '');
}

/** Makes the hidden item that tells the model why its answer ended early. */
export function noteFor<TContext>(
  reason: CancelReason,
  thread: Thread,
  store: Store<TContext>,
  context: TContext,
): ThreadItem {
  return {
    type: 'sdk_hidden_context',
    id: store.generateItemId('sdk_hidden_context', thread, context),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    content: notes[reason] ?? cutOffNote,
  };
}
