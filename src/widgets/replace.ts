// Puts another widget in the place of the one that an action came from.
import { ChatKitError } from '../errors';
import type { ActionTurn, HookEvents } from '../hooks';
import type { HookEventInput, WidgetItem, WidgetRoot } from '../protocol';
import { copyJson } from '../protocol/json';
import { isAsyncIterable } from './async-iterable';
import { diffWidget } from './diff';

/** What {@link replaceWidget} gives for one widget: the events of a stream, and the answer of `syncAction`, in one. */
export interface ReplacedWidget extends HookEvents {
  /** The item with its new widget. */
  updated_item: WidgetItem;
}

type Sent = Pick<ActionTurn<unknown>, 'sender'>;

/**
 * Updates the widget that an action came from, in its place, for the page and in the store:
 *
 * ```ts
 * yield* replaceWidget(turn, card); // in a hook that streams
 * return replaceWidget(turn, card); // in one that answers once
 * ```
 *
 * An async iterable of widgets, its successive states, is shown as they come: of each only what changed is sent (see
 * {@link diffWidget}), and the last is stored. When the run is cancelled before, the old widget stays stored.
 *
 * @param turn the argument of the action hook.
 * @param widget the new widget, whole.
 * @throws ChatKitError `invalid_request` when the action came from no widget.
 */
export function replaceWidget(turn: Sent, widget: WidgetRoot): ReplacedWidget;
export function replaceWidget(turn: Sent, widget: AsyncIterable<WidgetRoot>): HookEvents;
export function replaceWidget(
  { sender }: Sent,
  widget: WidgetRoot | AsyncIterable<WidgetRoot>,
): ReplacedWidget | HookEvents {
  if (!sender) {
    const message = 'must name the widget that the action comes from';
    const issues = [{ path: ['params', 'item_id'], message }];
    throw new ChatKitError('invalid_request', `params.item_id: ${message}`, { issues });
  }
  if (isAsyncIterable<WidgetRoot>(widget)) return growing(sender, widget);
  const item: WidgetItem = { ...sender, widget };
  return {
    updated_item: item,
    async *[Symbol.asyncIterator]() {
      yield { type: 'thread.item.replaced', item };
    },
  };
}

async function* growing(
  sender: WidgetItem,
  states: AsyncIterable<WidgetRoot>,
): AsyncGenerator<HookEventInput, void, undefined> {
  let shown = sender.widget;
  for await (const given of states) {
    const state = copyJson(given); // the same object may be changed and yielded again
    const updates = diffWidget(shown, state);
    shown = state;
    for (const update of updates) yield { type: 'thread.item.updated', item_id: sender.id, update };
  }
  yield { type: 'thread.item.replaced', item: { ...sender, widget: shown } };
}
