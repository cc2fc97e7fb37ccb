// The values of a running template: what Python would have in their place, and nothing that leads anywhere else.
// Objects are Maps and methods are no values, so that no key of the data can reach a prototype or a function.
import { Text } from './text';

/** What stops the building of a widget; its message says what is wrong with the template or with its data. */
export class RenderError extends Error {
  override name = 'RenderError';
}

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
 * What is not there. It may be asked whether it is defined, and be given a default; any other use is an error. That of a
 * condition without an else is empty: it also prints as nothing, holds for no condition, and has no elements.
 */
export class Undefined {
  constructor(
    readonly reason: string,
    readonly isEmpty = false,
  ) {}
}

export type Value = null | boolean | number | Float | Text | Value[] | Tuple | Dict | Namespace | Callable | Undefined;
type Defined = Exclude<Value, Undefined>;

/** @throws RenderError for a value that is not there. */
export function defined(value: Value): Defined {
  if (value instanceof Undefined) throw new RenderError(value.reason);
  return value;
}

function isNothing(value: Value): boolean {
  return value instanceof Undefined && value.isEmpty;
}

/** The value that was found, or an undefined one; None is a value. */
export function foundOr(value: Value | undefined, reason: string): Value {
  return value === undefined ? new Undefined(reason) : value;
}

/** The value of plain data, all of it copied. */
export function fromJson(data: unknown): Value {
  switch (typeof data) {
    case 'string':
      return new Text(data);
    case 'number':
      return Number.isInteger(data) ? data : new Float(data);
    case 'boolean':
      return data;
    case 'object':
      if (data === null) return null;
      if (Array.isArray(data)) return data.map(fromJson);
      return new Map(Object.entries(data).map(([key, value]) => [key, fromJson(value)]));
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
  if (isNothing(given)) return [];
  const value = defined(given);
  if (Array.isArray(value)) return value;
  if (value instanceof Tuple) return value.items;
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
  if (isNothing(given)) return 0;
  const value = defined(given);
  if (value instanceof Map) return value.size;
  if (value instanceof Text) return value.characters;
  return elementsOf(value).length;
}
