// Goes through a widget once and holds each component that this version knows to its schema. What it does not know
// passes as it is: clients are newer than servers.
import { anyPlace, type KnownComponent, knownComponents, type Place } from './known';
import { unknownWords } from './unknown';

/** What is wrong where. */
export interface WidgetFault {
  path: PropertyKey[];
  message: string;
}

/**
 * What is wrong with a component and with those it holds: a known prop with a value of the wrong kind, a missing one,
 * a component where it cannot be. Unknown components and unknown props are no faults; the components that an unknown
 * one holds as `children` are looked at all the same.
 * @param place where the component stands.
 * @param strict whether words must be known, and children be there, and be a list, where the types say so. Clients draw
 * a container with no children, and with a single one that stands in no list, and the Python reference takes both.
 */
export function widgetFaults(component: unknown, place: Place, strict: boolean): WidgetFault[] {
  const faults: WidgetFault[] = [];
  checkComponent(component, place, { path: [], faults, strict });
  return faults;
}

interface Walk {
  /** Where we are. Pushed and popped, so that a sound widget costs no copies of it. */
  path: PropertyKey[];
  faults: WidgetFault[];
  strict: boolean;
}

function checkComponent(value: unknown, place: Place, walk: Walk): void {
  if (typeof value === 'string') return tell(walk, 'expected a component: text goes into the `value` of a Text');
  if (!isObject(value)) return tell(walk, 'expected a component');
  const { type, children } = value;
  if (typeof type !== 'string' || type === '') return tell(walk, 'expected a component with a type', 'type');
  const known = knownComponents.get(type);
  if (!known) return checkUnknown(children, walk);
  if (!place.takes(type)) tell(walk, `expected ${place.expected}, not a ${type}`, 'type');
  const parsed = known.props.safeParse(value);
  for (const issue of parsed.error?.issues ?? []) {
    if (walk.strict || !unknownWords(issue, value)) tell(walk, issue.message, ...issue.path);
  }
  if (known.children) checkHeld(children, known.children, walk);
}

/** An unknown component may hold anything, text too. What looks like a component is one. */
function checkUnknown(children: unknown, walk: Walk): void {
  if (!Array.isArray(children)) return;
  for (const [index, child] of children.entries()) {
    if (!isObject(child) || typeof child['type'] !== 'string') continue;
    walk.path.push('children', index);
    checkComponent(child, anyPlace, walk);
    walk.path.length -= 2;
  }
}

function checkHeld(children: unknown, rule: NonNullable<KnownComponent['children']>, walk: Walk): void {
  if (children === undefined && !(walk.strict && rule.required)) return;
  if (Array.isArray(children) && !rule.single) checkChildren(children, rule.place, walk);
  else if (rule.single || (!walk.strict && typeof children === 'object')) {
    if (children === null) return;
    walk.path.push('children');
    checkComponent(children, rule.place, walk);
    walk.path.pop();
  } else tell(walk, 'expected a list of components', 'children');
}

function checkChildren(children: unknown[], place: Place, walk: Walk): void {
  const { path } = walk;
  path.push('children', 0);
  for (let index = 0; index < children.length; index++) {
    path[path.length - 1] = index;
    checkComponent(children[index], place, walk);
  }
  path.length -= 2;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tell({ path, faults }: Walk, message: string, ...more: PropertyKey[]): void {
  faults.push({ path: [...path, ...more], message });
}
