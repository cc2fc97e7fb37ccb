// The values of a running template, as in Python. No value gives access to anything else.
// Objects are Maps, and methods exist only in calls, so that no key of the data can reach a prototype or a function.
import { countSteps, RenderError } from './steps';
import { Text } from './text';

export { RenderError };

/** A number with a fraction, or a number that prints as `2.0`. Plain numbers are integers. */
export class Float {
  constructor(readonly value: number) {}
}

/** A list that cannot be changed. The tuples of `groupby` also have names for their items. */
export class Tuple {
  constructor(
    readonly items: readonly Value[],
    readonly names: readonly string[] = [],
  ) {}
}

export type Dict = Map<string | number, Value>;

/** An object with attributes that does not come from the data: `namespace()`, `loop`, `cycler()`. Only a namespace can be assigned to. */
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

/** A macro, `caller`, or a built-in function of Jinja. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (given: Arguments) => Value,
  ) {}
}

/**
 * A value that is missing. It is not `defined`, and `default` replaces it. Its kind decides about other uses:
 * - `strict`: an error.
 * - `empty`, of a condition without an else: prints as an empty text, is false, and has no elements.
 * - `optional`, of a property that the schema does not require: is None, has no elements, and its attributes are
 *   missing too.
 */
export class Undefined {
  constructor(
    readonly reason: string,
    readonly kind: 'strict' | 'empty' | 'optional' = 'strict',
  ) {}
}

/** A dict of the data. It knows which of its keys are optional in the schema. */
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

/** Returns the value, or None for a missing optional property. @throws RenderError for any other missing value. */
export function defined(value: Value): Defined {
  if (!(value instanceof Undefined)) return value;
  if (value.kind === 'optional') return null;
  throw new RenderError(value.reason);
}

/** Returns true for a missing optional property of the data. */
export function isMissingOption(value: Value): boolean {
  return value instanceof Undefined && value.kind === 'optional';
}

/** Returns the value, or None for a missing optional property. */
export function orNone(value: Value): Value {
  return isMissingOption(value) ? null : value;
}

function isNothing(value: Value): boolean {
  return value instanceof Undefined && value.kind === 'empty';
}

function hasNoElements(value: Value): boolean {
  return value instanceof Undefined && value.kind !== 'strict';
}

/** Returns the value that was found, or an undefined value. None is a value. */
export function foundOr(value: Value | undefined, reason: string): Value {
  return value === undefined ? new Undefined(reason) : value;
}

/** Returns the optional keys of an object of the data, and the same for the value under a key or an index. */
export interface OptionalKeys {
  readonly names: ReadonlySet<string>;
  below(key: string | number): OptionalKeys | undefined;
}

/** Copies plain data to a value. */
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
      throw new RenderError(`a ${typeof data} is not data`);
  }
}

/** Returns the name of the type in Python, for messages. */
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

/** Returns the truth of a value: false for None, False, zero, and empty values. */
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

/** Returns the number of a value that Python counts as a number, or undefined. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : undefined;
}

/** Returns the integer. @throws RenderError for a value that is not a whole number. */
export function integer(value: Value, what: string): number {
  const number = value instanceof Float ? undefined : numberOf(defined(value));
  if (number === undefined) throw new RenderError(`${what} must be an integer, not ${typeName(value)}`);
  return number;
}

/** Returns the text. @throws RenderError for a value that is not a text. */
export function textValue(value: Value, what: string): Text {
  if (!(defined(value) instanceof Text)) throw new RenderError(`${what} must be a string, not ${typeName(value)}`);
  return value as Text;
}

/** Returns the elements for a loop: of a list, the keys of a dict, the characters of a text. */
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

/** Converts the key of a dict to a value. */
export function keyValue(key: string | number): Value {
  return typeof key === 'number' ? key : new Text(key);
}

/** Converts a value to the key of a dict. */
export function keyOf(given: Value): string | number {
  const value = defined(given);
  if (value instanceof Text) return value.text;
  if (typeof value === 'number') return value;
  throw new RenderError(`the key of a dict must be a string or an integer, not ${typeName(value)}`);
}

/** Compares two values by their content, without conversions between text and numbers. */
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

/** Returns a number below zero, zero or above zero if `left` is before, equal to or after `right`. */
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

/** Returns the number of elements or characters. */
export function lengthOf(given: Value): number {
  if (hasNoElements(given)) return 0;
  const value = defined(given);
  if (value instanceof Map) return value.size;
  if (value instanceof Text) return value.characters;
  if (Array.isArray(value)) return value.length;
  return elementsOf(value).length;
}
