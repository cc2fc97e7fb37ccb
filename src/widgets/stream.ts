// Turns a widget, or the states it goes through, into the events that show it to a client as one item of a thread.
import type { HookEventInput, WidgetItem, WidgetRoot } from '../protocol';
import { copyJson } from '../protocol/json';
import { newId } from '../stores/ids';
import { isAsyncIterable } from './async-iterable';
import { diffWidget } from './diff';

/** What else `streamWidget` can be told. */
export interface StreamWidgetOptions {
  /** What the page's copy button takes. Without it, there is none on the item. */
  copyText?: string | undefined;
  /** Makes the item's id, once, when the first state is there. By default `msg_` and a random tail; a hook has `generateId`. */
  generateId?: ((type: 'message') => string) | undefined;
}

/**
 * The events that show `widget` as one item of `thread`, for a hook to yield:
 *
 * ```ts
 * yield* streamWidget(thread, states(), { generateId });
 * ```
 *
 * A widget gives one `thread.item.done`. An async iterable of its successive states, each of them whole, gives
 * `thread.item.added` with the first, `thread.item.updated` for what changed in each of the others (see
 * {@link diffWidget}), and `thread.item.done` with the last; one without any state gives no events. Each state is
 * copied as it comes, so the same object may be changed and yielded again.
 *
 * When the consumer stops early, the iterable is closed (its `return()` is called). What the iterable throws is thrown
 * on, without a `thread.item.done`.
 *
 * @param thread the thread, or anything with its id.
 * @returns an async generator, to be read once; nothing is taken from the iterable until it is.
 * @throws TypeError while it is read, for a state that JSON cannot say, naming the path in it.
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
    // Before the updates go out: whoever applies them may do so to the very objects that it was given.
    item = { ...item, widget: state };
    for (const update of updates) yield { type: 'thread.item.updated', item_id: item.id, update };
  }
  if (item !== undefined) yield { type: 'thread.item.done', item };
}
