// The tests of Jinja: they follow `is`, and `select` and similar filters take their names.
import { contains, operators } from './operators';
import { Text } from './text';
import {
  Callable,
  defined,
  Float,
  integer,
  isEqual,
  Namespace,
  numberOf,
  orNone,
  RenderError,
  Tuple,
  Undefined,
  type Value,
} from './values';

type Test = (value: Value, given: readonly Value[]) => boolean;

function withOne(name: string, holds: (value: Value, argument: Value) => boolean): Test {
  return (value, given) => {
    const [argument] = given;
    if (argument === undefined || given.length > 1) throw new RenderError(`the test ${name} needs one argument`);
    return holds(value, argument);
  };
}

function plain(name: string, holds: (value: Value) => boolean): [string, Test] {
  return [
    name,
    (value, given) => {
      if (given.length > 0) throw new RenderError(`the test ${name} takes no argument`);
      return holds(value);
    },
  ];
}

function comparison(names: string[], operator: string): [string, Test][] {
  const apply = operators.get(operator);
  return names.map((name) => [name, withOne(name, (value, other) => apply?.(value, other) === true)]);
}

const isSequence = (value: Value): boolean =>
  Array.isArray(value) || value instanceof Text || value instanceof Tuple || value instanceof Map;

export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  plain('defined', (value) => !(value instanceof Undefined)),
  plain('undefined', (value) => value instanceof Undefined),
  plain('none', (value) => value === null),
  plain('boolean', (value) => typeof value === 'boolean'),
  plain('true', (value) => value === true),
  plain('false', (value) => value === false),
  plain('integer', (value) => typeof value === 'number'),
  plain('float', (value) => value instanceof Float),
  plain('number', (value) => numberOf(value) !== undefined),
  plain('string', (value) => value instanceof Text),
  plain('mapping', (value) => value instanceof Map),
  plain('iterable', (value) => isSequence(defined(value))),
  plain('sequence', (value) => isSequence(defined(value))),
  plain('callable', (value) => value instanceof Callable || (value instanceof Namespace && value.kind === 'loop')),
  plain('odd', (value) => integer(value, 'what is odd or not') % 2 !== 0),
  plain('even', (value) => integer(value, 'what is even or not') % 2 === 0),
  plain('lower', (value) => hasCase(value, (text) => text.toLowerCase())),
  plain('upper', (value) => hasCase(value, (text) => text.toUpperCase())),
  ['divisibleby', withOne('divisibleby', (value, by) => isEqual(operators.get('%')?.(value, by) ?? null, 0))],
  ['in', withOne('in', (value, container) => contains(container, value))],
  ['sameas', withOne('sameas', isSame)],
  ...comparison(['eq', 'equalto', '=='], '=='),
  ...comparison(['ne', '!='], '!='),
  ...comparison(['lt', 'lessthan', '<'], '<'),
  ...comparison(['le', '<='], '<='),
  ...comparison(['gt', 'greaterthan', '>'], '>'),
  ...comparison(['ge', '>='], '>='),
]);

/** Returns true for a text that has letters and that `change` does not change. */
function hasCase(value: Value, change: (text: string) => string): boolean {
  const text = value instanceof Text ? value.text : '';
  return text === change(text) && text.toLowerCase() !== text.toUpperCase();
}

/** Returns true for the same object. Texts have no identity, so equal texts are the same. */
function isSame(value: Value, other: Value): boolean {
  return value instanceof Text ? other instanceof Text && value.text === other.text : value === other;
}

/** Returns a test by its name. @throws RenderError for an unknown test. */
export function runTest(name: string, value: Value, given: readonly Value[]): boolean {
  const test = tests.get(name);
  if (test === undefined) throw new RenderError(`there is no test ${name}`);
  const asksForIt = name === 'defined' || name === 'undefined';
  return test(asksForIt ? value : orNone(value), given.map(orNone));
}
