// Tells two states of a widget apart in the terms of the protocol: what a client that shows the first must be sent to
// show the second. Text that only grew is sent as its new end, anything else as the whole widget.
import type { JsonObject, ThreadItemUpdate, WidgetRoot } from '../protocol';

/** The components whose `value` a client can append to. */
const growingTypes: ReadonlySet<unknown> = new Set(['Text', 'Markdown']);

/** Text that was added to the end of a component's value. */
interface Growth {
  componentId: string;
  delta: string;
  /** Whether the component was still marked `streaming` before and after. */
  streaming: boolean;
}

/** What an object is to its widget: only components that are reached through arrays of children can be sent deltas. */
type Role = 'component' | 'children' | 'data';

/** Two values at the same place, still to be compared. Both are arrays, or both are objects that are not. */
interface Pair<Value extends object = object> {
  before: Value;
  after: Value;
  role: Role;
}

/** What is known while two widgets are compared. */
interface Comparison {
  /** Still to be compared, the next one last. */
  open: Pair[];
  growths: Growth[];
  ids: Set<string>;
  /** The ids of several components: which of them a client would append to is its own affair. */
  repeatedIds: Set<string>;
}

/**
 * The updates that turn the widget `before`, as a client has it, into `after`:
 * - none when both say the same, whatever the order of their keys;
 * - a `widget.streaming_text.value_delta` for each Text and Markdown whose value grew at its end, in the order of the
 *   document, when nothing else changed. `done` is true for a component that is not marked `streaming`. Its id must be
 *   unique in the widget and each component above it one of an array of children, so that every client finds it;
 * - else one `widget.root.updated` with `after` itself, not a copy. So it is for text that shrank or was rewritten, a
 *   prop or a child that came, went or moved, a change of `streaming`, and text that grows in a component without an id.
 *
 * `widget.component.updated` is never sent, as the Python reference never sends it. Nor does it send a delta for text
 * that grew while `streaming` changed: whether a client takes `done` as a change of `streaming` is then of no matter,
 * since a delta goes only to a component that had, and keeps, the `streaming` that `done` tells.
 *
 * @param before a widget as plain data without cycles, of any depth. What JSON leaves out is missing; null is a value.
 * @param after the same, and not the same object changed in place, in which no change could be seen.
 * @returns the updates, to be applied in order; an empty array when there is nothing to send. Never throws.
 */
export function diffWidget(before: WidgetRoot, after: WidgetRoot): ThreadItemUpdate[] {
  const comparison: Comparison = { open: [], growths: [], ids: new Set(), repeatedIds: new Set() };
  if (!isSameButGrown(before, after, comparison)) return [{ type: 'widget.root.updated', widget: after }];
  return comparison.growths.map(({ componentId, delta, streaming }) => ({
    type: 'widget.streaming_text.value_delta',
    component_id: componentId,
    delta,
    done: !streaming,
  }));
}

/** Whether the widgets differ in nothing but growths, each in the only component with its id. */
function isSameButGrown(before: WidgetRoot, after: WidgetRoot, comparison: Comparison): boolean {
  const { open, growths, repeatedIds } = comparison;
  if (!compare(before, after, 'component', open)) return false;
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const same = Array.isArray(pair.before)
      ? compareArrays(pair.before, pair.after as unknown[], pair.role, open)
      : compareObjects(pair as Pair<JsonObject>, comparison);
    if (!same) return false;
  }
  return growths.every((growth) => !repeatedIds.has(growth.componentId));
}

/** Whether two values are the same so far: what is inside of them goes to `open`. */
function compare(before: unknown, after: unknown, role: Role, open: Pair[]): boolean {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
    return before === after || asWritten(before) === asWritten(after);
  }
  if (writesItself(before) || writesItself(after)) return before === after;
  if (Array.isArray(before) !== Array.isArray(after)) return false;
  open.push({ before, after, role });
  return true;
}

function compareArrays(before: unknown[], after: unknown[], role: Role, open: Pair[]): boolean {
  if (before.length !== after.length) return false;
  const elementRole = role === 'children' ? 'component' : 'data';
  // From the end, since the last to be opened is the first to be compared.
  for (let index = before.length - 1; index >= 0; index--) {
    if (!compare(before[index] ?? null, after[index] ?? null, elementRole, open)) return false;
  }
  return true;
}

function compareObjects({ before, after, role }: Pair<JsonObject>, comparison: Comparison): boolean {
  noteId(after, comparison);
  let shared = 0;
  for (const key of Object.keys(after)) {
    const value = after[key];
    // Most props are plain and the same. Nothing like them is inherited, so they need no closer look.
    if (
      value === before[key] &&
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    ) {
      shared++;
      continue;
    }
    if (asWritten(value) === undefined) continue;
    if (!Object.hasOwn(before, key)) return false;
    shared++;
    if (role === 'component' && key === 'value' && noteGrowth(before, after, comparison.growths)) continue;
    const innerRole = role === 'component' && key === 'children' ? 'children' : 'data';
    if (!compare(before[key], value, innerRole, comparison.open)) return false;
  }
  const keys = Object.keys(before);
  return keys.length === shared || keys.filter((key) => asWritten(before[key]) !== undefined).length === shared;
}

/** Keeps the ids of components, also of those that a client might find outside of arrays of children. */
function noteId({ id, type }: JsonObject, { ids, repeatedIds }: Comparison): void {
  if (typeof id !== 'string' || type === undefined) return;
  if (ids.has(id)) repeatedIds.add(id);
  else ids.add(id);
}

/** Whether the component's value grew at its end, in a way that a delta can say; if so, keeps it. */
function noteGrowth(before: JsonObject, after: JsonObject, growths: Growth[]): boolean {
  const { id: componentId, type, value, streaming } = after;
  const old = before['value'];
  if (typeof value !== 'string' || typeof old !== 'string' || value.length <= old.length) return false;
  if (typeof componentId !== 'string' || componentId === '' || !growingTypes.has(type) || !value.startsWith(old)) {
    return false;
  }
  growths.push({ componentId, delta: value.slice(old.length), streaming: Boolean(streaming) });
  return true;
}

/** Whether JSON asks the object itself what to write, as it does a Date: its keys then say nothing. */
function writesItself(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** A value that is no object as JSON would write it; undefined for one that JSON leaves out. */
function asWritten(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'function':
    case 'symbol':
      return undefined;
    default:
      return value;
  }
}
