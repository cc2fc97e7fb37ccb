// What is kept of an answer that was cut off, when the application has no handleStreamCancelled of its own.
import type { CancelReason } from '../hooks';
import type { Thread, ThreadItem } from '../protocol';
import type { Store } from '../stores/store';

const notes: Record<CancelReason, string> = {
  disconnected: 'The user stopped this answer before it was complete. Do not go on with it unless asked to.',
  closed: 'The server stopped before this answer was complete. The user may ask for it again.',
};

/** Stores the assistant messages that have text, and a hidden note that tells the model why they end early. */
export async function keepPartialAnswers<TContext>(cancelled: {
  thread: Thread;
  pendingItems: ThreadItem[];
  context: TContext;
  store: Store<TContext>;
  reason: CancelReason;
}): Promise<void> {
  const { thread, pendingItems, context, store, reason } = cancelled;
  for (const item of pendingItems) if (saysSomething(item)) await store.addThreadItem(thread.id, item, context);
  const note: ThreadItem = {
    type: 'sdk_hidden_context',
    id: store.generateItemId('sdk_hidden_context', thread, context),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    content: notes[reason],
  };
  await store.addThreadItem(thread.id, note, context);
}

/** Whether a pending item is an assistant message with more than white space in it. */
export function saysSomething(item: ThreadItem): boolean {
  return item.type === 'assistant_message' && item.content.some((part) => part.text.trim() !== '');
}
