// A model of the client: what it shows after the updates that it was sent. Only as much as clients must agree on.
import type { ThreadItemUpdate, WidgetComponent, WidgetRoot } from '../../src/protocol';
import { copyJson } from '../../src/protocol/json';

/** Where clients may differ without breaking the protocol: an answer has to suit each of them. */
export interface ClientHabits {
  /** Which component a delta goes to when several have its id. */
  find: 'first' | 'last' | 'every';
  /**
   * Whether a delta also sets `streaming` to the negation of its `done`. The reference sends a widget's root when
   * `streaming` changes, with or without a delta's worth of new text, so its client may do either.
   */
  doneSetsStreaming: boolean;
}

export const allHabits: ClientHabits[] = (['first', 'last', 'every'] as const).flatMap((find) => [
  { find, doneSetsStreaming: false },
  { find, doneSetsStreaming: true },
]);

/**
 * The widget that a client shows after `updates`, as a copy.
 * @throws Error for an update that a client could not apply, such as a delta to a component that is not there.
 */
export function applyWidgetUpdates(widget: WidgetRoot, updates: ThreadItemUpdate[], habits: ClientHabits): WidgetRoot {
  let shown = copyJson(widget);
  for (const update of updates) {
    if (update.type === 'widget.root.updated') shown = copyJson(update.widget);
    else if (update.type === 'widget.streaming_text.value_delta') {
      for (const component of find(shown, update.component_id, habits)) {
        if (typeof component['value'] !== 'string') throw new Error(`${update.component_id} has no text to append to`);
        component['value'] += update.delta;
        if (habits.doneSetsStreaming) component['streaming'] = !update.done;
      }
    } else throw new Error(`${update.type} is no update of a widget`);
  }
  return shown;
}

/** The components that a delta is for, in the order of the document, looked for in arrays of children only. */
function find(root: WidgetRoot, id: string, habits: ClientHabits): WidgetComponent[] {
  const found: WidgetComponent[] = [];
  const open = [root];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.id === id) found.push(next);
    if (Array.isArray(next['children']))
      open.push(...(next['children'] as WidgetComponent[]).filter(isObject).reverse());
  }
  const chosen = habits.find === 'every' ? found : [found.at(habits.find === 'first' ? 0 : -1)];
  return chosen.map((component) => {
    if (component === undefined) throw new Error(`no component ${id}`);
    return component;
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
