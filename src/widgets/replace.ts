// replaceWidget(): replaces the widget of an action.
import { ChatKitError } from '../errors';
import type { ActionTurn, HookEvents } from '../hooks';
import type { HookEventInput, WidgetItem, WidgetRoot } from '../protocol';
import { copyJson } from '../protocol/json';
import { isAsyncIterable } from './async-iterable';
import { diffWidget } from './diff';

/** The result of {@link replaceWidget} for one widget: both the events of a stream and the answer of `syncAction`. */
export interface ReplacedWidget extends HookEvents {
  /** The item with its new widget. */
  updated_item: WidgetItem;
}

type Sent = Pick<ActionTurn<unknown>, 'sender'>;

/**
 * Replaces the widget of an action in its place, on the page and in the store:
 *
 * ```ts
 * yield* replaceWidget(turn, card); // in a hook that streams
 * return replaceWidget(turn, card); // in one that answers once
 * ```
 *
 * An async iterable of successive states is shown as the states arrive. Only the changes of each state are sent (see
 * {@link diffWidget}), and the last state is stored. If the run is cancelled before, the old widget stays stored.
 *
 * @param turn The argument of the action hook.
 * @param widget The whole new widget.
 * @throws ChatKitError `invalid_request` for an action without a widget.
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
    const state = copyJson(given); // the application may change and yield the same object again
    const updates = diffWidget(shown, state);
    shown = state;
    for (const update of updates) yield { type: 'thread.item.updated', item_id: sender.id, update };
  }
  yield { type: 'thread.item.replaced', item: { ...sender, widget: shown } };
}
