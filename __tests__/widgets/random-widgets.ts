// Pairs of widgets for property tests: mostly a few edits apart, with ids, nulls and nesting where they hurt.
import fc from 'fast-check';
import type { WidgetComponent, WidgetRoot } from '../../src/protocol';
import { copyJson } from '../../src/protocol/json';

const types = ['Text', 'Text', 'Text', 'Markdown', 'Markdown', 'Title', 'Box', 'Row', 'Button'] as const;
const texts = fc.constantFrom(
  '',
  'a',
  'ab',
  'abc',
  'b',
  'abcabc',
  'ünï',
  'x\ud83d',
  'x\ud83d\ude00',
  '\n',
  'Hello ',
  '**',
);
// Few enough that some come twice, and enough that most do not.
const ids = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('a', 'b', '') },
  { weight: 7, arbitrary: fc.nat(999).map((number) => `id_${number}`) },
);
const propNames = fc.constantFrom('size', 'streaming', 'key', 'color', 'data', '__proto__', 'toString');
const propValues = fc
  .constantFrom<unknown>(null, true, false, 0, 1, '', 'sm', [], {}, [1, null], { a: { b: [{ id: 'a', type: 'x' }] } })
  .map(copyJson);

/** Sets an own property, also one called `__proto__`. */
function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function componentOf(depth: number): fc.Arbitrary<WidgetComponent> {
  return fc
    .record({
      type: fc.constantFrom<string>(...types),
      id: fc.option(ids, { nil: undefined, freq: 8 }),
      value: fc.option(texts, { nil: undefined, freq: 3 }),
      streaming: fc.option(fc.constantFrom(true, true, false, null), { nil: undefined, freq: 1 }),
      props: fc.array(fc.tuple(propNames, propValues), { maxLength: 1 }),
      children: depth === 0 ? fc.constant(undefined) : fc.option(childrenOf(depth - 1), { nil: undefined, freq: 1 }),
    })
    .map(({ props, ...rest }) => {
      const component = copyJson(rest) as WidgetComponent;
      for (const [name, value] of props) setOwn(component, name, value);
      return component;
    });
}

/** Mostly an array of components; also what else a careless template may give. */
function childrenOf(depth: number): fc.Arbitrary<unknown> {
  const component = componentOf(depth);
  return fc.oneof(
    { weight: 12, arbitrary: fc.array(component, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: component },
    {
      weight: 1,
      arbitrary: fc.array(fc.oneof(component, fc.constantFrom(null, 'text'), fc.array(component)), { maxLength: 3 }),
    },
  );
}

const widgets: fc.Arbitrary<WidgetRoot> = fc
  .tuple(
    componentOf(0),
    fc.constantFrom('Card', 'Card', 'ListView', 'Basic'),
    fc.oneof(
      { weight: 15, arbitrary: fc.array(componentOf(2), { maxLength: 5 }) },
      { weight: 1, arbitrary: childrenOf(1) },
    ),
  )
  .map(([root, type, children]) => ({ ...root, type, children }));

/** A change to the component at `at`, counted through the widget and round again. */
type Edit = (root: WidgetRoot) => void;

/** Every component of the widget, wherever it is kept. */
function componentsOf(root: WidgetRoot): WidgetComponent[] {
  const components = [root];
  for (const component of components) {
    const children: unknown = component['children'];
    const list: unknown[] = Array.isArray(children) ? children.flat() : [children];
    components.push(...(list.filter((child) => typeof child === 'object' && child !== null) as WidgetComponent[]));
  }
  return components;
}

const place = fc.nat(50);
const pick = <T>(list: T[], at: number): T | undefined => list[at % Math.max(list.length, 1)];
const onComponent = (at: number, change: (component: WidgetComponent, all: WidgetComponent[]) => void): Edit => {
  return (root) => {
    const components = componentsOf(root);
    const component = pick(components, at);
    if (component) change(component, components);
  };
};

/** Text that grows at its end, in some component that has any. */
const growths: fc.Arbitrary<Edit> = fc.tuple(place, texts).map(([at, text]) => (root: WidgetRoot) => {
  const component = pick(
    componentsOf(root).filter((each) => typeof each['value'] === 'string'),
    at,
  );
  if (component) component['value'] = `${String(component['value'])}${text}`;
});
/** The same for components that a delta can be sent to, unless another one has their id. */
const streamedGrowths: fc.Arbitrary<Edit> = fc
  .tuple(place, texts.filter(Boolean))
  .map(([at, text]) => (root: WidgetRoot) => {
    const component = pick(
      componentsOf(root).filter(
        ({ id, type, value }) => Boolean(id) && (type === 'Text' || type === 'Markdown') && typeof value === 'string',
      ),
      at,
    );
    if (component) component['value'] = `${String(component['value'])}${text}`;
  });

const rewrites: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, texts).map(([at, text]) => onComponent(at, (component) => (component['value'] = text))),
  fc.tuple(place, fc.nat(5)).map(([at, length]) =>
    onComponent(at, (component) => {
      if (typeof component['value'] === 'string') component['value'] = component['value'].slice(0, length);
    }),
  ),
  fc
    .tuple(place, propNames, propValues)
    .map(([at, name, value]) => onComponent(at, (component) => setOwn(component, name, copyJson(value)))),
  fc
    .tuple(place, fc.oneof(propNames, fc.constantFrom('id', 'value', 'children')))
    .map(([at, name]) => onComponent(at, (component) => Reflect.deleteProperty(component, name))),
  fc.tuple(place, ids).map(([at, id]) => onComponent(at, (component) => (component.id = id))),
  fc
    .tuple(place, fc.constantFrom(...types))
    .map(([at, type]) => onComponent(at, (component) => (component.type = type))),
);

const moves: fc.Arbitrary<Edit> = fc.oneof(
  fc
    .tuple(place, childrenOf(1))
    .map(([at, children]) => onComponent(at, (component) => (component['children'] = copyJson(children)))),
  place.map((at) => onComponent(at, ({ children }) => Array.isArray(children) && children.reverse())),
  // A child goes from one component to another that has children.
  fc.tuple(place, place).map(([from, to]) =>
    onComponent(from, (component, all) => {
      const target = pick(
        all.filter(({ children }) => Array.isArray(children)),
        to,
      );
      if (!Array.isArray(component['children']) || !target || target === component) return;
      const [child] = component['children'].splice(0, 1) as unknown[];
      // Not into itself.
      if (child !== undefined && !JSON.stringify(child).includes(JSON.stringify(target)))
        (target['children'] as unknown[]).push(child);
    }),
  ),
  fc.tuple(place, place).map(([first, second]) =>
    onComponent(first, (component, all) => {
      const other = pick(all, second) ?? component;
      [component.id, other.id] = [other.id, component.id];
    }),
  ),
  // The same keys in another order say the same.
  place.map((at) =>
    onComponent(at, (component) => {
      const entries = Object.entries(component).reverse();
      for (const [key] of entries) Reflect.deleteProperty(component, key);
      for (const [key, value] of entries) setOwn(component, key, value);
    }),
  ),
);

export interface WidgetPair {
  before: WidgetRoot;
  after: WidgetRoot;
}

function edited(edits: fc.Arbitrary<Edit>, maxLength: number): fc.Arbitrary<WidgetPair> {
  return fc.tuple(widgets, fc.array(edits, { maxLength })).map(([before, changes]) => {
    const after = copyJson(before);
    for (const change of changes) change(after);
    return { before, after: copyJson(after) };
  });
}

/** Two widgets: equal, a few edits apart, or strangers. */
export const widgetPairs: fc.Arbitrary<WidgetPair> = fc.oneof(
  { weight: 8, arbitrary: edited(streamedGrowths, 8) },
  { weight: 3, arbitrary: edited(fc.oneof(growths, rewrites, moves), 3) },
  { weight: 2, arbitrary: edited(rewrites, 2) },
  { weight: 2, arbitrary: edited(moves, 2) },
  { weight: 1, arbitrary: fc.tuple(widgets, widgets).map(([before, after]) => ({ before, after })) },
);

/** The states that one widget goes through. */
export const widgetStates: fc.Arbitrary<WidgetRoot[]> = fc
  .tuple(
    widgets,
    fc.array(fc.oneof({ weight: 4, arbitrary: streamedGrowths }, { weight: 1, arbitrary: fc.oneof(rewrites, moves) }), {
      maxLength: 8,
    }),
  )
  .map(([first, changes]) => {
    const states = [first];
    for (const change of changes) {
      const next = copyJson(states.at(-1) as WidgetRoot);
      change(next);
      states.push(copyJson(next));
    }
    return states;
  });
