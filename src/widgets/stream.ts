// streamWidget(): turns a widget, or its successive states, into the events of one item.
import type { HookEventInput, WidgetItem, WidgetRoot } from '../protocol';
import { copyJson } from '../protocol/json';
import { newId } from '../stores/ids';
import { isAsyncIterable } from './async-iterable';
import { diffWidget } from './diff';

/** Options of {@link streamWidget}. */
export interface StreamWidgetOptions {
  /** The text for the copy button of the page. Without it the item has no copy button. */
  copyText?: string | undefined;
  /** Makes the id of the item, once, with the first state. Default: `msg_` and random characters. A hook has `generateId`. */
  generateId?: ((type: 'message') => string) | undefined;
}

/**
 * Returns the events that show `widget` as one item of `thread`, for a hook to yield:
 *
 * ```ts
 * yield* streamWidget(thread, states(), { generateId });
 * ```
 *
 * A widget becomes one `thread.item.done`. An async iterable of successive whole states becomes
 * `thread.item.added` with the first state, `thread.item.updated` with the changes of each other state (see
 * {@link diffWidget}), and `thread.item.done` with the last. Without any state there are no events. Each state is
 * copied, so the application may change and yield the same object again.
 *
 * If the consumer stops early, the iterable is closed (its `return()` is called). An error of the iterable is thrown
 * again, without a `thread.item.done`.
 *
 * @param thread The thread, or an object with its id.
 * @returns An async generator that can be read once. It reads the iterable only while it is read itself.
 * @throws TypeError while it is read, for a state that JSON cannot express. The message has the path.
 */
export async function* streamWidget(
  thread: { readonly id: string },
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
  { copyText, generateId = newId }: StreamWidgetOptions = {},
): AsyncGenerator<HookEventInput, void, undefined> {
  const itemWith = (state: WidgetRoot): WidgetItem => ({
    id: generateId('message'),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
    type: 'widget',
    widget: state,
    ...(copyText !== undefined && { copy_text: copyText }),
  });
  if (!isAsyncIterable<WidgetRoot>(widget)) {
    yield { type: 'thread.item.done', item: itemWith(copyJson(widget)) };
    return;
  }
  let item: WidgetItem | undefined;
  for await (const given of widget) {
    const state = copyJson(given);
    if (item === undefined) {
      item = itemWith(state);
      yield { type: 'thread.item.added', item };
      continue;
    }
    const updates = diffWidget(item.widget, state);
    // Before the updates are yielded, because a consumer may apply them to the same objects.
    item = { ...item, widget: state };
    for (const update of updates) yield { type: 'thread.item.updated', item_id: item.id, update };
  }
  if (item !== undefined) yield { type: 'thread.item.done', item };
}
