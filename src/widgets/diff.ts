// Compares two states of a widget and returns the updates that turn the first into the second. Text that only grew is
// sent as a delta, any other change as the whole widget.
import type { JsonObject, ThreadItemUpdate, WidgetRoot } from '../protocol';

/** The components whose `value` a client can append to. */
const growingTypes: ReadonlySet<unknown> = new Set(['Text', 'Markdown']);

/** Text that was added to the end of a component's value. */
interface Growth {
  componentId: string;
  delta: string;
  /** True if the component was marked `streaming` before and after. */
  streaming: boolean;
}

/** The role of an object in its widget. Only components in arrays of children can receive deltas. */
type Role = 'component' | 'children' | 'data';

/** Two values at the same place that are still to be compared. Both are arrays, or both are other objects. */
interface Pair<Value extends object = object> {
  before: Value;
  after: Value;
  role: Role;
}

/** The state of a comparison. */
interface Comparison {
  /** The pairs that are still to be compared. The last is the next. */
  open: Pair[];
  growths: Growth[];
  ids: Set<string>;
  /** The ids that several components have. Clients differ in which of these components they append to. */
  repeatedIds: Set<string>;
}

/**
 * Returns the updates that turn the widget `before`, as a client has it, into `after`:
 * - none if both are equal, in any order of their keys;
 * - a `widget.streaming_text.value_delta` for each Text and Markdown whose value grew at its end, in the order of the
 *   document, if nothing else changed. `done` is true for a component that is not marked `streaming`. Its id must be
 *   unique in the widget, and each component above it must be in an array of children, so that every client finds it;
 * - else one `widget.root.updated` with `after` itself, not a copy. Examples are text that was shortened or rewritten, a
 *   prop or a child that was added, removed or moved, a change of `streaming`, and text that grows without an id.
 *
 * `widget.component.updated` is never sent, as in the Python reference. Text that grew while `streaming` changed is sent
 * as the whole widget, because clients differ in whether `done` changes `streaming`. A delta goes only to a component
 * whose `streaming` stays the same and agrees with `done`.
 *
 * @param before A widget as plain data without cycles, of any depth. Values that JSON omits are missing. Null is a value.
 * @param after The same kind of data. It must be another object, because a change in place cannot be seen.
 * @returns The updates, to be applied in order. Empty if there is nothing to send. Never throws.
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

/** Returns true if the widgets differ only in text that grew, each in the only component with its id. */
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

/** Compares two values. Returns true if they are equal apart from their content, which is added to `open`. */
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
  // From the end, because the pair that is added last is compared first.
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
    // A fast path: most props are equal primitive values, which are never inherited.
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

/** Records the ids of components, including components outside of arrays of children that a client may find. */
function noteId({ id, type }: JsonObject, { ids, repeatedIds }: Comparison): void {
  if (typeof id !== 'string' || type === undefined) return;
  if (ids.has(id)) repeatedIds.add(id);
  else ids.add(id);
}

/** Records the growth of a component's value. Returns false if a delta cannot express it. */
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

/** Returns true for an object with a `toJSON`, such as a Date, whose keys are not its content. */
function writesItself(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

/** Returns a primitive value as JSON writes it, or undefined for a value that JSON omits. */
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
