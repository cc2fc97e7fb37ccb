// Checks a widget. The strict check holds each known component to its schema. The other one refuses only what no client
// can draw, because the client decides about the rest, and clients are newer than servers.
import { anyPlace, type KnownComponent, knownComponents, type Place, rootPlace } from './known';

/** What is wrong where. */
export interface WidgetFault {
  path: PropertyKey[];
  message: string;
}

/**
 * Returns the faults of a component and of those it holds: one that is not an object, one without a type, `children` that
 * are not components, and a root that is not the root of a widget. Unknown components and props are not faults.
 * @param place the place of the component.
 * @param strict adds as faults: a known prop with a value of the wrong kind, a missing prop, a known component in another
 * place than the types allow, and `children` that are missing or not a list where the types require it.
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
