// The built-in functions of Jinja, and the `loop` of a for block.
import { bind } from './arguments';
import { countSteps } from './steps';
import { maxRepeated, Text } from './text';
import {
  type Arguments,
  Callable,
  type Dict,
  elementsOf,
  foundOr,
  integer,
  isEqual,
  keyOf,
  Namespace,
  RenderError,
  type Value,
} from './values';

/** Returns the entries of a dict, of pairs, and of named arguments. */
function entriesOf({ positional, named }: Arguments, callee: string): Dict {
  const [source, ...more] = positional;
  if (more.length > 0) throw new RenderError(`${callee} takes at most one argument`);
  const entries: Dict = new Map(source instanceof Map ? source : []);
  if (source !== undefined && !(source instanceof Map)) {
    for (const pair of elementsOf(source)) {
      const [key = null, value, ...others] = elementsOf(pair);
      if (value === undefined || others.length > 0) throw new RenderError(`${callee} takes pairs`);
      entries.set(keyOf(key), value);
    }
  }
  for (const [key, value] of named) entries.set(key, value);
  return entries;
}

function range(given: Arguments): Value {
  const [first = null, second, third = 1] = bind('range()', given, 'start', 'stop', 'step');
  const [start, stop] =
    second === undefined ? [0, integer(first, 'stop')] : [first, second].map((each) => integer(each, 'a limit'));
  const step = integer(third, 'step');
  if (step === 0) throw new RenderError('the step of range() is zero');
  const count = Math.max(0, Math.ceil(((stop ?? 0) - (start ?? 0)) / step));
  if (count > maxRepeated) throw new RenderError(`range() of ${count} numbers is too much`);
  countSteps(count / 32);
  return Array.from({ length: count }, (_none, index) => (start ?? 0) + index * step);
}

/** Returns an empty text in the first call, and the separator in each later call. */
function joiner(given: Arguments): Value {
  const [separator = new Text(', ', 'template')] = bind('joiner()', given, 'sep');
  let used = false;
  return new Callable('joiner', () => {
    const result = used ? separator : new Text('', 'template');
    used = true;
    return result;
  });
}

function cycler({ positional }: Arguments): Value {
  if (positional.length === 0) throw new RenderError('cycler() needs items');
  let index = 0;
  const attributes = new Map<string, Value>();
  const show = (): void => void attributes.set('current', positional[index] ?? null);
  const next = new Callable('next', () => {
    const item = positional[index] ?? null;
    index = (index + 1) % positional.length;
    show();
    return item;
  });
  const reset = new Callable('reset', () => {
    index = 0;
    show();
    return null;
  });
  attributes.set('next', next).set('reset', reset);
  show();
  return new Namespace('cycler', attributes);
}

/** The functions that a template can call besides its own macros. A key of the data with the same name takes precedence. */
export const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', new Callable('range', range)],
  ['dict', new Callable('dict', (given) => entriesOf(given, 'dict()'))],
  [
    'namespace',
    new Callable('namespace', (given) => {
      const attributes = [...entriesOf(given, 'namespace()')].map(([key, value]) => [String(key), value] as const);
      return new Namespace('namespace', new Map(attributes));
    }),
  ],
  ['joiner', new Callable('joiner', joiner)],
  ['cycler', new Callable('cycler', cycler)],
]);

/** Makes the `loop` of each round of a for block. */
export function loopOver(elements: readonly Value[]): (index: number) => Namespace {
  let last: Value[] | undefined;
  const changed = new Callable('loop.changed', ({ positional }) => {
    const same =
      last?.length === positional.length && last.every((value, at) => isEqual(value, positional[at] ?? null));
    last = positional;
    return !same;
  });
  const { length } = elements;
  return (index) => {
    const cycle = new Callable('loop.cycle', (given) => {
      if (given.positional.length === 0) throw new RenderError('loop.cycle() needs items');
      return given.positional[index % given.positional.length] ?? null;
    });
    return new Namespace(
      'loop',
      new Map<string, Value>([
        ['index', index + 1],
        ['index0', index],
        ['revindex', length - index],
        ['revindex0', length - index - 1],
        ['first', index === 0],
        ['last', index === length - 1],
        ['length', length],
        ['previtem', foundOr(elements[index - 1], 'there is no previous item')],
        ['nextitem', foundOr(elements[index + 1], 'there is no next item')],
        ['depth', 1],
        ['depth0', 0],
        ['cycle', cycle],
        ['changed', changed],
      ]),
    );
  };
}
