// Pairs of widgets made from a seed: mostly small edits of one another, with ids, nulls and nesting where they hurt.
import type { WidgetComponent, WidgetRoot } from '../../src/protocol';
import { copyJson } from '../../src/protocol/json';

/** A number from 0 up to, not including, `below`. */
type Random = (below: number) => number;

/** The generator "mulberry32": the same seed always gives the same numbers. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** Two widgets for one seed: equal, a few edits apart, or strangers. */
export function randomPair(seed: number): { before: WidgetRoot; after: WidgetRoot } {
  const random = randomFrom(seed);
  const before = randomWidget(random);
  if (random(12) === 0) return { before, after: randomWidget(random) };
  const after = copyJson(before);
  const change = random(2) === 0 ? growTexts : edit;
  for (let edits = random(4); edits > 0; edits--) change(after, random);
  return { before, after };
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random(choices.length)] as T;
}

const types = ['Text', 'Text', 'Text', 'Markdown', 'Markdown', 'Title', 'Box', 'Row', 'Button'] as const;
const texts = ['', 'a', 'ab', 'abc', 'b', 'abcabc', 'ünï', 'x\ud83d', 'x\ud83d\ude00', '\n'];
const propNames = ['size', 'streaming', 'key', 'color', 'data', '__proto__', 'toString'];
const propValues = [null, true, false, 0, 1, '', 'sm', [], {}, [1, null], { a: { b: [{ id: 'a', type: 'x' }] } }];

function randomId(random: Random): string {
  return random(8) === 0 ? pick(random, ['a', 'b', '']) : `id_${random(1000)}`;
}

function randomComponent(random: Random, depth: number): WidgetComponent {
  const component: WidgetComponent = { type: pick(random, types) };
  if (random(8) > 0) component.id = randomId(random);
  if (random(3) > 0) component['value'] = pick(random, texts);
  if (random(2) > 0) component['streaming'] = pick(random, [true, true, false, null]);
  while (random(3) === 0) setProp(component, random);
  if (depth > 0 && random(2) === 0) component['children'] = randomChildren(random, depth - 1);
  return component;
}

function randomChildren(random: Random, depth: number): unknown {
  if (random(10) === 0) return null;
  if (random(8) === 0) return randomComponent(random, depth);
  const children: unknown[] = Array.from({ length: random(4) }, () => randomComponent(random, depth));
  if (random(20) === 0) children.push(pick(random, [null, 'text', [randomComponent(random, 0)]]));
  return children;
}

function randomWidget(random: Random): WidgetRoot {
  return {
    ...randomComponent(random, 0),
    type: pick(random, ['Card', 'Card', 'ListView', 'Basic']),
    children:
      random(20) === 0
        ? randomChildren(random, 2)
        : Array.from({ length: random(6) }, () => randomComponent(random, 3)),
  };
}

function setProp(component: WidgetComponent, random: Random): void {
  const value = copyJson(pick(random, propValues));
  const key = pick(random, propNames);
  Object.defineProperty(component, key, { value, enumerable: true, configurable: true, writable: true });
}

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

/** One change to one component. */
function edit(root: WidgetRoot, random: Random): void {
  const components = componentsOf(root);
  const component = pick(random, components);
  const growing = components.filter((each) => typeof each['value'] === 'string');
  switch (random(16)) {
    case 0:
      return setProp(component, random);
    case 1:
      Reflect.deleteProperty(component, pick(random, [...propNames, 'id', 'value']));
      return;
    case 2:
      component.id = randomId(random);
      return;
    case 3:
      component['value'] = pick(random, texts);
      return;
    case 4:
      component['children'] = randomChildren(random, 1);
      return;
    case 5:
      if (Array.isArray(component['children'])) component['children'].reverse();
      return;
    case 6:
      component.type = pick(random, types);
      return;
    case 7: {
      const other = pick(random, components);
      [component.id, other.id] = [other.id, component.id];
      return;
    }
    case 8: {
      const entries = Object.entries(component).reverse();
      for (const [key] of entries) Reflect.deleteProperty(component, key);
      for (const [key, value] of entries)
        Object.defineProperty(component, key, { value, enumerable: true, configurable: true, writable: true });
      return;
    }
    default:
      if (growing.length > 0) grow(pick(random, growing), pick(random, texts));
  }
}

/** Appends to some of the texts that have an id, although perhaps not one of their own. */
function growTexts(root: WidgetRoot, random: Random): void {
  for (const component of componentsOf(root)) {
    const isText = component.type === 'Text' || component.type === 'Markdown';
    if (isText && component.id && typeof component['value'] === 'string' && random(3) === 0) {
      grow(component, pick(random, texts));
    }
  }
}

function grow(component: WidgetComponent, text: string): void {
  component['value'] = `${String(component['value'])}${text}`;
}
