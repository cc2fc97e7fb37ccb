// The values of a running template: what Python would have in their place, and nothing that leads anywhere else.
// Objects are Maps and methods are no values, so that no key of the data can reach a prototype or a function.
import { countSteps, RenderError } from './steps';
import { Text } from './text';

export { RenderError };

/** A number with a fraction, or one that would print as `2.0`. Plain numbers are integers. */
export class Float {
  constructor(readonly value: number) {}
}

/** A list that cannot be changed. Those of `groupby` have names for their items too. */
export class Tuple {
  constructor(
    readonly items: readonly Value[],
    readonly names: readonly string[] = [],
  ) {}
}

export type Dict = Map<string | number, Value>;

/** What has attributes and is no data: `namespace()`, `loop`, `cycler()`. Only the first may be assigned to. */
export class Namespace {
  constructor(
    readonly kind: 'namespace' | 'loop' | 'cycler',
    readonly attributes: Map<string, Value>,
  ) {}
}

/** The arguments of a call, a filter or a test. */
export interface Arguments {
  positional: Value[];
  named: Map<string, Value>;
}

/** A macro, `caller`, or a function that Jinja brings. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (given: Arguments) => Value,
  ) {}
}

/**
 * A value that is missing. It is not `defined`, and `default` replaces it. Its kind decides about other uses:
 * - `strict`: an error.
 * - `empty`, of a condition without an else: prints as nothing, is false, and has no elements.
 * - `optional`, of a property that the schema does not require: is None, has no elements, and its attributes are as
 *   missing as it is.
 */
export class Undefined {
  constructor(
    readonly reason: string,
    readonly kind: 'strict' | 'empty' | 'optional' = 'strict',
  ) {}
}

/** A dict of the data. Knows which of its keys the schema lets be missing. */
export class DataDict extends Map<string | number, Value> {
  constructor(
    entries: Iterable<readonly [string, Value]>,
    readonly optional: ReadonlySet<string>,
  ) {
    super(entries);
  }
}

const nothing: ReadonlySet<string> = new Set();

export type Value = null | boolean | number | Float | Text | Value[] | Tuple | Dict | Namespace | Callable | Undefined;
type Defined = Exclude<Value, Undefined>;

/** The value, or None for an optional one that is missing. @throws RenderError for any other value that is missing. */
export function defined(value: Value): Defined {
  if (!(value instanceof Undefined)) return value;
  if (value.kind === 'optional') return null;
  throw new RenderError(value.reason);
}

/** Whether it is an optional property of the data that is missing. */
export function isMissingOption(value: Value): boolean {
  return value instanceof Undefined && value.kind === 'optional';
}

/** The value, with None in place of an optional one that is missing. */
export function orNone(value: Value): Value {
  return isMissingOption(value) ? null : value;
}

function isNothing(value: Value): boolean {
  return value instanceof Undefined && value.kind === 'empty';
}

function hasNoElements(value: Value): boolean {
  return value instanceof Undefined && value.kind !== 'strict';
}

/** The value that was found, or an undefined one; None is a value. */
export function foundOr(value: Value | undefined, reason: string): Value {
  return value === undefined ? new Undefined(reason) : value;
}

/** Tells which keys of an object of the data may be missing, and gives the same for what is below a key or an index. */
export interface OptionalKeys {
  readonly names: ReadonlySet<string>;
  below(key: string | number): OptionalKeys | undefined;
}

/** The value of plain data, all of it copied. */
export function fromJson(data: unknown, optional?: OptionalKeys): Value {
  switch (typeof data) {
    case 'string':
      return new Text(data);
    case 'number':
      return Number.isInteger(data) ? data : new Float(data);
    case 'boolean':
      return data;
    case 'object':
      if (data === null) return null;
      if (Array.isArray(data)) return data.map((item, index) => fromJson(item, optional?.below(index)));
      return new DataDict(
        Object.entries(data).map(([key, value]) => [key, fromJson(value, optional?.below(key))] as const),
        optional?.names ?? nothing,
      );
    default:
      throw new RenderError(`a ${typeof data} is no data`);
  }
}

/** What Python calls the type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'int';
  if (value instanceof Float) return 'float';
  if (value instanceof Text) return 'str';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'dict';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Namespace) return value.kind;
  if (isMissingOption(value)) return 'None';
  return value instanceof Callable ? 'function' : 'undefined value';
}

/** Whether a condition holds for it: not for None, False, zero, and what is empty. */
export function isTrue(given: Value): boolean {
  if (isNothing(given)) return false;
  const value = defined(given);
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return Boolean(value);
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Text) return value.text !== '';
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  return value instanceof Map ? value.size > 0 : true;
}

/** A number, or what Python counts as one; undefined for anything else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : undefined;
}

/** @throws RenderError for what is no whole number. */
export function integer(value: Value, what: string): number {
  const number = value instanceof Float ? undefined : numberOf(defined(value));
  if (number === undefined) throw new RenderError(`${what} must be an integer, not ${typeName(value)}`);
  return number;
}

/** @throws RenderError for what is no text. */
export function textValue(value: Value, what: string): Text {
  if (!(defined(value) instanceof Text)) throw new RenderError(`${what} must be a string, not ${typeName(value)}`);
  return value as Text;
}

/** The elements of what can be looped over: a list's, a dict's keys, a text's characters. */
export function elementsOf(given: Value): readonly Value[] {
  if (hasNoElements(given)) return [];
  const value = defined(given);
  const list = value instanceof Tuple ? value.items : value;
  if (Array.isArray(list)) {
    countSteps(list.length);
    return list as readonly Value[];
  }
  if (value instanceof Map || value instanceof Text) countSteps(lengthOf(value));
  if (value instanceof Map) return [...value.keys()].map(keyValue);
  if (value instanceof Text) return Array.from(value.text, (character) => value.derive(character));
  throw new RenderError(`'${typeName(value)}' object is not iterable`);
}

/** The key of a dict as a value. */
export function keyValue(key: string | number): Value {
  return typeof key === 'number' ? key : new Text(key);
}

/** A value as the key of a dict. */
export function keyOf(given: Value): string | number {
  const value = defined(given);
  if (value instanceof Text) return value.text;
  if (typeof value === 'number') return value;
  throw new RenderError(`the key of a dict must be a string or an integer, not ${typeName(value)}`);
}

/** Whether two values are equal by what they hold, without any conversion between text and numbers. */
export function isEqual(left: Value, right: Value): boolean {
  countSteps();
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right);
  const [a, b] = [defined(left), defined(right)];
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined || second !== undefined) return first === second;
  if (a instanceof Text) return b instanceof Text && a.text === b.text;
  if (Array.isArray(a)) return Array.isArray(b) && areEqual(a, b);
  if (a instanceof Tuple) return b instanceof Tuple && areEqual(a.items, b.items);
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    return [...a].every(([key, value]) => {
      const other = b.get(key);
      return other !== undefined && isEqual(value, other);
    });
  }
  return a === b;
}

function areEqual(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, index) => isEqual(value, b[index] ?? null));
}

/** Below zero, zero or above, as `left` comes before `right`, with it or after. */
export function compare(left: Value, right: Value): number {
  countSteps();
  const [a, b] = [defined(left), defined(right)];
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first !== undefined && second !== undefined) return first - second;
  if (a instanceof Text && b instanceof Text) return a.text === b.text ? 0 : a.text < b.text ? -1 : 1;
  const isSequence = (value: Value): boolean => Array.isArray(value) || value instanceof Tuple;
  if (isSequence(a) && isSequence(b) && Array.isArray(a) === Array.isArray(b)) {
    const [items, others] = [elementsOf(a), elementsOf(b)];
    for (const [index, item] of items.entries()) {
      const other = others[index];
      if (other === undefined) return 1;
      if (!isEqual(item, other)) return compare(item, other);
    }
    return items.length - others.length;
  }
  throw new RenderError(`'${typeName(a)}' and '${typeName(b)}' have no order`);
}

/** How many elements or characters there are. */
export function lengthOf(given: Value): number {
  if (hasNoElements(given)) return 0;
  const value = defined(given);
  if (value instanceof Map) return value.size;
  if (value instanceof Text) return value.characters;
  if (Array.isArray(value)) return value.length;
  return elementsOf(value).length;
}
