// Checks the structure of a widget. The strict check also checks each known component against its schema. The default
// check refuses only widgets that no client can draw, because a client may know more components than this version.
import { anyPlace, type KnownComponent, knownComponents, type Place, rootPlace } from './known';

/** A fault of a widget, and its path in the widget. */
export interface WidgetFault {
  path: PropertyKey[];
  message: string;
}

/**
 * Returns the faults of a component and of its children: a component that is not an object or has no type, `children`
 * that are not components, and a root of another type than a root may have. Unknown components and props are not
 * faults.
 * @param place the place of the component.
 * @param strict also returns these faults: a known prop with a value of the wrong type, a missing prop, a known
 * component in a place where the types do not allow it, and `children` that are missing or not a list where the types
 * require one.
 */
export function widgetFaults(component: unknown, place: Place, strict: boolean): WidgetFault[] {
  const faults: WidgetFault[] = [];
  checkComponent(component, place, { path: [], faults, strict });
  return faults;
}

interface Walk {
  /** The path of the current component. It is pushed and popped, so that a valid widget needs no copies of the path. */
  path: PropertyKey[];
  faults: WidgetFault[];
  strict: boolean;
}

function checkComponent(value: unknown, place: Place, walk: Walk): void {
  if (typeof value === 'string') return report(walk, 'expected a component: text goes into the `value` of a Text');
  if (!isObject(value)) return report(walk, 'expected a component');
  const { type, children } = value;
  if (typeof type !== 'string' || type === '') return report(walk, 'expected a component with a type', 'type');
  const known = knownComponents.get(type);
  if (!known) return checkUnknown(children, walk);
  if (!place.takes(type) && (walk.strict || place === rootPlace))
    report(walk, `expected ${place.expected}, not a ${type}`, 'type');
  const issues = walk.strict ? known.props.safeParse(value).error?.issues : undefined;
  for (const issue of issues ?? []) report(walk, issue.message, ...issue.path);
  if (known.children) checkHeld(children, known.children, walk);
}

/** Checks the children that have a `type`. An unknown component may have other children as well, such as texts. */
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
  if (Array.isArray(children) && !(walk.strict && rule.single)) checkChildren(children, rule.place, walk);
  else if (rule.single || (!walk.strict && typeof children === 'object')) {
    if (children === null) return;
    walk.path.push('children');
    checkComponent(children, rule.place, walk);
    walk.path.pop();
  } else report(walk, 'expected a list of components', 'children');
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

function report({ path, faults }: Walk, message: string, ...more: PropertyKey[]): void {
  faults.push({ path: [...path, ...more], message });
}
