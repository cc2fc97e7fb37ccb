// Tells two states of a widget apart in the terms of the protocol: what a client that shows the first must be sent to
// show the second. Text that only grew is sent as its new end, anything else as the whole widget.
import { type JsonObject, type ThreadItemUpdate, type WidgetRoot } from '../protocol';

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

/**
 * The updates that turn the widget `before`, as a client has it, into `after`:
 * - none when both say the same, whatever the order of their keys;
 * - a `widget.streaming_text.value_delta` for each Text and Markdown whose value grew at its end, in the order of the
 *   document, when nothing else changed. `done` is true for a component that is not marked `streaming`. Its id must be
 *   unique in the widget and each component above it one of an array of children, so that every client finds it;
 * - else one `widget.root.updated` with `after` itself, not a copy. So it is for text that shrank or was rewritten, a
 *   prop or a child that came, went or moved, a change of `streaming`, and text that grows in a component without an id.
 *
 * `widget.component.updated` is never sent, as OpenAI's own server never does. The first delta to a component leaves
 * its `streaming` as it was, so it makes no difference whether a client takes `done` as the end of it.
 *
 * @param before a widget as plain data without cycles, of any depth: what JSON would leave out counts as missing, and null does not.
 * @param after the same, and not the same object changed in place, in which no change could be seen.
 * @returns the updates, to be applied in order; an empty array when there is nothing to send. Never throws.
 */
export function diffWidget(before: WidgetRoot, after: WidgetRoot): ThreadItemUpdate[] {
  const growths = findGrowths(before, after);
  if (growths === undefined || !haveUniqueIds(growths, after)) return [{ type: 'widget.root.updated', widget: after }];
  return growths.map(({ componentId, delta, streaming }) => ({
    type: 'widget.streaming_text.value_delta',
    component_id: componentId,
    delta,
    done: !streaming,
  }));
}

/** The texts that grew, in the order of the document, or undefined when anything else changed. */
function findGrowths(before: WidgetRoot, after: WidgetRoot): Growth[] | undefined {
  const growths: Growth[] = [];
  const open: Pair[] = [];
  if (!compare(before, after, 'component', open)) return undefined;
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const same = Array.isArray(pair.before)
      ? compareArrays(pair.before, pair.after as unknown[], pair.role, open)
      : compareObjects(pair as Pair<JsonObject>, growths, open);
    if (!same) return undefined;
  }
  return growths;
}

/** Whether two values are the same so far: what is inside of them goes to `open`. */
function compare(before: unknown, after: unknown, role: Role, open: Pair[]): boolean {
  if (before === after) return true;
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) {
    return asWritten(before) === asWritten(after);
  }
  if (Array.isArray(before) !== Array.isArray(after) || writesItself(before) || writesItself(after)) return false;
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

function compareObjects({ before, after, role }: Pair<JsonObject>, growths: Growth[], open: Pair[]): boolean {
  let missing = 0;
  for (const key of Object.keys(before)) if (asWritten(before[key]) !== undefined) missing++;
  for (const key of Object.keys(after)) {
    const value = after[key];
    if (asWritten(value) === undefined) continue;
    if (!Object.hasOwn(before, key)) return false;
    missing--;
    if (role === 'component' && key === 'value' && recordGrowth(before, after, growths)) continue;
    const isChildren = role === 'component' && key === 'children' && Array.isArray(value);
    if (!compare(before[key], value, isChildren ? 'children' : 'data', open)) return false;
  }
  return missing === 0;
}

/** Whether the component's value grew at its end, in a way that a delta can say. */
function recordGrowth(before: JsonObject, after: JsonObject, growths: Growth[]): boolean {
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

/** Whether each growth's id belongs to one component alone: which of several a client would append to is its own affair. */
function haveUniqueIds(growths: Growth[], widget: WidgetRoot): boolean {
  if (growths.length === 0) return true;
  const wanted = new Set<unknown>(growths.map((growth) => growth.componentId));
  const open: object[] = [widget];
  let found = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    if ('id' in next && wanted.has(next.id) && 'type' in next) found++;
    for (const child of Object.values(next) as unknown[]) {
      if (typeof child === 'object' && child !== null) open.push(child);
    }
  }
  return found === growths.length;
}
